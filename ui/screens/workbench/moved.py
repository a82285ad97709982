# SPDX-License-Identifier: MulanPSL-2.0
"""31 件日期有变: the list of days that a new list of holidays moved, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from counter.app.queries import MovedDate
from ui.dialogs.ask import AskDialog
from ui.models.words import DUE_WORDS, day_of, month_day, short_no
from ui.theme import px
from ui.widgets.base import label
from ui.widgets.lines import Line, LineButton

_MOST = 200
_WIDE_EM, _TALL_EM, _FRAME_EM = 46, 32, 12


def moved_line(row: MovedDate) -> Line:
    """Return number, item and masked name, the old and the new day, and why."""
    kind = DUE_WORDS.get(row.kind, "期限")
    days = f"{month_day(day_of(row.old_due))} → {month_day(day_of(row.new_due))}"
    title = f"{short_no(row.receipt_no)}　{row.item_name} · {row.applicant}"
    return Line(row.case_id, f"{kind} {days}　{title}", row.why)


def moved_words(rows: Sequence[MovedDate]) -> str:
    """Return 31 件日期有变; a case counts once."""
    return f"{len({row.case_id for row in rows})} 件日期有变"


class MovedDialog(AskDialog):
    """Ctrl+Enter says they were read, Esc leaves the notice on the workbench."""

    open_case = Signal(str)
    """A line was pressed; the notice stays until somebody says it was read."""

    def __init__(self, rows: Sequence[MovedDate], parent: QWidget | None = None) -> None:
        super().__init__(
            moved_words(rows),
            "按新的放假安排重新算过，已记入每件的经过。说好补交容缺材料的日子没有动。",
            "都看过了",
            cancel="先留着",
            parent=parent,
        )
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, px("s"), 0)
        column.setSpacing(0)
        for row in rows[:_MOST]:
            line = LineButton(moved_line(row))
            line.clicked.connect(partial(self._open, row.case_id))
            column.addWidget(line)
        if len(rows) > _MOST:
            more = f"另有 {len(rows) - _MOST} 条，在每件的经过里看。"
            column.addWidget(label(more, "small", tone="muted"))
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setAccessibleName("日期有变的办件")
        area.setWidget(inner)
        self.body.addWidget(area, 1)
        self.setMinimumWidth(_WIDE_EM * px("body"))
        wanted = inner.sizeHint().height() + _FRAME_EM * px("body")
        self.resize(_WIDE_EM * px("body"), min(wanted, _TALL_EM * px("body")))

    def _open(self, case_id: str) -> None:
        self.open_case.emit(case_id)
        self.close()
