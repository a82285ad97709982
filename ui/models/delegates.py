# SPDX-License-Identifier: MulanPSL-2.0
"""Cells of the tables: badges, words, and quiet bars while the rows are being read."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from ui.theme import px
from ui.widgets.data_table import BadgeDelegate
from ui.widgets.skeleton import paint_bar

SKELETON_ROLE = int(Qt.ItemDataRole.UserRole) + 2
"""True for a cell whose value is not read yet."""

ID_ROLE = int(Qt.ItemDataRole.UserRole) + 3
"""Stable id of the row."""


class RowDelegate(BadgeDelegate):
    """Like the badge delegate, with a bar in cells that are still to come."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        if index.data(SKELETON_ROLE):
            gap = px("s")
            paint_bar(painter, option.rect.adjusted(gap, 0, -2 * gap, 0), 0.7)
