# SPDX-License-Identifier: MulanPSL-2.0
"""Parts of a snapshot on their way, encrypted like everything else; the caller owns transactions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, select

from counter.storage import tables as t


def read(connection: Connection, sha256: str) -> bytes:
    """Return the bytes of a part in order."""
    p = t.snapshot_parts.c
    query = select(p.data).where(p.sha256 == sha256).order_by(p.place)
    return b"".join(connection.scalars(query))


def size(connection: Connection, sha256: str) -> int:
    """Return how many bytes of a part are here."""
    p = t.snapshot_parts.c
    total = connection.scalar(select(func.sum(func.length(p.data))).where(p.sha256 == sha256))
    return int(total or 0)


def add(connection: Connection, sha256: str, offset: int, data: bytes) -> None:
    """Append bytes that follow what is here; others are old news and are left out."""
    if data and offset == size(connection, sha256):
        row = {"sha256": sha256, "place": offset, "data": data}
        connection.execute(insert(t.snapshot_parts).values(row))


def drop(connection: Connection, sha256: str) -> None:
    """Remove one part."""
    connection.execute(delete(t.snapshot_parts).where(t.snapshot_parts.c.sha256 == sha256))


def drop_all_but(connection: Connection, keep: Sequence[str]) -> None:
    """Remove every part that is not named."""
    p = t.snapshot_parts.c
    known = set(connection.scalars(select(p.sha256).distinct()))
    for sha256 in known - set(keep):
        drop(connection, sha256)
