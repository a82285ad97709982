# SPDX-License-Identifier: MulanPSL-2.0
"""Quiet bars where words will stand, so that nothing jumps when data arrive."""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import current

_SHARES = (0.82, 0.64, 0.74)


def paint_bar(painter: QPainter, rect: QRect, share: float) -> None:
    """Draw one bar, centred in height, over a share of the width."""
    theme = current()
    tall = theme.px("small")
    top = rect.y() + (rect.height() - tall) // 2
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("sunken"))
    painter.drawRoundedRect(QRectF(rect.x(), top, rect.width() * share, tall), 4, 4)
    painter.restore()


class Skeleton(QWidget):
    """As many bars as lines will come; a screen reader hears 正在读取."""

    def __init__(self, lines: int = 3, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = lines
        self.setAccessibleName("正在读取")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(160, self._lines * (current().px("body") + current().px("l")))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tall = self.height() // max(self._lines, 1)
        for at in range(self._lines):
            paint_bar(painter, QRect(0, at * tall, self.width(), tall), _SHARES[at % 3])
