# SPDX-License-Identifier: MulanPSL-2.0
"""Who stood by when somebody confirmed with a fingerprint, and that it was read aloud (§9.3)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from ui.forms.controls import TextControl, as_typed
from ui.screens.intake import edits
from ui.screens.intake.presenter import IntakePresenter
from ui.theme import px
from ui.widgets.field_row import FieldRow


class WitnessRows(QWidget):
    """Shown once a fingerprint was taken: the other person present, and 已宣读."""

    def __init__(self, presenter: IntakePresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.name = TextControl(as_typed, placeholder="另一名工作人员，或本人认识的人")
        self.row = FieldRow(
            "还有谁在场", self.name, required=True, hint="您算一人，再写一人的姓名。"
        )
        self.read = QCheckBox("已宣读，本人无异议")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px("s"))
        column.addWidget(self.row)
        column.addWidget(self.read)
        self.name.edited.connect(self._named)
        self.read.clicked.connect(self._read)
        self.hide()

    def show_draft(self) -> None:
        """Show what the draft holds; hidden for a written signature."""
        draft, view = self._presenter.draft, self._presenter.view
        signed = draft.signature if draft else None
        self.setVisible(signed is not None and signed.method == "finger")
        self.name.set_value(signed.witnesses[1] if signed and len(signed.witnesses) > 1 else "")
        self.read.setChecked(bool(signed and signed.read_aloud))
        found = view.at("signature.witness") if view else None
        self.row.set_error(found.text if found and self.name.value() else "")

    def focus_at(self, focus: str) -> bool:
        """Put the focus where a finding is; false if it is not one of these."""
        target = {"signature.witness": self.name, "signature.read_aloud": self.read}.get(focus)
        if target is None or not self.isVisible():
            return False
        target.setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def _named(self, value: object) -> None:
        self._presenter.edit(lambda draft: edits.set_witness(draft, str(value)))

    def _read(self) -> None:
        on = self.read.isChecked()
        self._presenter.edit(lambda draft: edits.set_read_aloud(draft, on=on))
