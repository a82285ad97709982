# SPDX-License-Identifier: MulanPSL-2.0
"""Queries of the lists on the screens: cases by key, items by term, what waits for a person."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from counter.app.queries import CaseFilter, CasePage, CaseRow, ItemHit, MovedDate
from counter.domain.case import STATE_WORDS, CaseState
from counter.domain.case_moves import TRANSITIONS
from counter.domain.masking import mask_name
from counter.domain.problems import squeeze
from counter.storage import tables as t
from counter.storage.cases import dashed
from counter.storage.oprows import op_query
from counter.storage.radar import AHEAD_DAYS, Today, deemed
from counter.storage.search import plain_term

DEEMED = CaseState.DEEMED.value
_BATCH = 40
_DELIVERABLE = tuple(sorted(TRANSITIONS["deliver"].sources))
_DELIVERIES = ("local", "exported", "sent", "centre", "attention")
_ROW = (
    t.cases.c.case_id,
    t.cases.c.received_at,
    t.cases.c.receipt_no,
    t.cases.c.project_no,
    t.cases.c.applicant_name,
    t.cases.c.item_name,
    t.cases.c.state,
    t.cases.c.delivery,
    t.cases.c.delivery_word,
    t.cases.c.due,
    t.cases.c.due_kind,
)


def case_rows(
    connection: Connection,
    today: Today,
    *where: ColumnElement[bool],
    limit: int = 200,
    few: bool = False,
) -> list[CaseRow]:
    """Return cases, newest first, names masked.

    ``few`` says that the conditions leave few of many cases: the expression keeps SQLite from
    walking the whole list in its order to look for them.
    """
    c = t.cases.c
    newest = func.coalesce(c.received_at, "") if few else c.received_at
    query = select(*_ROW).where(*where).order_by(newest.desc(), c.case_id.desc())
    rows = connection.execute(query.limit(limit)).all()
    accepted_by_law = deemed(connection, today, [row.case_id for row in rows])
    return [
        CaseRow(
            case_id=row.case_id,
            received_at=row.received_at,
            receipt_no=row.receipt_no,
            project_no=row.project_no,
            applicant=mask_name(row.applicant_name),
            item_name=row.item_name,
            state=DEEMED if row.case_id in accepted_by_law else row.state,
            state_word=STATE_WORDS[
                CaseState.DEEMED if row.case_id in accepted_by_law else CaseState(row.state)
            ],
            delivery=row.delivery,
            delivery_word=row.delivery_word,
            due=row.due,
            due_kind=row.due_kind,
            due_level=today.level(row.due, row.due_kind),
        )
        for row in rows
    ]


def case_page(
    connection: Connection, today: Today, text: str, which: CaseFilter, after: str, limit: int
) -> CasePage:
    """Return a page behind the key of the last row; the total counts all pages."""
    c = t.cases.c
    where = [*_filter(which, today), *_matching(text)]
    total = connection.scalar(select(func.count()).select_from(t.cases).where(*where)) or 0
    if after:
        at, _, case_id = after.partition("|")
        where.append(or_(c.received_at < at, and_(c.received_at == at, c.case_id < case_id)))
    rows = case_rows(connection, today, *where, limit=limit + 1, few=which == "results")
    more = len(rows) > limit
    rows = rows[:limit]
    next_key = f"{rows[-1].received_at}|{rows[-1].case_id}" if more else ""
    return CasePage(tuple(rows), next_key, total)


def _filter(which: CaseFilter, today: Today) -> list[ColumnElement[bool]]:
    c = t.cases.c
    if which == "today":
        return [c.received_at >= today.day.isoformat()]
    if which == "attention":
        return [c.delivery == "attention"]
    if which == "due_soon":
        until = (today.day + timedelta(days=AHEAD_DAYS)).isoformat() + "~"
        return [c.due > "", c.due <= until]
    return [_to_deliver()] if which == "results" else []


def _to_deliver() -> ColumnElement[bool]:
    """Decided and not yet handed out; every delivery named lets the index serve it."""
    c = t.cases.c
    return and_(c.delivery.in_(_DELIVERIES), c.state.in_([state.value for state in _DELIVERABLE]))


def _matching(text: str) -> list[ColumnElement[bool]]:
    """Numbers whole or by their beginning, names by any part, pinyin and initials by beginning."""
    term = plain_term(text)
    if not term:
        return []
    c, terms = t.cases.c, t.case_terms.c
    number = dashed(squeeze(text))
    found = select(terms.case_id).where(_begins(terms.term, term))
    numbers = select(c.case_id).where(
        or_(_begins(c.receipt_no, number), _begins(c.project_no, text.strip()))
    )
    n = t.case_numbers.c
    printed = select(n.case_id).where(_begins(n.number, text.strip()))
    return [c.case_id.in_(found.union(numbers, printed))]


def _begins(column: ColumnElement[str], start: str) -> ColumnElement[bool]:
    """A range instead of LIKE, so that the index serves it whatever signs the text holds."""
    return and_(column >= start, column < start + "\U0010ffff")


def results(connection: Connection, today: Today, limit: int) -> tuple[CaseRow, ...]:
    """Return cases whose result waits to be handed out."""
    return tuple(case_rows(connection, today, _to_deliver(), limit=limit, few=True))


def attention(limit: int) -> Select[Any]:
    """Select operations that wait for a person, oldest first."""
    o = t.outbox.c
    waits = o.state.in_(("HELD", "CONFLICT", "REJECTED")) & (o.closed_at == "")
    return op_query().where(waits).order_by(o.epoch, o.seq).limit(limit)


def outbox(limit: int) -> Select[Any]:
    """Select what waits for a person, then what waits to be sent, then what went last."""
    o = t.outbox.c
    for_person = o.state.in_(("HELD", "CONFLICT", "REJECTED")) & (o.closed_at == "")
    rank = case((for_person, 0), (o.state.in_(("QUEUED", "WAIT_DEP")), 1), else_=2)
    return op_query().order_by(rank, o.epoch.desc(), o.seq.desc()).limit(limit)


def day_numbers(connection: Connection, day: str) -> tuple[int, int, int]:
    """Return how many cases of a day were received, arrived at the centre, were accepted."""
    c = t.cases.c
    # Counted here: GROUP BY would make SQLite walk all cases in the order of their delivery.
    by = Counter(connection.scalars(select(c.delivery).where(c.received_at >= day)))
    accepted = by["centre"]
    return by.total(), by["sent"] + accepted, accepted


def search_items(connection: Connection, text: str, limit: int) -> list[ItemHit]:
    """Find items: a term that begins with the text before one that contains it."""
    term = plain_term(text)
    i = t.item_terms.c
    if not term:
        return []
    place = func.instr(i.term, term)
    rows = connection.execute(
        select(i.item_code, i.shown)
        .where(place > 0)
        .order_by(case((place == 1, 0), else_=1), i.rank, func.length(i.term), i.item_code)
    )
    best: dict[str, str] = {}
    for row in rows:
        best.setdefault(row.item_code, row.shown)
    hits = _hits(connection, list(best.items())[:limit])
    return sorted(hits, key=lambda hit: hit.task_state != "在用")  # what can be taken first


def frequent_items(
    connection: Connection, operator_id: str, since: str, limit: int
) -> list[ItemHit]:
    """Return the operator's most received items, filled up with the others."""
    c, r = t.cases.c, t.reference.c
    often = connection.scalars(
        select(c.item_code)
        .where(c.received_at >= since, c.operator_id == operator_id)
        .group_by(c.item_code)
        .order_by(func.count().desc(), c.item_code)
        .limit(limit)
    )
    codes = dict.fromkeys(often, "")
    others = connection.scalars(
        select(r.entity_id).where(r.kind == "item", r.is_current == 1).order_by(r.entity_id)
    )
    codes.update(dict.fromkeys(others, ""))
    found: list[ItemHit] = []
    wanted = list(codes.items())
    while wanted and len(found) < limit:  # bodies are opened only for what is shown
        found += [h for h in _hits(connection, wanted[:_BATCH]) if h.task_state == "在用"]
        wanted = wanted[_BATCH:]
    return found[:limit]


