# SPDX-License-Identifier: MulanPSL-2.0
"""Hands that press keys, wait for the program to come to rest, and keep pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

_NONE = Qt.KeyboardModifier.NoModifier


class GaveUpError(Exception):
    """Something the main job needs did not happen in time; the text says what."""


class Hands:
    """Presses real keys where the focus is. GUI thread."""

    def __init__(self, window: QWidget, folder: Path, pending: Callable[[], int]) -> None:
        """Take the window, where pictures go, and how many answers are under way."""
        self._window = window
        self._folder = folder
        self._pending = pending
        self.shots: list[str] = []

    def settle(self, quiet_s: float = 0.15) -> None:
        """Wait until nothing has been under way for a moment."""
        end = time.monotonic() + 20.0
        still = time.monotonic()
        while time.monotonic() < end:
            self._breathe()
            if self._pending():
                still = time.monotonic()
            elif time.monotonic() - still > quiet_s:
                return

    def until(self, done: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
        """Wait for something.

        Raises:
            GaveUpError: it did not happen.
        """
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                raise GaveUpError(what)
            self._breathe()

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = _NONE) -> None:
        """Press one key."""
        QTest.keyClick(QApplication.focusWidget() or self._window, key, held)
        self.settle()

    def type(self, text: str) -> None:
        """Type a value; Chinese comes as an input method delivers it."""
        target = QApplication.focusWidget() or self._window
        if text.isascii():
            QTest.keyClicks(target, text)
        else:
            event = QInputMethodEvent()
            event.setCommitString(text)
            QApplication.sendEvent(target, event)
        self.settle()

    def into(self, widget: QWidget, text: str) -> None:
        """Go to a field and type."""
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        self.type(text)

    def press(self, widget: QWidget) -> None:
        """Go to a button or box and press Space."""
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        self.key(Qt.Key.Key_Space)

    def shot(self, name: str) -> None:
        """Keep a picture of the window."""
        self.settle()
        file = f"{len(self.shots) + 1:02d}-{name}.png"
        if not self._window.grab().save(str(self._folder / file)):
            raise GaveUpError(f"截图 {file} 没有存下来")
        self.shots.append(file)

    @staticmethod
    def _breathe() -> None:
        QApplication.processEvents()
        time.sleep(0.005)  # processEvents keeps the interpreter; the other threads need it too
