# SPDX-License-Identifier: MulanPSL-2.0
"""Applying the centre's change feed (sync-protocol §6); the caller owns the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, delete, exists, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from counter.domain.checksum import EMPTY, UNCOUNTED, entity_hash, toggled
from counter.domain.errors import KnownError
from counter.domain.library import LibraryPaper, better
from counter.domain.tickets import Ticket
from counter.ports.storage import PersonRecord
from counter.storage import tables as t
from counter.storage import unread
from counter.storage.acts_again import own_acts_again
from counter.storage.calendars import take_calendar
from counter.storage.cases import theme_no_of
from counter.storage.catalog_install import KINDS, announce, keep
from counter.storage.meta import dumps, loads
from counter.storage.number_blocks import install_blocks
from counter.storage.overlay import NEAR, centre_state, refresh_case
from counter.storage.people import SqlPersonRecords, link_person
from counter.storage.repositories import SqlReference
from counter.storage.search import index_case
from counter.storage.tickets import KINDS as TICKETS
from counter.storage.tickets import SqlTickets

Held: TypeAlias = frozenset[tuple[str, str]]
_VERSIONED = frozenset({"item", "theme", "dicts", "hints", "calendar", "service"})
PERSON_KINDS = frozenset({"material", "authorisation", "approval", "identity"})
_VERSION_OF = {"item": "task_version", "theme": "task_version"}
# Built once, see repositories.
_feed, _sums = t.feed_rows.c, t.scope_sums.c
_REV = select(_feed.rev).where(
    _feed.scope == bindparam("scope"),
    _feed.kind == bindparam("kind"),
    _feed.entity_id == bindparam("entity_id"),
)
_NEW_ROW = upsert(t.feed_rows)
_COUNT_IN = _NEW_ROW.on_conflict_do_update(
    index_elements=["scope", "kind", "entity_id"], set_={"rev": _NEW_ROW.excluded.rev}
)
_COUNT_OUT = delete(t.feed_rows).where(
    _feed.scope == bindparam("of_scope"),
    _feed.kind == bindparam("of_kind"),
    _feed.entity_id == bindparam("of_entity_id"),
)
_FORGET_SCOPE = delete(t.feed_rows).where(_feed.scope == bindparam("scope"))
_SUM = select(_sums.checksum).where(_sums.scope == bindparam("scope"))
_NEW_SUM = upsert(t.scope_sums)
_KEEP_SUM = _NEW_SUM.on_conflict_do_update(
    index_elements=["scope"], set_={"checksum": _NEW_SUM.excluded.checksum}
)
_FORGET_SUM = delete(t.scope_sums).where(_sums.scope == bindparam("scope"))
_CASE = select(t.cases.c.rev, t.cases.c.centre).where(t.cases.c.case_id == bindparam("case_id"))
_ADD_CASE = insert(t.cases)
_KEEP_CASE = update(t.cases).where(t.cases.c.case_id == bindparam("of_case"))
_FORGET_EVENTS = delete(t.case_events).where(
    t.case_events.c.case_id == bindparam("of_case"), t.case_events.c.origin == "centre"
)
_ADD_EVENTS = insert(t.case_events)


def apply_records(
    connection: Connection,
    records: Sequence[dict[str, Any]],
    at: str = "",
    *,
    one_by_one: bool = False,
) -> set[str]:
    """Apply a page and return the entities it changed.

    ``at`` is the moment now, for what a new calendar does to the cases here. ``one_by_one``: a
    record that cannot be taken in is set aside, and the others are applied; it costs more.

    Records of kind ``result`` only pass: results are settled from their signed tokens.

    Raises:
        KnownError: SYNC-GAP: a patch does not fit what is here; pull the scope again.
    """
    before = _held_by_resets(connection, records)
    sums = _Sums(connection)
    take = _apply_or_keep if one_by_one else _apply
    changed = {take(connection, sums, record, at) for record in records}
    sums.write()
    changed |= _drop_absent(connection, before)
    return changed - {""}


def _apply_or_keep(connection: Connection, sums: _Sums, record: dict[str, Any], at: str) -> str:
    try:
        with connection.begin_nested():
            return _apply(connection, sums, record, at)
    except Exception as error:
        if unread.passing(error):
            raise
        if record["action"] != "put":
            raise _gap() from None  # what it changes comes again, whole
        unread.set_aside(connection, record, error)
    key = {name: record[name] for name in ("scope", "kind", "entity_id")}
    here: int | None = connection.scalar(_REV, key)
    connection.execute(_COUNT_IN, {**key, "rev": record["rev"]})
    for rev in (record["rev"], here):
        if rev is not None:
            sums.change(key["scope"], entity_hash(key["kind"], key["entity_id"], rev))
    return ""


def read_again(connection: Connection, record: dict[str, Any], at: str) -> None:
    """Apply a record that was set aside, unless a newer one of its entity came since."""
    scope, kind, entity_id = (str(record[name]) for name in ("scope", "kind", "entity_id"))
    here = connection.scalar(_REV, {"scope": scope, "kind": kind, "entity_id": entity_id})
    if here == record["rev"]:
        _put(connection, kind, entity_id, here, record.get("body") or {}, at)


def _apply(connection: Connection, sums: _Sums, record: dict[str, Any], at: str) -> str:
    """Apply one record and return the entity it changed ('' for a reset)."""
    action, scope = record["action"], record["scope"]
    if action == "reset":
        connection.execute(_FORGET_SCOPE, {"scope": scope})
        sums.begin_anew(scope)
        return ""
    kind, entity_id = str(record["kind"]), str(record["entity_id"])
    if kind in UNCOUNTED:
        return ""
    if action == "near":
        return _near_case(connection, entity_id, record["body"])
    key = {"scope": scope, "kind": kind, "entity_id": entity_id}
    here: int | None = connection.scalar(_REV, key)
    if here is not None and here > int(record["rev"]):
        return ""  # a scope pulled anew was ahead of the feed
    body = record.get("body") or {}
    if action == "patch":
        body = _patched(connection, kind, entity_id, record, here)
    if action in ("put", "patch"):
        _put(connection, kind, entity_id, int(record["rev"]), body, at)
        connection.execute(_COUNT_IN, {**key, "rev": record["rev"]})
        sums.change(scope, entity_hash(kind, entity_id, record["rev"]))
    else:
        _drop(connection, kind, entity_id)
        connection.execute(_COUNT_OUT, {f"of_{name}": value for name, value in key.items()})
    if here is not None:
        sums.change(scope, entity_hash(kind, entity_id, here))
    return entity_id


class _Sums:
    """Checksums of scopes as a page changes them; written once, at its end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sums: dict[str, str] = {}

    def begin_anew(self, scope: str) -> None:
        """Nothing is counted in the scope any more."""
        self._connection.execute(_FORGET_SUM, {"scope": scope})
        self._sums.pop(scope, None)

    def change(self, scope: str, toggle: int) -> None:
        """Count an entity in, or out again."""
        if scope not in self._sums:
            self._sums[scope] = self._connection.scalar(_SUM, {"scope": scope}) or EMPTY
        self._sums[scope] = toggled(self._sums[scope], toggle)

    def write(self) -> None:
        """Keep them."""
        if self._sums:
            self._connection.execute(
                _KEEP_SUM, [{"scope": name, "checksum": one} for name, one in self._sums.items()]
            )


