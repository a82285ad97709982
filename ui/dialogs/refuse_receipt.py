# SPDX-License-Identifier: MulanPSL-2.0
"""不予收件 without a case: which item, who, why, and where the person was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QPlainTextEdit, QWidget

from ui.dialogs.ask import AskDialog
from ui.operations import intake
from ui.runner import Latest
from ui.theme import px
from ui.widgets.field_row import FieldRow

if TYPE_CHECKING:
    from counter.app.queries import ItemHit
    from ui.operations.desk import Desk

_MAX = 500
_MAX_NAME = 50
_LIST_EM = (3, 5)
_WIDE_EM, _NAME_EM = 36, 7
_TOLD = (
    "没有收件也要登记，报给中心，值班长看得到。只是缺材料的不要拒收：可以容缺，或一次告知还缺什么。"
)


class RefuseReceiptDialog(AskDialog):
    """By keyboard: words of the item (↑ ↓ choose), Tab through the rest, Ctrl+Enter."""

    given = Signal(str, str, str, str)
    """Item code, reason, office, name ("" if not given)."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__("登记不予收件", _TOLD, "登记", parent=parent)
        self.setMinimumWidth(_WIDE_EM * px("body"))
        self._desk, self._latest = desk, Latest()
        self.search = QLineEdit()
        self.search.setPlaceholderText("事项名称、拼音或首字母，↑ ↓ 选")
        self.search.textEdited.connect(self._ask)
        self.search.installEventFilter(self)
        self.items = QListWidget()
        self.items.setAccessibleName("找到的事项")
        self.items.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        low, high = _LIST_EM
        self.items.setMinimumHeight(low * px("body"))
        self.items.setMaximumHeight(high * px("body"))
        self.items.currentRowChanged.connect(lambda _row: self._judge())
        self.who, self.office = QLineEdit(), QLineEdit()
        self.who.setMaxLength(_MAX_NAME)
        self.office.setMaxLength(_MAX)
        self.reason = QPlainTextEdit()
        self.reason.setTabChangesFocus(True)
        self.reason.setFixedHeight(3 * px("body"))
        self._add("想办什么事", self.search, must=True)
        self.body.addWidget(self.items)
        self._add("姓名", self.who, "本人不愿留名的不填")
        self._add("为什么不收", self.reason, must=True)
        self._add("请到哪里办", self.office, "部门或地点，例如：县自然资源局窗口", must=True)
        self.reason.textChanged.connect(self._judge)
        self.office.textChanged.connect(self._judge)
        self.accepted.connect(lambda: self.given.emit(*self._values()))
        self._judge()
        self._ask("")
        self.search.setFocus()

    def _add(self, name: str, control: QWidget, hint: str = "", *, must: bool = False) -> None:
        row = FieldRow(name, control, hint=hint, required=must, name_em=_NAME_EM)
        self.body.addWidget(row)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """↑ and ↓ in the search line choose in the list; the focus stays in the line."""
        if watched is self.search and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step and event.type() == QEvent.Type.KeyPress:
                row = self.items.currentRow() + step
                self.items.setCurrentRow(min(max(row, 0), self.items.count() - 1))
                return True
        return super().eventFilter(watched, event)

    def _ask(self, text: str) -> None:
        intake.search_items(self._desk, text.strip(), self._have, owner=self, latest=self._latest)

    def _have(self, hits: list[ItemHit]) -> None:
        self.items.clear()
        for hit in hits:
            if hit.kind == "item":  # a 一件事 is refused by its items
                row = QListWidgetItem(hit.name)
                row.setData(Qt.ItemDataRole.UserRole, hit.item_code)
                self.items.addItem(row)
        if self.search.text().strip() and self.items.count():
            self.items.setCurrentRow(0)
        self._judge()

    def _values(self) -> tuple[str, str, str, str]:
        row = self.items.currentItem()
        code = str(row.data(Qt.ItemDataRole.UserRole)) if row is not None else ""
        reason = self.reason.toPlainText().strip()
        return code, reason, self.office.text().strip(), self.who.text().strip()

    def _judge(self) -> None:
        code, reason, office, _who = self._values()
        self.confirm.setEnabled(bool(code and office) and 1 <= len(reason) <= _MAX)
