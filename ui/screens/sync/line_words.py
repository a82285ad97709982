# SPDX-License-Identifier: MulanPSL-2.0
"""The line in whole sentences: what is wrong with it, and what it put right by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.models.words import link_words
from ui.theme import px
from ui.widgets.banner import READ_KEY, Banner
from ui.widgets.base import label, set_tone

if TYPE_CHECKING:
    from ui.operations.line import LineStatus


class LineWords(QWidget):
    """Takes no room while the line is well and nothing was mended."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px("m"))
        self.about = label("", wrap=True)
        self.repaired = Banner("info", "", closable=True)
        self.repaired.set_close_key(READ_KEY)
        self.repaired.closed.connect(self._fit)
        for one in (self.about, self.repaired):
            column.addWidget(one)
            one.hide()
        self.hide()

    def show_status(self, status: LineStatus) -> None:
        """Show a picture of the line."""
        tone, _ = link_words(status)
        self.about.setText(status.words)
        self.about.setVisible(status.link != "online")
        set_tone(self.about, "muted" if tone == "neutral" else tone)
        words = "\n".join(status.notes)
        if words and words != self.repaired.text:  # once read it stays away until there is more
            self.repaired.set_message("info", words)
            self.repaired.show()
        self._fit()

    def _fit(self) -> None:
        self.setVisible(not (self.about.isHidden() and self.repaired.isHidden()))
