# SPDX-License-Identifier: MulanPSL-2.0
"""Cases at the centre, the blobs they need, and the serials they get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Integer, Row, bindparam, func, insert, literal, select, update

from sync.hub.storage import settings
from sync.hub.storage import tables as t
from sync.hub.storage.columns import Words
from sync.hub.storage.engine import Tx
from sync.hub.storage.pending import forget, pending, remember, write_late, write_now
from sync.hub.storage.prepared import Ask, Prepared, prepared_insert

_LOOKED_AT = 200  # earlier cases of one person for one item
_SKIPPED = "serials_skipped"
ANYBODY = "*"


@dataclass(frozen=True)
class CaseRow:
    """One case; ``body`` is CaseReceived, ``view`` the CaseView that counters get."""

    case_id: str
    receipt_no: str
    project_no: str
    hall_code: str
    device_id: str
    operator_id: str
    item_code: str
    item_version: str
    person_key: str
    claimed_at: str
    received_at: str
    state: str
    rev: int
    state_rev: int
    body: dict[str, Any]
    view: dict[str, Any]
    facts: dict[str, Any]
    theme_no: str = ""


@dataclass(frozen=True)
class Earlier:
    """What tells whether a case may be the same wish as another."""

    case_id: str
    receipt_no: str
    state: str
    received_at: str


_NAMES = [one.name for one in fields(CaseRow)]
_c, _n = t.cases.c, t.case_numbers.c
_BY_ID = Prepared(select(*(_c[name] for name in _NAMES)).where(_c.case_id == bindparam("asked")))
_ADD = prepared_insert(t.cases)
_SAVE = Prepared(
    update(t.cases)
    .where(_c.case_id == bindparam("of_case"), _c.hall_code == bindparam("of_hall"))
    .values({name: bindparam(name) for name in _NAMES})
)
_ADD_BLOB = prepared_insert(t.case_blobs)
_SERIAL = Prepared(select(t.serials.c.last).where(t.serials.c.series == bindparam("asked")))
_NEW_SERIAL = prepared_insert(t.serials)
_SET_SERIAL = Prepared(
    update(t.serials).where(t.serials.c.series == bindparam("of")).values(last=bindparam("now"))
)
# Parameters of any length: what is looked for may be longer than some of the columns.
_NUMBERED = Prepared(
    select(_c.case_id).where(
        (_c.case_id == bindparam("asked", type_=Words()))
        | (_c.receipt_no == bindparam("asked", type_=Words()))
        | (_c.project_no == bindparam("asked", type_=Words()))
        | _c.case_id.in_(select(_n.case_id).where(_n.number == bindparam("asked", type_=Words())))
    )
)
_SAME = Prepared(
    select(_c.case_id, _c.receipt_no, _c.state, _c.received_at)
    .where(
        _c.person_key == bindparam("person"),
        _c.item_code == bindparam("item"),
        _c.case_id != bindparam("but"),
    )
    .order_by(_c.received_at.desc())
    .limit(bindparam("most", type_=Integer()))
)
_p = t.platform_facts.c
_FACTS = Prepared(select(_p.key, _p.value, _p.as_of).where(_p.person_key == bindparam("person")))


def _case(row: Row[Any]) -> CaseRow:
    return CaseRow(**row._asdict())


def find(tx: Tx, case_id: str) -> CaseRow | None:
    """Return a case by its id."""
    row = _BY_ID.first(tx, asked=case_id)
    return CaseRow(*row) if row else None


def find_any(tx: Tx, number: str) -> list[CaseRow]:
    """Return the cases with this id, receipt number or any official number they ever had."""
    c, n = t.cases.c, t.case_numbers.c
    # Of any length: what is looked for may be longer than some of the columns.
    asked = literal(number, Words())
    printed = select(n.case_id).where(n.number == asked)
    where = (c.case_id == asked) | (c.receipt_no == asked) | (c.project_no == asked)
    where |= c.case_id.in_(printed)
    return [_case(row) for row in tx.execute(select(t.cases).where(where))]


def numbered(tx: Tx, number: str) -> bool:
    """Tell whether ``find_any`` would find anything."""
    return _NUMBERED.first(tx, asked=number) is not None


def asks_of_new(case_id: str, receipt_no: str, person_key: str, item_code: str) -> list[Ask]:
    """Return what ``find``, ``numbered``, ``same_person``, ``platform_facts`` ask for a new case."""
    same = {"person": person_key, "item": item_code, "but": case_id, "most": _LOOKED_AT}
    return [
        (_BY_ID, {"asked": case_id}),
        (_NUMBERED, {"asked": receipt_no}),
        (_SAME, same),
        (_FACTS, {"person": person_key}),
    ]


def all_cases(tx: Tx, states: Sequence[str] = ()) -> list[CaseRow]:
    """Return all cases, or those in some states, in the order of arrival."""
    query = select(t.cases).order_by(t.cases.c.received_at, t.cases.c.case_id)
    if states:
        query = query.where(t.cases.c.state.in_(states))
    return [_case(row) for row in tx.execute(query)]


def add(tx: Tx, case: CaseRow) -> None:
    """Write a new case."""
    _ADD.write(tx, **vars(case))


def save(tx: Tx, case: CaseRow) -> None:
    """Write a changed case."""
    _SAVE.write(tx, of_case=case.case_id, of_hall=case.hall_code, **vars(case))


def same_person(tx: Tx, person_key: str, item_code: str, case_id: str) -> list[Earlier]:
    """Return the newest other cases of one person for one item, newest first."""
    rows = _SAME.rows(tx, person=person_key, item=item_code, but=case_id, most=_LOOKED_AT)
    return [Earlier(*row) for row in rows]


def of_theme(tx: Tx, theme_no: str) -> list[CaseRow]:
    """Return the cases taken together under a theme's number."""
    if not theme_no:
        return []
    query = select(t.cases).where(t.cases.c.theme_no == theme_no).order_by(t.cases.c.receipt_no)
    return [_case(row) for row in tx.execute(query)]


