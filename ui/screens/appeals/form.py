# SPDX-License-Identifier: MulanPSL-2.0
"""The form of a 诉求: in the person's own words, read back, confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from counter.domain.appeals import MAX_CONTENT, AppealTables
from ui.theme import px
from ui.widgets.field_row import FieldRow

_METHODS = (
    ("signature", "本人签字"),
    ("fingerprint", "本人按指印（两人在场）"),
    ("oral", "危急，先口头确认"),
)


class Words(QPlainTextEdit):
    """The original words; tells when the person has finished saying them."""

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class AppealForm(QWidget):
    """All fields; `values()` is what they say now."""

    changed = Signal()
    """Something was typed or chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, FieldRow] = {}
        self.type, self.category, self.urgency = QComboBox(), QComboBox(), QComboBox()
        self.content = Words()
        self.content.setTabChangesFocus(True)
        self.content.setMinimumHeight(6 * px("body"))
        self.lines = {
            name: QLineEdit()
            for name in (
                "name",
                "phone",
                "other_contact",
                "place",
                "region",
                "about_unit",
                "repeat_of",
            )
        }
        self.anonymous = QCheckBox("匿名：不留姓名")
        self.confidential = QCheckBox("保密：只有值班长和承办人看得到是谁")
        self.method = QComboBox()
        _fill(self.method, _METHODS)
        self.witnesses = QLineEdit()
        self.read_back = QCheckBox("已把记录念给本人听，本人说没有错")
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, px("s"), 0)
        column.setSpacing(px("s"))
        self._line(
            column,
            ("type", "类型", self.type),
            ("category", "分类", self.category),
            ("urgency", "紧急程度", self.urgency),
        )
        hint = f"照本人的原话记，不改、不概括（{MAX_CONTENT} 字以内）"
        self._line(column, ("content", "原话", self.content), hint=hint)
        who = QHBoxLayout()
        who.addWidget(self.anonymous)
        who.addWidget(self.confidential)
        who.addStretch(1)
        column.addLayout(who)
        field = self.lines
        self._line(
            column,
            ("name", "姓名", field["name"]),
            ("phone", "电话", field["phone"]),
            ("other_contact", "别的联系办法", field["other_contact"]),
        )
        self._line(
            column,
            ("place", "地点", field["place"]),
            ("region", "区划代码（12 位，可不填）", field["region"]),
        )
        self._line(
            column,
            ("about_unit", "反映的单位或人（可不填）", field["about_unit"]),
            ("repeat_of", "以前的工单号（可不填）", field["repeat_of"]),
        )
        self._line(
            column,
            ("confirmed", "本人确认", self.method),
            ("witnesses", "在场人员（按指印时填两位，用空格隔开）", self.witnesses),
        )
        column.addWidget(self.read_back)
        column.addStretch(1)
        self.content.textChanged.connect(self.changed)
        for line in (*self.lines.values(), self.witnesses):
            line.textChanged.connect(self.changed)
        for chosen in (self.type, self.category, self.urgency, self.method):
            chosen.currentIndexChanged.connect(self.changed)
        for box in (self.anonymous, self.confidential, self.read_back):
            box.toggled.connect(self.changed)

    def _line(self, column: QVBoxLayout, *fields: tuple[str, str, QWidget], hint: str = "") -> None:
        line = QHBoxLayout()
        line.setSpacing(px("m"))
        for key, name, control in fields:
            row = FieldRow(name, control, hint=hint)
            self.rows[key] = row
            line.addWidget(row, 1)
        column.addLayout(line)

    def offer(self, tables: AppealTables) -> None:
        """Fill the lists; what is chosen stays."""
        if self.type.count():
            return
        _fill(self.type, [(one.code, one.name) for one in tables.types])
        paths = tables.paths()
        named = {code: found.name for code in paths if (found := tables.class_of(code))}
        leaves = [code for code in paths if (found := tables.class_of(code)) and not found.children]
        _fill(
            self.category,
            [(code, " · ".join(named[one] for one in paths[code])) for code in leaves],
        )
        _fill(self.urgency, [(one.code, one.name) for one in tables.urgencies])
        self.urgency.setCurrentIndex(max(0, self.urgency.findData("general")))

    def values(self) -> dict[str, Any]:
        """Return the fields of an ``Appeal`` as they stand."""
        return {
            "type": self.type.currentData() or "-",
            "category": self.category.currentData() or "-",
            "urgency": self.urgency.currentData() or "-",
            "content": self.content.toPlainText().strip(),
            "anonymous": self.anonymous.isChecked(),
            "confidential": self.confidential.isChecked(),
            **{name: one.text().strip() for name, one in self.lines.items()},
        }

    def typed(self) -> dict[str, str | bool]:
        """Return everything the form holds, as `restore` takes it."""
        return {
            **self.values(),
            "method": self.method.currentData() or "",
            "witnesses": self.witnesses.text(),
            "read_back": self.read_back.isChecked(),
        }

    def restore(self, typed: Mapping[str, str | bool]) -> None:
        """Show what was typed before."""
        self.content.setPlainText(str(typed.get("content", "")))
        for name, line in {**self.lines, "witnesses": self.witnesses}.items():
            line.setText(str(typed.get(name, "")))
        boxes = {"type": self.type, "category": self.category, "urgency": self.urgency}
        for name, box in {**boxes, "method": self.method}.items():
            box.setCurrentIndex(max(0, box.findData(typed.get(name, ""))))
        ticks = {"anonymous": self.anonymous, "confidential": self.confidential}
        for name, tick in {**ticks, "read_back": self.read_back}.items():
            tick.setChecked(bool(typed.get(name, False)))

    def clear(self) -> None:
        """Nothing of the last person stays on the screen."""
        self.content.clear()
        for line in (*self.lines.values(), self.witnesses):
            line.clear()
        for box in (self.anonymous, self.confidential, self.read_back):
            box.setChecked(False)
        for one in (self.type, self.category, self.method):
            one.setCurrentIndex(0)
        self.urgency.setCurrentIndex(max(0, self.urgency.findData("general")))
        self.say("", "")

    def say(self, field: str, words: str) -> None:
        """Show an error at its field, and nowhere else."""
        for key, row in self.rows.items():
            row.set_error(words if key == field else "")
        if field in self.rows:
            self.rows[field].control.setFocus()


def _fill(box: QComboBox, pairs: Iterable[tuple[str, str]]) -> None:
    if box.count() == 0:
        for code, word in [("", "请选择"), *pairs]:
            box.addItem(word, code)
