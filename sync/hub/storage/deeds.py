# SPDX-License-Identifier: MulanPSL-2.0
"""Rows of what the administration did; they are added and read, never changed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, insert, select

from sync.hub.storage.admin_tables import deeds
from sync.hub.storage.engine import Tx


@dataclass(frozen=True)
class DeedRow:
    """One deed; see ``admin_tables.deeds``."""

    deed_no: int
    at: str
    kid: str
    name: str
    deed: str
    about: str
    outcome: str


def add(tx: Tx, *, at: str, kid: str, name: str, deed: str, about: str, outcome: str) -> None:
    """Append a deed; the sequencer makes its number the next."""
    last = tx.scalar(select(func.max(deeds.c.deed_no))) or 0
    row = DeedRow(last + 1, at, kid, name, deed, about, outcome)
    tx.execute(insert(deeds).values(**vars(row)))


def since(tx: Tx, at: str, after: int, most: int) -> list[DeedRow]:
    """Return up to ``most`` deeds from a moment on, behind a number, oldest first."""
    query = select(deeds).where(deeds.c.at >= at, deeds.c.deed_no > after)
    rows = tx.execute(query.order_by(deeds.c.deed_no).limit(most))
    return [DeedRow(**row._asdict()) for row in rows]
