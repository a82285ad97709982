# SPDX-License-Identifier: MulanPSL-2.0
"""The deadline radar: which cases come due, how near, in which words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, select

from counter.app.queries import DueRow
from counter.domain.calendar import WorkCalendar
from counter.domain.deadlines import warning_level, workdays_between
from counter.domain.masking import mask_name
from counter.storage import tables as t

# The radar looks so far ahead; a promise may be long, its last week is what matters here.
AHEAD_DAYS = 14
_AMOUNT = {"answer": 5, "promise": 20, "gap": 5, "delivery": 10}
_KIND_WORDS = {"answer": "答复", "promise": "承诺办结", "gap": "容缺补齐", "delivery": "送达"}


@dataclass(frozen=True)
class Today:
    """The counter's day with the calendar to count by; without one only weekends are known."""

    day: date = date.min
    calendar: WorkCalendar | None = None

    def level(self, due: str, kind: str) -> str:
        """Return none, yellow, red or overdue."""
        if not due:
            return "none"
        last = date.fromisoformat(due[:10])
        if last - self.day > timedelta(days=60):
            return "none"
        return warning_level(last, self.day, self._calendar(), _AMOUNT.get(kind, 20))

    def words(self, due: str) -> str:
        """Return how much time is left in words."""
        last = date.fromisoformat(due[:10])
        if last < self.day:
            return f"已超过 {(self.day - last).days} 天"
        if last == self.day:
            return "今天到期"
        left = workdays_between(self.day, last, self._calendar())
        return f"还剩 {left} 个工作日"

    def _calendar(self) -> WorkCalendar:
        return self.calendar or _weekends_only(self.day)


def _weekends_only(day: date) -> WorkCalendar:
    covers = {"from": day.isoformat(), "to": day.isoformat()}
    plain = {"version": "weekends", "region": "CN", "covers": covers, "days": {}}
    return WorkCalendar.from_json(json.dumps(plain))


def due_soon(connection: Connection, today: Today, limit: int = 50) -> tuple[DueRow, ...]:
    """Return what comes due within two weeks or is overdue, the nearest first."""
    c = t.cases.c
    until = (today.day + timedelta(days=AHEAD_DAYS)).isoformat() + "~"
    rows = connection.execute(
        select(c.case_id, c.item_name, c.applicant_name, c.receipt_no, c.due, c.due_kind)
        .add_columns(c.answer_provisional)
        .where(c.due > "", c.due <= until)
        .order_by(c.due, c.case_id)
        .limit(limit)
    )
    return tuple(
        DueRow(
            case_id=row.case_id,
            title=f"{row.item_name} · {mask_name(row.applicant_name)}",
            receipt_no=row.receipt_no,
            due=row.due,
            kind=row.due_kind,
            level=today.level(row.due, row.due_kind),
            now_word=today.words(row.due),
            explain=_explain(row.due, row.due_kind, bool(row.answer_provisional)),
        )
        for row in rows
    )


def _explain(due: str, kind: str, provisional: bool) -> tuple[str, ...]:
    lines = [f"{_KIND_WORDS.get(kind, '')}期限是 {due[:10]}。"]
    if provisional and kind == "answer":
        lines.append("这个日期是暂定的：有些日子的放假安排还不知道。")
    return tuple(lines)
