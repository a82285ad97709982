# SPDX-License-Identifier: MulanPSL-2.0
"""改正后重报: which entry of the form was wrong, what is right, and why it is changed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QWidget

from ui.dialogs.ask import AskDialog
from ui.theme import px
from ui.widgets.field_row import FieldRow

_MAX = 500
_SAME = "内容没有错，原样重报"
_WIDE_EM = 36
_TOLD = "重新报给中心，凭证号和时限不变；中心答复前原来的还在「要处理」。请对照原件改，并告知本人。"


class CorrectDialog(AskDialog):
    """By keyboard: ↑ ↓ choose the entry, Tab to its value and the reason, Ctrl+Enter."""

    given = Signal(str, str, str)
    """Code of the field ("" for the same again), its new value, the reason."""

    def __init__(
        self, entries: Sequence[tuple[str, str, str]], said: str, parent: QWidget | None = None
    ) -> None:
        """Make the dialog.

        Args:
            entries: fields that may be corrected here: code, name, value as it was reported.
            said: what the centre said.
            parent: owner.
        """
        super().__init__("改正后重报", _TOLD, "重报", parent=parent)
        self.setMinimumWidth(_WIDE_EM * px("body"))
        self._values = {code: value for code, _name, value in entries}
        self.which = QComboBox()
        for code, name, _value in entries:
            self.which.addItem(name, code)
        self.which.addItem(_SAME, "")
        self.value = QLineEdit()
        self.value.setMaxLength(_MAX)
        self.reason = QPlainTextEdit()
        self.reason.setTabChangesFocus(True)
        self.reason.setFixedHeight(3 * px("body"))
        self.body.addWidget(FieldRow("改哪一项", self.which, hint=f"中心说：{said}"))
        self._row = FieldRow("改成", self.value, required=True)
        self.body.addWidget(self._row)
        self.body.addWidget(FieldRow("为什么改", self.reason, required=True))
        self.which.currentIndexChanged.connect(self._chosen)
        self.value.textChanged.connect(self._judge)
        self.reason.textChanged.connect(self._judge)
        self.accepted.connect(lambda: self.given.emit(*self._told()))
        self._chosen()
        self.which.setFocus()
        self.resize(self.width(), self.sizeHint().height() + px("l"))

    def _chosen(self) -> None:
        code = str(self.which.currentData())
        self.value.setText(self._values.get(code, ""))
        self._row.setVisible(bool(code))
        self._judge()

    def _told(self) -> tuple[str, str, str]:
        code = str(self.which.currentData())
        return code, self.value.text().strip(), self.reason.toPlainText().strip()

    def _judge(self) -> None:
        code, value, reason = self._told()
        changed = not code or (bool(value) and value != self._values[code])
        self.confirm.setEnabled(changed and 1 <= len(reason) <= _MAX)
