# SPDX-License-Identifier: MulanPSL-2.0
"""Small named values of the hub itself."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select, update

from sync.hub.storage import tables as t
from sync.hub.storage.engine import Tx
from sync.hub.storage.prepared import Prepared

_VALUE = Prepared(select(t.meta.c.value).where(t.meta.c.key == bindparam("asked")))


def get(tx: Tx, key: str) -> str:
    """Return a value, or an empty text."""
    found = _VALUE.first(tx, asked=key)
    return found[0] or "" if found else ""


def put(tx: Tx, key: str, value: str) -> None:
    """Write a value."""
    where = t.meta.c.key == key
    if not tx.execute(update(t.meta).where(where).values(value=value)).rowcount:
        tx.execute(insert(t.meta).values(key=key, value=value))