def _held_by_resets(connection: Connection, records: Sequence[dict[str, Any]]) -> Held:
    """Return (kind, entity) of everything in the scopes that these records begin anew."""
    f = t.feed_rows.c
    scopes = [record["scope"] for record in records if record["action"] == "reset"]
    if not scopes:
        return frozenset()
    rows = connection.execute(select(f.kind, f.entity_id).where(f.scope.in_(scopes)))
    return frozenset((str(row.kind), str(row.entity_id)) for row in rows)


def _drop_absent(connection: Connection, before: Held) -> set[str]:
    """Drop what was held before a scope began anew and did not come again in any scope."""
    f = t.feed_rows.c
    gone: set[str] = set()
    for kind, entity_id in sorted(before):
        still = select(f.rev).where(f.kind == kind, f.entity_id == entity_id)
        if connection.execute(still).first() is None:
            _drop(connection, kind, entity_id)
            gone.add(entity_id)
    return gone


def scope_checksums(connection: Connection) -> dict[str, str]:
    """Return the checksum of each scope: XOR over its live entities, hex, as the hub makes it."""
    rows = connection.execute(select(t.scope_sums))
    return {row.scope: row.checksum for row in rows}


def merge_patch(base: object, patch: object) -> object:
    """Apply a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(base) if isinstance(base, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def _gap() -> KnownError:
    return KnownError(
        code=unread.GAP,
        what="中心送来的变更与本机的内容接不上。",
        safe="本机内容没有改动，未上报的办件都在。",
        todo="程序会自动重新下载这一部分。",
    )


def _patched(
    connection: Connection, kind: str, entity_id: str, record: dict[str, Any], here: int | None
) -> dict[str, Any]:
    if here != record["from_rev"]:
        raise _gap()
    if kind == "case":
        text = connection.scalar(select(t.cases.c.centre).where(t.cases.c.case_id == entity_id))
        base: object = loads(text or "{}")
    else:
        name = entity_id.partition("@")[0] if kind in _VERSIONED else entity_id
        base = SqlReference(connection).get(kind, name) or {}
    merged = merge_patch(base, record["body"])
    return merged if isinstance(merged, dict) else {}


def _put(
    connection: Connection, kind: str, entity_id: str, rev: int, body: dict[str, Any], at: str
) -> None:
    if kind == "case":
        _put_case(connection, entity_id, rev, body)
        return
    if kind in PERSON_KINDS:
        _put_person(connection, kind, entity_id, body)
        return
    if kind == "numbers":
        install_blocks(connection, body)
        return
    if kind in TICKETS:
        SqlTickets(connection).take(Ticket.model_validate(body))
        return
    if kind == "calendar":
        take_calendar(connection, body, at)
        return
    # The centre feeds every version as an entity of its own, ``name@version``.
    name, _, version = entity_id.partition("@") if kind in _VERSIONED else (entity_id, "", "")
    version = version or str(body.get(_VERSION_OF.get(kind, ""), ""))
    if kind == "catalog":
        announce(connection, body)
    elif kind in KINDS:
        keep(connection, kind, name, version, body)
    else:
        SqlReference(connection).put(kind, name, version, body)


def _put_case(connection: Connection, case_id: str, rev: int, body: dict[str, Any]) -> None:
    here = connection.execute(_CASE, {"case_id": case_id}).first()
    if here is None:
        _foreign_case(connection, case_id, body)
    elif rev < here.rev:
        return  # an older page, pulled once more
    values: dict[str, object] = {"rev": rev, "centre": dumps(body)}
    if body.get("project_no"):
        values["project_no"] = body["project_no"]
    before = loads(here.centre) if here else {}
    if centre_state(body) is not centre_state(before):
        events = body.get("events") or ()
        values["centre_changed_at"] = max((e["at"] for e in events), default="")
    connection.execute(_KEEP_CASE, values | {"of_case": case_id})
    if (body.get("events") or ()) != (before.get("events") or ()):
        _put_events(connection, case_id, body)
    if here is None:
        own_acts_again(connection, case_id, rev)
    refresh_case(connection, case_id)


def _near_case(connection: Connection, case_id: str, body: dict[str, Any]) -> str:
    """Take in a case the hall's edge host knows and the centre does not; no checksum counts it.

    It is marked until the centre's row comes, and never replaces one that is here.
    """
    known = select(t.cases.c.case_id).where(t.cases.c.case_id == case_id)
    if connection.execute(known).first() is not None:
        return ""
    _foreign_case(connection, case_id, body)
    mark = dumps({NEAR: True})
    connection.execute(update(t.cases).where(t.cases.c.case_id == case_id).values(centre=mark))
    own_acts_again(connection, case_id, 0)
    refresh_case(connection, case_id)
    return case_id


def _foreign_case(connection: Connection, case_id: str, body: dict[str, Any]) -> None:
    """Take in a case that another counter of the hall received."""
    text = SqlReference(connection).item_json(body["item_code"], body["item_version"])
    name = loads(text)["task_name"] if text else body["item_code"]
    state = centre_state(body)
    connection.execute(
        _ADD_CASE,
        {
            "case_id": case_id,
            "receipt_no": body["receipt_no"],
            "item_code": body["item_code"],
            "item_version": body["item_version"],
            "item_name": name,
            "applicant_name": body["applicant_name"],
            "local_state": state.value if state else "received",
            "state": state.value if state else "received",
            "received_at": body.get("received_at", ""),
            "promise_due": body.get("promise_date", ""),
        },
    )
    index_case(connection, case_id, body["applicant_name"], "", theme_no_of(body))
    link_person(connection, case_id, str(body.get("person_key", "")), "applicant")


def _put_person(connection: Connection, kind: str, entity_id: str, body: dict[str, Any]) -> None:
    """Take in what another counter of the hall learned; an own later check is not overwritten."""
    records = SqlPersonRecords(connection)
    here = records.get(kind, entity_id)
    if kind == "material" and here is not None:
        old, new = LibraryPaper.model_validate(here.body), LibraryPaper.model_validate(body)
        body = better(old, new).model_dump(mode="json")
    records.put(PersonRecord(kind, entity_id, str(body["person"]), body))


def _put_events(connection: Connection, case_id: str, body: dict[str, Any]) -> None:
    connection.execute(_FORGET_EVENTS, {"of_case": case_id})
    rows = [
        {
            "case_id": case_id,
            "at": event["at"],
            "what": event["what"],
            "who": event.get("who", ""),
            "place": event.get("place") or "中心",
            "why": event.get("why", ""),
            "origin": "centre",
        }
        for event in body.get("events") or ()
    ]
    if rows:
        connection.execute(_ADD_EVENTS, rows)


def _drop(connection: Connection, kind: str, entity_id: str) -> None:
    """Tombstone or out of scope. A case with operations of ours stays: its receipt was given."""
    if kind in PERSON_KINDS:
        SqlPersonRecords(connection).drop(kind, entity_id)
        return
    if kind in TICKETS:
        SqlTickets(connection).drop(kind, entity_id)
        return
    if kind != "case":
        SqlReference(connection).drop(kind, entity_id)
        return
    ours = select(t.outbox.c.op_id).where(t.outbox.c.entity_id == entity_id)
    own = connection.scalar(
        select(t.cases.c.case_id).where(t.cases.c.case_id == entity_id, t.cases.c.body != "{}")
    )
    if own or connection.scalar(select(exists(ours))):
        return
    for table in (t.case_terms, t.case_events, t.case_people, t.cases):
        connection.execute(delete(table).where(table.c.case_id == entity_id))
