# SPDX-License-Identifier: MulanPSL-2.0
"""A big button with a drawn face and its word: the face alone never carries the meaning."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy

from ui.theme import current, px
from ui.widgets.base import paint_focus

_TONES = {1: "ok", 2: "ok", 3: "accent", 4: "warn", 5: "danger"}
_CURVE = {1: 0.34, 2: 0.2, 3: 0.0, 4: -0.2, 5: -0.34}
"""How far the mouth bends, as a part of the face; up is glad."""


class FaceButton(QPushButton):
    """One of the five levels."""

    def __init__(self, level: int, name: str) -> None:
        super().__init__(name)
        self.level = level
        self.setAccessibleName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(8 * px("body"), 12 * px("body"))

    def minimumSizeHint(self) -> QSize:
        return QSize(5 * px("body"), 8 * px("body"))

    def paintEvent(self, event: QPaintEvent) -> None:
        look = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone = _TONES[self.level]
        card = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        painter.setPen(QPen(look.colour("line"), 2))
        painter.setBrush(look.colour("sunken" if self.isDown() else "raised"))
        painter.drawRoundedRect(card, px("radius"), px("radius"))
        words = 2.4 * px("lead")
        side = min(card.width() * 0.62, card.height() - words - 2 * px("m"))
        top = card.top() + (card.height() - side - words) / 2
        face = QRectF(card.center().x() - side / 2, top, side, side)
        painter.setPen(QPen(look.colour(tone), max(3.0, side / 22)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(face)
        self._features(painter, face)
        painter.setPen(look.colour("text"))
        painter.setFont(look.font("lead", bold=True))
        below = QRectF(card.left(), face.bottom() + px("s"), card.width(), words)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.text())
        if self.hasFocus():
            paint_focus(painter, self.rect())

    def _features(self, painter: QPainter, face: QRectF) -> None:
        side, middle = face.width(), face.center()
        pen = painter.pen()
        painter.setBrush(pen.color())
        for way in (-1, 1):
            eye = QPointF(middle.x() + way * side * 0.18, middle.y() - side * 0.12)
            painter.drawEllipse(eye, side * 0.03, side * 0.03)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        bend = _CURVE[self.level] * side
        y = middle.y() + side * 0.2 - bend / 4
        mouth = QPainterPath(QPointF(middle.x() - side * 0.22, y))
        mouth.quadTo(QPointF(middle.x(), y + bend), QPointF(middle.x() + side * 0.22, y))
        painter.drawPath(mouth)
