# SPDX-License-Identifier: MulanPSL-2.0
"""取号 and 叫号 of a hall: events that only add up, and the queue they make.

A number carries its window (``A03-017``), so two windows never give the same one, whoever can hear
whom. Nothing here names a person. Where two windows call the same number, the call that reached the
hall's host first holds; until the host has spoken, the earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field

from counter.domain.errors import DomainError
from counter.domain.operations import Frozen

What = Literal["taken", "called", "done", "missed"]
State = Literal["waiting", "called", "done", "missed"]
SERIALS = 999
UNHEARD = 2**53  # place of an event the host has not put in order yet


class QueueCategory(Frozen):
    """A kind of number; ``first`` ones are called before the others."""

    code: str = Field(pattern=r"^[A-Z]$")
    name: str
    short: str = ""
    first: bool = False


class QueueTable(Frozen):
    """The categories of the hall, data of ``resources/queue``."""

    version: str
    categories: tuple[QueueCategory, ...]

    def of(self, code: str) -> QueueCategory:
        """Return a category.

        Raises:
            DomainError: ``QUEUE-KIND``.
        """
        found = next((one for one in self.categories if one.code == code), None)
        if found is None:
            raise DomainError(code="QUEUE-KIND", what="没有这一类号。", safe="没有取号。")
        return found

    def first(self) -> frozenset[str]:
        """Return the codes that go before the others."""
        return frozenset(one.code for one in self.categories if one.first)


class QueueEvent(Frozen):
    """One fact of the queue; ``day`` and ``at`` by the clock of the window where it happened."""

    event_id: str = Field(min_length=8, max_length=64)
    what: What
    ticket_id: str = Field(min_length=8, max_length=64)
    day: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    at: str = Field(max_length=40)
    window: int = Field(ge=0, le=99)
    number: str = Field(default="", max_length=12)
    category: str = Field(default="", max_length=1)


@dataclass(frozen=True)
class QueueRow:
    """One number as it stands; ``window`` is who gave it, ``caller`` who called it (-1 nobody)."""

    ticket_id: str
    number: str
    category: str
    taken_at: str
    window: int
    state: State = "waiting"
    caller: int = -1
    called_at: str = ""


def make_number(category: str, window: int, serial: int) -> str:
    """Return e.g. ``A03-017``: category, window, serial of the day at that window.

    Raises:
        DomainError: ``QUEUE-FULL``: the day's numbers of this window are used up.
    """
    if not 1 <= serial <= SERIALS:
        raise DomainError(
            code="QUEUE-FULL",
            what="本窗口今天的号已用完。",
            safe="没有取号。",
            todo="请到别的窗口取号，或直接受理。",
        )
    return f"{category}{window:02}-{serial:03}"


def queue_of(events: Iterable[tuple[int, QueueEvent]]) -> tuple[QueueRow, ...]:
    """Return the queue these events make, oldest number first.

    Args:
        events: Each with its place in the host's order, ``UNHEARD`` before it has one.
    """
    rows: dict[str, QueueRow] = {}
    ordered = sorted(events, key=lambda one: (one[0], one[1].at, one[1].event_id))
    for _, event in sorted(ordered, key=lambda one: one[1].what != "taken"):
        _apply(rows, event)
    return tuple(sorted(rows.values(), key=lambda row: (row.taken_at, row.ticket_id)))


def _apply(rows: dict[str, QueueRow], event: QueueEvent) -> None:
    row = rows.get(event.ticket_id)
    if event.what == "taken":
        fresh = QueueRow(event.ticket_id, event.number, event.category, event.at, event.window)
        rows.setdefault(event.ticket_id, fresh)
        return
    if row is None or row.state == "done":
        return
    if event.what == "called":
        if row.state != "called" or row.caller == event.window:
            rows[event.ticket_id] = replace(
                row, state="called", caller=event.window, called_at=event.at
            )
    elif row.caller == event.window:
        rows[event.ticket_id] = replace(row, state=event.what)


def next_of(rows: Sequence[QueueRow], first: frozenset[str]) -> QueueRow | None:
    """Return who is to be called next: the categories that go first, then the longest waiting."""
    waiting = [row for row in rows if row.state == "waiting"]
    return min(waiting, key=lambda row: _turn(row, first), default=None)


def ahead_of(rows: Sequence[QueueRow], row: QueueRow, first: frozenset[str]) -> int:
    """Return how many of those waiting are to be called before this one."""
    turn = _turn(row, first)
    return sum(one.state == "waiting" and _turn(one, first) < turn for one in rows)


def _turn(row: QueueRow, first: frozenset[str]) -> tuple[bool, str, str]:
    return (row.category not in first, row.taken_at, row.ticket_id)
