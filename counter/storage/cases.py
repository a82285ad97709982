# SPDX-License-Identifier: MulanPSL-2.0
"""Cases and their timelines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, or_, select, update

from counter.domain.case import FINAL, CaseState
from counter.domain.case_life import CaseLife
from counter.domain.people import people_in
from counter.domain.problems import squeeze
from counter.domain.theme_place import Member, ThemePlace
from counter.ports.storage import CaseEventRow, CaseRecord, DateChange
from counter.storage import tables as t
from counter.storage.meta import dumps, loads
from counter.storage.overlay import refresh_case
from counter.storage.people import helped_by, link_person, same_person
from counter.storage.search import drop_case_terms, index_case, plain_term

_SAME = (
    "case_id",
    "receipt_no",
    "project_no",
    "item_code",
    "item_version",
    "item_name",
    "applicant_name",
    "applicant_id_no",
    "operator_id",
    "rev",
    "received_at",
    "answer_due",
    "promise_due",
    "due",
    "due_kind",
)
# Built once, see repositories.
_ADD_CASE = insert(t.cases)
_ADD_NUMBER = insert(t.case_numbers)
_ADD_EVENT = insert(t.case_events)


def case_record(row: Row[Any]) -> CaseRecord:
    """Build the frozen record of a row."""
    return CaseRecord(
        **{name: getattr(row, name) for name in _SAME},
        state=CaseState(row.state),
        answer_provisional=bool(row.answer_provisional),
        body=loads(row.body),
        centre=loads(row.centre),
        life=_life(row),
    )


def _life(row: Row[Any]) -> CaseLife:
    """Return the memory that counts; of a case kept by an older release, when it was received."""
    body = loads(row.local_life) if row.overlaid else {}
    life = CaseLife.model_validate(body or loads(row.centre).get("life") or {})
    if life.received_at:
        return life
    return life.model_copy(update={"received_at": row.received_at})


class SqlCases:
    """``Cases``. What the centre said (``rev``, ``centre``) is written by pull alone (S7)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, case: CaseRecord) -> None:
        """Add a case."""
        values = _values(case) | {"case_id": case.case_id, "state": case.state.value, "overlaid": 1}
        # Its operation, appended in the same transaction, works out the delivery.
        values["delivery_word"] = "只在本机"
        self._connection.execute(_ADD_CASE, values)
        if case.project_no:
            self._connection.execute(
                _ADD_NUMBER, {"number": case.project_no, "case_id": case.case_id}
            )
        person = (case.applicant_name, case.applicant_id_no)
        index_case(self._connection, case.case_id, *person, theme_no_of(case.body))
        for role, key in people_in(case.body).items():
            link_person(self._connection, case.case_id, key, role)

    def get(self, case_id: str) -> CaseRecord | None:
        """Return a case by its id."""
        return self._one(t.cases.c.case_id == case_id)

    def by_number(self, number: str) -> CaseRecord | None:
        """Return a case by receipt number (dashes and spaces do not matter) or 办件编号."""
        plain = squeeze(number)
        if not plain:
            return None
        return self._one(
            or_(
                t.cases.c.receipt_no.in_((number, dashed(plain))),
                t.cases.c.project_no.in_((number.strip(), plain)),
                t.cases.c.case_id.in_(
                    select(t.case_numbers.c.case_id).where(t.case_numbers.c.number == plain)
                ),
            )
        )

    def update(self, case: CaseRecord) -> None:
        """Write the counter's own part of a case."""
        c = t.cases.c
        before = self._connection.execute(
            select(c.applicant_name, c.applicant_id_no).where(c.case_id == case.case_id)
        ).first()
        self._connection.execute(
            update(t.cases).where(t.cases.c.case_id == case.case_id).values(_values(case))
        )
        person = (case.applicant_name, case.applicant_id_no)
        if before is not None and tuple(before) != person:
            drop_case_terms(self._connection, case.case_id)
            index_case(self._connection, case.case_id, *person, theme_no_of(case.body))
        refresh_case(self._connection, case.case_id)

    def similar(self, id_no: str, item_code: str, since: str, person: str = "") -> list[CaseRecord]:
        """Return cases of the same person and item received since a moment, newest first."""
        return self._many(
            same_person(id_no, person),
            t.cases.c.item_code == item_code,
            t.cases.c.received_at >= since,
        )

    def of_person(self, id_no: str) -> list[CaseRecord]:
        """Return all cases of a person, newest first; none for an empty number."""
        return self._many(t.cases.c.applicant_id_no == id_no) if id_no else []

    def helped_by(self, person: str, since: str) -> set[str]:
        """Return the keys of the people this agent acted for since an ISO moment."""
        return helped_by(self._connection, person, since)

    def open_cases(self) -> list[CaseRecord]:
        """Return cases without a final state, oldest first."""
        c = t.cases.c
        final = [state.value for state in FINAL]
        query = select(t.cases).where(c.state.not_in(final)).order_by(c.received_at, c.case_id)
        return [case_record(row) for row in self._connection.execute(query)]

    def note_date_changes(self, at: str, version: str, changes: Sequence[DateChange]) -> None:
        """Keep which days a calendar moved."""
        rows = [{"at": at, "version": version, **asdict(change)} for change in changes]
        if rows:
            self._connection.execute(insert(t.date_changes), rows)

    def see_date_changes(self, at: str) -> int:
        """Mark all kept changes as seen."""
        d = t.date_changes
        unseen = update(d).where(d.c.seen_at == "").values(seen_at=at)
        return self._connection.execute(unseen).rowcount

    def of_theme(self, theme_no: str) -> list[CaseRecord]:
        """Return the cases taken together under a theme's number."""
        terms = t.case_terms.c
        ids = select(terms.case_id).where(terms.term == plain_term(theme_no))
        return self._many(t.cases.c.case_id.in_(ids)) if theme_no else []

    def add_event(self, event: CaseEventRow) -> None:
        """Add a line to the timeline."""
        self._connection.execute(
            _ADD_EVENT,
            {
                "case_id": event.case_id,
                "at": event.at,
                "what": event.what,
                "who": event.who,
                "place": event.where,
                "why": event.why,
                "origin": event.origin,
            },
        )

    def events(self, case_id: str) -> list[CaseEventRow]:
        """Return the timeline, oldest first; what this counter did is told as it told it."""
        e = t.case_events
        query = select(e).where(e.c.case_id == case_id).order_by(e.c.at, e.c.event_no)
        rows = self._connection.execute(query).all()
        # The centre lists these steps too, once it has heard of them.
        ours = {(row.what, row.at) for row in rows if row.origin == "counter"}
        return [
            CaseEventRow(r.case_id, r.at, r.what, r.who, r.place, r.why, r.origin)
            for r in rows
            if r.origin == "counter" or (r.what, r.at) not in ours
        ]

    def _one(self, where: ColumnElement[bool]) -> CaseRecord | None:
        row = self._connection.execute(select(t.cases).where(where).limit(1)).first()
        return case_record(row) if row else None

    def _many(self, *where: ColumnElement[bool]) -> list[CaseRecord]:
        rows = self._connection.execute(
            select(t.cases).where(*where).order_by(t.cases.c.received_at.desc())
        )
        return [case_record(row) for row in rows]


