# SPDX-License-Identifier: MulanPSL-2.0
"""A one-line label that is cut with … when there is no room, and tells the rest on request."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.widgets.base import Role, Tone
from ui.widgets.elide import elide


class ElidedLabel(QLabel):
    """One line of text; the whole text stays in the accessible name and, if cut, the tool tip."""

    def __init__(
        self,
        text: str = "",
        role: Role = "body",
        *,
        tone: Tone | str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        if tone:
            self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:
        super().setText(text)
        self._tell()

    def shown_text(self) -> str:
        """The text as cut to the present width."""
        room = self.contentsRect().width()
        if self._mode == Qt.TextElideMode.ElideRight:
            return elide(self.fontMetrics(), self.text(), room)
        return self.fontMetrics().elidedText(self.text(), self._mode, room)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell()

    def _tell(self) -> None:
        self.setAccessibleName(self.text())
        self.setToolTip(self.text() if self.shown_text() != self.text() else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        align = self.alignment() | Qt.TextFlag.TextSingleLine
        painter.drawText(self.contentsRect(), int(align), self.shown_text())
