# SPDX-License-Identifier: MulanPSL-2.0
"""Ratings at the centre: append-only; which count, and which came in the same second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from sync.hub.storage import tables as t
from sync.hub.storage.engine import Tx

_TO_THE_HOUR = 13


@dataclass(frozen=True)
class RatingRow:
    """One rating; ``counts`` is false for a second one of the same handling or a void one."""

    op_id: str
    case_id: str
    handling: str
    hall_code: str
    device_id: str
    level: int
    given_at: str
    received_at: str
    counts: bool
    batch: bool
    body: dict[str, Any]


def add(tx: Tx, row: RatingRow) -> None:
    """Keep a rating."""
    tx.execute(insert(t.ratings).values(**vars(row)))


def find(tx: Tx, op_id: str) -> RatingRow | None:
    """Return a rating."""
    row = tx.execute(select(t.ratings).where(t.ratings.c.op_id == op_id)).first()
    return RatingRow(**row._asdict()) if row else None


def rated(tx: Tx, case_id: str, handling: str) -> bool:
    """Tell whether a handling has a rating."""
    r = t.ratings.c
    where = (r.case_id == case_id) & (r.handling == handling)
    return tx.execute(select(r.op_id).where(where)).first() is not None


def near(tx: Tx, device_id: str, given_at: str, seconds: int) -> list[str]:
    """Return ratings given at one screen so few seconds apart that nobody can have read it."""
    r = t.ratings.c
    moment = datetime.fromisoformat(given_at)
    hour = r.given_at.startswith(given_at[:_TO_THE_HOUR], autoescape=True)
    rows = tx.execute(select(r.op_id, r.given_at).where(r.device_id == device_id, hour))
    return [
        str(row.op_id)
        for row in rows
        if abs((datetime.fromisoformat(row.given_at) - moment).total_seconds()) < seconds
    ]


def flag(tx: Tx, op_ids: list[str]) -> None:
    """Mark ratings as of a batch."""
    tx.execute(update(t.ratings).where(t.ratings.c.op_id.in_(op_ids)).values(batch=True))


def read(tx: Tx, op_id: str, level: int, body: dict[str, Any]) -> None:
    """Enter what a paper slip says."""
    where = t.ratings.c.op_id == op_id
    tx.execute(update(t.ratings).where(where).values(level=level, body=body))


def void(tx: Tx, op_id: str) -> None:
    """Let a rating no longer count: its 申诉 was upheld."""
    tx.execute(update(t.ratings).where(t.ratings.c.op_id == op_id).values(counts=False))


def levels_of(tx: Tx, case_ids: Sequence[str]) -> dict[str, int]:
    """Return the newest level that counts of each of these cases that has one."""
    r = t.ratings.c
    query = select(r.case_id, r.level).where(r.case_id.in_(case_ids), r.counts, r.level > 0)
    rows = tx.execute(query.order_by(r.received_at, r.op_id))
    return {str(row[0]): int(row[1]) for row in rows}


def moments_of(tx: Tx, case_id: str) -> list[str]:
    """Return when each rating of a case that counts and was read was given (a slip: came in)."""
    r = t.ratings.c
    query = select(r.given_at, r.received_at).where(r.case_id == case_id, r.counts, r.level > 0)
    return [str(row.given_at or row.received_at) for row in tx.execute(query)]
