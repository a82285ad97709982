# SPDX-License-Identifier: MulanPSL-2.0
"""Enter moves on and Shift+Enter moves back, but never while an input method composes."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

_ENTER = {Qt.Key.Key_Return, Qt.Key.Key_Enter}


class EnterWalk(QObject):
    """Watches controls and tells where Enter wants to go.

    An input method that composes owns Enter: it takes the candidate. Some deliver the key to the
    widget as well, so the composition text is watched here and Enter is left alone meanwhile.
    """

    onward = Signal(object)
    """Enter in this widget."""
    back = Signal(object)
    """Shift+Enter in this widget."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._composing: QObject | None = None

    def watch(self, widget: QWidget) -> None:
        """Watch one more control."""
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QInputMethodEvent):
            self._composing = watched if event.preeditString() else None
        elif event.type() == QEvent.Type.FocusOut and self._composing is watched:
            self._composing = None
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(watched, event)
        return False

    def _key(self, watched: QObject, event: QKeyEvent) -> bool:
        if Qt.Key(event.key()) not in _ENTER or self._composing is watched:
            return False
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if held == Qt.KeyboardModifier.NoModifier:
            self.onward.emit(watched)
            return True
        if held == Qt.KeyboardModifier.ShiftModifier:
            self.back.emit(watched)
            return True
        return False
