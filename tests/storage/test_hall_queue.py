# SPDX-License-Identifier: MulanPSL-2.0
"""取号 and 叫号 on this machine: they survive a restart and never give a number twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter.app.queue_commands import CallNumber, EndNumber, TakeNumber
from counter.domain.errors import DomainError
from counter.domain.queueing import QueueEvent, QueueRow
from counter.ports.hall_queue import QueuePlace
from tests.contract.client.courier_pair import Pair, World
from tests.contract.client.test_bundles import pair, world

__all__ = ["Pair", "World", "pair", "world"]


def do(pair: Pair, command: TakeNumber | CallNumber | EndNumber) -> QueueRow | None:
    core = pair.core
    value = core.execution.run(lambda: core.bus.handle(command, core.session)).value
    assert value is None or isinstance(value, QueueRow)
    return value


def rows(pair: Pair) -> list[tuple[str, str, int]]:
    day = pair.core.clock.now().date().isoformat()
    found = pair.core.execution.run(lambda: pair.core.queries.queue(day))
    return [(row.number, row.state, row.caller) for row in found]


def test_take_call_and_end(pair: Pair, tmp_path: Path) -> None:
    window = pair.core.identity.hall.counter_no
    first = do(pair, TakeNumber("A"))
    urgent = do(pair, TakeNumber("B"))
    assert first is not None
    assert urgent is not None
    assert (first.number, urgent.number) == (f"A{window:02}-001", f"B{window:02}-002")
    called = do(pair, CallNumber())
    assert called is not None
    assert called.number == urgent.number
    assert do(pair, EndNumber(called.ticket_id)) is not None
    with pytest.raises(DomainError, match="QUEUE-GONE"):
        do(pair, EndNumber(first.ticket_id))
    with pytest.raises(DomainError, match="QUEUE-GONE"):
        do(pair, CallNumber(urgent.ticket_id))
    assert do(pair, CallNumber()) is not None
    assert do(pair, CallNumber()) is None
    assert rows(pair) == [(first.number, "called", window), (urgent.number, "done", window)]


def test_what_the_host_tells_counts_once_and_its_order_holds(pair: Pair, tmp_path: Path) -> None:
    core = pair.core
    exchange, run = core.sync_store.queue, core.execution.run
    window = core.identity.hall.counter_no
    mine = do(pair, TakeNumber("A"))
    assert mine is not None
    do(pair, CallNumber(mine.ticket_id))
    ours = run(lambda: exchange.unsent(window, 10))
    assert [one.what for one in ours] == ["taken", "called"]
    other = QueueEvent(
        event_id="other-event",
        what="called",
        ticket_id=mine.ticket_id,
        day=ours[0].day,
        at=ours[0].at,
        window=77,
    )
    told = [(1, ours[0]), (2, other), (3, ours[1])]
    assert run(lambda: exchange.take(QueuePlace("list-1", 3), told))
    assert not run(lambda: exchange.take(QueuePlace("list-1", 3), told))
    assert run(lambda: exchange.unsent(window, 10)) == []
    assert run(exchange.place) == QueuePlace("list-1", 3)
    assert rows(pair) == [(mine.number, "called", 77)]
    with pytest.raises(DomainError, match="QUEUE-GONE"):
        do(pair, EndNumber(mine.ticket_id))


def test_a_new_host_is_told_everything_again(pair: Pair, tmp_path: Path) -> None:
    exchange, run = pair.core.sync_store.queue, pair.core.execution.run
    window = pair.core.identity.hall.counter_no
    do(pair, TakeNumber("A"))
    ours = run(lambda: exchange.unsent(window, 10))
    run(lambda: exchange.take(QueuePlace("list-1", 1), [(1, ours[0])]))
    assert run(lambda: exchange.unsent(window, 10)) == []
    run(lambda: exchange.take(QueuePlace("list-2", 0), []))
    assert run(lambda: exchange.unsent(window, 10)) == ours
    assert do(pair, TakeNumber("A")) is not None
