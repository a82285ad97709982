# SPDX-License-Identifier: MulanPSL-2.0
"""Keys of the people who may use the administrative routes; a key is never deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update

from sync.hub.storage import tables as t
from sync.hub.storage.engine import Tx


@dataclass(frozen=True)
class AdminKey:
    """One key: whose it is and what it may do (``office``, ``admin``)."""

    kid: str
    name: str
    public_key: str
    roles: tuple[str, ...]
    added_at: str
    revoked_at: str = ""


def _key(row: Row[Any]) -> AdminKey:
    values = dict(row._asdict())
    values["roles"] = tuple(values["roles"])
    return AdminKey(**values)


def add(tx: Tx, key: AdminKey) -> None:
    """Write a new key."""
    tx.execute(insert(t.admin_keys).values(**{**vars(key), "roles": list(key.roles)}))


def key(tx: Tx, kid: str) -> AdminKey | None:
    """Find a key by its id, a revoked one too."""
    row = tx.execute(select(t.admin_keys).where(t.admin_keys.c.kid == kid)).first()
    return _key(row) if row else None


def every(tx: Tx) -> list[AdminKey]:
    """Return all keys, oldest first."""
    order = (t.admin_keys.c.added_at, t.admin_keys.c.kid)
    return [_key(row) for row in tx.execute(select(t.admin_keys).order_by(*order))]


def revoke(tx: Tx, kid: str, at: str) -> bool:
    """Revoke a key; return whether there was such a one."""
    where = t.admin_keys.c.kid == kid
    return bool(tx.execute(update(t.admin_keys).where(where).values(revoked_at=at)).rowcount)
