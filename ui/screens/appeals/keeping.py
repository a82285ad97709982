# SPDX-License-Identifier: MulanPSL-2.0
"""Keeps the unfinished 诉求 on this machine at every change, as intake keeps its draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from ui.notify import describe_error
from ui.operations import voice
from ui.signals import app_signals
from ui.widgets.base import label, set_tone

if TYPE_CHECKING:
    from counter.domain.appeal_draft import AppealDraft
    from ui.operations.desk import Desk

DELAY_MS = 300
"""A change is written so long after it; steady typing is written as often."""
RETRY_MS = 2000


class Keeping(QObject):
    """Writes what ``state`` says; a write under way never hides a newer change."""

    def __init__(self, desk: Desk, state: Callable[[], AppealDraft], parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._state = desk, state
        self._dirty = False
        self.line = label("", "small", tone="muted")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.flush)
        app_signals().locked.connect(self.flush)

    def touch(self) -> None:
        """Something changed: write it soon, and never later than the limit."""
        if not self._dirty:
            self._dirty = True
            self._timer.start(DELAY_MS)

    def flush(self) -> None:
        """Hand what is not written yet to the database thread now."""
        self._timer.stop()
        if self._dirty:
            self._dirty = False
            voice.keep_appeal_draft(
                self._desk, self._state(), self._saved, self._failed, owner=self
            )

    def forget(self) -> None:
        """It is registered or thrown away: nothing more to write."""
        self._timer.stop()
        self._dirty = False
        self.line.setText("")

    def _saved(self, _done: object) -> None:
        self.line.setText(f"草稿 {self._desk.clock.now():%H:%M} 已保存在本机")
        set_tone(self.line, "muted")

    def _failed(self, error: BaseException) -> None:
        told = describe_error(error)
        self.line.setText(f"草稿还没有保存：{told.text}{told.todo}（{told.code}）")
        set_tone(self.line, "danger")
        self._dirty = True
        self._timer.start(RETRY_MS)
