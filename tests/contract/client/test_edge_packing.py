# SPDX-License-Identifier: MulanPSL-2.0
"""How an edge host packs, splits and repeats what it forwards; dictionaries on both its faces."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from counter.domain.operations import Operation
from sync.client.engine.push import PushEngine
from sync.client.outcomes import (
    Cut,
    LineError,
    Outcome,
    Refused,
    ServerBusy,
    TooLarge,
)
from sync.client.transport import Ask, Link, Reply
from sync.edge.forwarder import Forwarder
from sync.edge.host import Way
from sync.edge.lines import Channel as EdgeChannel
from sync.hub.handlers import publish
from sync.hub.storage import oplog
from sync.protocol import errors
from sync.protocol.compression import decompress
from sync.protocol.dictionaries import DICT_ID_HEADER, KIND, NAME, document, known, train
from sync.protocol.edge import MARK
from sync.protocol.opened import unpack_push
from sync.protocol.wire import PushRequest
from tests.contract.client.counter import Counter
from tests.contract.client.running import RunningHub
from tests.contract.client.test_dictionaries import Watched
from tests.contract.client.test_edge import code, push_all
from tests.fakes.edge import RunningEdge

pytestmark = pytest.mark.slow


@pytest.fixture
def edge(hub: RunningHub, counter: Counter, tmp_path: Path) -> Iterator[RunningEdge]:
    """The edge host of the hall, and the counter talks to it."""
    with RunningEdge(tmp_path / "edge", hub.url, code(hub)) as one:
        counter.url = one.url
        yield one


def at_the_centre(hub: RunningHub, ops: list[Operation]) -> dict[str, str]:
    ids = {op.op_id for op in ops}
    with hub.centre.database.read() as tx:
        return {op.op_id: op.status for op in oplog.all_ops(tx) if op.op_id in ids}


def marked(counter: Counter, edge: RunningEdge, ops: list[Operation]) -> bool:
    mark = MARK + edge.host.who.key.kid
    return all(mark in counter.store.exported.get(op.op_id, []) for op in ops)


def new_dictionary(seed: int) -> dict[str, str]:
    return document(train([f"visit {n} {n * seed}".encode() * 8 for n in range(200)]))


def packed_with(counter: Counter) -> list[str]:
    """Push one operation; return the dictionaries it was tried with."""
    kit = counter.kit()
    line = Watched(kit.channel)
    engine = PushEngine(replace(kit, channel=line), counter.facts.device_id, counter.facts.epoch)
    counter.note()
    while engine.step().more:
        pass
    return line.tried


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
