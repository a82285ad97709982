# SPDX-License-Identifier: MulanPSL-2.0
"""Whose work a case is, as the centre said last, and changing that (sync-protocol §7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from counter.app.case_commands import GiveBackCase, TakeOverCase
from counter.domain.case import FINAL

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from counter.app.commands import Done
    from counter.ports.storage import CaseRecord
    from ui.operations.desk import Desk


@dataclass(frozen=True)
class Holding:
    """Whose work a case is.

    Attributes:
        window: The window whose work it is now, "" = no one's in particular.
        mine: Whether that is this window.
        take: What taking it over means, "" where there is nothing to take over.
    """

    window: str = ""
    mine: bool = False
    take: str = ""


_HERE = "接手后由本窗口办；要等中心收到才算数，没有线路时也可以先办。"
_GIVE = "交回后本厅各窗口都可以办；要等中心收到才算数。"


def holding(case: CaseRecord, counter_no: int, now: datetime) -> Holding:
    """Return whose work a case is at a moment; a lease that ran out is nobody's."""
    lease = case.centre.get("lease") or {}
    until = str(lease.get("until") or "")
    runs = bool(lease.get("device_id")) and not (until and datetime.fromisoformat(until) <= now)
    window = str(lease.get("window") or "") if runs else ""
    mine = window == f"{counter_no:02} 号窗口"
    if mine or case.state in FINAL or not case.rev:
        return Holding(window, mine)
    if window:
        late = f"现在是 {window}在办。{_HERE}那边还没传上来的会先留给人核对，不会丢。"
        return Holding(window, take=late)
    elsewhere = case.receipt_no.split("-")[1:2] != [f"{counter_no:02}"]
    return Holding(take=f"这份办件是别的窗口收的。{_HERE}" if elsewhere else "")


def give_back_words(held: Holding) -> str:
    """Return what giving it back means, "" where it is not this window's."""
    return _GIVE if held.mine else ""


def take_over(
    desk: Desk, case_id: str, reason: str, on_done: Callable[[Done], object], *, owner: QObject
) -> None:
    """接手: this window does it from now on."""
    desk.write(TakeOverCase(case_id, reason), on_done, owner=owner)


def give_back(
    desk: Desk, case_id: str, reason: str, on_done: Callable[[Done], object], *, owner: QObject
) -> None:
    """交回: every window of the hall may do it again."""
    desk.write(GiveBackCase(case_id, reason), on_done, owner=owner)
