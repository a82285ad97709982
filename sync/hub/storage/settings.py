# SPDX-License-Identifier: MulanPSL-2.0
"""Small named values of the hub itself."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from sync.hub.storage import tables as t
from sync.hub.storage.engine import Tx


def get(tx: Tx, key: str) -> str:
    """Return a value, or an empty text."""
    return tx.scalar(select(t.meta.c.value).where(t.meta.c.key == key)) or ""


def put(tx: Tx, key: str, value: str) -> None:
    """Write a value."""
    where = t.meta.c.key == key
    if not tx.execute(update(t.meta).where(where).values(value=value)).rowcount:
        tx.execute(insert(t.meta).values(key=key, value=value))
