# SPDX-License-Identifier: MulanPSL-2.0
"""收件, once: look for earlier cases, then commit; the button waits meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ui.operations import intake

if TYPE_CHECKING:
    from counter.app.commands import Receipt
    from counter.domain.draft import Draft
    from ui.operations.desk import Desk
    from ui.operations.intake import Earlier


class Commit(QObject):
    """Runs 收件; a second press while it runs does nothing."""

    busy_changed = Signal(bool)
    duplicates = Signal(object)
    """Earlier cases (`list[Earlier]`): a reason is needed first."""
    failed = Signal(object)
    """The error; the draft is as it was."""
    received = Signal(object)
    """The `Receipt`, after the commit rule."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._draft: Draft | None = None

    @property
    def busy(self) -> bool:
        """Whether it is under way."""
        return self._draft is not None

    def reset(self) -> None:
        """Another draft is on the screen."""
        self._end()

    def run(self, draft: Draft) -> None:
        """Begin; the draft must not change until an answer came."""
        if self.busy:
            return
        self._draft = draft
        self.busy_changed.emit(True)
        intake.find_similar(self._desk, draft, self._similar, self._failed, owner=self)

    def _similar(self, rows: list[Earlier]) -> None:
        draft = self._draft
        if draft is None:
            return
        if rows and not draft.duplicate_reason.strip():
            self._end()
            self.duplicates.emit(rows)
            return
        intake.receive_case(self._desk, draft, self._done, self._failed, owner=self)

    def _done(self, receipt: Receipt) -> None:
        self._end()
        self.received.emit(receipt)

    def _failed(self, error: BaseException) -> None:
        self._end()
        self.failed.emit(error)

    def _end(self) -> None:
        if self._draft is not None:
            self._draft = None
            self.busy_changed.emit(False)
