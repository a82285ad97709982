# SPDX-License-Identifier: MulanPSL-2.0
"""The edge host of a hall: it stores and forwards; only the centre's word moves an operation."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from counter.domain.errors import KnownError
from counter.domain.ids import uuid7
from counter.domain.operations import Operation
from sync.client.engine.pull import PullEngine
from sync.client.engine.push import PushEngine
from sync.client.engine.step import Line
from sync.client.outcomes import (
    AtEdge,
    Cut,
    LineError,
    Outcome,
    Refused,
    ServerBusy,
    TooLarge,
)
from sync.client.probe import probe
from sync.client.transport import Ask, Channel, Link, Reply
from sync.edge.__main__ import open_host
from sync.edge.forwarder import Forwarder
from sync.edge.host import Way
from sync.edge.lines import Channel as EdgeChannel
from sync.hub.handlers import publish
from sync.hub.handlers.enrol import new_code
from sync.hub.handlers.training import HALL
from sync.hub.storage import oplog
from sync.protocol import errors
from sync.protocol.compression import decompress
from sync.protocol.dictionaries import DICT_ID_HEADER, KIND, NAME, document, known, train
from sync.protocol.edge import EDGE_WINDOW, MARK
from sync.protocol.opened import unpack_push
from sync.protocol.wire import PushRequest
from tests.contract.client.counter import Counter, wait_until
from tests.contract.client.running import RunningHub
from tests.fakes.alone import Alone
from tests.fakes.device import CLERK
from tests.fakes.edge import RunningEdge
from tests.fakes.hub import received_body

pytestmark = pytest.mark.slow


def code(hub: RunningHub, window: int = EDGE_WINDOW) -> str:
    return new_code(hub.centre, HALL.hall_code, window)


def due_now(counter: Counter) -> None:
    rows = counter.store.rows
    rows.update({op_id: replace(row, next_try_at="") for op_id, row in rows.items()})


@pytest.fixture
def edge(hub: RunningHub, counter: Counter, tmp_path: Path) -> Iterator[RunningEdge]:
    """The edge host of the hall, and the counter talks to it."""
    with RunningEdge(tmp_path / "edge", hub.url, code(hub)) as one:
        counter.url = one.url
        yield one


def push_all(counter: Counter) -> list[object]:
    """Push until nothing moves; return the troubles on the way."""
    engine = PushEngine(counter.kit(), counter.facts.device_id, counter.facts.epoch)
    troubles: list[object] = []
    due_now(counter)
    for _ in range(20):
        step = engine.step()
        if step.trouble is not None:
            troubles.append(step.trouble)
        if not step.more:
            break
    return troubles


def channel_of(counter: Counter) -> Channel:
    counter.kit()
    return counter.channels[-1]


def at_the_centre(hub: RunningHub, ops: list[Operation]) -> dict[str, str]:
    ids = {op.op_id for op in ops}
    with hub.centre.database.read() as tx:
        return {op.op_id: op.status for op in oplog.all_ops(tx) if op.op_id in ids}


def once(hub: RunningHub, counter: Counter, ops: list[Operation]) -> None:
    """Every operation took effect exactly once, and its counter knows it from the centre."""
    assert at_the_centre(hub, ops) == {op.op_id: "applied" for op in ops}
    assert [hub.effects(op.op_id) for op in ops] == [1] * len(ops)
    assert counter.applied(ops)


def marked(counter: Counter, edge: RunningEdge, ops: list[Operation]) -> bool:
    mark = MARK + edge.host.who.key.kid
    return all(mark in counter.store.exported.get(op.op_id, []) for op in ops)


def test_with_the_line_up_nobody_notices_it(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    ops = [counter.note() for _ in range(3)]
    assert push_all(counter) == []
    once(hub, counter, ops)
    assert edge.host.store.unsettled(10) == []  # it kept the centre's results too
    assert probe(channel_of(counter), counter.kit().centre)[1]


def test_a_day_without_the_outside_line(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    """Stored at the edge is not at the centre, and is said so."""
    edge.line(up=False)
    ops = [counter.note() for _ in range(5)]
    (trouble,) = push_all(counter)
    assert isinstance(trouble, AtEdge)
    assert at_the_centre(hub, ops) == {}
    assert {counter.store.state(op.op_id) for op in ops} == {"QUEUED"}
    assert marked(counter, edge, ops)
    with pytest.raises(LineError) as told:
        probe(channel_of(counter), counter.kit().centre)
    assert isinstance(told.value.outcome, AtEdge)
    push_all(counter)  # again is as once
    edge.line(up=True)
    assert edge.forward() == len(ops)
    assert set(at_the_centre(hub, ops).values()) == {"applied"}
    assert not counter.applied(ops)  # not before the centre's word is here
    edge.line(up=False)
    push_all(counter)  # the host hands over what the centre signed
    once(hub, counter, ops)


def new_dictionary(seed: int) -> dict[str, str]:
    return document(train([f"visit {n} {n * seed}".encode() * 8 for n in range(200)]))


def packed_with(counter: Counter) -> list[str]:
    """Push one operation; return the dictionaries it was tried with."""
    kit = counter.kit()
    line = Noting(kit.channel)
    engine = PushEngine(replace(kit, channel=line), counter.facts.device_id, counter.facts.epoch)
    counter.note()
    while engine.step().more:
        pass
    return line.tried


class Noting(Alone):
    """A line that notes the dictionary of each push."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.meter, self.base = line.meter, line.base
        self.tried: list[str] = []

    def call(self, ask: Ask) -> Reply:
        return self._line.call(ask)

    def lines(self, ask: Ask, media_type: str) -> Iterator[bytes]:
        self.tried.append(ask.headers.get(DICT_ID_HEADER, ""))
        return self._line.lines(ask, media_type)


