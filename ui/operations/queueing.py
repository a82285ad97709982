# SPDX-License-Identifier: MulanPSL-2.0
"""取号 and 叫号: what the workbench asks and does, off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counter.app.papers.lists import ListWish, list_content, ticket_part
from counter.app.queue_commands import CallNumber, EndNumber, TakeNumber
from counter.domain.queueing import QueueRow, QueueTable
from counter.infra.service_files import shipped_tables
from ui.papers.pages import Paper

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from counter.domain.papers import SheetSize
    from ui.operations.desk import Desk
    from ui.runner import Latest


TICKET = "TKT"


@dataclass(frozen=True)
class HallQueue:
    """Today's numbers as this window knows them."""

    rows: tuple[QueueRow, ...]
    window: int

    @property
    def mine(self) -> QueueRow | None:
        """The one this window called last and has not ended."""
        called = [r for r in self.rows if r.state == "called" and r.caller == self.window]
        return max(called, key=lambda row: row.called_at, default=None)

    def missed(self) -> tuple[QueueRow, ...]:
        """Return those who were called and did not come, the last one first."""
        gone = [r for r in self.rows if r.state == "missed"]
        return tuple(sorted(gone, key=lambda row: row.called_at, reverse=True))

    def waiting(self, code: str = "") -> int:
        """Return how many wait, of a category or in all."""
        return sum(r.state == "waiting" and (not code or r.category == code) for r in self.rows)


def ticket_paper(desk: Desk, row: QueueRow, name: str, ahead: int, size: SheetSize) -> Paper:
    """Return the slip of a number (排队号). GUI thread.

    Args:
        desk: the desk.
        row: the number.
        name: what its category is called.
        ahead: how many were before it when it was given.
        size: the sheet.

    Raises:
        KnownError: ``PAPER-TEMPLATE``.
    """
    kind = desk.papers.kind(TICKET)
    wish = ListWish(kind, size, desk.hall, desk.session, desk.clock.now())
    content = list_content(wish, ticket=ticket_part(row, name, ahead))
    return Paper(desk.papers.render(content), kind.title, size, row.number)


def categories() -> QueueTable:
    """Return the categories of numbers."""
    return QueueTable.model_validate(shipped_tables()["queue"])


def load(
    desk: Desk, on_done: Callable[[HallQueue], object], *, owner: QObject, latest: Latest
) -> None:
    """Read today's numbers."""
    day, window = desk.clock.now().date().isoformat(), desk.hall.counter_no
    desk.read(lambda q: HallQueue(q.queue(day), window), on_done, owner=owner, latest=latest)


def take(
    desk: Desk, category: str, on_done: Callable[[QueueRow | None], object], *, owner: QObject
) -> None:
    """取号."""
    desk.write(TakeNumber(category), lambda d: on_done(_row(d.value)), owner=owner)


def call(
    desk: Desk, ticket_id: str, on_done: Callable[[QueueRow | None], object], *, owner: QObject
) -> None:
    """叫号: this one again, or with '' whoever is next; ``None``: nobody waits."""
    desk.write(CallNumber(ticket_id), lambda d: on_done(_row(d.value)), owner=owner)


def end(
    desk: Desk,
    ticket_id: str,
    on_done: Callable[[QueueRow | None], object],
    *,
    missed: bool,
    owner: QObject,
) -> None:
    """The called one is being served, or did not come."""
    desk.write(EndNumber(ticket_id, missed), lambda d: on_done(_row(d.value)), owner=owner)


def _row(value: object) -> QueueRow | None:
    return value if isinstance(value, QueueRow) else None
