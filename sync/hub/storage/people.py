# SPDX-License-Identifier: MulanPSL-2.0
"""What a hall keeps about people besides cases, by kind and id; bodies are complete."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select, update

from sync.hub.storage import tables as t
from sync.hub.storage.engine import Tx
from sync.hub.storage.prepared import Ask, Prepared, either, either_of, padded, prepared_insert

_r = t.person_records.c
_OF = (_r.hall_code == bindparam("hall"), _r.kind == bindparam("of_kind"))
_ADD = prepared_insert(t.person_records)
_CHANGE = Prepared(
    update(t.person_records)
    .where(*_OF, _r.entity_id == bindparam("of_entity"))
    .values(rev=bindparam("rev"), body=bindparam("body"))
)


@cache
def _among(size: int) -> Prepared:
    query = select(_r.entity_id, _r.rev, _r.body).where(*_OF, _r.entity_id.in_(either(size)))
    return Prepared(query)


def find(tx: Tx, hall_code: str, kind: str, entity_id: str) -> tuple[int, dict[str, Any]] | None:
    """Return revision and body of a record."""
    return find_all(tx, hall_code, kind, [entity_id]).get(entity_id)


def find_all(
    tx: Tx, hall_code: str, kind: str, entity_ids: Sequence[str]
) -> dict[str, tuple[int, dict[str, Any]]]:
    """Return revision and body of those of the records that are there."""
    if not entity_ids:
        return {}
    asked, names = ask_all(hall_code, kind, entity_ids)
    rows = asked.rows(tx, **names)
    return {str(row[0]): (int(row[1]), dict(row[2])) for row in rows}


def ask_all(hall_code: str, kind: str, entity_ids: Sequence[str]) -> Ask:
    """Return what ``find_all`` asks; there must be one id at least."""
    names = {"hall": hall_code, "of_kind": kind, **either_of(entity_ids)}
    return _among(padded(len(entity_ids))), names


def put(
    tx: Tx, hall_code: str, kind: str, entity_id: str, body: dict[str, Any], *, rev: int
) -> None:
    """Write revision ``rev`` of a record; 1 is a new one."""
    if rev == 1:
        names = {"hall_code": hall_code, "kind": kind, "entity_id": entity_id}
        _ADD.write(tx, **names, rev=rev, body=body)
        return
    _CHANGE.write(tx, hall=hall_code, of_kind=kind, of_entity=entity_id, rev=rev, body=body)


def all_of(tx: Tx, kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Return (hall, body) of every record of a kind, in the order of their ids."""
    r = t.person_records.c
    query = select(r.hall_code, r.body).where(r.kind == kind).order_by(r.entity_id)
    return [(str(row[0]), dict(row[1])) for row in tx.execute(query)]
