# SPDX-License-Identifier: MulanPSL-2.0
"""A catalogue version is taken into use whole or not at all; the caller owns the transaction.

The centre announces a version by a manifest of hashes, then feeds what is new in it, over as many
pages as it takes. Until the last document of the manifest is here, the counter goes on with the
version before, whenever it is killed in between. A case keeps the version it pinned: old versions
stay in the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert

from counter.domain.canonical import canonical_hash
from counter.storage import tables as t
from counter.storage.meta import dumps, loads
from counter.storage.repositories import SqlReference
from counter.storage.search import index_item

KINDS = frozenset({"item", "dicts", "hints", "theme"})
"""What a manifest is made of; calendars have a life of their own."""
_WAITING = ("catalog", "waiting")
_REFUSED = ("catalog", "refused")


def announce(connection: Connection, manifest: Mapping[str, Any]) -> None:
    """Wait for the documents of this manifest; a later one takes the place of an earlier.

    Raises:
        KeyError: it is none; ValueError, TypeError likewise.
    """
    names = ("kind", "name", "version", "sha256")
    parts = [document[name] for document in manifest["documents"] for name in names]
    if not all(isinstance(part, str) for part in parts):
        raise ValueError("no manifest")
    SqlReference(connection).put(*_WAITING, "", dict(manifest))


def keep(connection: Connection, kind: str, name: str, version: str, body: Any) -> None:
    """Keep a document; it comes into use with its catalogue version, at once without one.

    A version that is here with another content is not changed (cases were received under it):
    the old content stays, and the new is noted as refused.
    """
    reference = SqlReference(connection)
    here = _body(connection, kind, name, version)
    if version and here is not None and canonical_hash(loads(here)) != canonical_hash(body):
        _refuse(reference, f"{kind}/{name}@{version}")
    elif not _governed(reference):
        reference.put(kind, name, version, body)
    elif here is None:
        row = {"kind": kind, "entity_id": name, "version": version}
        connection.execute(insert(t.reference).values(**row, body=dumps(body), is_current=0))


def _governed(reference: SqlReference) -> bool:
    """Tell whether the centre announces versions here; then no document goes ahead alone."""
    installed = reference.get("catalog", "catalog") or {}
    return "documents" in installed or reference.get(*_WAITING) is not None


def install_complete(connection: Connection) -> str:
    """Take the announced version into use if all of it is here; return its name or ''."""
    reference = SqlReference(connection)
    manifest = reference.get(*_WAITING)
    if manifest is None or _count(connection, manifest) < len(manifest["documents"]):
        return ""
    rows = [
        (d, _body(connection, d["kind"], d["name"], d["version"])) for d in manifest["documents"]
    ]
    for document, text in rows:
        if text is None or canonical_hash(loads(text)) != document["sha256"]:
            return ""  # not what the centre signed: the version before stays in use
    for document, text in rows:
        _use(connection, document, text or "")
    version = str(manifest["version"])
    reference.put("catalog", "catalog", version, {"documents": len(rows)})
    reference.drop(*_WAITING)
    return version


def _count(connection: Connection, manifest: Mapping[str, Any]) -> int:
    """Count the announced documents that are here, in one look at the keys."""
    r = t.reference.c
    rows = connection.execute(
        select(r.kind, r.entity_id, r.version).where(r.kind.in_(sorted(KINDS)))
    )
    here = {tuple(row) for row in rows}
    return sum((d["kind"], d["name"], d["version"]) in here for d in manifest["documents"])


def _use(connection: Connection, document: Mapping[str, Any], text: str) -> None:
    kind, name, version = document["kind"], document["name"], document["version"]
    r = t.reference.c
    mine = (r.kind == kind) & (r.entity_id == name)
    current = connection.scalar(select(r.version).where(mine, r.is_current == 1))
    if current == version:
        return
    connection.execute(update(t.reference).where(mine).values(is_current=0))
    connection.execute(update(t.reference).where(mine, r.version == version).values(is_current=1))
    if kind in ("item", "theme"):
        index_item(connection, name, loads(text))


def _body(connection: Connection, kind: str, name: str, version: str) -> str | None:
    r = t.reference.c
    where = (r.kind == kind) & (r.entity_id == name) & (r.version == version)
    found: str | None = connection.scalar(select(r.body).where(where))
    return found


def _refuse(reference: SqlReference, what: str) -> None:
    known = (reference.get(*_REFUSED) or {}).get("documents", [])
    if what not in known:
        reference.put(*_REFUSED, "", {"documents": [*known, what]})
