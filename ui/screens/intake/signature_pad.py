# SPDX-License-Identifier: MulanPSL-2.0
"""A place to sign with mouse, pen or finger."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QTabletEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import current, px

_INK = QColor("#101820")
_PAPER = QColor("#FFFFFF")
_LEAST_POINTS = 8
"""Fewer points are a slip of the hand, not a signature."""


class SignaturePad(QWidget):
    """Collects strokes; the picture is made only when it is asked for."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._strokes: list[list[tuple[QPointF, float]]] = []
        self._drawing = False
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("签字板")
        self.setAccessibleDescription("用鼠标、笔或手指签名；也可以按 F7 拍签好字的纸")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(360, 3 * px("touch") + px("l"))

    @property
    def signed(self) -> bool:
        """Whether there is enough on the pad to be a signature."""
        return sum(len(stroke) for stroke in self._strokes) >= _LEAST_POINTS

    def clear(self) -> None:
        """Wipe the pad."""
        self._strokes = []
        self._drawing = False
        self.changed.emit()
        self.update()

    def image(self) -> QImage:
        """The signature in black on white, at twice the size of the screen."""
        image = QImage(self.size() * 2, QImage.Format.Format_RGB32)
        image.fill(_PAPER)
        painter = QPainter(image)
        painter.scale(2, 2)
        self._draw(painter, _INK)
        painter.end()
        return image

    def _draw(self, painter: QPainter, ink: QColor) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for stroke in self._strokes:
            for (start, _), (end, force) in pairwise(stroke):
                width = 1.5 + 2.5 * force
                painter.setPen(QPen(ink, width, c=Qt.PenCapStyle.RoundCap))
                painter.drawLine(start, end)

    def _begin(self, at: QPointF, force: float) -> None:
        self._drawing = True
        self._strokes.append([(at, force)])

    def _add(self, at: QPointF, force: float) -> None:
        if self._drawing and self._strokes:
            self._strokes[-1].append((at, force))
            self.update()

    def _end(self) -> None:
        self._drawing = False
        self.changed.emit()
        self.update()

    def tabletEvent(self, event: QTabletEvent) -> None:
        if event.type() == QEvent.Type.TabletPress:
            self._begin(event.position(), event.pressure())
        elif event.type() == QEvent.Type.TabletMove:
            self._add(event.position(), event.pressure())
        else:
            self._end()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._begin(event.position(), 0.5)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._add(event.position(), 0.5)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._end()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(_PAPER)
        painter.setPen(QPen(theme.colour("muted"), 1, Qt.PenStyle.DashLine))
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, theme.px("radius"), theme.px("radius"))
        if not self._strokes:
            painter.setPen(QColor("#3F4A56"))
            painter.setFont(theme.font("lead"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "请在这里签名")
        self._draw(painter, _INK)
