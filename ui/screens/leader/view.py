# SPDX-License-Identifier: MulanPSL-2.0
"""值班长 · 差评: contact within a working day, put right within fifteen, ask again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.theme import px
from ui.tickets.board import TicketBoard
from ui.widgets.base import label

if TYPE_CHECKING:
    from ui.operations.desk import Desk

_WORDS = "1 个工作日内联系本人，15 个工作日内整改，全部回访。只有值班长看得到，请勿告诉窗口谁评的。"


class LeaderScreen(QWidget):
    """Low ratings of this hall; for the shift leader only."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.board = TicketBoard(desk, "rating_task", "没有要办的差评。")
        column = QVBoxLayout(self)
        column.setContentsMargins(*(px("l"),) * 4)
        column.setSpacing(px("m"))
        column.addWidget(label("差评办理", "title"))
        column.addWidget(label(_WORDS, tone="muted", wrap=True))
        column.addWidget(self.board, 1)

    def title(self) -> str:
        """Name of the screen."""
        return "值班长"

    def refresh(self, changes: object | None) -> None:
        """Read again if a ticket may have changed."""
        kinds = getattr(changes, "kinds", None)
        if kinds is None or "ticket" in kinds or "case" in kinds:
            self.board.load()

    def zones(self) -> list[QWidget]:
        """The one zone."""
        return [self.board]

    def activate(self) -> None:
        """Begin in the list."""
        self.board.table.setFocus()
