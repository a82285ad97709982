# SPDX-License-Identifier: MulanPSL-2.0
"""Cells of the tables: badges, words, and quiet bars while the rows are being read."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from ui.theme import current, px
from ui.theme.icons import pixmap
from ui.widgets.data_table import BadgeDelegate
from ui.widgets.skeleton import paint_bar

SKELETON_ROLE = int(Qt.ItemDataRole.UserRole) + 2
"""True for a cell whose value is not read yet."""

ID_ROLE = int(Qt.ItemDataRole.UserRole) + 3
"""Stable id of the row."""

LINES_ROLE = int(Qt.ItemDataRole.UserRole) + 4
"""Two parts of a cell that are never cut away together: below each other where one line is short."""


def title_lines(
    metrics: QFontMetrics, text: str, parts: tuple[str, str], room: int
) -> tuple[str, str]:
    """Return the text on one line if it fits, else its two parts, the upper cut to the room."""
    right = Qt.TextElideMode.ElideRight
    if metrics.horizontalAdvance(text) <= room:
        return text, ""
    return metrics.elidedText(parts[0], right, room), parts[1]


class RowDelegate(BadgeDelegate):
    """Like the badge delegate, with a bar in cells that are still to come."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        ticked = index.data(Qt.ItemDataRole.CheckStateRole)
        if ticked is not None:
            on = Qt.CheckState(ticked) == Qt.CheckState.Checked
            self._paint_tick(painter, option, index, on=on)
            return
        parts = index.data(LINES_ROLE)
        if parts:
            self._paint_lines(painter, option, index, parts)
            return
        super().paint(painter, option, index)
        if index.data(SKELETON_ROLE):
            gap = px("s")
            paint_bar(painter, option.rect.adjusted(gap, 0, -2 * gap, 0), 0.7)

    def _paint_lines(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
        parts: tuple[str, str],
    ) -> None:
        cell = QStyleOptionViewItem(option)
        self.initStyleOption(cell, index)
        style = option.widget.style()
        text_box = QStyle.SubElement.SE_ItemViewItemText
        box: QRect = style.subElementRect(text_box, cell, option.widget)
        edge = style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, cell, option.widget) + 1
        box.adjust(edge, 0, -edge, 0)
        font, small = QFont(cell.font), current().font("small")
        metrics = QFontMetrics(font)
        upper, lower = title_lines(metrics, cell.text, parts, box.width())
        if lower and QFontMetrics(small).horizontalAdvance(parts[0]) <= box.width():
            upper = parts[0]  # whole in small type says more than cut in large
            font = small if metrics.horizontalAdvance(upper) > box.width() else font
            metrics = QFontMetrics(font)
        cell.text = ""
        draw = QStyle.ControlElement.CE_ItemViewItem
        style.drawControl(draw, cell, painter, option.widget)
        painter.save()
        painter.setPen(current().colour("text"))
        tall = metrics.height()
        below = QFontMetrics(small).height() if lower else 0
        top = box.center().y() - (tall + below) // 2
        painter.setFont(font)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRect(box.x(), top, box.width(), tall), middle, upper)
        if lower:
            right = Qt.TextElideMode.ElideRight
            lower = QFontMetrics(small).elidedText(lower, right, box.width())
            painter.setFont(small)
            painter.drawText(QRect(box.x(), top + tall, box.width(), below), middle, lower)
        painter.restore()

    def _paint_tick(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
        *,
        on: bool,
    ) -> None:
        """A box that is seen in every look, filled and ticked, or empty; then the words."""
        theme = current()
        cell = QStyleOptionViewItem(option)
        self.initStyleOption(cell, index)
        words, cell.text = cell.text, ""
        cell.features &= ~QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
        draw = QStyle.ControlElement.CE_ItemViewItem
        option.widget.style().drawControl(draw, cell, painter, option.widget)
        edge, gap = theme.px("icon"), theme.px("s")
        box = QRect(cell.rect.x() + gap, cell.rect.center().y() - edge // 2, edge, edge)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour("accent" if on else "muted"), 2))
        painter.setBrush(theme.colour("accent" if on else "raised"))
        painter.drawRoundedRect(box, 3, 3)
        if on:
            ratio = painter.device().devicePixelRatioF()
            painter.drawPixmap(box, pixmap("check", theme.hex("on_accent"), edge, ratio))
        painter.setPen(theme.colour("text"))
        painter.setFont(cell.font)
        room = cell.rect.adjusted(edge + 3 * gap, 0, 0, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
        painter.restore()
