# SPDX-License-Identifier: MulanPSL-2.0
"""What a hall keeps about people besides cases, by kind and id; bodies are complete."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update

from sync.hub.storage import tables as t
from sync.hub.storage.engine import Tx


def find(tx: Tx, hall_code: str, kind: str, entity_id: str) -> tuple[int, dict[str, Any]] | None:
    """Return revision and body of a record."""
    r = t.person_records.c
    where = (r.hall_code == hall_code) & (r.kind == kind) & (r.entity_id == entity_id)
    row = tx.execute(select(r.rev, r.body).where(where)).first()
    return (int(row[0]), dict(row[1])) if row else None


def put(tx: Tx, hall_code: str, kind: str, entity_id: str, body: dict[str, Any]) -> int:
    """Write a record and return its new revision."""
    found = find(tx, hall_code, kind, entity_id)
    r = t.person_records
    if found is None:
        values = {"hall_code": hall_code, "kind": kind, "entity_id": entity_id}
        tx.execute(insert(r).values(**values, rev=1, body=body))
        return 1
    where = (r.c.hall_code == hall_code) & (r.c.kind == kind) & (r.c.entity_id == entity_id)
    tx.execute(update(r).where(where).values(rev=found[0] + 1, body=body))
    return found[0] + 1


def all_of(tx: Tx, kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Return (hall, body) of every record of a kind, in the order of their ids."""
    r = t.person_records.c
    query = select(r.hall_code, r.body).where(r.kind == kind).order_by(r.entity_id)
    return [(str(row[0]), dict(row[1])) for row in tx.execute(query)]
