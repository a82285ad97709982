# SPDX-License-Identifier: MulanPSL-2.0
"""Lines one can press: two rows of words with a mark and a badge, and a card made of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from ui.theme import current
from ui.theme.icons import MARKS, pixmap
from ui.widgets.badge import badge_size, paint_badge
from ui.widgets.base import Tone, label, paint_focus
from ui.widgets.card import Card
from ui.widgets.elide import elide
from ui.widgets.skeleton import Skeleton


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what it opens, its words, and how serious it is."""

    id: str
    title: str
    sub: str = ""
    tone: Tone | None = None
    badge: str = ""


class LineButton(QAbstractButton):
    """A line; Enter, Space or a click opens it, the arrow keys go to its neighbours."""

    def __init__(self, line: Line, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = line
        self.setText(line.title)
        words = [line.title, line.badge, line.sub]
        self.setAccessibleName("，".join(word for word in words if word))
        self.setToolTip(self.accessibleName())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        theme = current()
        tall = QFontMetrics(theme.font()).height() + theme.px("s")
        if self.line.sub:
            tall += QFontMetrics(theme.font("small")).height()
        return QSize(12 * theme.px("body"), max(tall, theme.px("touch")))

    def minimumSizeHint(self) -> QSize:
        return QSize(6 * current().px("body"), self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, line = current(), self.line
        painter = QPainter(self)
        if self.underMouse() or self.isDown():
            painter.fillRect(self.rect(), theme.colour("accent_weak"))
        body, small = QFontMetrics(theme.font()), QFontMetrics(theme.font("small"))
        block = body.height() + (small.height() if line.sub else 0)
        top, left = (self.height() - block) // 2, theme.px("xs")
        if line.tone:
            edge = theme.px("small")
            picture = pixmap(MARKS[line.tone], theme.hex(line.tone), edge, self.devicePixelRatioF())
            painter.drawPixmap(left, top + (body.height() - edge) // 2, picture)
            left += edge + theme.px("xs")
        room = self.width() - left - theme.px("xs")
        size = badge_size(line.badge) if line.badge else QSize()
        if line.badge:
            room -= size.width() + theme.px("s")
        title = elide(body, line.title, room)
        painter.setFont(theme.font())
        painter.setPen(theme.colour("text"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRect(left, top, room, body.height()), middle, title)
        if line.badge:
            start = left + body.horizontalAdvance(title) + theme.px("s")
            box = QRect(start, top + (body.height() - size.height()) // 2, 0, 0)
            box.setSize(size)
            paint_badge(painter, box, line.tone or "neutral", line.badge)
        if line.sub:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.colour("muted"))
            wide = self.width() - theme.px("s")
            sub = elide(small, line.sub, wide)
            below = QRect(theme.px("xs"), top + body.height(), wide, small.height())
            painter.drawText(below, middle, sub)
        if self.hasFocus():
            paint_focus(painter, self.rect())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        elif key in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            self.focusNextPrevChild(key == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)


class LineCard(Card):
    """A card of lines with its count, or a sentence when there is none."""

    chosen = Signal(str)
    """Id of the line pressed."""

    def __init__(
        self, title: str, empty: str, *, most: int = 6, rest: str = "在「办件」里看"
    ) -> None:
        """Make a card that waits for its lines.

        Args:
            title: its name.
            empty: what it says without lines: that all is well, or what to do next.
            most: lines shown; the rest is a number.
            rest: where the rest is seen.
        """
        super().__init__(title)
        self._name, self._empty, self._most, self._rest = title, empty, most, rest
        self._lines: tuple[Line, ...] | None = None
        self._buttons: list[LineButton] = []
        self._column = QVBoxLayout()
        self._column.setSpacing(0)
        self._column.addWidget(Skeleton(2))
        self.add(self._column)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines shown or counted."""
        return self._lines or ()

    def focus_first(self) -> bool:
        """Put the focus on the first line; false if there is none."""
        if self._buttons:
            self._buttons[0].setFocus(Qt.FocusReason.TabFocusReason)
        return bool(self._buttons)

    def show_lines(self, lines: Sequence[Line], tone: Tone | None = None) -> None:
        """Show other lines; the same ones leave everything in place."""
        if tuple(lines) == self._lines:
            return
        held = next((w.line.id for w in self.findChildren(LineButton) if w.hasFocus()), "")
        self._lines = tuple(lines)
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.set_title(f"{self._name}　{len(lines)}" if lines else self._name)
        self.set_tone(tone if lines else None)
        self._buttons = []
        for line in lines[: self._most]:
            button = LineButton(line)
            self._buttons.append(button)
            button.clicked.connect(partial(self.chosen.emit, line.id))
            self._column.addWidget(button)
            if line.id == held:
                button.setFocus(Qt.FocusReason.OtherFocusReason)
        if len(lines) > self._most:
            more = f"另有 {len(lines) - self._most} 条，{self._rest}"
            self._column.addWidget(label(more, "small", tone="muted", wrap=True))
        if not lines:
            self._column.addWidget(label(self._empty, "small", tone="muted", wrap=True))
