# SPDX-License-Identifier: MulanPSL-2.0
"""The table of cases: any number of rows, read page by page behind the last one."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from counter.app.queries import CasePage, CaseRow
from ui.models.delegates import ID_ROLE, LINES_ROLE, SKELETON_ROLE
from ui.models.words import (
    DELIVERY_TONES,
    LEVEL_TONES,
    STATE_TONES,
    day_of,
    stamp_words,
)
from ui.theme import current
from ui.widgets.base import Tone
from ui.widgets.data_table import TONE_ROLE

Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("收件", "凭证号", "申请人", "事项", "办理", "传送", "时限")
_STATE, _DELIVERY, _DUE, _NUMBER, _WHO = 4, 5, 6, 1, 2
_SKELETONS = 8
_NOWHERE = QModelIndex()


class CaseTableModel(QAbstractTableModel):
    """Rows read so far; asks for more through `ask(after)` when the view comes to the end.

    The rows are in the order of the query (newest first), which never changes for a row, so a
    new answer is merged in by inserts and removals: selection and scroll stay.
    """

    def __init__(
        self,
        ask: Callable[[str], object],
        today: Callable[[], date],
        parent: QObject | None = None,
    ) -> None:
        """Make an empty model that shows bars until the first page.

        Args:
            ask: reads the page behind a key; the answer comes back through `append`.
            today: the day at the counter.
            parent: owner.
        """
        super().__init__(parent)
        self._ask, self._today = ask, today
        self._rows: list[CaseRow] = []
        self._next = ""
        self._asked = False
        self._waiting = True
        self.total = 0

    # -- Qt ---------------------------------------------------------------------------

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
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(row, column, self._today())
        if role == TONE_ROLE:
            return _tone(row, column)
        if role == ID_ROLE:
            return row.case_id
        if role == LINES_ROLE and column == _WHO:
            first, dot, last = row.applicant.partition("·")
            return (first + dot, last) if dot else None
        if role == Qt.ItemDataRole.FontRole and column == _NUMBER:
            return current().font("small", mono=True)
        if role == Qt.ItemDataRole.ForegroundRole and column == _DUE and row.due_level != "none":
            return current().colour(LEVEL_TONES[row.due_level])
        if role in {Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole}:
            return _spoken(row, column, self._today())
        return None

    def canFetchMore(self, parent: Index = _NOWHERE) -> bool:
        return not parent.isValid() and bool(self._next) and not self._asked

    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self._asked = True
            self._ask(self._next)

    # -- the presenter ----------------------------------------------------------------

    @property
    def loaded(self) -> int:
        """Number of rows read so far."""
        return len(self._rows)

    @property
    def waiting(self) -> bool:
        """Whether no answer has come yet."""
        return self._waiting

    def row(self, at: int) -> CaseRow | None:
        """A row, or `None` for a bar or a place outside."""
        if self._waiting or not 0 <= at < len(self._rows):
            return None
        return self._rows[at]

    def find(self, case_id: str) -> QModelIndex:
        """Where a case stands among the rows read; invalid if it is not there."""
        for at, row in enumerate(self._rows):
            if row.case_id == case_id:
                return self.index(at, 0)
        return QModelIndex()

    def wait(self) -> None:
        """Show bars: another question was asked."""
        self.beginResetModel()
        self._rows, self._next, self._asked, self._waiting = [], "", False, True
        self.endResetModel()

    def append(self, page: CasePage) -> None:
        """Add the page behind the last row."""
        self._asked = False
        self._next, self.total = page.next_key, page.total
        known = {row.case_id for row in self._rows}
        new = [row for row in page.rows if row.case_id not in known]
        if new:
            at = len(self._rows)
            self.beginInsertRows(QModelIndex(), at, at + len(new) - 1)
            self._rows += new
            self.endInsertRows()

    def give_up(self) -> None:
        """The page behind the last row did not come: it may be asked for again."""
        self._asked = False

    def merge(self, page: CasePage, *, whole: bool) -> None:
        """Take a fresh answer from the top.

        Args:
            page: the newest rows.
            whole: the page covers all rows read so far; else only the head of them.
        """
        self.total = page.total
        fresh = list(page.rows)
        if self._waiting:
            self.beginResetModel()
            self._waiting, self._rows, self._next = False, fresh, page.next_key
            self.endResetModel()
            return
        self._asked = False
        if whole:
            self._next = page.next_key
            self._drop({row.case_id for row in fresh})
        self._insert(fresh)

    def update_rows(self, rows: Sequence[CaseRow]) -> None:
        """Show other states of rows that are here."""
        for row in rows:
            found = self.find(row.case_id)
            if found.isValid():
                self._rows[found.row()] = row
                self.dataChanged.emit(found, self.index(found.row(), len(COLUMNS) - 1))

    def _drop(self, keep: set[str]) -> None:
        for at in range(len(self._rows) - 1, -1, -1):
            if self._rows[at].case_id not in keep:
                self.beginRemoveRows(QModelIndex(), at, at)
                del self._rows[at]
                self.endRemoveRows()

    def _insert(self, fresh: list[CaseRow]) -> None:
        known = {row.case_id for row in self._rows}
        for at, row in enumerate(fresh):
            if row.case_id not in known:
                place = min(at, len(self._rows))
                self.beginInsertRows(QModelIndex(), place, place)
                self._rows.insert(place, row)
                self.endInsertRows()
        self.update_rows([row for row in fresh if row.case_id in known])


def _text(row: CaseRow, column: int, today: date) -> str:
    return (
        stamp_words(row.received_at),
        _serial(row.receipt_no),
        row.applicant,
        row.item_name,
        row.state_word,
        row.delivery_word,
        _due(row, today),
    )[column]


def _serial(number: str) -> str:
    """Serial and tag: the day stands in the first column, hall and counter in the detail."""
    parts = number.split("-")
    return "…" + "-".join(parts[-2:]) if len(parts) >= 5 else number


def _due(row: CaseRow, today: date) -> str:
    if not row.due:
        return "补后计" if row.state == "supplement" else "—"
    left = (day_of(row.due) - today).days
    if left < 0:
        return f"已过{-left}天"
    return ("今日", "明天")[left] if left < 2 else f"{day_of(row.due):%m-%d}"


def _tone(row: CaseRow, column: int) -> Tone | None:
    if column == _STATE:
        return STATE_TONES.get(row.state, "neutral")
    return DELIVERY_TONES.get(row.delivery, "neutral") if column == _DELIVERY else None


def _spoken(row: CaseRow, column: int, today: date) -> str:
    if column == _NUMBER:
        both = f"凭证号 {row.receipt_no}"
        return f"{both}，办件编号 {row.project_no}" if row.project_no else both
    return f"{COLUMNS[column]} {_text(row, column, today)}"
