# SPDX-License-Identifier: MulanPSL-2.0
"""A raised panel with a title."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from ui.theme import px
from ui.widgets.base import Tone, label, set_tone


class Card(QFrame):
    """A raised panel: an optional title line (title, note, actions) above a body.

    Attributes:
        body: the vertical layout of the content.
    """

    def __init__(
        self,
        title: str = "",
        *,
        note: str = "",
        tone: Tone | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        if tone:
            self.setProperty("tone", tone)
        pad = px("l")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(pad, px("m"), pad, px("m"))
        outer.setSpacing(px("s"))
        self._head = QWidget()
        self._line = QHBoxLayout(self._head)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(px("m"))
        self._title = label(title, "body", strong=True, tone=tone or "")
        self._note = label(note, "small", tone="muted")
        self._line.addWidget(self._title)
        self._line.addWidget(self._note, 1)
        outer.addWidget(self._head)
        self.body = QVBoxLayout()
        self.body.setSpacing(px("s"))
        outer.addLayout(self.body, 1)
        self.set_title(title, note)

    def set_title(self, title: str, note: str = "") -> None:
        """Change the title line; without both it takes no room."""
        self._title.setText(title)
        self._note.setText(note)
        self._head.setVisible(bool(title or note))
        self.setAccessibleName(title)

    def set_tone(self, tone: Tone | None) -> None:
        """Change the tone of frame and title."""
        set_tone(self, tone or "")
        set_tone(self._title, tone or "")

    def add_action(self, widget: QWidget) -> None:
        """Put a small control at the right end of the title line."""
        self._line.addWidget(widget)
        self._head.setVisible(True)

    def add(self, item: QWidget | QLayout, stretch: int = 0) -> None:
        """Append a widget or layout to the body."""
        if isinstance(item, QWidget):
            self.body.addWidget(item, stretch)
        else:
            self.body.addLayout(item, stretch)
