# SPDX-License-Identifier: MulanPSL-2.0
"""取号 and 叫号: events in any order and from any window make one queue."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter.domain.errors import DomainError
from counter.domain.ids import uuid7
from counter.domain.queueing import (
    UNHEARD,
    QueueEvent,
    QueueTable,
    What,
    ahead_of,
    make_number,
    next_of,
    queue_of,
)

DAY = "2026-11-23"
RESOURCES = Path(__file__).parents[2] / "resources"


def event(what: What, ticket: str, window: int, minute: int, number: str = "") -> QueueEvent:
    return QueueEvent(
        event_id=uuid7(),
        what=what,
        ticket_id=f"ticket-{ticket}",
        day=DAY,
        at=f"{DAY}T09:{minute:02}:00+08:00",
        window=window,
        number=number,
        category=number[:1],
    )


def taken(ticket: str, window: int, minute: int, number: str) -> QueueEvent:
    return event("taken", ticket, window, minute, number)


def unheard(*events: QueueEvent) -> list[tuple[int, QueueEvent]]:
    return [(UNHEARD, one) for one in events]


def test_the_shipped_categories() -> None:
    table = QueueTable.model_validate(
        json.loads((RESOURCES / "queue" / "categories.json").read_bytes())
    )
    assert table.first() == {"B"}
    assert table.of("A").name == "普通"
    with pytest.raises(DomainError, match="QUEUE-KIND"):
        table.of("Z")


def test_a_number_says_its_window() -> None:
    assert make_number("A", 3, 17) == "A03-017"
    with pytest.raises(DomainError, match="QUEUE-FULL"):
        make_number("A", 3, 1000)


def test_who_is_next() -> None:
    """Those who go first, then the longest waiting, whichever window gave the number."""
    rows = queue_of(
        unheard(
            taken("1", 1, 1, "A01-001"),
            taken("2", 2, 2, "B02-001"),
            taken("3", 1, 0, "C01-001"),
        )
    )
    assert [row.number for row in rows] == ["C01-001", "A01-001", "B02-001"]
    first = next_of(rows, frozenset({"B"}))
    assert first is not None
    assert first.number == "B02-001"
    assert next_of((), frozenset()) is None


def test_two_windows_call_the_same_number() -> None:
    """Apart, each believes its own call; the host's order decides, the same for all."""
    number = taken("1", 1, 0, "A01-001")
    mine, other = event("called", "1", 1, 3), event("called", "1", 2, 4)
    (apart,) = queue_of(unheard(number, mine))
    assert apart.caller == 1
    heard = [(1, number), (2, other), (3, mine)]
    for order in (heard, heard[::-1]):
        (row,) = queue_of(order)
        assert (row.state, row.caller) == ("called", 2)
    (row,) = queue_of([(1, number), (2, other), *unheard(mine)])
    assert row.caller == 2


def test_missed_may_be_called_again_and_done_is_the_end() -> None:
    number = taken("1", 1, 0, "A01-001")
    story = [number, event("called", "1", 1, 1), event("missed", "1", 1, 2)]
    (row,) = queue_of(unheard(*story))
    assert row.state == "missed"
    story += [event("called", "1", 2, 3), event("done", "1", 1, 4)]
    (row,) = queue_of(unheard(*story))
    assert (row.state, row.caller) == ("called", 2), "window 1 has no say any more"
    story += [event("done", "1", 2, 5), event("called", "1", 3, 6)]
    (row,) = queue_of(unheard(*story))
    assert row.state == "done"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_order_of_arrival_makes_the_same_queue(data: st.DataObject) -> None:
    whats: list[What] = ["called", "missed", "done"]
    events = [taken(str(n), n % 3, n, f"A{n % 3:02}-{n + 1:03}") for n in range(3)]
    for minute in range(data.draw(st.integers(0, 8))):
        what = data.draw(st.sampled_from(whats))
        ticket, window = data.draw(st.integers(0, 2)), data.draw(st.integers(0, 2))
        events.append(event(what, str(ticket), window, 10 + minute))
    heard = list(enumerate(events, 1))
    shuffled = data.draw(st.permutations(heard))
    assert queue_of(shuffled) == queue_of(heard)
    assert queue_of([*shuffled, *shuffled]) == queue_of(heard)


def test_how_many_are_before_one() -> None:
    rows = queue_of(
        unheard(
            taken("a", 3, 1, "A03-001"),
            taken("b", 3, 5, "B03-001"),
            taken("c", 1, 3, "A01-001"),
            taken("d", 3, 2, "A03-002"),
            event("called", "a", 3, 4),
        )
    )
    ahead = {row.number: ahead_of(rows, row, frozenset("B")) for row in rows}
    assert ahead == {"A03-001": 1, "B03-001": 0, "A03-002": 1, "A01-001": 2}
