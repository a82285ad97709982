# SPDX-License-Identifier: MulanPSL-2.0
"""用U盘送: copy out, take answers in, carry for a neighbour; each ends in words (protocol §10)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from counter.app.changes import Changes
from ui.signals import app_signals

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from ui.operations.courier import StickReport
    from ui.operations.desk import Desk

Act = Literal["copy_out", "take_in", "carry"]


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