def _hits(connection: Connection, found: list[tuple[str, str]]) -> list[ItemHit]:
    r = t.reference.c
    rows = connection.execute(
        select(
            r.entity_id,
            r.version,
            func.json_extract(r.body, "$.task_name").label("name"),
            func.json_extract(r.body, "$.project_type").label("project_type"),
            func.json_extract(r.body, "$.task_state").label("task_state"),
            r.kind,
        ).where(
            r.kind.in_(("item", "theme")),
            r.is_current == 1,
            r.entity_id.in_([code for code, _ in found]),
        )
    )
    items = {row.entity_id: row for row in rows}
    return [
        ItemHit(
            item_code=code,
            version=items[code].version,
            name=items[code].name,
            matched=matched or items[code].name,
            project_type=items[code].project_type or "",
            kind=items[code].kind,
            task_state=items[code].task_state or "在用",
        )
        for code, matched in found
        if code in items
    ]


def item_names(connection: Connection) -> dict[str, str]:
    """Return the name of every current item and theme by its code."""
    r = t.reference.c
    rows = connection.execute(
        select(r.entity_id, func.json_extract(r.body, "$.task_name").label("name")).where(
            r.kind.in_(("item", "theme")), r.is_current == 1
        )
    )
    return {row.entity_id: row.name for row in rows}


def moved_dates(connection: Connection, *, seen: bool) -> list[MovedDate]:
    """Return days a new calendar moved, by the new day; those already looked at if asked."""
    c, d = t.cases.c, t.date_changes.c
    query = select(t.date_changes, c.receipt_no, c.item_name, c.applicant_name).join(
        t.cases, c.case_id == d.case_id
    )
    if not seen:
        query = query.where(d.seen_at == "")
    return [
        MovedDate(
            case_id=row.case_id,
            receipt_no=row.receipt_no,
            item_name=row.item_name,
            applicant=mask_name(row.applicant_name),
            kind=row.kind,
            old_due=row.old_due,
            new_due=row.new_due,
            why=row.why,
            at=row.at,
            version=row.version,
        )
        for row in connection.execute(query.order_by(d.new_due, d.change_no))
    ]


def clerk_of(connection: Connection, case_id: str) -> str:
    """Return who received a case by its first event, '' if none tells."""
    e = t.case_events.c
    query = select(e.who).where(e.case_id == case_id, e.who != "").order_by(e.at).limit(1)
    return connection.scalar(query) or ""


def moved_cases(connection: Connection) -> int:
    """Return of how many cases a day moved and nobody has looked yet."""
    d = t.date_changes.c
    query = select(func.count(d.case_id.distinct())).where(d.seen_at == "")
    return connection.scalar(query) or 0
