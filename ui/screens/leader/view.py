# SPDX-License-Identifier: MulanPSL-2.0
"""值班长: the day of the hall, and 差评 (contact in a working day, put right within fifteen)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ui.screens.leader.day import DayBoard
from ui.theme import px
from ui.tickets.board import TicketBoard
from ui.widgets.base import label
from ui.widgets.buttons import SecondaryButton

if TYPE_CHECKING:
    from ui.operations.desk import Desk

_RATINGS = (
    "1 个工作日内联系本人，15 个工作日内整改，全部回访。只有值班长看得到，请勿告诉窗口谁评的。"
)
_TABS = ("今天", "差评")


class LeaderScreen(QWidget):
    """Two boards, one at a time; for the shift leader only."""

    open_case = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.day = DayBoard(desk)
        self.day.open_case.connect(self.open_case)
        self.board = TicketBoard(desk, "rating_task", "没有要办的差评。")
        ratings = QWidget()
        below = QVBoxLayout(ratings)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(px("m"))
        below.addWidget(label(_RATINGS, tone="muted", wrap=True))
        below.addWidget(self.board, 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.day)
        self.stack.addWidget(ratings)
        head = QHBoxLayout()
        head.setSpacing(px("s"))
        head.addWidget(label("值班长", "title"))
        self._tabs = QButtonGroup(self)
        for at, name in enumerate(_TABS):
            tab = SecondaryButton(name)
            tab.setCheckable(True)
            tab.setChecked(at == 0)
            self._tabs.addButton(tab, at)
            head.addWidget(tab)
        head.addStretch(1)
        self._tabs.idClicked.connect(self.stack.setCurrentIndex)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(px("l"),) * 4)
        column.setSpacing(px("m"))
        column.addLayout(head)
        column.addWidget(self.stack, 1)

    def title(self) -> str:
        """Name of the screen."""
        return "值班长"

    def refresh(self, changes: object | None) -> None:
        """Read again what a change may concern."""
        self.day.refresh(changes)
        kinds = getattr(changes, "kinds", None)
        if kinds is None or "ticket" in kinds or "case" in kinds:
            self.board.load()

    def zones(self) -> list[QWidget]:
        """The board in front."""
        front = self.stack.currentWidget()
        return [front] if front is not None else []

    def activate(self) -> None:
        """Begin at the board in front."""
        tab = self._tabs.button(self.stack.currentIndex())
        if tab is not None:
            tab.setFocus(Qt.FocusReason.OtherFocusReason)
