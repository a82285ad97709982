# SPDX-License-Identifier: MulanPSL-2.0
"""What stands where nothing is yet: a picture, a sentence, and what to do next."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.theme import px
from ui.widgets.base import label
from ui.widgets.buttons import SecondaryButton
from ui.widgets.mark import Mark


class EmptyState(QWidget):
    """Icon, sentence, next step, optional button."""

    action = Signal()
    """The button was pressed."""

    def __init__(
        self,
        sentence: str,
        next_step: str = "",
        *,
        icon: str = "inbox",
        action_text: str = "",
        key: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(px("l"), px("l"), px("l"), px("l"))
        column.setSpacing(px("xs"))
        column.addStretch(1)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(Mark(icon, "muted", size="display"), 0, centre)
        self._sentence = label(sentence, wrap=True)
        self._next = label(next_step, "small", tone="muted", wrap=True)
        for part in (self._sentence, self._next):
            part.setAlignment(centre)
            column.addWidget(part)
        self._button = SecondaryButton(action_text, key)
        self._button.clicked.connect(self.action)
        column.addSpacing(px("s"))
        column.addWidget(self._button, 0, centre)
        column.addStretch(1)
        self.set_text(sentence, next_step)
        self._button.setVisible(bool(action_text))

    def set_text(self, sentence: str, next_step: str = "") -> None:
        """Say something else."""
        self._sentence.setText(sentence)
        self._next.setText(next_step)
        self._next.setVisible(bool(next_step))
        self.setAccessibleName(f"{sentence} {next_step}".strip())
