# SPDX-License-Identifier: MulanPSL-2.0
"""用U盘送: copy out, take answers in, carry for a neighbour; each ends in words (protocol §10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from counter.app.changes import Changes
from ui.signals import app_signals

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from ui.operations.desk import Desk

Act = Literal["copy_out", "take_in", "carry"]


@dataclass(frozen=True)
class StickReport:
    """How it ended: ``words`` say what happened, ``more`` what is to be done or was left out."""

    tone: Literal["ok", "warn", "danger"]
    words: str
    more: tuple[str, ...] = ()


class Stick(Protocol):
    """The courier behind the screen; slow, off the GUI thread, never on the database thread."""

    def copy_out(self, folder: Path) -> StickReport:
        """Copy everything unsettled into a folder and read it back."""
        ...

    def take_in(self, folder: Path) -> StickReport:
        """Take in every answer and snapshot in a folder that is for this counter."""
        ...

    def carry(self, folder: Path) -> StickReport:
        """Send the bundles of other counters in a folder, and put their answers beside them."""
        ...


def work(
    desk: Desk,
    act: Act,
    folder: Path,
    on_done: Callable[[StickReport], object],
    on_error: Callable[[BaseException], object],
    *,
    owner: QObject,
) -> None:
    """Do one of the three on a worker thread; does nothing where there is no courier."""
    stick = desk.stick
    if stick is None:
        return
    job = {"copy_out": stick.copy_out, "take_in": stick.take_in, "carry": stick.carry}[act]

    def done(report: StickReport) -> None:
        app_signals().changes.emit(Changes(frozenset({"outbox", "case", "reference", "operator"})))
        on_done(report)

    desk.runner.run_io(lambda: job(folder), done, on_error, owner=owner)
