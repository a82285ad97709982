# SPDX-License-Identifier: MulanPSL-2.0
"""The change feed: put records in commit order, pages, and a checksum per scope (§6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    Connection,
    Integer,
    Row,
    bindparam,
    delete,
    func,
    literal,
    select,
    update,
)

from counter.domain.checksum import EMPTY, entity_hash
from sync.hub.storage import settings
from sync.hub.storage import tables as t
from sync.hub.storage.pending import pending, take_change_no
from sync.hub.storage.prepared import Ask, Prepared, either, either_of, padded, prepared_insert

REFERENCE = "reference"
_FLOOR = "feed_floor"
_KEY = (
    (t.feed.c.scope == bindparam("in_scope"))
    & (t.feed.c.kind == bindparam("of_kind"))
    & (t.feed.c.entity_id == bindparam("of_entity"))
)
_OLD = Prepared(select(t.feed.c.rev, t.feed.c.action).where(_KEY))
_ADD = prepared_insert(t.feed)
_REPLACE = Prepared(
    update(t.feed)
    .where(_KEY)
    .values({name: bindparam(name) for name in ("change_no", "action", "rev", "body", "at")})
)
_SUM = Prepared(select(t.scope_sums.c.checksum).where(t.scope_sums.c.scope == bindparam("scope")))
_HEAD = Prepared(select(t.sequencer.c.change_no))
_BODY = Prepared(select(t.feed.c.body).where(_KEY, t.feed.c.action == "put"))


def device_scope(device_id: str) -> str:
    """Scope of what concerns one device."""
    return f"device:{device_id}"


def hall_scope(hall_code: str) -> str:
    """Scope of what the counters of one hall share."""
    return f"hall:{hall_code}"


@dataclass(frozen=True)
class Change:
    """One record to put; ``body`` is complete; ``new``: its entity was never in this scope."""

    scope: str
    kind: str
    entity_id: str
    rev: int
    body: Mapping[str, Any]
    at: str
    action: str = "put"
    new: bool = False


def put(connection: Connection, change: Change) -> int:
    """Write a record, replacing the entity's older one, and return its change number."""
    toggle = 0
    if change.action == "put":
        toggle = entity_hash(change.kind, change.entity_id, change.rev)
    old_asked, names = ask_put(change.scope, change.kind, change.entity_id)
    key, mine = (change.scope, change.kind, change.entity_id), pending(connection)
    change_no = take_change_no(connection)
    values = {
        "change_no": change_no,
        "action": change.action,
        "rev": change.rev,
        "body": dict(change.body),
        "at": change.at,
    }
    old = mine.fed.get(key) if mine else None
    if old is None and not change.new:
        old = old_asked.stored(connection, **names)
    if old is not None:
        if old[1] == "put":
            toggle ^= entity_hash(change.kind, change.entity_id, old[0])
        _REPLACE.write(connection, **names, **values)
    else:
        values |= {"scope": change.scope, "kind": change.kind, "entity_id": change.entity_id}
        _ADD.write(connection, **values)
    if mine:
        mine.fed[key] = (change.rev, change.action)
        # Written once at the end of the transaction: most change one scope several times.
        mine.toggles[change.scope] = mine.toggles.get(change.scope, 0) ^ toggle
    return change_no


def ask_put(scope: str, kind: str, entity_id: str) -> Ask:
    """Return what ``put`` asks."""
    return _OLD, {"in_scope": scope, "of_kind": kind, "of_entity": entity_id}


def checksum(connection: Connection, scope: str) -> str:
    """Return the order-independent checksum of a scope: XOR over its live entities, hex."""
    found = _SUM.first(connection, scope=scope)
    return found[0] if found else EMPTY


class Record(NamedTuple):
    """A record as it lies in the feed."""

    change_no: int
    action: str
    scope: str
    kind: str
    entity_id: str
    rev: int
    body: dict[str, Any]


