# SPDX-License-Identifier: MulanPSL-2.0
"""Immutable versions of reference documents: items, code lists, calendars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, insert, select

from sync.hub.storage import tables as t
from sync.hub.storage.engine import Tx
from sync.hub.storage.pending import forget, remember


def find(tx: Tx, kind: str, name: str, version: str) -> dict[str, Any] | None:
    """Return the body of one version."""

    def ask() -> dict[str, Any] | None:
        d = t.documents.c
        where = (d.kind == kind) & (d.name == name) & (d.version == version)
        return tx.scalar(select(d.body).where(where))

    return remember(tx, ("version", kind, name, version), ask)


def latest(tx: Tx, kind: str) -> dict[str, dict[str, Any]]:
    """Return the newest body of every document of a kind, by name."""

    def ask() -> dict[str, dict[str, Any]]:
        d = t.documents.c
        rows = tx.execute(select(d.name, d.body).where(d.kind == kind).order_by(d.rev))
        return {str(row[0]): row[1] for row in rows}

    return remember(tx, ("latest", kind), ask)


def newest(tx: Tx, kinds: Sequence[str]) -> list[tuple[str, str, str, str]]:
    """Return (kind, name, version, SHA-256) of the newest version of every document."""
    d = t.documents.c
    query = select(d.kind, d.name, d.version, d.sha256).where(d.kind.in_(kinds)).order_by(d.rev)
    found = {(row[0], row[1]): (row[0], row[1], row[2], row[3]) for row in tx.execute(query)}
    return [found[key] for key in sorted(found)]


def digest(tx: Tx, kind: str, name: str, version: str) -> str | None:
    """Return the SHA-256 of one version, or ``None``."""
    d = t.documents.c
    where = (d.kind == kind) & (d.name == name) & (d.version == version)
    found: str | None = tx.scalar(select(d.sha256).where(where))
    return found


def add(
    tx: Tx,
    kind: str,
    name: str,
    version: str,
    *,
    body: dict[str, Any],
    sha256: str,
    at: str,
) -> int:
    """Write a new version and return its number within the document (1, 2, …)."""
    forget(tx)
    d = t.documents.c
    where = (d.kind == kind) & (d.name == name)
    rev = int(tx.scalar(select(func.max(d.rev)).where(where)) or 0) + 1
    tx.execute(
        insert(t.documents).values(
            kind=kind,
            name=name,
            version=version,
            body=body,
            sha256=sha256,
            published_at=at,
            rev=rev,
        )
    )
    return rev
