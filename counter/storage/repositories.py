# SPDX-License-Identifier: MulanPSL-2.0
"""Drafts, numbers, audit, reference and blob keys of one unit of work."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from counter.domain.canonical import canonical_hash
from counter.domain.draft import Draft
from counter.domain.operations import ZERO_HASH
from counter.ports.blobs import StoredBlob
from counter.ports.storage import LeasedSerial, OperatorRow
from counter.storage import tables as t
from counter.storage.blobs import EncryptedBlobs
from counter.storage.meta import dumps, loads
from counter.storage.number_blocks import take_serial
from counter.storage.search import index_item

# Statements of every commit are built once: building them costs more than SQLite's own work.
_LAST_AUDIT = (
    select(t.audit.c.row_no, t.audit.c.row_hash).order_by(t.audit.c.row_no.desc()).limit(1)
)
_ADD_AUDIT = insert(t.audit)
_OF_ENTITY = select(t.reference.c.body).where(
    t.reference.c.kind == bindparam("kind"), t.reference.c.entity_id == bindparam("entity_id")
)
_CURRENT = _OF_ENTITY.where(t.reference.c.is_current == 1)
_OF_VERSION = _OF_ENTITY.where(t.reference.c.version == bindparam("version"))
_OUTDATE = (
    update(t.reference)
    .where(
        t.reference.c.kind == bindparam("of_kind"),
        t.reference.c.entity_id == bindparam("of_entity"),
    )
    .values(is_current=0)
)
_NEW_VERSION = upsert(t.reference)
_INSTALL = _NEW_VERSION.on_conflict_do_update(
    index_elements=["kind", "entity_id", "version"],
    set_={"body": _NEW_VERSION.excluded.body, "is_current": _NEW_VERSION.excluded.is_current},
)
_BLOB = select(t.blobs.c.blob_id, t.blobs.c.key, t.blobs.c.size, t.blobs.c.media_type).where(
    t.blobs.c.blob_id == bindparam("blob_id")
)
_NEW_BLOB = upsert(t.blobs)
_ADD_BLOB = _NEW_BLOB.on_conflict_do_update(
    index_elements=["blob_id"], set_={"key": _NEW_BLOB.excluded.key}
)
_NEW_REF = upsert(t.blob_refs)
_ADD_REF = _NEW_REF.on_conflict_do_update(
    index_elements=["owner_id", "blob_id", "role"], set_={"required": _NEW_REF.excluded.required}
)
_NEXT_SERIAL = (
    upsert(t.serials)
    .on_conflict_do_update(index_elements=["day"], set_={"last": t.serials.c.last + 1})
    .returning(t.serials.c.last)
)
_NEW_DRAFT = upsert(t.drafts)
_SAVE_DRAFT = _NEW_DRAFT.on_conflict_do_update(
    index_elements=["draft_id"],
    set_={name: _NEW_DRAFT.excluded[name] for name in ("operator_id", "updated_at", "body")},
)
_DRAFT = select(t.drafts.c.body).where(t.drafts.c.draft_id == bindparam("draft_id"))
_DROP_DRAFT = delete(t.drafts).where(t.drafts.c.draft_id == bindparam("draft_id"))
_DROP_REFS = delete(t.blob_refs).where(t.blob_refs.c.owner_id == bindparam("owner_id"))
_CATALOG = select(t.reference.c.version).where(
    t.reference.c.kind == "catalog", t.reference.c.is_current == 1
)


class SqlDrafts:
    """``Drafts``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, draft: Draft) -> None:
        """Write the draft whole."""
        values = {
            "draft_id": draft.draft_id,
            "operator_id": draft.operator_id,
            "updated_at": draft.updated_at or draft.started_at,
            "body": draft.model_dump_json(),
        }
        self._connection.execute(_SAVE_DRAFT, values)

    def get(self, draft_id: str) -> Draft | None:
        """Return a draft."""
        body = self._connection.scalar(_DRAFT, {"draft_id": draft_id})
        return Draft.model_validate_json(body) if body else None

    def of_operator(self, operator_id: str) -> list[Draft]:
        """Return an operator's drafts, the newest first."""
        bodies = self._connection.scalars(
            select(t.drafts.c.body)
            .where(t.drafts.c.operator_id == operator_id)
            .order_by(t.drafts.c.updated_at.desc())
        )
        return [Draft.model_validate_json(body) for body in bodies]

    def delete(self, draft_id: str) -> None:
        """Delete a draft and its references to pages; a case keeps its own."""
        self._connection.execute(_DROP_REFS, {"owner_id": draft_id})
        self._connection.execute(_DROP_DRAFT, {"draft_id": draft_id})


class SqlNumbers:
    """``Numbers``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_serial(self, day: str) -> int:
        """Take the next serial of an ISO day; a rolled back one was never shown."""
        taken = self._connection.scalar(_NEXT_SERIAL, {"day": day, "last": 1})
        return int(taken or 0)

    def take_leased(self, series: str, epoch: int, at: str) -> LeasedSerial | None:
        """Take the next leased serial; a rolled back one was never shown."""
        return take_serial(self._connection, series, epoch, at)


class SqlAudit:
    """``Audit``: each row carries the hash of the row before."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(
        self, at: str, operator_id: str, action: str, entity_id: str, detail: dict[str, Any]
    ) -> None:
        """Add a row."""
        last = self._connection.execute(_LAST_AUDIT).first()
        row = {
            "row_no": last.row_no + 1 if last else 1,
            "at": at,
            "operator_id": operator_id,
            "action": action,
            "entity_id": entity_id,
            "detail": detail,
            "prev_hash": last.row_hash if last else ZERO_HASH,
        }
        values = {**row, "detail": dumps(detail), "row_hash": canonical_hash(row)}
        self._connection.execute(_ADD_AUDIT, values)

    def after(self, row_no: int, limit: int) -> list[dict[str, Any]]:
        """Return rows behind ``row_no``, oldest first."""
        query = select(t.audit).where(t.audit.c.row_no > row_no)
        rows = self._connection.execute(query.order_by(t.audit.c.row_no).limit(limit))
        return [{**row._asdict(), "detail": loads(row.detail)} for row in rows]


