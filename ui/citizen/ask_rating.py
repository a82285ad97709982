# SPDX-License-Identifier: MulanPSL-2.0
"""The clerk's side of a rating: one button, and afterwards only 已评价 or 未评价."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut

from ui.citizen.rating import RatingWindow
from ui.notify import present_error
from ui.operations import voice
from ui.widgets.buttons import SecondaryButton

if TYPE_CHECKING:
    from counter.app.commands import RatingInvite
    from counter.domain.ratings import RatingTables
    from ui.operations.desk import Desk

ASK = "请群众评价"


class RatingButton(SecondaryButton):
    """请群众评价 (F12) for one case."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(ASK, "F12")
        self._desk = desk
        self._case_id = ""
        self._open: QObject | None = None
        self.setToolTip("打开群众屏，由本人评价；一次办理评一次，评什么窗口看不到")
        self.clicked.connect(self.ask)
        QShortcut(QKeySequence("F12"), self, self.ask)

    def set_case(self, case_id: str) -> None:
        """Another case is on the screen."""
        self._case_id = case_id
        self.setText(ASK)
        self.setEnabled(bool(case_id))

    def ask(self) -> None:
        """Invite, then show the citizen's own window."""
        if self._case_id and self.isEnabled():
            self.setEnabled(False)
            voice.invite_rating(self._desk, self._case_id, self._invited, self._failed, owner=self)

    def _invited(self, invite: RatingInvite) -> None:
        def show(tables: RatingTables) -> None:
            window = RatingWindow(self._desk, invite, tables)
            window.finished.connect(self._finished)
            window.destroyed.connect(self._closed)
            self._open = window
            window.show_to_citizen(self)

        voice.read_rating_tables(self._desk, show, owner=self)

    def _finished(self, told: str) -> None:
        self.setText(told)

    def _closed(self) -> None:
        self._open = None
        self.setEnabled(self.text() == ASK)

    def _failed(self, error: BaseException) -> None:
        code = getattr(error, "code", "")
        if code == "RATING-DONE":
            self.setText("评价已结束")
            self.setToolTip(str(getattr(error, "what", "")))
            return
        self.setEnabled(True)
        present_error(error)
