# SPDX-License-Identifier: MulanPSL-2.0
"""A card of names and numbers."""

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout

from ui.theme import px
from ui.widgets.base import label
from ui.widgets.card import Card
from ui.widgets.skeleton import Skeleton


class NumbersCard(Card):
    """Names and numbers."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._grid = QGridLayout()
        self._grid.setColumnStretch(2, 1)
        self._grid.setHorizontalSpacing(px("l"))
        self._waiting = Skeleton(4)
        self.add(self._waiting)
        self.add(self._grid)

    def show_numbers(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Show names, numbers and notes."""
        self._waiting.hide()
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for at, (name, number, note) in enumerate(rows):
            value = label(number, strong=True)
            value.setAccessibleName(f"{name} {number}")
            self._grid.addWidget(label(name, tone="muted"), at, 0)
            self._grid.addWidget(value, at, 1)
            self._grid.addWidget(label(note, "small", tone="muted"), at, 2)
