# SPDX-License-Identifier: MulanPSL-2.0
"""Reading what the workbench shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from counter.app.commands import SeeMovedDates

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from counter.app.centre_wishes import Wish
    from counter.app.queries import DueAgain, MovedDate, Workbench
    from ui.operations.desk import Desk
    from ui.runner import Latest


def load(
    desk: Desk,
    on_done: Callable[[Workbench], object],
    on_error: Callable[[BaseException], object] | None = None,
    *,
    owner: QObject | None = None,
    latest: Latest | None = None,
) -> None:
    """Read what needs the signed-in operator now."""
    operator = desk.session.operator_id
    desk.read(lambda q: q.workbench(operator), on_done, on_error, owner=owner, latest=latest)


def read_due_again(
    desk: Desk, on_done: Callable[[tuple[DueAgain, ...]], object], *, owner: QObject, latest: Latest
) -> None:
    """Read who has to come again, as each item reminds."""
    desk.read(lambda q: q.due_again(), on_done, owner=owner, latest=latest)


def read_moved(desk: Desk, on_done: Callable[[list[MovedDate]], object], *, owner: QObject) -> None:
    """Read the days that a new list of holidays moved and nobody has looked at."""
    desk.read(lambda q: q.moved_dates(), on_done, owner=owner)


def see_moved(desk: Desk, *, owner: QObject) -> None:
    """Say that they were looked at; the workbench is told like every screen."""
    desk.write(SeeMovedDates(), lambda _done: None, owner=owner)


def read_wishes(
    desk: Desk, on_done: Callable[[tuple[Wish, ...]], object], *, owner: QObject
) -> None:
    """Read what the centre's policies want said: an old catalogue, an old program (§3.7)."""
    desk.runner.run_db(desk.wishes, on_done, owner=owner)
