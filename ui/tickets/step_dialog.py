# SPDX-License-Identifier: MulanPSL-2.0
"""One step of a ticket: what was done, and the answers the step needs."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QWidget

from counter.domain.tickets import MAX_NOTE, LoopStep
from ui.dialogs.ask import AskDialog
from ui.models.ticket_words import CHOICES, OUTCOMES
from ui.theme import px
from ui.widgets.base import label
from ui.widgets.field_row import FieldRow


class StepDialog(AskDialog):
    """Asks for the note and the outcome; confirm opens once all is there."""

    given = Signal(str, object)
    """Note and outcome (`dict[str, str]`)."""

    def __init__(self, step: LoopStep, parent: QWidget | None = None) -> None:
        super().__init__(step.word, "会记进经过，报到中心，不能改。", step.word, parent=parent)
        self._needs = step.needs
        self.answers: dict[str, QComboBox | QLineEdit] = {}
        for need in step.needs:
            if need != "note":
                self.body.addWidget(self._row(need))
        must = "note" in step.needs
        self.body.addWidget(
            label(f"情况（{'必填，' if must else ''}{MAX_NOTE} 字以内）", "small", tone="muted")
        )
        self.note = QPlainTextEdit()
        self.note.setAccessibleName("情况（必填）" if must else "情况")
        self.note.setTabChangesFocus(True)
        self.note.setMinimumHeight(5 * px("body"))
        self.note.textChanged.connect(self._changed)
        self.body.addWidget(self.note)
        self.accepted.connect(self._tell)
        self._changed()
        first = next(iter(self.answers.values()), None)
        (first or self.note).setFocus()

    def _row(self, need: str) -> FieldRow:
        control: QComboBox | QLineEdit
        if need in CHOICES:
            control = QComboBox()
            control.addItem("请选择", "")
            for code, word in CHOICES[need]:
                control.addItem(word, code)
            control.currentIndexChanged.connect(self._changed)
        else:
            control = QLineEdit()
            control.textChanged.connect(self._changed)
        self.answers[need] = control
        return FieldRow(OUTCOMES[need], control, required=True)

    def _outcome(self) -> dict[str, str]:
        return {
            need: str(one.currentData() if isinstance(one, QComboBox) else one.text().strip())
            for need, one in self.answers.items()
        }

    def _changed(self) -> None:
        note = self.note.toPlainText().strip()
        whole = all(self._outcome().values()) and len(note) <= MAX_NOTE
        self.confirm.setEnabled(whole and (bool(note) or "note" not in self._needs))

    def _tell(self) -> None:
        self.given.emit(self.note.toPlainText().strip(), self._outcome())