@cache
def _after(scopes: int, kinds: tuple[str, ...], special: tuple[str, ...]) -> Prepared:
    f = t.feed.c
    return Prepared(
        select(*(f[name] for name in Record._fields))
        .where(f.change_no > bindparam("number"), f.scope.in_(either(scopes)))
        .where(f.kind.in_(_each(kinds)) if kinds else f.kind.not_in(_each(special)))
        .order_by(f.change_no)
        .limit(bindparam("most", type_=Integer()))
    )


def _each(kinds: Sequence[str]) -> list[BindParameter[str]]:
    return [literal(kind) for kind in kinds]


def after(
    connection: Connection,
    change_no: int,
    scopes: Sequence[str],
    limit: int,
    kinds: Sequence[str],
    special: Sequence[str],
) -> list[Record]:
    """Return up to ``limit`` records behind ``change_no`` in order.

    Only of these ``kinds``; without any, of all that are not ``special``.
    """
    asked = _after(padded(len(scopes)), tuple(kinds), tuple(special))
    rows = asked.rows(connection, number=change_no, most=limit, **either_of(scopes))
    return [Record(*row) for row in rows]


def live(connection: Connection, scope: str) -> Iterator[Row[Any]]:
    """Yield everything a scope holds now, without what was taken out."""
    f = t.feed.c
    query = select(t.feed).where(f.scope == scope, f.action == "put").order_by(f.change_no)
    yield from connection.execute(query)


def put_singleton(
    connection: Connection,
    kind: str,
    entity_id: str,
    body: Mapping[str, Any],
    at: str,
    *,
    scope: str = REFERENCE,
) -> int:
    """Put a record that lives in the feed alone; returns its change number."""
    f = t.feed.c
    where = (f.scope == scope) & (f.kind == kind) & (f.entity_id == entity_id)
    rev = int(connection.scalar(select(f.rev).where(where)) or 0) + 1
    return put(connection, Change(scope, kind, entity_id, rev, body, at))


def body_of(connection: Connection, kind: str, entity_id: str) -> dict[str, Any]:
    """Return the body of such a record, empty when there is none."""
    asked, names = ask_body(kind, entity_id)
    found = asked.first(connection, **names)
    return found[0] if found else {}


def ask_body(kind: str, entity_id: str) -> Ask:
    """Return what ``body_of`` asks."""
    return _BODY, {"in_scope": REFERENCE, "of_kind": kind, "of_entity": entity_id}


def every(connection: Connection, kind: str) -> list[Row[Any]]:
    """Return every live record of a kind, of all scopes; for kinds of few records."""
    f = t.feed.c
    query = select(f.scope, f.entity_id, f.body).where(f.kind == kind, f.action == "put")
    return list(connection.execute(query.order_by(f.scope, f.entity_id)))


def is_live(connection: Connection, scope: str, entity_id: str) -> bool:
    """Tell whether an entity is in a scope now."""
    f = t.feed.c
    where = (f.scope == scope) & (f.entity_id == entity_id) & (f.action == "put")
    return connection.execute(select(f.rev).where(where)).first() is not None


def forget_tombstones(connection: Connection, before: str) -> int:
    """Remove tombstones older than a moment; cursors that stand before them are too old then."""
    f = t.feed.c
    old = (f.action != "put") & (f.at < before)
    newest = connection.scalar(select(func.max(f.change_no)).where(old))
    if newest is None:
        return 0
    gone = connection.execute(delete(t.feed).where(old)).rowcount
    settings.put(connection, _FLOOR, str(max(int(newest), floor(connection))))
    return int(gone)


def floor(connection: Connection) -> int:
    """Return the change number below which a cursor may have missed a tombstone."""
    return int(settings.get(connection, _FLOOR) or 0)


def head(connection: Connection) -> int:
    """Return the newest change number."""
    found = _HEAD.first(connection)
    return int(found[0]) if found else 0
