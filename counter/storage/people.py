# SPDX-License-Identifier: MulanPSL-2.0
"""What the hall keeps about people: checked papers, authorisations, who is in which case."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, or_, select
from sqlalchemy.dialects.sqlite import insert as upsert

from counter.ports.storage import PersonRecord
from counter.storage import tables as t
from counter.storage.meta import dumps, loads

_NEW = upsert(t.person_records)
_PUT = _NEW.on_conflict_do_update(
    index_elements=["kind", "entity_id"],
    set_={"person": _NEW.excluded.person, "body": _NEW.excluded.body},
)
_r = t.person_records.c
_ONE = select(t.person_records).where(
    _r.kind == bindparam("kind"), _r.entity_id == bindparam("entity_id")
)
_THEIRS = (
    select(t.person_records)
    .where(_r.person.in_(bindparam("people", expanding=True)), _r.kind == bindparam("kind"))
    .order_by(_r.entity_id)
)
_LINK = upsert(t.case_people).on_conflict_do_nothing()


class SqlPersonRecords:
    """``PersonRecords``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, kind: str, entity_id: str) -> PersonRecord | None:
        """Return one record or ``None``."""
        row = self._connection.execute(_ONE, {"kind": kind, "entity_id": entity_id}).first()
        return _record(row) if row else None

    def of_people(self, kind: str, people: Collection[str]) -> list[PersonRecord]:
        """Return the records of these people, in the order of their ids."""
        found = self._connection.execute(_THEIRS, {"kind": kind, "people": list(people)})
        return [_record(row) for row in found]

    def put(self, record: PersonRecord) -> None:
        """Keep a record, replacing its earlier state."""
        values = {
            "kind": record.kind,
            "entity_id": record.entity_id,
            "person": record.person,
            "body": dumps(record.body),
        }
        self._connection.execute(_PUT, values)

    def drop(self, kind: str, entity_id: str) -> None:
        """Remove a record: the centre says that it is no longer ours."""
        r = t.person_records
        self._connection.execute(delete(r).where(r.c.kind == kind, r.c.entity_id == entity_id))


def link_person(connection: Connection, case_id: str, person: str, role: str) -> None:
    """Note who is in a case; nothing for somebody without an identity number."""
    if person:
        connection.execute(_LINK, {"person": person, "case_id": case_id, "role": role})


def same_person(id_no: str, person: str) -> ColumnElement[bool]:
    """Return the condition that a case is of this person, by number or by person key."""
    by_number = t.cases.c.applicant_id_no == id_no
    if not person:
        return by_number
    p = t.case_people.c
    theirs = select(p.case_id).where(p.person == person, p.role == "applicant")
    return or_(by_number, t.cases.c.case_id.in_(theirs))


def taken_by(connection: Connection, person: str) -> dict[str, str]:
    """Return item code → moment of the last receipt, of a person."""
    c, p = t.cases.c, t.case_people.c
    found = (
        select(c.item_code, func.max(c.received_at).label("at"))
        .join(t.case_people, p.case_id == c.case_id)
        .where(p.person == person, p.role == "applicant")
        .group_by(c.item_code)
    )
    return {row.item_code: row.at for row in connection.execute(found)}


def helped_by(connection: Connection, person: str, since: str) -> set[str]:
    """Return the keys of the people this agent acted for since an ISO moment."""
    agent, helped = t.case_people.alias("a"), t.case_people.alias("b")
    found = (
        select(helped.c.person)
        .join(agent, agent.c.case_id == helped.c.case_id)
        .join(t.cases, t.cases.c.case_id == helped.c.case_id)
        .where(
            agent.c.person == person,
            agent.c.role == "agent",
            helped.c.role == "applicant",
            t.cases.c.received_at >= since,
        )
        .distinct()
    )
    return set(connection.scalars(found))


def _record(row: Row[Any]) -> PersonRecord:
    return PersonRecord(row.kind, row.entity_id, row.person, loads(row.body))
