# SPDX-License-Identifier: MulanPSL-2.0
"""The screens: made at the first visit, kept, and refreshed only while seen."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from ui.shell import screen as ask
from ui.shell.entries import NavEntry


class ScreenStack(QStackedWidget):
    """Holds the screens; knows which are stale and where one came from."""

    shown = Signal(str)
    """Id of the screen that is in front now."""

    def __init__(self, entries: Sequence[NavEntry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = {entry.id: entry for entry in entries}
        self._made: dict[str, QWidget] = {}
        self._stale: set[str] = set()
        self._past: list[str] = []
        self._here = ""

    @property
    def here(self) -> str:
        """Id of the screen in front, empty before the first."""
        return self._here

    @property
    def front(self) -> QWidget | None:
        """The screen in front."""
        return self._made.get(self._here)

    def made(self, screen_id: str) -> QWidget | None:
        """A screen if it was visited already."""
        return self._made.get(screen_id)

    def is_stale(self, screen_id: str) -> bool:
        """Whether a hidden screen waits for a refresh."""
        return screen_id in self._stale

    def go(self, screen_id: str, *, remember: bool = True) -> bool:
        """Bring a screen to the front.

        Returns:
            False if there is no such screen or the present one must not be left.
        """
        if screen_id not in self._entries:
            return False
        if screen_id == self._here:
            ask.activate(self.front)
            return True
        if not ask.can_leave(self.front):
            return False
        if remember and self._here:
            self._past = [*self._past[-19:], self._here]
        if screen_id not in self._made:
            made = self._entries[screen_id].factory()
            self._made[screen_id] = made
            self._stale.add(screen_id)
            self.addWidget(made)
        self._here = screen_id
        self.setCurrentWidget(self._made[screen_id])
        if screen_id in self._stale:
            self.refresh(None)
        ask.activate(self.front)
        self.shown.emit(screen_id)
        return True

    def back(self) -> bool:
        """Go to where one came from; false if there is nothing to go back to."""
        while self._past:
            if self._past[-1] == self._here:
                self._past.pop()
                continue
            gone = self.go(self._past[-1], remember=False)
            if gone:
                self._past.pop()
            return gone
        return False

    def refresh(self, changes: object | None) -> None:
        """Let the screen in front read again."""
        self._stale.discard(self._here)
        ask.refresh(self.front, changes)

    def on_changes(self, changes: object) -> None:
        """Something changed: refresh what is seen, mark the rest stale."""
        self._stale.update(name for name in self._made if name != self._here)
        if self._here:
            self.refresh(changes)
