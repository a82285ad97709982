# SPDX-License-Identifier: MulanPSL-2.0
"""Asks for a reason before something that is written down for good."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from ui.dialogs.ask import AskDialog
from ui.theme import px
from ui.widgets.base import label
from ui.widgets.buttons import SecondaryButton
from ui.widgets.flow_row import FlowRow

MAX_REASON = 500


class ReasonDialog(AskDialog):
    """The reason in words; frequent ones are a press away."""

    given = Signal(str)
    """The reason, stripped, never empty."""

    def __init__(
        self,
        title: str,
        consequence: str,
        confirm: str,
        *,
        frequent: Sequence[str] = (),
        danger: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, consequence, confirm, danger=danger, parent=parent)
        name = label(f"原因（必填，{MAX_REASON} 字以内，会记入经过）", "small", tone="muted")
        self.body.addWidget(name)
        if frequent:
            row = FlowRow()
            for words in frequent:
                button = SecondaryButton(words)
                button.setAutoDefault(False)
                button.clicked.connect(partial(self._use, words))
                row.add(button)
            self.body.addWidget(row)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName("原因（必填）")
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(5 * px("body"))
        self.text.textChanged.connect(self._changed)
        self.body.addWidget(self.text)
        self.confirm.setEnabled(False)
        self.accepted.connect(self._tell)
        self.text.setFocus()

    def _use(self, words: str) -> None:
        self.text.setPlainText(words)
        self.text.setFocus()

    def _reason(self) -> str:
        return self.text.toPlainText().strip()

    def _changed(self) -> None:
        self.confirm.setEnabled(1 <= len(self._reason()) <= MAX_REASON)

    def _tell(self) -> None:
        self.given.emit(self._reason())
