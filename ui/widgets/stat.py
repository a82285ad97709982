# SPDX-License-Identifier: MulanPSL-2.0
"""One number with its name above and a note below."""

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.theme import px
from ui.widgets.base import Tone, label, set_tone


class Stat(QFrame):
    """A card with a name, a big number and a note, such as 只在本机 / 14 件 / 31 页，4.8 MB."""

    def __init__(
        self,
        name: str,
        number: str = "—",
        note: str = "",
        *,
        tone: Tone | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        column = QVBoxLayout(self)
        column.setContentsMargins(px("l"), px("m"), px("l"), px("m"))
        column.setSpacing(0)
        self._name = label(name, "small", tone="muted")
        self._number = label(number, "title")
        self._note = label(note, "small", tone="muted", wrap=True)
        for part in (self._name, self._number, self._note):
            column.addWidget(part)
        column.addStretch(1)  # beside one whose note takes more lines
        self.set_value(number, note, tone=tone)

    def set_value(self, number: str, note: str = "", *, tone: Tone | None = None) -> None:
        """Show another number; the note keeps its room when empty."""
        self._number.setText(number)
        self._note.setText(note or " ")
        set_tone(self._number, tone or "")
        self.setAccessibleName(f"{self._name.text()} {number} {note}".strip())
