# SPDX-License-Identifier: MulanPSL-2.0
"""Operations the centre has seen, their stored results, who waits for whom, and alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from sync.hub.storage import tables as t
from sync.hub.storage.engine import Tx
from sync.hub.storage.prepared import Ask, Prepared, either, either_of, padded, prepared_insert


@dataclass(frozen=True)
class StoredOp:
    """One operation with its present result (a signed token); ``hall_code`` is its device's home."""

    op_id: str
    hall_code: str
    op_hash: str
    device_id: str
    epoch: int
    seq: int
    prev_hash: str
    forked: bool
    kind: str
    entity_id: str
    operator_id: str
    token: str
    status: str
    code: str
    result: str
    result_rev: int
    entity_rev: int
    claimed_at: str
    claimed_from: str
    claimed_to: str
    clock: str
    received_at: str


_ROW = select(*(t.ops.c[name.name] for name in fields(StoredOp)))
_BY_ID = Prepared(_ROW.where(t.ops.c.op_id == bindparam("asked")))
_BY_HOME = Prepared(
    _ROW.where(t.ops.c.op_id == bindparam("asked"), t.ops.c.hall_code == bindparam("home"))
)
_ADD = prepared_insert(t.ops)
_ADD_WAIT = prepared_insert(t.op_waits)
_ADD_FACT = prepared_insert(t.facts)
_REPLACED = Prepared(
    select(t.op_supersessions.c.by_op_id).where(t.op_supersessions.c.op_id == bindparam("asked"))
)


@cache
def _waits(n: int) -> Prepared:
    w = t.op_waits.c
    return Prepared(select(w.op_id).where(w.waits_for.in_(either(n))).limit(1))


def _op(row: Row[Any]) -> StoredOp:
    return StoredOp(**row._asdict())


def find(tx: Tx, op_id: str, home: str = "") -> StoredOp | None:
    """Return the operation with this id; where its home is known, one partition is looked in."""
    statement, values = ask_find(op_id, home)
    row = statement.first(tx, **values)
    return StoredOp(*row) if row else None


def ask_find(op_id: str, home: str) -> Ask:
    """Return what ``find`` asks."""
    return (_BY_HOME, {"asked": op_id, "home": home}) if home else (_BY_ID, {"asked": op_id})


def all_ops(tx: Tx) -> list[StoredOp]:
    """Return every operation in the order of arrival."""
    order = (t.ops.c.received_at, t.ops.c.device_id, t.ops.c.epoch, t.ops.c.seq)
    return [_op(row) for row in tx.execute(select(t.ops).order_by(*order))]


def of_entity(tx: Tx, entity_id: str) -> list[str]:
    """Return the ids of all operations on one entity."""
    where = t.ops.c.entity_id == entity_id
    rows = tx.execute(select(t.ops.c.op_id).where(where).order_by(t.ops.c.seq))
    return [str(op_id) for op_id in rows.scalars()]


def save(tx: Tx, op: StoredOp, waits_for: Sequence[str], *, new: bool = False) -> None:
    """Write an operation with its result, replacing the result it had unless it is ``new``."""
    w, key = t.op_waits.c, {"op_id": op.op_id, "hall_code": op.hall_code}
    if new:
        _ADD.write(tx, **vars(op))
    else:
        tx.execute(delete(t.op_waits).where(w.op_id == op.op_id, w.hall_code == op.hall_code))
        where = (t.ops.c.op_id == op.op_id) & (t.ops.c.hall_code == op.hall_code)
        tx.execute(update(t.ops).where(where).values(**vars(op)))
    for one in set(waits_for):
        _ADD_WAIT.write(tx, **key, waits_for=one)


def statuses(tx: Tx, op_ids: Sequence[str]) -> dict[str, StoredOp]:
    """Return the known ones of these operations by id."""
    rows = tx.execute(select(t.ops).where(t.ops.c.op_id.in_(op_ids)))
    return {row.op_id: _op(row) for row in rows}


def waiting_for(tx: Tx, op_id: str) -> list[str]:
    """Return ids of held operations that wait for this one."""
    w = t.op_waits
    query = (
        select(w.c.op_id)
        .join(t.ops, (t.ops.c.op_id == w.c.op_id) & (t.ops.c.hall_code == w.c.hall_code))
        .where(w.c.waits_for == op_id, t.ops.c.status == "held")
        .order_by(t.ops.c.seq)
    )
    return [str(found) for found in tx.execute(query).scalars()]


def awaited(tx: Tx, names: Sequence[str]) -> bool:
    """Tell whether anything ever waited for one of these operations or entities."""
    statement, values = ask_awaited(names)
    return statement.first(tx, **values) is not None


def ask_awaited(names: Sequence[str]) -> Ask:
    """Return what ``awaited`` asks."""
    return _waits(padded(len(names))), either_of(names)


def superseded_by(tx: Tx, op_id: str) -> str:
    """Return the applied operation that stands for this one, '' when none does."""
    statement, values = ask_superseded(op_id)
    found = statement.first(tx, **values)
    return found[0] if found else ""


def ask_superseded(op_id: str) -> Ask:
    """Return what ``superseded_by`` asks."""
    return _REPLACED, {"asked": op_id}


def superseded(tx: Tx, by_op_id: str) -> list[str]:
    """Return the operations this one stands for."""
    s = t.op_supersessions.c
    return [str(name) for name in tx.scalars(select(s.op_id).where(s.by_op_id == by_op_id))]


def supersede(tx: Tx, op_id: str, by_op_id: str) -> None:
    """Note that an applied operation stands for another."""
    tx.execute(insert(t.op_supersessions).values(op_id=op_id, by_op_id=by_op_id))


def waits_of(tx: Tx, op_id: str) -> list[str]:
    """Return what an operation waits for."""
    w = t.op_waits.c
    return [str(name) for name in tx.scalars(select(w.waits_for).where(w.op_id == op_id))]


def held(tx: Tx, code: str) -> list[str]:
    """Return ids of operations held for one reason, oldest first."""
    query = (
        select(t.ops.c.op_id)
        .where(t.ops.c.status == "held", t.ops.c.code == code)
        .order_by(t.ops.c.received_at, t.ops.c.seq)
    )
    return [str(found) for found in tx.execute(query).scalars()]


def add_alarm(tx: Tx, *, at: str, kind: str, device_id: str, op_id: str, detail: str) -> None:
    """Leave an alarm for a person; ``detail`` holds no personal data."""
    tx.execute(
        insert(t.alarms).values(at=at, kind=kind, device_id=device_id, op_id=op_id, detail=detail)
    )


def alarms(tx: Tx) -> list[dict[str, Any]]:
    """Return all alarms, newest last."""
    rows = tx.execute(select(t.alarms).order_by(t.alarms.c.alarm_id))
    return [dict(row._asdict()) for row in rows]


def counts(tx: Tx) -> dict[str, int]:
    """Return how many operations are in each status."""
    rows = tx.execute(select(t.ops.c.status, func.count()).group_by(t.ops.c.status))
    return {str(row[0]): int(row[1]) for row in rows}


def add_fact(tx: Tx, values: dict[str, Any]) -> None:
    """Keep the fact of an operation that has no state machine."""
    _ADD_FACT.write(tx, **values)


def facts(tx: Tx, kind: str) -> list[dict[str, Any]]:
    """Return the facts of one kind, oldest first."""
    rows = tx.execute(select(t.facts).where(t.facts.c.kind == kind).order_by(t.facts.c.op_id))
    return [dict(row._asdict()) for row in rows]
