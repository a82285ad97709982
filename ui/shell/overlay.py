# SPDX-License-Identifier: MulanPSL-2.0
"""A panel that lies over the window, holds the focus, and gives it back when closed."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from ui.theme import px


class Overlay(QWidget):
    """Dims the window and shows one panel; Esc closes it, Tab stays inside.

    Attributes:
        panel: the frame to fill.
        column: vertical layout of the panel.
    """

    def __init__(self, host: QWidget, name: str, *, width: int) -> None:
        """Make a hidden overlay.

        Args:
            host: the window it covers.
            name: what a screen reader calls it.
            width: wished width of the panel in ems of body text.
        """
        super().__init__(host)
        self._host = host
        self._width_em = width
        self._before: QWidget | None = None
        self.setAccessibleName(name)
        self.panel = QFrame(self)
        self.panel.setObjectName("overlay")
        self.panel.setAccessibleName(name)
        self.column = QVBoxLayout(self.panel)
        self.column.setContentsMargins(px("l"), px("l"), px("l"), px("l"))
        self.column.setSpacing(px("s"))
        host.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Show the panel and take the focus; the caller sets the first focus inside."""
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        self._fit()
        self.show()
        self.raise_()

    def shut(self) -> None:
        """Hide the panel and give the focus back."""
        if not self.isVisible():
            return
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        self._before = None

    def focusNextPrevChild(self, forward: bool) -> bool:
        at = QApplication.focusWidget()
        start = at
        while at is not None:
            at = at.nextInFocusChain() if forward else at.previousInFocusChain()
            if at is None or at is start:
                return True
            if (
                self.panel.isAncestorOf(at)
                and at.isVisible()
                and at.isEnabled()
                and at.focusPolicy() & Qt.FocusPolicy.TabFocus
            ):
                at.setFocus(Qt.FocusReason.TabFocusReason)
                return True
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        host = self._host
        self.setGeometry(host.rect())
        wide = min(self._width_em * px("body"), host.width() - 2 * px("xl"))
        top = min(px("touch") + px("xxl"), host.height() // 10)
        tall = min(host.height() * 7 // 10, host.height() - top - px("xl"))
        self.panel.setGeometry((host.width() - wide) // 2, top, wide, tall)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(0, 0, 0, 110))
