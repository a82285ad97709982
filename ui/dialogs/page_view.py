# SPDX-License-Identifier: MulanPSL-2.0
"""One page of a paper, large; the picture lives in memory only."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ui.theme import px
from ui.widgets.base import label
from ui.widgets.buttons import SecondaryButton


class PageView(QDialog):
    """Shows a page at the width of the window; + and − change the size."""

    def __init__(self, title: str, picture: QPixmap, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._picture, self._factor = picture, 1.0
        column = QVBoxLayout(self)
        head = QHBoxLayout()
        head.addWidget(label(title, "lead"), 1)
        for text, key, step in (("缩小", "-", 0.8), ("放大", "+", 1.25)):
            button = SecondaryButton(text, key)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, by=step: self.zoom(by))
            head.addWidget(button)
            QShortcut(QKeySequence(key), self, lambda by=step: self.zoom(by))
        column.addLayout(head)
        self._label = QLabel()
        self._label.setAccessibleName(title)
        self._label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(self._label)
        column.addWidget(area, 1)
        self.resize(60 * px("body"), 44 * px("body"))
        self.zoom(1.0)

    def zoom(self, by: float) -> None:
        """Change the size by a factor, between a quarter and four times."""
        self._factor = min(4.0, max(0.25, self._factor * by))
        wide = round(50 * px("body") * self._factor)
        mode = Qt.TransformationMode.SmoothTransformation
        self._label.setPixmap(self._picture.scaledToWidth(wide, mode))