class SqlReference:
    """``Reference``: old versions stay for ever, the newest put is the current one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str, str, str], str | None] = {}  # as read in this transaction

    def item_json(self, item_code: str, version: str = "") -> str | None:
        """Return an item as JSON text, the current one without ``version``."""
        return self._text("item", item_code, version)

    def theme_json(self, theme_code: str, version: str = "") -> str | None:
        """Return a theme as JSON text, the current one without ``version``."""
        return self._text("theme", theme_code, version)

    def item_codes(self) -> list[tuple[str, str]]:
        """Return (item code, current version) of every item."""
        rows = self._connection.execute(
            select(t.reference.c.entity_id, t.reference.c.version)
            .where(t.reference.c.kind == "item", t.reference.c.is_current == 1)
            .order_by(t.reference.c.entity_id)
        )
        return [(row.entity_id, row.version) for row in rows]

    def get(self, kind: str, entity_id: str) -> dict[str, Any] | None:
        """Return the current body."""
        text = self._text(kind, entity_id, "")
        return None if text is None else loads(text)

    def put(self, kind: str, entity_id: str, version: str, body: dict[str, Any]) -> None:
        """Install a version and make it the current one.

        A published version is immutable: the same version again with another body wins only for
        kinds without versions of their own (operators, policy), which are put under ''.
        """
        self._outdate(kind, entity_id)
        row = {"kind": kind, "entity_id": entity_id, "version": version}
        self._connection.execute(_INSTALL, {**row, "body": dumps(body), "is_current": 1})
        if kind in ("item", "theme"):
            index_item(self._connection, entity_id, body)

    def drop(self, kind: str, entity_id: str) -> None:
        """Take an entity out of use; its versions stay readable for the cases that pinned them."""
        self._outdate(kind, entity_id)
        if kind in ("item", "theme"):
            self._connection.execute(
                delete(t.item_terms).where(t.item_terms.c.item_code == entity_id)
            )

    def version(self) -> str:
        """Return the catalogue's overall version: that of ``put("catalog", "catalog", …)``."""
        return self._connection.scalar(_CATALOG) or "0"

    def operators(self) -> list[OperatorRow]:
        """Return the operators of this hall, in order of their job numbers."""
        bodies = self._connection.scalars(
            select(t.reference.c.body).where(
                t.reference.c.kind == "operator", t.reference.c.is_current == 1
            )
        )
        rows = [loads(body) for body in bodies]
        return sorted(
            (
                OperatorRow(
                    operator_id=row["operator_id"],
                    name=row["name"],
                    job_no=row["job_no"],
                    roles=frozenset(row["roles"]),
                    active=row.get("active", True),
                )
                for row in rows
            ),
            key=lambda row: row.job_no,
        )

    def _outdate(self, kind: str, entity_id: str) -> None:
        self._connection.execute(_OUTDATE, {"of_kind": kind, "of_entity": entity_id})
        for key in [key for key in self._known if key[:2] == (kind, entity_id)]:
            del self._known[key]

    def _text(self, kind: str, entity_id: str, version: str) -> str | None:
        key = (kind, entity_id, version)
        if key not in self._known:
            which = {"kind": kind, "entity_id": entity_id}
            self._known[key] = (
                self._connection.scalar(_OF_VERSION, {**which, "version": version})
                if version
                else self._connection.scalar(_CURRENT, which)
            )
        return self._known[key]


class SqlBlobs:
    """``Blobs``: keys and references."""

    def __init__(self, connection: Connection, files: EncryptedBlobs, now: str) -> None:
        self._connection = connection
        self._files = files
        self._now = now
        self._known: dict[str, StoredBlob | None] = {}  # nobody else writes in this transaction

    def add(self, blob: StoredBlob) -> None:
        """Keep the key. The same page stored again keeps its first key while that file is there."""
        before = self.get(blob.blob_id)
        if before is not None and self._files.has(before):
            return
        self._connection.execute(
            _ADD_BLOB,
            {
                "blob_id": blob.blob_id,
                "key": blob.key,
                "size": blob.size,
                "media_type": blob.media_type,
                "added_at": self._now,
            },
        )
        self._known[blob.blob_id] = blob

    def get(self, blob_id: str) -> StoredBlob | None:
        """Return the key row."""
        if blob_id not in self._known:
            row = self._connection.execute(_BLOB, {"blob_id": blob_id}).first()
            self._known[blob_id] = StoredBlob(*row) if row else None
        return self._known[blob_id]

    def refer(self, owner_id: str, blob_id: str, role: str, required: bool) -> None:
        """Note that a draft or case needs this blob."""
        self._connection.execute(
            _ADD_REF,
            {"owner_id": owner_id, "blob_id": blob_id, "role": role, "required": int(required)},
        )