def test_a_dictionary_the_host_does_not_have_keeps_nothing_from_it(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    """The counter had it from the centre; the host must be able to read what it keeps."""
    counter.store.documents[KIND, NAME] = new_dictionary(2)
    edge.line(up=False)
    ops = [counter.note() for _ in range(2)]
    push_all(counter)
    assert marked(counter, edge, ops)


def test_a_dictionary_the_centre_published_is_learnt(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    """A counter heard of it before the host: what the host cannot read goes through; then it can."""
    made = publish.checked(KIND, "", json.dumps(new_dictionary(3)).encode())
    publish.publish(hub.centre, [made])
    counter.store.documents[KIND, NAME] = made.body
    edge.host.refresh_at = float("inf")
    assert packed_with(counter) == [made.version]
    assert edge.host.dictionary(made.version) is None
    assert {row.state for row in counter.store.rows.values()} == {"APPLIED"}
    assert edge.host.refresh_at == 0.0
    Forwarder(edge.host).turn()
    edge.restart()
    edge.line(up=False)
    assert packed_with(counter) == [made.version]
    assert len(edge.host.store.unsettled(9)) == 1
    later = publish.checked(KIND, "", json.dumps(new_dictionary(4)).encode())
    publish.publish(hub.centre, [later])
    edge.line(up=True)
    edge.forward()
    assert edge.host.store.unsettled(9) == []
    assert edge.host.hall.published() == later.body
    edge.line(up=False)
    assert packed_with(counter) == [made.version], "an older one is read as well"


class Picky:
    """An outside line to a centre that never takes one certain operation."""

    def __init__(self, way: Way, never: str, says: Outcome) -> None:
        self._way, self._never, self._says = way, never, says

    @property
    def link(self) -> Link:
        return self._way.link

    def open(self) -> EdgeChannel:
        return _PickyChannel(self._way.open(), self._never, self._says)


class _PickyChannel:
    def __init__(self, channel: EdgeChannel, never: str, says: Outcome) -> None:
        self._channel, self._never, self._says = channel, never, says

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    def call(self, ask: Ask) -> Reply:
        if ask.path == "/v1/sync/push":
            dictionary = known()[ask.headers[DICT_ID_HEADER]]
            told = unpack_push(decompress(ask.body or b"", limit=10**7, dictionary=dictionary))
            if self._never in PushRequest.model_validate(told).ops:
                raise LineError(self._says)
        return self._channel.call(ask)


@pytest.mark.expected_log("the centre does not take an operation")
@pytest.mark.parametrize(
    "says", [TooLarge("x"), Refused("x"), ServerBusy("x", detail=errors.INTERNAL)]
)
def test_one_operation_the_centre_never_takes_holds_up_no_other(
    hub: RunningHub, counter: Counter, edge: RunningEdge, says: Outcome
) -> None:
    """Those before, beside and behind it arrive (S6); it stays, to be tried again."""
    edge.line(up=False)
    ops = [counter.note() for _ in range(11)]
    push_all(counter)
    never = ops.pop(5)
    edge.host.lines.close()
    real = edge.host.way
    edge.host.way = Picky(real, counter.store.rows[never.op_id].jws, says)
    edge.line(up=True)
    assert edge.forward() == 10
    assert at_the_centre(hub, [*ops, never]) == dict.fromkeys((op.op_id for op in ops), "applied")
    assert [op.op_id for op in edge.host.store.unsettled(20)] == [never.op_id]
    assert edge.host.forward() == 0  # not with every turn
    began = time.monotonic()
    edge.host.mono = lambda: began + 16 * 60
    edge.host.way = real
    edge.host.lines.close()
    assert edge.forward() == 1


def test_after_a_cut_the_host_sends_less_at_once(edge: RunningEdge, counter: Counter) -> None:
    edge.line(up=False)
    for _ in range(30):
        counter.note()
    edge.host.keep(tuple(row.jws for row in counter.store.rows.values()))
    sent: list[int] = []
    edge.host.lines.close()
    edge.host.way = Picky(edge.host.way, counter.store.rows[next(iter(counter.store.rows))].jws,
                          Cut("x"))  # fmt: skip
    edge.line(up=True)
    for _ in range(3):
        with pytest.raises(LineError):
            edge.host.forward()
        sent.append(edge.host._size.limit)
    assert sent == [10, 5, 2]


def test_an_edge_host_killed_loses_nothing(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    edge.line(up=False)
    ops = [counter.note() for _ in range(3)]
    push_all(counter)
    edge.restart()
    assert [op.op_id for op in edge.host.store.unsettled(10)] == [op.op_id for op in ops]
    edge.line(up=True)
    edge.forward()
    push_all(counter)
    once(hub, counter, ops)


def test_an_edge_host_put_back_from_an_old_backup(
    hub: RunningHub, counter: Counter, edge: RunningEdge, tmp_path: Path
) -> None:
    """What it forgot is still at the counter; what it remembers twice has one effect."""
    edge.line(up=False)
    first = [counter.note() for _ in range(2)]
    push_all(counter)
    edge.stop()
    shutil.copytree(tmp_path / "edge", tmp_path / "backup")
    edge.host = open_host(tmp_path / "edge", hub.url)
    edge.start()
    edge.line(up=False)
    second = [counter.note() for _ in range(2)]
    push_all(counter)
    edge.line(up=True)
    edge.forward()
    push_all(counter)
    edge.stop()
    shutil.rmtree(tmp_path / "edge")
    shutil.copytree(tmp_path / "backup", tmp_path / "edge")
    edge.host = open_host(tmp_path / "edge", hub.url)
    edge.start()
    assert len(edge.host.store.unsettled(10)) == len(first)
    third = [counter.note()]
    edge.forward()
    push_all(counter)
    once(hub, counter, first + second + third)


def test_a_lost_edge_host_loses_nothing(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    edge.line(up=False)
    ops = [counter.note() for _ in range(3)]
    push_all(counter)
    counter.url = hub.url  # the machine burnt; the counter goes to the centre itself
    push_all(counter)
    once(hub, counter, ops)


def test_a_counter_moves_between_edge_and_centre(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    edge.line(up=False)
    ops = [counter.note()]
    push_all(counter)
    counter.url = hub.url
    ops.append(counter.note())
    push_all(counter)
    counter.url = edge.url
    ops.append(counter.note())
    push_all(counter)
    edge.line(up=True)
    edge.forward()  # the first two again, after the counter brought them itself
    push_all(counter)
    once(hub, counter, ops)


def test_another_window_is_no_edge_host(hub: RunningHub, tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="EDGE-WINDOW"):
        open_host(tmp_path / "no", hub.url, code(hub, 7))
    with pytest.raises(KnownError, match="EDGE-NEW"):
        open_host(tmp_path / "new", hub.url)


def test_only_a_certified_host_is_believed(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    """A counter of the hall that plays edge host: nothing is noted, nothing moves."""
    other = hub.another_device()
    edge.line(up=False)
    edge.host.who = type(edge.host.who)(
        other.device_id, other.key, other.certificate, 1, edge.host.who.centre_keys
    )
    ops = [counter.note()]
    engine = PushEngine(counter.kit(), counter.facts.device_id, counter.facts.epoch)
    with pytest.raises(LineError):
        engine.step()
    assert counter.store.exported == {}
    assert counter.store.state(ops[0].op_id) == "QUEUED"


def test_the_worker_stores_at_the_edge_and_says_so(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    edge.line(up=False)
    ops = [counter.note() for _ in range(2)]
    worker = counter.worker()
    worker.start()
    try:
        assert wait_until(lambda: marked(counter, edge, ops), 20)
        assert wait_until(lambda: "本厅主机" in worker.status.link.words, 20)
        assert not counter.applied(ops)
        edge.line(up=True)
        edge.forward()
        due_now(counter)
        worker.kick(person=True)
        assert wait_until(lambda: counter.applied(ops), 20)
    finally:
        assert worker.stop()
    once(hub, counter, ops)


def test_neighbours_see_each_others_cases_meanwhile(
    hub: RunningHub, counter: Counter, edge: RunningEdge, tmp_path: Path
) -> None:
    edge.forward()
    edge.line(up=False)
    op = counter.device.operation("case.received", uuid7(), received_body(), operator=CLERK)
    counter.store.add(op, op.sign(counter.facts.key))
    push_all(counter)
    other = Counter(hub.another_device(), edge.url, tmp_path / "other")
    edge.line(up=True)
    edge.forward()  # the host hears of the new counter
    mine = [one for one in edge.host.store.received(0, 10) if one.op_id == op.op_id]
    assert mine == []  # the centre has answered: its feed tells from now on
    edge.line(up=False)
    late = counter.device.operation("case.received", uuid7(), received_body(), operator=CLERK)
    counter.store.add(late, late.sign(counter.facts.key))
    push_all(counter)
    try:
        step = PullEngine(other.kit(), other.facts.device_id).step()
        assert isinstance(step.trouble, AtEdge)
        assert step.ids == {late.entity_id}
        (record,) = other.store.records
        assert record["body"]["applicant_name"] == "王秀兰"
        assert PullEngine(counter.kit(), counter.facts.device_id).step().ids == frozenset()
    finally:
        other.close()
