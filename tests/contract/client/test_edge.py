# SPDX-License-Identifier: MulanPSL-2.0
"""The edge host of a hall: it stores and forwards; only the centre's word moves an operation."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from counter.domain.errors import KnownError
from counter.domain.ids import uuid7
from counter.domain.operations import Operation
from sync.client.engine.pull import PullEngine
from sync.client.engine.push import PushEngine
from sync.client.outcomes import (
    AtEdge,
    LineError,
)
from sync.client.probe import probe
from sync.client.transport import Channel
from sync.edge.__main__ import open_host
from sync.hub.handlers.enrol import new_code
from sync.hub.handlers.training import HALL
from sync.hub.storage import oplog
from sync.protocol.edge import EDGE_WINDOW, MARK
from tests.contract.client.counter import Counter, wait_until
from tests.contract.client.running import RunningHub
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
