# SPDX-License-Identifier: MulanPSL-2.0
"""Tickets in words: a line of the list, the facts of one, its events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from counter.domain import appeals, ratings
from counter.domain.appeals import AppealTables, Rates
from counter.domain.ratings import RatingTables
from counter.domain.tickets import (
    CLOCK_WORDS,
    Loop,
    Ticket,
    TicketKind,
    overdue,
    running,
    state_of,
)
from ui.models.words import clock_words, due_words, long_day, moment_words
from ui.widgets.base import Tone
from ui.widgets.timeline import TimelineEntry

LOOPS: dict[TicketKind, Loop] = {"appeal": appeals.LOOP, "rating_task": ratings.LOOP}
Tables = RatingTables | AppealTables
_TITLE_CHARS = 24
OUTCOMES = {
    "unit": "承办单位",
    "days": "延期几天",
    "solved": "解决了吗",
    "satisfied": "满意吗",
    "ground": "申诉理由",
}
"""What the further answers of a step are called."""
CHOICES = {
    "solved": (("1", "解决了"), ("0", "没有解决")),
    "satisfied": (("1", "满意"), ("0", "不满意")),
    "ground": (("mistaken", "误评"), ("malicious", "恶意评价")),
}


@dataclass(frozen=True)
class TicketLine:
    """One line of the list."""

    ticket_id: str
    opened: str
    title: str
    due: str
    state: str
    tone: Tone


def line_of(ticket: Ticket, tables: Tables, now: datetime) -> TicketLine:
    """Return the line of a ticket; what has run out is said in words."""
    loop, today = LOOPS[ticket.kind], now.date()
    state = state_of(ticket, loop)
    late = overdue(ticket, loop, now.isoformat())
    tone: Tone = "danger" if late else "ok" if state in loop.final else "warn"
    return TicketLine(
        ticket.ticket_id,
        moment_words(ticket.opened_at, today),
        _title(ticket, tables),
        next_due(ticket, loop, today, late=late),
        loop.states[state],
        tone,
    )


def next_due(ticket: Ticket, loop: Loop, today: date, *, late: tuple[str, ...]) -> str:
    """Return the clock that ends next in words, 已超期 first."""
    left = running(ticket, loop)
    if not left:
        return "—"
    clock = left[0]
    word = CLOCK_WORDS.get(clock.kind, "期限")
    if clock.kind in late:
        return (
            f"{word}已超期（{due_words(clock.due, today)} {clock_words(clock.due)}".rstrip() + "）"
        )
    return f"{word}：{due_words(clock.due, today)} {clock_words(clock.due)}".rstrip()


def rates_words(rates: Rates) -> str:
    """Return the 三率 in words; one that nothing counts for yet says so."""
    named = (("响应率", rates.response), ("解决率", rates.solved), ("满意率", rates.satisfied))
    return "　".join(
        f"{word} {part / whole:.0%}（{part}/{whole}）" if whole else f"{word} 还没有可算的"
        for word, (part, whole) in named
    )


def facts_of(ticket: Ticket, tables: Tables) -> list[tuple[str, str]]:
    """Return what is known of a ticket as (name, words), empty ones left out."""
    s = ticket.subject
    if isinstance(tables, RatingTables):
        found = tables.level(int(s.get("level", 0)))
        names = {one.code: one.name for one in tables.reasons}
        reasons = "；".join(names.get(str(code), str(code)) for code in s.get("reasons", ()))
        pairs = [
            ("评价", found.name if found else ""),
            ("原因", reasons),
            ("本人的话", s.get("words", "")),
            ("办件", f"{s.get('item_name', '')}（{s.get('receipt_no', '')}）"),
            ("评价人", s.get("person", "")),
            ("电话", s.get("phone", "")),
            ("经办人", s.get("clerk", "")),
            ("提示", "和另一份评价在同一秒给出，请先核实" if s.get("batch") else ""),
        ]
    else:
        who = "匿名" if s.get("anonymous") else str(s.get("name", ""))
        call = s.get("danger") or {}
        pairs = [
            ("工单号", ticket.number),
            ("诉求人", f"{who}（要求保密）" if s.get("confidential") else who),
            ("联系", "　".join(v for v in (s.get("phone", ""), s.get("other_contact", "")) if v)),
            ("类型", _named(tables, str(s.get("type", "")), str(s.get("category", "")))),
            ("原话", s.get("content", "")),
            ("地点", s.get("place", "")),
            ("反映的单位或人", f"{s.get('about_unit', '')} {s.get('about_person', '')}".strip()),
            ("已拨打", f"{call['called']}（{clock_words(call['called_at'])}）" if call else ""),
        ]
    clocks = "；".join(
        f"{CLOCK_WORDS.get(c.kind, '期限')} {long_day(c.due)}{clock_words(c.due)}前"
        for c in ticket.clocks
        if c.due
    )
    return [(name, str(words)) for name, words in [*pairs, ("时限", clocks)] if words]


def events_of(ticket: Ticket, today: date) -> list[TimelineEntry]:
    """Return what was done, newest first."""
    steps = LOOPS[ticket.kind].steps
    entries = []
    for event in reversed(ticket.events):
        word = steps[event.step].word if event.step in steps else event.step
        said = [f"{OUTCOMES.get(k, k)}：{_word(k, v)}" for k, v in event.outcome.items()]
        detail = "　".join(one for one in (event.note, *said) if one)
        entries.append(TimelineEntry(moment_words(event.at, today), word, detail))
    entries.append(TimelineEntry(moment_words(ticket.opened_at, today), "登记"))
    return entries


def _word(key: str, value: str) -> str:
    return dict(CHOICES.get(key, ())).get(value, value)


def _named(tables: AppealTables, kind: str, category: str) -> str:
    types = {one.code: one.name for one in tables.types}
    path = [
        found.name for code in tables.paths().get(category, ()) if (found := tables.class_of(code))
    ]
    return " · ".join(one for one in (types.get(kind, ""), *path) if one)


def _title(ticket: Ticket, tables: Tables) -> str:
    s = ticket.subject
    if isinstance(tables, RatingTables):
        found = tables.level(int(s.get("level", 0)))
        return f"{found.name if found else ''} · {s.get('item_name', '')}"
    words = str(s.get("title") or s.get("content", "")).replace("\n", " ")
    short = words if len(words) <= _TITLE_CHARS else f"{words[:_TITLE_CHARS]}…"
    return f"【危险】{short}" if s.get("danger") else short