def theme_numbers(tx: Tx) -> list[str]:
    """Return the number of every theme, in order."""
    c = t.cases.c.theme_no
    return [str(n) for n in tx.execute(select(c).where(c != "").distinct().order_by(c)).scalars()]


def add_blobs(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Say which blobs a case refers to."""
    for row in rows:
        _ADD_BLOB.write(tx, **row)


def missing_blobs(tx: Tx, case_id: str, *, required_only: bool) -> list[str]:
    """Return blob ids of a case the centre does not hold yet."""
    cb = t.case_blobs.c
    query = (
        select(cb.blob_id)
        .outerjoin(t.blobs, t.blobs.c.blob_id == cb.blob_id)
        .where(cb.case_id == case_id, t.blobs.c.blob_id.is_(None))
        .distinct()
    )
    if required_only:
        query = query.where(cb.required.is_(True))
    return [str(found) for found in tx.execute(query.order_by(cb.blob_id)).scalars()]


def incomplete(tx: Tx) -> frozenset[str]:
    """Return ids of the cases that miss any blob."""
    cb = t.case_blobs.c
    query = (
        select(cb.case_id)
        .outerjoin(t.blobs, t.blobs.c.blob_id == cb.blob_id)
        .where(t.blobs.c.blob_id.is_(None))
        .distinct()
    )
    return frozenset(str(found) for found in tx.execute(query).scalars())


def add_number(tx: Tx, number: str, case_id: str) -> None:
    """Note an official number a case was printed with."""
    tx.execute(insert(t.case_numbers).values(number=number, case_id=case_id))


def next_serial(tx: Tx, series: str) -> int:
    """Take the next number of a series, starting with 1."""
    return take_serials(tx, series, 1)


def take_serials(tx: Tx, series: str, size: int) -> int:
    """Take the next ``size`` numbers of a series and return the first, starting with 1."""
    mine = pending(tx)
    taken = mine.serials if mine else {}
    last = taken.get(series)
    if last is None and (found := _SERIAL.first(tx, asked=series)):
        last = int(found[0])
    if last is None:
        # A day's series that a backup did not have yet (see ``skip_serials``).
        day, _, used = settings.get(tx, _SKIPPED).partition(" ")
        first = int(used) + 1 if day and series.endswith(day) else 1
        taken[series] = first + size - 1
        _NEW_SERIAL.write(tx, series=series, last=taken[series])
        return first
    taken[series] = last + size
    write_late(tx, f"serial {series}", _SET_SERIAL, of=series, now=taken[series])
    return last + 1


def skip_serials(tx: Tx, today: str, *, daily: int, leased: int) -> None:
    """Leave a gap in every series, and at the start of those of ``today`` that are not there."""
    write_now(tx)
    if mine := pending(tx):
        mine.serials.clear()
    of_leases = t.serials.c.series.like("leased:%")
    for where, gap in ((of_leases, leased), (~of_leases, daily)):
        tx.execute(update(t.serials).where(where).values(last=t.serials.c.last + gap))
    settings.put(tx, _SKIPPED, f"{today} {daily}")


def platform_facts(tx: Tx, person_key: str) -> dict[str, tuple[Any, str]]:
    """Return what other platforms know of a person: key -> (value, as of; "" = asked just now).

    A row for ``ANYBODY`` is the answer about people without a row of their own.
    """
    # In a tuple: that there are none of anybody is worth remembering too.
    anybody = remember(tx, ("platform", ANYBODY), lambda: (_facts_of(tx, ANYBODY),), share=True)
    return anybody[0] | _facts_of(tx, person_key)


def _facts_of(tx: Tx, person_key: str) -> dict[str, tuple[Any, str]]:
    rows = _FACTS.rows(tx, person=person_key)
    return {str(key): (value, str(as_of)) for key, value, as_of in rows}


def put_platform_fact(tx: Tx, person_key: str, key: str, value: Any, as_of: str = "") -> None:
    """Write what a platform says of a person."""
    p = t.platform_facts
    where = (p.c.person_key == person_key) & (p.c.key == key)
    if not tx.execute(update(p).where(where).values(value=value, as_of=as_of)).rowcount:
        tx.execute(insert(p).values(person_key=person_key, key=key, value=value, as_of=as_of))
    if person_key == ANYBODY:
        forget(tx)


def counts(tx: Tx) -> dict[str, int]:
    """Return how many cases are in each state."""
    rows = tx.execute(select(t.cases.c.state, func.count()).group_by(t.cases.c.state))
    return {str(row[0]): int(row[1]) for row in rows}
