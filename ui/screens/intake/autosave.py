# SPDX-License-Identifier: MulanPSL-2.0
"""Keeps the draft on this machine at every change; says so only when it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from ui.notify import describe_error
from ui.operations import intake

if TYPE_CHECKING:
    from counter.domain.draft import Draft
    from ui.operations.desk import Desk

DELAY_MS = 300
"""A change is written so long after it; steady typing is written as often."""
RETRY_MS = 2000


class Autosave(QObject):
    """Writes the newest state of one draft; a write under way never hides a newer change."""

    words = Signal(str, bool)
    """What to say about the draft, and whether it is safe."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._draft: Draft | None = None
        self._dirty = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.flush)

    @property
    def dirty(self) -> bool:
        """Whether a change has not been handed to the database yet."""
        return self._dirty

    def touch(self, draft: Draft) -> None:
        """The draft changed: write it soon, and never later than the limit."""
        self._draft = draft
        if not self._dirty:
            self._dirty = True
            self._timer.start(DELAY_MS)

    def flush(self) -> None:
        """Hand what is not written yet to the database thread now; jobs there keep their order."""
        self._timer.stop()
        if not self._dirty or self._draft is None:
            return
        self._dirty = False
        draft_id = self._draft.draft_id
        intake.save_draft(
            self._desk,
            self._draft,
            lambda _done: self._saved(draft_id),
            lambda error: self._failed(draft_id, error),
            owner=self,
        )

    def forget(self) -> None:
        """The draft is a case now, or gone: nothing more to write."""
        self._timer.stop()
        self._draft, self._dirty = None, False

    def _saved(self, draft_id: str) -> None:
        if self._draft is not None and self._draft.draft_id == draft_id:
            self.words.emit(f"草稿 {intake.now(self._desk):%H:%M} 已保存在本机", True)

    def _failed(self, draft_id: str, error: BaseException) -> None:
        if self._draft is None or self._draft.draft_id != draft_id:
            return
        told = describe_error(error)
        self.words.emit(f"草稿还没有保存：{told.text}{told.todo}（{told.code}）", False)
        self._dirty = True
        self._timer.start(RETRY_MS)
