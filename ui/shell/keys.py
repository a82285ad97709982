# SPDX-License-Identifier: MulanPSL-2.0
"""The registered keys of a window; the help overlay lists exactly these."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from ui.shell.screen import KeyLine


class KeyMap:
    """Shortcuts that work anywhere in a window, with what they do in words."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._lines: list[KeyLine] = []
        self._shortcuts: dict[str, QShortcut] = {}

    def add(
        self, key: str, text: str, action: Callable[[], object], *, group: str = "到处"
    ) -> QShortcut:
        """Register a key.

        Raises:
            ValueError: the key is taken (a second meaning would silently kill both).
        """
        sequence = QKeySequence(key)
        name = sequence.toString()
        if name in self._shortcuts:
            msg = f"key {key} is taken"
            raise ValueError(msg)
        made = QShortcut(sequence, self._window)
        made.setContext(Qt.ShortcutContext.WindowShortcut)
        made.activated.connect(action)
        self._shortcuts[name] = made
        self._lines.append(KeyLine(key, text, group))
        return made

    @property
    def lines(self) -> list[KeyLine]:
        """What is registered, in order."""
        return list(self._lines)
