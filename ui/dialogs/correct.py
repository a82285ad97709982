# SPDX-License-Identifier: MulanPSL-2.0
"""改正后重报: which entries of the form were wrong, what is right, and why they are changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QWidget

from counter.domain.catalog import FormField
from counter.domain.facts import is_blank
from counter.domain.field_check import check_value
from ui.dialogs.ask import AskDialog
from ui.forms.controls import FormContext, make_control
from ui.theme import px
from ui.widgets.base import label
from ui.widgets.field_row import FieldRow

Entry = tuple[FormField, Any]
"""A field of the form and its value as it was reported."""

_MAX = 500
_SAME = "内容没有错，原样重报"
_WIDE_EM = 36
_TOLD = "重新报给中心，凭证号和时限不变；中心答复前原来的还在「要处理」。请对照原件改，并告知本人。"


class CorrectDialog(AskDialog):
    """By keyboard: ↑ ↓ choose the entry, Tab to its value and the reason, Ctrl+Enter.

    Several entries may be put right one after the other; the list marks those changed.
    """

    given = Signal(dict, str)
    """New values by code of the field (none: the same again), the reason."""

    def __init__(
        self,
        entries: Sequence[Entry],
        context: FormContext,
        said: str,
        *,
        named: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Make the dialog.

        Args:
            entries: what may be corrected here.
            context: code lists and regions of the form.
            said: what the centre said.
            named: code of the entry the centre pointed at, "" for none.
            parent: owner.
        """
        super().__init__("改正后重报", _TOLD, "重报", parent=parent)
        self.setMinimumWidth(_WIDE_EM * px("body"))
        self._context = context
        self._entries: Mapping[str, Entry] = {entry[0].code: entry for entry in entries}
        self._rows: dict[str, FieldRow] = {}
        self.changed: dict[str, Any] = {}
        self.which = QComboBox()
        for field, _value in entries:
            self.which.addItem(field.label, field.code)
        self.which.addItem(_SAME, "")
        pointed = self.which.findData(named) if named else -1
        if pointed >= 0:
            self.which.setCurrentIndex(pointed)
            said = f"{said}（指「{self.which.currentText()}」）"
        self.reason = QPlainTextEdit()
        self.reason.setTabChangesFocus(True)
        self.reason.setFixedHeight(3 * px("body"))
        self.body.addWidget(FieldRow("改哪一项", self.which, hint=f"中心说：{said}"))
        self.sum = label(" ", "small", strong=True, wrap=True)
        self.body.addWidget(self.sum)
        self._why = FieldRow("为什么改", self.reason, required=True)
        self.body.addWidget(self._why)
        self.which.currentIndexChanged.connect(self._chosen)
        self.reason.textChanged.connect(self._judge)
        self.accepted.connect(lambda: self.given.emit(self._told(), self._reason()))
        self._chosen()
        self.which.setFocus()

    @property
    def row(self) -> FieldRow | None:
        """The row of the entry chosen now, ``None`` for the same again."""
        return self._rows.get(str(self.which.currentData()))

    def _chosen(self) -> None:
        code = str(self.which.currentData())
        if code and code not in self._rows:
            self._make_row(code)
        for other, row in self._rows.items():
            row.setVisible(other == code)
        self._judge()
        self.fit()

    def _make_row(self, code: str) -> None:
        field, value = self._entries[code]
        control = make_control(field, self._context)
        control.set_value(value)
        control.edited.connect(lambda told: self._edited(code, told))
        before = self._rows.get(str(self.which.currentData())) or self.which
        row = FieldRow("改成", control, hint=field.hint, required=True)
        self.body.insertWidget(self.body.count() - 2, row)
        self._rows[code] = row
        order = (before, control, self.reason)
        for first, second in pairwise(order):
            self.setTabOrder(first, second)

    def _edited(self, code: str, told: object) -> None:
        field, before = self._entries[code]
        value = told == "yes" if field.type == "yes_no" and isinstance(told, str) else told
        if value == before or str(value) == str(before):
            self.changed.pop(code, None)
        else:
            self.changed[code] = value
        at = self.which.findData(code)
        self.which.setItemText(at, f"{field.label}{'（已改）' if code in self.changed else ''}")
        self._judge()

    def _told(self) -> dict[str, Any]:
        return dict(self.changed) if self.which.currentData() else {}

    def _reason(self) -> str:
        return self.reason.toPlainText().strip()

    def _judge(self) -> None:
        """What is wrong is said at its entry; nothing goes while anything is."""
        wrong = False
        for code, row in self._rows.items():
            words = self._wrong(code)
            row.set_error(words)
            wrong = wrong or bool(words)
        same = not self.which.currentData()
        self.sum.setText(self._summed(same=same))
        good = same or (bool(self.changed) and not wrong)
        self.confirm.setEnabled(good and 1 <= len(self._reason()) <= _MAX)

    def _summed(self, *, same: bool) -> str:
        """What will be reported, in one line; what was typed and will not be is said too."""
        labels = {code: self._entries[code][0].label for code in self._entries}
        changed = [code for code in labels if code in self.changed]
        if same and changed:
            return f"原样重报，刚才改的不报：{'、'.join(labels[code] for code in changed)}"
        if not changed:
            return "原样重报，什么也不改" if same else "还没有改"
        names = (labels[code] + ("（还不对）" if self._wrong(code) else "") for code in changed)
        return f"这次改 {len(changed)} 项：{'、'.join(names)}"

    def _wrong(self, code: str) -> str:
        if code not in self.changed:
            return ""
        field, value = self._entries[code][0], self.changed[code]
        if is_blank(value):
            return f"「{field.label}」没有填。" if field.required else ""
        problem = check_value(field, value, self._context.code_lists)
        return problem.text if problem and problem.severity == "error" else ""
