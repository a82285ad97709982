# SPDX-License-Identifier: MulanPSL-2.0
"""The edge host's files: what was written has survived a power cut; a full disk says so."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Full, or no room for the log beside the file (ENOSPC arrives as an I/O error there).
_NO_ROOM = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})


class StoreFullError(Exception):
    """Nothing more can be kept on this disk; what is kept stays."""


def opened(path: Path, tables: str) -> sqlite3.Connection:
    """Open or make a SQLite file that is durable at each commit; deleted content is overwritten."""
    db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA auto_vacuum=INCREMENTAL")
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA secure_delete=ON")
    db.executescript(tables)
    return db


@contextmanager
def writing(db: sqlite3.Connection) -> Iterator[None]:
    """One transaction, all or nothing.

    Raises:
        StoreFullError: the disk is full; nothing was written.
    """
    try:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("COMMIT")
    except BaseException as error:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        if isinstance(error, sqlite3.OperationalError) and _kind(error) in _NO_ROOM:
            raise StoreFullError from error
        raise


def _kind(error: sqlite3.Error) -> int:
    """Return the primary code; the higher bytes say which of the many."""
    return error.sqlite_errorcode & 0xFF
