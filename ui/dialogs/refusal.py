# SPDX-License-Identifier: MulanPSL-2.0
"""起草不予受理: reason, legal basis and the office that is competent; all three are asked."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from ui.dialogs.ask import AskDialog
from ui.theme import px
from ui.widgets.field_row import FieldRow

_MAX = 500


class RefusalDialog(AskDialog):
    """The leader's draft; the centre decides."""

    given = Signal(str, str, str)
    """Reason, legal basis, competent office."""

    def __init__(self, consequence: str, parent: QWidget | None = None, *, basis: str = "") -> None:
        super().__init__("起草不予受理", consequence, "起草", danger=True, parent=parent)
        self.reason = QPlainTextEdit()
        self.reason.setTabChangesFocus(True)
        self.reason.setFixedHeight(4 * px("body"))
        self.basis = QLineEdit(basis)
        self.office = QLineEdit()
        for edit in (self.basis, self.office):
            edit.setMaxLength(_MAX)
            edit.setCursorPosition(0)
        self.body.addWidget(FieldRow("理由，写给申请人看", self.reason, required=True))
        self.body.addWidget(FieldRow("法律依据", self.basis, required=True, hint="写到条、款"))
        hint = "不归我们办的，写该去哪里；仍归本级的，写主管部门"
        self.body.addWidget(FieldRow("该由谁办", self.office, required=True, hint=hint))
        self.reason.textChanged.connect(self._judge)
        self.basis.textChanged.connect(self._judge)
        self.office.textChanged.connect(self._judge)
        self.accepted.connect(lambda: self.given.emit(*self._values()))
        self._judge()
        self.reason.setFocus()

    def _values(self) -> tuple[str, str, str]:
        reason = self.reason.toPlainText().strip()
        return reason, self.basis.text().strip(), self.office.text().strip()

    def _judge(self) -> None:
        values = self._values()
        self.confirm.setEnabled(all(values) and len(values[0]) <= _MAX)
