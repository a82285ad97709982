# SPDX-License-Identifier: MulanPSL-2.0
"""The deadline radar: which cases come due, how near, in which words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from counter.app.queries import DueRow
from counter.domain.calendar import WorkCalendar
from counter.domain.case import CaseState
from counter.domain.deadlines import warning_level, workdays_between
from counter.domain.masking import mask_name
from counter.storage import tables as t

# The radar looks so far ahead; a promise may be long, its last week is what matters here.
AHEAD_DAYS = 14
_AMOUNT = {"answer": 5, "promise": 20, "gap": 5, "delivery": 10}
DEEMED = "deemed"
_LIFE = func.iif(
    t.cases.c.overlaid == 1, t.cases.c.local_life, func.json_extract(t.cases.c.centre, "$.life")
).label("life")
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


def deemed(connection: Connection, today: Today, case_ids: Sequence[str]) -> frozenset[str]:
    """Return which of these cases the law holds accepted, because nobody answered in time.

    Shown, not stored: the shift leader's act or the centre's makes it a state (art. 32).
    """
    c, r = t.cases.c, t.reference.c
    late = (
        c.case_id.in_(case_ids)
        & c.state.in_((CaseState.RECEIVED.value, CaseState.SUPPLIED.value))
        & (c.answer_due > "")
        & (c.answer_due < today.day.isoformat())
    )
    item = (r.kind == "item") & (r.entity_id == c.item_code) & (r.version == c.item_version)
    licence = func.json_extract(r.body, "$.licence_law") == 1
    query = select(c.case_id).join(t.reference, item).where(late, licence)
    return frozenset(connection.scalars(query))


def due_soon(connection: Connection, today: Today, limit: int = 50) -> tuple[DueRow, ...]:
    """Return what comes due within two weeks or is overdue, the nearest first."""
    c = t.cases.c
    until = (today.day + timedelta(days=AHEAD_DAYS)).isoformat() + "~"
    rows = connection.execute(
        select(c.case_id, c.item_name, c.applicant_name, c.receipt_no, c.due, c.due_kind)
        .add_columns(c.answer_provisional, c.received_at, _LIFE)
        .where(c.due > "", c.due <= until)
        .order_by(c.due, c.case_id)
        .limit(limit)
    ).all()
    by_law = deemed(connection, today, [row.case_id for row in rows])
    return tuple(
        DueRow(
            case_id=row.case_id,
            title=f"{row.item_name} · {mask_name(row.applicant_name)}",
            receipt_no=row.receipt_no,
            due=row.due,
            kind=DEEMED if row.case_id in by_law else row.due_kind,
            level=today.level(row.due, row.due_kind),
            now_word=(
                "依法视为受理，请值班长处理" if row.case_id in by_law else today.words(row.due)
            ),
            explain=(
                deemed_words(_since(row.life, row.received_at), row.due)
                if row.case_id in by_law
                else _explain(row.due, row.due_kind, bool(row.answer_provisional))
            ),
        )
        for row in rows
    )


def deemed_words(since: str, due: str) -> tuple[str, ...]:
    """Return why a case counts as accepted though nobody accepted it (行政许可法 art. 32)."""
    return (
        f"答复期限 {due[:10]} 已过，没有受理，也没有告知补正。",
        f"依法自收到材料之日（{since[:10]}）起视为受理，承诺期限从那天的次日起算。",
        "要由值班长确认视为受理，写明原因；不能再补正、不予受理或退件。",
    )


def _since(life: str | None, received_at: str) -> str:
    """Return the day papers were complete: the last piece of a 补正, else the receipt."""
    return str(json.loads(life or "{}").get("supplied_at") or received_at)


def _explain(due: str, kind: str, provisional: bool) -> tuple[str, ...]:
    lines = [f"{_KIND_WORDS.get(kind, '')}期限是 {due[:10]}。"]
    if provisional and kind == "answer":
        lines.append("这个日期是暂定的：有些日子的放假安排还不知道。")
    return tuple(lines)
