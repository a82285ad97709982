# SPDX-License-Identifier: MulanPSL-2.0
"""A table whose rows are ticked: Space, Enter or a click anywhere on the row."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QWidget

from ui.models.delegates import LINES_ROLE, RowDelegate
from ui.widgets.data_table import DataTable
from ui.widgets.elide import split_title

_TICKED, _NOT = Qt.CheckState.Checked, Qt.CheckState.Unchecked
_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


@dataclass(frozen=True, slots=True)
class TickRow:
    """One row: its cells and whether it begins ticked."""

    cells: tuple[str, ...]
    ticked: bool


class TickTable(DataTable):
    """Reads only; what is ticked is asked for by place."""

    changed = Signal()
    """Another set of rows is ticked."""

    def __init__(
        self, name: str, heads: Sequence[str], widths_em: Sequence[float], parent: QWidget | None
    ) -> None:
        """Make an empty table.

        Args:
            name: what a screen reader calls it.
            heads: names of the columns; the first also holds the tick.
            widths_em: their widths in ems of body text, 0 takes what is left.
            parent: owner.
        """
        super().__init__(name, parent)
        self._model = QStandardItemModel(0, len(heads), self)
        self._model.setHorizontalHeaderLabels(list(heads))
        self.setModel(self._model)
        self.setItemDelegate(RowDelegate(self))
        self.set_widths(widths_em)
        self.clicked.connect(self._toggle)
        self.opened.connect(self._toggle)
        space = QShortcut(QKeySequence("Space"), self, lambda: self._toggle(self.currentIndex()))
        space.setContext(Qt.ShortcutContext.WidgetShortcut)

    def show_rows(self, rows: Sequence[TickRow]) -> None:
        """Show other rows."""
        self._model.removeRows(0, self._model.rowCount())
        for row in rows:
            cells = [QStandardItem(words) for words in row.cells]
            for one in cells:
                one.setFlags(_FLAGS)
                one.setToolTip(one.text())
                parts = split_title(one.text())
                one.setData(parts if parts[1] else None, LINES_ROLE)
            _tick(cells[0], on=row.ticked)
            self._model.appendRow(cells)
        if rows:
            self.selectRow(0)

    def ticked(self) -> list[int]:
        """Places of the rows ticked, from the top."""
        every = range(self._model.rowCount())
        return [at for at in every if self._model.item(at, 0).checkState() == _TICKED]

    def tick_every(self) -> None:
        """Tick all, or none when all are."""
        every = range(self._model.rowCount())
        wanted = len(self.ticked()) < len(every)
        for at in every:
            _tick(self._model.item(at, 0), on=wanted)
        self.changed.emit()

    def _toggle(self, index: QModelIndex) -> None:
        cell = self._model.item(index.row(), 0) if index.isValid() else None
        if cell is not None:
            _tick(cell, on=cell.checkState() != _TICKED)
            self.changed.emit()


def _tick(cell: QStandardItem, *, on: bool) -> None:
    cell.setCheckState(_TICKED if on else _NOT)
    cell.setAccessibleText(f"{'已勾选' if on else '没有勾选'} {cell.text()}")
