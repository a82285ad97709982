# SPDX-License-Identifier: MulanPSL-2.0
"""A panel that holds a table, or what to do next where there is nothing to list."""

from PySide6.QtWidgets import QStackedLayout, QWidget

from ui.theme import px
from ui.widgets.card import Card
from ui.widgets.data_table import DataTable
from ui.widgets.empty_state import EmptyState


class TableCard(Card):
    """One of the two at a time, in the same place: nothing jumps when the first row comes."""

    def __init__(self, table: DataTable, empty: EmptyState) -> None:
        super().__init__()
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(table)
        self._stack.addWidget(empty)
        if (layout := self.layout()) is not None:
            layout.setContentsMargins(px("s"), px("xs"), px("s"), px("s"))
        self.add(holder, 1)

    def show_table(self, there: bool) -> None:
        """Show the table, or that nothing is there."""
        self._stack.setCurrentIndex(0 if there else 1)
