# SPDX-License-Identifier: MulanPSL-2.0
"""A small box with the name of a key, shown beside what the key does."""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.theme import current


def key_size(key: str) -> QSize:
    """Room that the box of a key needs in the look in force."""
    theme = current()
    size = QFontMetrics(theme.font("small")).size(0, key)
    return QSize(size.width() + theme.px("m"), size.height() + 2)


def paint_key(painter: QPainter, rect: QRect, key: str, colour: QColor) -> None:
    """Draw the box of a key into a rectangle."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 1))
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.setFont(current().font("small"))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, key)
    painter.restore()


class KeyHint(QLabel):
    """The name of a key in a box."""

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(key, parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"快捷键 {key}")

    def sizeHint(self) -> QSize:
        return key_size(self.text())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_key(QPainter(self), self.rect(), self.text(), current().colour("muted"))
