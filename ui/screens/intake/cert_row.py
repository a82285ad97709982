# SPDX-License-Identifier: MulanPSL-2.0
"""The identifier of an electronic certificate (电子证照标识), typed or scanned, checked offline."""

from __future__ import annotations

from counter.domain.materials_list import MaterialState
from ui.forms.controls import TextControl, as_typed
from ui.screens.intake import edits
from ui.screens.intake.presenter import IntakePresenter
from ui.widgets.field_row import FieldRow

_HINT = "扫码或照着证照输入，只核对有没有输错；证照是否有效，联网后核验。"


class CertRow(FieldRow):
    """Shown for a row that is given as an electronic certificate."""

    def __init__(self, presenter: IntakePresenter) -> None:
        self.typed = TextControl(as_typed, placeholder="1.2.156.3005.2.…")
        super().__init__("电子证照标识", self.typed, hint=_HINT)
        self._presenter = presenter
        self._key = ""
        self.typed.edited.connect(self._edited)
        self.hide()

    def show_state(self, state: MaterialState) -> None:
        """Show what stands in the row, and what is wrong with it."""
        self._key = state.key
        self.setVisible(state.way == "e_cert")
        self.typed.set_value(state.given.cert_no if state.given else "")
        found = state.problem
        self.set_error(found.text if found and found.code == "MAT-CERT" else "")

    def _edited(self, value: object) -> None:
        key = self._key
        self._presenter.edit(lambda draft: edits.set_cert(draft, key, str(value)))
