# SPDX-License-Identifier: MulanPSL-2.0
"""What sending takes, and whether pages go by themselves on this line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.theme import px
from ui.widgets.base import label
from ui.widgets.buttons import LinkButton
from ui.widgets.card import Card

if TYPE_CHECKING:
    from ui.operations.line import LineStatus


class CostCard(Card):
    """One line: how long, how much, and 图片也现在发 where pages would wait."""

    pages_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        line = QHBoxLayout()
        line.setSpacing(px("m"))
        self.cost = label("", wrap=True)  # never cut: the pages' share stands at its end
        line.addWidget(self.cost, 1)
        self.note = label("", "body", tone="muted")
        self.send = LinkButton("图片也现在发", "Alt+T")
        self.send.clicked.connect(self.pages_wanted)
        for one in (self.note, self.send):
            one.setVisible(False)
            line.addWidget(one)
        self.add(line)
        if (layout := self.layout()) is not None:
            layout.setContentsMargins(px("l"), px("s"), px("l"), px("s"))

    def show_status(self, status: LineStatus) -> None:
        """Show the words of the line."""
        words = status.cost_words or "没有要发的"
        self.cost.setText(words if words.startswith("没有") else f"全部发完要多久：{words}")
        self.note.setText(status.pages_words)
        self.note.setVisible(bool(status.pages_words))
        self.send.setVisible(status.pages_askable)
