# SPDX-License-Identifier: MulanPSL-2.0
"""An icon beside words, in a tone, that follows the look in force."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import current
from ui.theme.icons import pixmap


class Mark(QWidget):
    """A drawn mark; silent for screen readers because words stand beside it."""

    def __init__(
        self, icon: str, tone: str = "text", *, size: str = "icon", parent: QWidget | None = None
    ) -> None:
        """Make a mark.

        Args:
            icon: name in `resources/icons`.
            tone: colour name of the theme.
            size: a size name of `Theme.px`.
            parent: owner.
        """
        super().__init__(parent)
        self._icon, self._tone, self._size = icon, tone, size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def set_mark(self, icon: str, tone: str) -> None:
        """Show another mark."""
        self._icon, self._tone = icon, tone
        self.update()

    def sizeHint(self) -> QSize:
        edge = current().px(self._size)
        return QSize(edge, edge)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        edge = theme.px(self._size)
        picture = pixmap(self._icon, theme.hex(self._tone), edge, self.devicePixelRatioF())
        top = (self.height() - edge) // 2
        QPainter(self).drawPixmap(0, max(top, 0), picture)
