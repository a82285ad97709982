# SPDX-License-Identifier: MulanPSL-2.0
"""Cells of the tables: badges, words, and quiet bars while the rows are being read."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from ui.theme import current, px
from ui.widgets.data_table import BadgeDelegate
from ui.widgets.elide import split_title
from ui.widgets.skeleton import paint_bar

SKELETON_ROLE = int(Qt.ItemDataRole.UserRole) + 2
"""True for a cell whose value is not read yet."""

ID_ROLE = int(Qt.ItemDataRole.UserRole) + 3
"""Stable id of the row."""

WHO_ROLE = int(Qt.ItemDataRole.UserRole) + 4
"""Whose it is, for a cell of 「事项 · 人」: never cut away, on a line of its own if need be."""


def title_lines(metrics: QFontMetrics, text: str, room: int) -> tuple[str, str]:
    """Return the text on one line if it fits, else what it is (cut) and, below, whose it is."""
    what, who = split_title(text)
    if not who or metrics.horizontalAdvance(text) <= room:
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, room), ""
    return metrics.elidedText(what, Qt.TextElideMode.ElideRight, room), who


class RowDelegate(BadgeDelegate):
    """Like the badge delegate, with a bar in cells that are still to come."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        if index.data(WHO_ROLE):
            self._paint_title(painter, option, index)
            return
        super().paint(painter, option, index)
        if index.data(SKELETON_ROLE):
            gap = px("s")
            paint_bar(painter, option.rect.adjusted(gap, 0, -2 * gap, 0), 0.7)

    def _paint_title(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        cell = QStyleOptionViewItem(option)
        self.initStyleOption(cell, index)
        style = option.widget.style()
        text_box = QStyle.SubElement.SE_ItemViewItemText
        box: QRect = style.subElementRect(text_box, cell, option.widget)
        edge = style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, cell, option.widget) + 1
        box.adjust(edge, 0, -edge, 0)
        bold, small = current().font(bold=True), current().font("small")
        upper, lower = title_lines(QFontMetrics(bold), cell.text, box.width())
        cell.text = ""
        draw = QStyle.ControlElement.CE_ItemViewItem
        style.drawControl(draw, cell, painter, option.widget)
        painter.save()
        painter.setPen(current().colour("text"))
        tall = QFontMetrics(bold).height()
        below = QFontMetrics(small).height() if lower else 0
        top = box.center().y() - (tall + below) // 2
        painter.setFont(bold)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRect(box.x(), top, box.width(), tall), middle, upper)
        if lower:
            painter.setFont(small)
            painter.drawText(QRect(box.x(), top + tall, box.width(), below), middle, lower)
        painter.restore()
