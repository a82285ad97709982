# SPDX-License-Identifier: MulanPSL-2.0
"""The change feed: put records in commit order, pages, and a checksum per scope (§6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from counter.domain.checksum import EMPTY, entity_hash, toggled
from sync.hub.storage import tables as t
from sync.hub.storage.engine import take_change_no

REFERENCE = "reference"


def device_scope(device_id: str) -> str:
    """Scope of what concerns one device."""
    return f"device:{device_id}"


def hall_scope(hall_code: str) -> str:
    """Scope of what the counters of one hall share."""
    return f"hall:{hall_code}"


@dataclass(frozen=True)
class Change:
    """One record to put; ``body`` is complete."""

    scope: str
    kind: str
    entity_id: str
    rev: int
    body: Mapping[str, Any]
    at: str
    action: str = "put"


def put(connection: Connection, change: Change) -> int:
    """Write a record, replacing the entity's older one, and return its change number."""
    key = (
        (t.feed.c.scope == change.scope)
        & (t.feed.c.kind == change.kind)
        & (t.feed.c.entity_id == change.entity_id)
    )
    old = connection.execute(select(t.feed.c.rev, t.feed.c.action).where(key)).first()
    toggle = 0
    if old is not None and old.action == "put":
        toggle ^= entity_hash(change.kind, change.entity_id, old.rev)
    if change.action == "put":
        toggle ^= entity_hash(change.kind, change.entity_id, change.rev)
    if old is not None:
        connection.execute(delete(t.feed).where(key))
    change_no = take_change_no(connection)
    connection.execute(
        insert(t.feed).values(
            scope=change.scope,
            kind=change.kind,
            entity_id=change.entity_id,
            change_no=change_no,
            action=change.action,
            rev=change.rev,
            body=dict(change.body),
            at=change.at,
        )
    )
    _toggle_sum(connection, change.scope, toggle)
    return change_no


def _toggle_sum(connection: Connection, scope: str, toggle: int) -> None:
    now = checksum(connection, scope)
    connection.execute(delete(t.scope_sums).where(t.scope_sums.c.scope == scope))
    connection.execute(insert(t.scope_sums).values(scope=scope, checksum=toggled(now, toggle)))


def checksum(connection: Connection, scope: str) -> str:
    """Return the order-independent checksum of a scope: XOR over its live entities, hex."""
    found = connection.scalar(select(t.scope_sums.c.checksum).where(t.scope_sums.c.scope == scope))
    return found or EMPTY


def after(
    connection: Connection, change_no: int, scopes: Sequence[str], limit: int
) -> Sequence[Row[Any]]:
    """Return up to ``limit`` records behind ``change_no`` in order."""
    return connection.execute(
        select(t.feed)
        .where(t.feed.c.change_no > change_no, t.feed.c.scope.in_(scopes))
        .order_by(t.feed.c.change_no)
        .limit(limit)
    ).all()


def head(connection: Connection) -> int:
    """Return the newest change number."""
    value = connection.scalar(select(t.meta.c.value).where(t.meta.c.key == "change_no"))
    return int(value or 0)
