# SPDX-License-Identifier: MulanPSL-2.0
"""A word in a quiet coloured box: the state of something."""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.theme import current
from ui.theme.icons import pixmap
from ui.widgets.base import Tone


def badge_size(text: str, *, icon: str = "") -> QSize:
    """Room that a badge needs in the look in force."""
    theme = current()
    size = QFontMetrics(theme.font("small", bold=True)).size(0, text)
    mark = theme.px("small") + theme.px("xs") if icon else 0
    return QSize(size.width() + 2 * theme.px("s") + mark, size.height() + theme.px("xs"))


def paint_badge(painter: QPainter, rect: QRect, tone: Tone, text: str, *, icon: str = "") -> None:
    """Draw a badge into a rectangle (a widget's, or a cell's)."""
    theme = current()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colour = theme.colour(tone)
    painter.setBrush(theme.colour(theme.weak(tone)))
    # In high contrast the fill is the background: the frame carries the shape.
    framed = theme.mode == "high_contrast"
    painter.setPen(QPen(colour, 1) if framed else Qt.PenStyle.NoPen)
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    left = theme.px("s")
    if icon:
        mark = theme.px("small")
        picture = pixmap(icon, theme.hex(tone), mark, painter.device().devicePixelRatioF())
        painter.drawPixmap(rect.x() + left, rect.y() + (rect.height() - mark) // 2, picture)
        left += mark + theme.px("xs")
    painter.setPen(colour)
    painter.setFont(theme.font("small", bold=True))
    align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.drawText(rect.adjusted(left, 0, 0, 0), align, text)
    painter.restore()


class Badge(QLabel):
    """A state in a word, with a tone and optionally an icon; colour never stands alone."""

    def __init__(
        self, tone: Tone, text: str, *, icon: str = "", parent: QWidget | None = None
    ) -> None:
        """Make a badge.

        Raises:
            ValueError: no word (colour alone says nothing to many people).
        """
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._tone: Tone = tone
        self._icon = ""
        self.set_state(tone, text, icon=icon)

    def set_state(self, tone: Tone, text: str, *, icon: str = "") -> None:
        """Show another state."""
        if not text:
            msg = "a badge needs a word"
            raise ValueError(msg)
        self._tone, self._icon = tone, icon
        self.setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    @property
    def tone(self) -> Tone:
        """The tone shown."""
        return self._tone

    def sizeHint(self) -> QSize:
        return badge_size(self.text(), icon=self._icon)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_badge(QPainter(self), self.rect(), self._tone, self.text(), icon=self._icon)