def _values(case: CaseRecord) -> dict[str, object]:
    own = {name: getattr(case, name) for name in _SAME if name not in ("case_id", "rev")}
    return own | {
        "local_state": case.state.value,
        "answer_provisional": int(case.answer_provisional),
        "body": dumps(case.body),
        "local_life": dumps(case.life.model_dump(mode="json", exclude_defaults=True)),
    }


def theme_members(cases: list[CaseRecord]) -> tuple[Member, ...]:
    """Return the cases of a theme in their order; the centre's word on the place counts first."""
    found = []
    for case in cases:
        place = case.centre.get("theme") or case.body.get("theme")
        if place:
            found.append(
                Member(
                    case.case_id,
                    case.receipt_no,
                    case.item_name,
                    case.state,
                    ThemePlace.model_validate(place),
                )
            )
    return tuple(sorted(found, key=lambda m: m.place.position))


def theme_no_of(body: Mapping[str, Any]) -> str:
    """Return the theme's number in a case's body or in the centre's view of it; '' outside."""
    return str((body.get("theme") or {}).get("theme_no", ""))


def dashed(plain: str) -> str:
    """Give 20 plain characters the form of a receipt number; anything else comes back as it is."""
    if len(plain) != 20:
        return plain
    ends = (0, 5, 7, 13, 17, 20)
    return "-".join(plain[a:b] for a, b in pairwise(ends))
