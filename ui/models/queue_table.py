# SPDX-License-Identifier: MulanPSL-2.0
"""The queue to the centre as a table: what, how big, until when, what it waits for."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from counter.ports.sync_store import OutboxRow
from ui.models.delegates import ID_ROLE, LINES_ROLE, SKELETON_ROLE, WRAP_ROLE
from ui.models.words import (
    NEEDS_PERSON,
    OP_STATES,
    OP_WORDS,
    clock_words,
    due_words,
    size_words,
)
from ui.theme import current
from ui.widgets.data_table import TONE_ROLE
from ui.widgets.elide import split_title

Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("#", "内容", "大小", "时限", "在等什么", "状态")
WAITS = 4
"""The column that says what an operation waits for."""
_TITLE, _STATE = 1, 5
_SKELETONS = 5
_NOWHERE = QModelIndex()


def title_of(row: OutboxRow) -> str:
    """What an operation is: its own title, and its kind when it is not the receipt itself."""
    kind = OP_WORDS.get(row.kind, "操作")
    if not row.title:
        return kind
    return row.title if row.kind == "case.received" else f"{kind}：{row.title}"


def size_of(row: OutboxRow) -> str:
    """0.9 KB + 3 页."""
    pages = f" + {row.blobs_pending} 页" if row.blobs_pending else ""
    return f"{size_words(row.size)}{pages}"


def waits_for(row: OutboxRow, places: Mapping[str, int], now: datetime) -> str:
    """In words: whose answer, which other operation, which moment this one waits for."""
    if row.state in NEEDS_PERSON:
        words = row.last_message or "等人决定"
        return f"{words}（{row.last_code}）" if row.last_code else words
    if row.not_before and datetime.fromisoformat(row.not_before) > now:
        return f"{clock_words(row.not_before)} 前可反悔，之后发送"
    before = [places[one] for one in row.depends_on if one in places]
    if before:
        return f"等第 {min(before)} 件先到"
    if row.state == "APPLIED":
        return "文字已到，图片在传" if row.blobs_pending else "—"
    if row.next_try_at and datetime.fromisoformat(row.next_try_at) > now:
        return f"{clock_words(row.next_try_at)} 再试（已试 {row.attempts} 次）"
    return f"排在第 {places.get(row.op_id, 1)}"


class QueueTableModel(QAbstractTableModel):
    """Operations that are not finished; replaced as a whole, selection kept by id in the view."""

    def __init__(self, now: Callable[[], datetime], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self._rows: list[OutboxRow] = []
        self._places: dict[str, int] = {}
        self._waiting = True

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        if parent.isValid():
            return 0
        return _SKELETONS if self._waiting else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section] if 0 <= section < len(COLUMNS) else None
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if self._waiting:
            return True if role == SKELETON_ROLE else None
        row, column = self._rows[index.row()], index.column()
        text = self._text(row, column)
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{COLUMNS[column]} {text}"
        if role == ID_ROLE:
            return row.op_id
        if role == TONE_ROLE and column == _STATE:
            return OP_STATES[row.state][1]
        if role == LINES_ROLE and column == _TITLE:
            parts = split_title(text)
            return parts if parts[1] else None
        if role == WRAP_ROLE:
            return column == WAITS
        if role == Qt.ItemDataRole.FontRole and column == _TITLE:
            return current().font(bold=True)
        return None

    def _text(self, row: OutboxRow, column: int) -> str:
        now = self._now()
        return (
            str(self._places.get(row.op_id, "")),
            title_of(row),
            size_of(row),
            due_words(row.deadline, now.date()),
            waits_for(row, self._places, now),
            OP_STATES[row.state][0],
        )[column]

    @property
    def waiting(self) -> bool:
        """Whether no answer has come yet."""
        return self._waiting

    @property
    def rows(self) -> Sequence[OutboxRow]:
        """The operations shown."""
        return self._rows

    def place(self, op_id: str) -> int:
        """Place of an operation in the queue, from 1; 0 if it is not there."""
        return self._places.get(op_id, 0)

    def row(self, at: int) -> OutboxRow | None:
        """An operation, or `None` for a bar or a place outside."""
        return self._rows[at] if not self._waiting and 0 <= at < len(self._rows) else None

    def find(self, op_id: str) -> QModelIndex:
        """Where an operation stands; invalid if it is not here."""
        at = self._places.get(op_id, 0)
        return self.index(at - 1, 0) if at else QModelIndex()

    def show_rows(self, rows: Sequence[OutboxRow]) -> None:
        """Show a fresh queue; the same operations in the same order keep everything in place."""
        same = not self._waiting and [r.op_id for r in rows] == [r.op_id for r in self._rows]
        if same:
            self._rows = list(rows)
            if rows:
                end = self.index(len(rows) - 1, len(COLUMNS) - 1)
                self.dataChanged.emit(self.index(0, 0), end)
            return
        self.beginResetModel()
        self._waiting, self._rows = False, list(rows)
        self._places = {row.op_id: at for at, row in enumerate(rows, 1)}
        self.endResetModel()
