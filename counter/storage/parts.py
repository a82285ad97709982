# SPDX-License-Identifier: MulanPSL-2.0
"""Parts of a snapshot on their way, encrypted like everything else; each call one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, select

from counter.storage import tables as t
from counter.storage.engine import Database


class SqlParts:
    """``Parts``. Database thread only.

    Raises:
        KnownError: DISK-FULL, DISK-WRITE, DB-LOCKED, DB-DAMAGED from every call.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, sha256: str) -> bytes:
        """Return the bytes of a part in order."""
        p = t.snapshot_parts.c
        query = select(p.data).where(p.sha256 == sha256).order_by(p.place)
        with self._database.reading() as connection:
            return b"".join(connection.scalars(query))

    def size(self, sha256: str) -> int:
        """Return how many bytes of a part are here."""
        with self._database.reading() as connection:
            return _size(connection, sha256)

    def add(self, sha256: str, offset: int, data: bytes) -> None:
        """Append bytes that follow what is here; others are old news and are left out."""
        with self._database.transaction() as connection:
            if data and offset == _size(connection, sha256):
                row = {"sha256": sha256, "place": offset, "data": data}
                connection.execute(insert(t.snapshot_parts).values(row))

    def drop(self, sha256: str) -> None:
        """Remove one part."""
        with self._database.transaction() as connection:
            _drop(connection, sha256)

    def drop_all_but(self, keep: Sequence[str]) -> None:
        """Remove every part that is not named."""
        with self._database.transaction() as connection:
            known = set(connection.scalars(select(t.snapshot_parts.c.sha256).distinct()))
            for sha256 in known - set(keep):
                _drop(connection, sha256)


def _size(connection: Connection, sha256: str) -> int:
    p = t.snapshot_parts.c
    total = connection.scalar(select(func.sum(func.length(p.data))).where(p.sha256 == sha256))
    return int(total or 0)


def _drop(connection: Connection, sha256: str) -> None:
    connection.execute(delete(t.snapshot_parts).where(t.snapshot_parts.c.sha256 == sha256))
