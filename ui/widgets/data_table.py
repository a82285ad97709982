# SPDX-License-Identifier: MulanPSL-2.0
"""The table of rows: whole-row selection, words at the left, states as badges."""

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ui.theme import px
from ui.widgets.badge import badge_size, paint_badge
from ui.widgets.base import Tone

TONE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""A model answers this role with a `Tone` for cells that are shown as a badge."""


class BadgeDelegate(QStyledItemDelegate):
    """Paints a cell as a badge where the model gives a tone, else as text."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        text = index.data(Qt.ItemDataRole.DisplayRole)
        if index.data(TONE_ROLE) and text:
            return badge_size(text) + QSize(px("l"), px("s"))
        return super().sizeHint(option, index)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        tone, text = index.data(TONE_ROLE), index.data(Qt.ItemDataRole.DisplayRole)
        if not tone or not text:
            super().paint(painter, option, index)
            return
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        plain.text = ""
        view = option.widget
        view.style().drawControl(view.style().ControlElement.CE_ItemViewItem, plain, painter, view)
        rect: QRect = option.rect
        size = badge_size(text)
        corner = QPoint(rect.x() + px("s"), rect.center().y() - size.height() // 2)
        paint_badge(painter, QRect(corner, size), cast(Tone, tone), text)


class DataTable(QTableView):
    """A read-only table; Enter or a double click opens the row."""

    opened = Signal(QModelIndex)
    """The person wants to see this row."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Make a table.

        Args:
            name: what a screen reader calls it.
            parent: owner.
        """
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setItemDelegate(BadgeDelegate(self))
        self.verticalHeader().hide()
        head = self.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setStretchLastSection(True)
        head.setHighlightSections(False)
        self.doubleClicked.connect(self.opened)
        self._fit_rows()

    def set_widths(self, widths_em: Sequence[float]) -> None:
        """Give each column its width; they fill the table, so nothing scrolls sideways.

        Args:
            widths_em: in ems of body text; 0 shares what is left.
        """
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        head = self.horizontalHeader()
        head.setStretchLastSection(False)
        for at, ems in enumerate(widths_em):
            if ems:
                self.setColumnWidth(at, round(ems * px("body")))
            else:
                head.setSectionResizeMode(at, QHeaderView.ResizeMode.Stretch)

    def _fit_rows(self) -> None:
        self.verticalHeader().setMinimumSectionSize(px("touch"))
        self.verticalHeader().setDefaultSectionSize(px("touch"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit_rows()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex())
            return
        super().keyPressEvent(event)
