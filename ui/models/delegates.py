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

WRAP_ROLE = int(Qt.ItemDataRole.UserRole) + 5
"""True for a cell of one sentence, which takes all lines of the row in small type, then is cut."""

_NOT_FIRST, _NOT_LAST = "，。；：、！？）》”", "（《“"
"""Never at the beginning, never at the end of a line."""


def sentence_lines(metrics: QFontMetrics, text: str, room: int, most: int) -> list[str]:
    """Return a sentence on as many lines as it needs, the last of `most` cut to the room."""
    found: list[str] = []
    while len(found) < most - 1 and metrics.horizontalAdvance(text) > room:
        at = len(text)
        while at > 1 and metrics.horizontalAdvance(text[:at]) > room:
            at -= 1
        whole = at
        while at > 1 and _together(text[at - 1], text[at]):
            at -= 1
        at = at if at > 1 else whole
        found.append(text[:at])
        text = text[at:]
    return [*found, metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)]


def _together(left: str, right: str) -> bool:
    """Whether no line breaks here: words and codes stay whole, brackets stay with their words."""
    word = (left.isascii() and right.isascii()) and not (left.isspace() or right.isspace())
    return word or right in _NOT_FIRST or left in _NOT_LAST


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
        if index.data(WRAP_ROLE):
            self._paint_sentence(painter, option, index)
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
        box = _text_box(cell)
        font, small = QFont(cell.font), current().font("small")
        metrics = QFontMetrics(font)
        upper, lower = title_lines(metrics, cell.text, parts, box.width())
        if lower and QFontMetrics(small).horizontalAdvance(parts[0]) <= box.width():
            upper = parts[0]  # whole in small type says more than cut in large
            font = small if metrics.horizontalAdvance(upper) > box.width() else font
            metrics = QFontMetrics(font)
        _paint_empty(painter, cell)
        painter.save()
        painter.setPen(current().colour("text"))
        tall = metrics.height()
        under = QFontMetrics(small).height() if lower else 0
        top = box.center().y() - (tall + under) // 2
        painter.setFont(font)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRect(box.x(), top, box.width(), tall), middle, upper)
        if lower:
            right = Qt.TextElideMode.ElideRight
            lower = QFontMetrics(small).elidedText(lower, right, box.width())
            painter.setFont(small)
            painter.drawText(QRect(box.x(), top + tall, box.width(), under), middle, lower)
        painter.restore()

    def _paint_sentence(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Words that fit as they are, else in small type on the lines the row has."""
        cell = QStyleOptionViewItem(option)
        self.initStyleOption(cell, index)
        box, text = _text_box(cell), cell.text
        font = QFont(cell.font)
        if QFontMetrics(font).horizontalAdvance(text) > box.width():
            font = current().font("small")
        metrics = QFontMetrics(font)
        most = max(1, box.height() // metrics.height())
        lines = sentence_lines(metrics, text, box.width(), most)
        _paint_empty(painter, cell)
        painter.save()
        painter.setPen(current().colour("text"))
        painter.setFont(font)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(box, middle, "\n".join(lines))
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


def _text_box(cell: QStyleOptionViewItem) -> QRect:
    """Return where the style puts the words of a cell."""
    style = cell.widget.style()
    box: QRect = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, cell, cell.widget)
    edge = style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, cell, cell.widget) + 1
    return box.adjusted(edge, 0, -edge, 0)


def _paint_empty(painter: QPainter, cell: QStyleOptionViewItem) -> None:
    """Paint the ground of a cell, with its selection, without words."""
    cell.text = ""
    draw = QStyle.ControlElement.CE_ItemViewItem
    cell.widget.style().drawControl(draw, cell, painter, cell.widget)
