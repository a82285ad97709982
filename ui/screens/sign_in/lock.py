# SPDX-License-Identifier: MulanPSL-2.0
"""The cover over the window while nobody is at it: work below stays exactly as it is."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from ui.screens.sign_in.view import SignInScreen
from ui.signals import app_signals

IDLE_MINUTES = 10
_INPUT = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.InputMethod,
    }
)


class LockCover(QWidget):
    """Covers a window when `AppSignals.locked` comes; goes away after a good password."""

    unlocked = Signal(object)
    """What the core answered to the sign-in."""
    switch_requested = Signal()
    """Somebody else wants to sign in: the app signs out (drafts are saved already)."""

    def __init__(self, window: QWidget, make_screen: Callable[[], SignInScreen]) -> None:
        """Make a hidden cover.

        Args:
            window: what it covers.
            make_screen: makes the sign-in for the present operator, with `locked=True`.
        """
        super().__init__(window)
        self._window = window
        self._before: QWidget | None = None
        self.setAccessibleName("已锁屏")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("surface")
        self._screen = make_screen()
        self._screen.signed_in.connect(self._opened)
        self._screen.switch_requested.connect(self.switch_requested)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._screen)
        window.installEventFilter(self)
        app_signals().locked.connect(self.cover)
        self.hide()

    def cover(self) -> None:
        """Hide everything behind the cover and take the focus."""
        if self.isVisible():
            return
        self._before = self._window.focusWidget()
        self._screen.keep_out()
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()
        self._screen.activate()

    def event(self, event: QEvent) -> bool:
        # Keys of the window (F2, Ctrl+K …) must not act behind the cover: an accepted override
        # makes them plain key presses, which end here.
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress:
            event.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        at = QApplication.focusWidget()
        for _ in range(len(self.findChildren(QWidget)) + 1):
            at = None if at is None else (at.nextInFocusChain() if forward else _previous(at))
            while at is not None and not self.isAncestorOf(at):
                at = at.nextInFocusChain() if forward else _previous(at)
            if at is None:
                return True
            if at.focusPolicy() & Qt.FocusPolicy.TabFocus and at.isEnabled() and at.isVisible():
                at.setFocus(Qt.FocusReason.TabFocusReason)
                return True
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._window.rect())
        return super().eventFilter(watched, event)

    def _opened(self, answer: object) -> None:
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        self._before = None
        self.unlocked.emit(answer)


def _previous(widget: QWidget) -> QWidget | None:
    return widget.previousInFocusChain()


class IdleWatch(QObject):
    """Asks for the lock after some minutes without a key, a click or a touch."""

    def __init__(self, app: QApplication, minutes: float = IDLE_MINUTES) -> None:
        """Start watching the whole program."""
        super().__init__(app)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(round(minutes * 60_000))
        self._timer.timeout.connect(app_signals().locked)
        self._timer.start()
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _INPUT:
            self._timer.start()
        return super().eventFilter(watched, event)
