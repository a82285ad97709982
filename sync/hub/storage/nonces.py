# SPDX-License-Identifier: MulanPSL-2.0
"""Nonces that were seen, shared by all workers of a hub and kept over a restart.

Together with the bound on the time of signing (``WINDOW_S``) a captured request is good once: within
the window its nonce is known, after it the request is too old. A store of its own, without the
flush of every commit and outside the sequencer, because each request writes here: what a power cut
takes of it opens the window once more, and nothing else. Beside the embedded database it is a file
of its own; in PostgreSQL an unlogged table, the same for workers on any number of machines, whose
unique key begins with the caller's, so that a distributed database can spread it by that.
"""

from __future__ import annotations

import itertools
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from sqlalchemy import text

from sync.hub.storage.engine import Database

WINDOW_S = 15 * 60
_KEPT_S = 3 * WINDOW_S  # signed at the end of the window ahead of us, seen at its beginning
_SWEEP_EVERY = 500


class Nonces(Protocol):
    """What the gate asks. Thread-safe."""

    def timely(self, created: int) -> bool:
        """Tell whether a request was signed within the window."""

    def fresh(self, kid: str, nonce: str) -> bool:
        """Note a nonce; return whether it is new."""

    def close(self) -> None:
        """Let go of what is open."""


def open_nonces(database: Database, folder: Path) -> Nonces:
    """Return the memory that goes with a database: its own table, or a file in ``folder``."""
    if database.dialect == "postgresql":
        return SharedNonces(database)
    return NonceStore(folder / "nonces.cache")


class SharedNonces:
    """A table in PostgreSQL. Thread-safe; workers of several machines share it."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        """Make the table when it is missing."""
        self._database = database
        self._clock = clock
        self._writes = itertools.count()
        with database.write() as connection:  # under the sequencer: two workers may start at once
            connection.execute(
                text(
                    "CREATE UNLOGGED TABLE IF NOT EXISTS nonces (kid text, nonce text,"
                    " at double precision NOT NULL, PRIMARY KEY (kid, nonce))"
                )
            )
            connection.execute(text("CREATE INDEX IF NOT EXISTS nonces_at ON nonces (at)"))

    def timely(self, created: int) -> bool:
        """Tell whether a request was signed within the window."""
        return abs(self._clock() - created) <= WINDOW_S

    def fresh(self, kid: str, nonce: str) -> bool:
        """Note a nonce; return whether it is new."""
        now = self._clock()
        with self._database.beside() as connection:
            if next(self._writes) % _SWEEP_EVERY == 0:
                old = {"before": now - _KEPT_S}
                connection.execute(text("DELETE FROM nonces WHERE at < :before"), old)
            words = "INSERT INTO nonces VALUES (:kid, :nonce, :at) ON CONFLICT DO NOTHING"
            done = connection.execute(text(words), {"kid": kid, "nonce": nonce, "at": now})
            return done.rowcount == 1

    def close(self) -> None:
        """Nothing of its own is open."""


class NonceStore:
    """A SQLite file beside the hub's data. Thread-safe; several processes may share it."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        """Open the file; a damaged one is replaced, it is a memory of minutes."""
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._writes = 0
        try:
            self._connection = self._open()
        except sqlite3.OperationalError:
            raise  # in use or out of reach, not damaged
        except sqlite3.DatabaseError:
            self._connection = self._anew()

    def _anew(self) -> sqlite3.Connection:
        for part in self._path.parent.glob(f"{self._path.name}*"):
            part.unlink()
        return self._open()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=30, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS nonces (kid TEXT, nonce TEXT, at REAL,"
            " PRIMARY KEY (kid, nonce)) WITHOUT ROWID"
        )
        return connection

    def timely(self, created: int) -> bool:
        """Tell whether a request was signed within the window."""
        return abs(self._clock() - created) <= WINDOW_S

    def fresh(self, kid: str, nonce: str) -> bool:
        """Note a nonce; return whether it is new."""
        now = self._clock()
        with self._lock:
            try:
                return self._noted(kid, nonce, now)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                # Never flushed, so a power cut may have left pages that show their damage late.
                self._connection.close()
                self._connection = self._anew()
                return self._noted(kid, nonce, now)

    def _noted(self, kid: str, nonce: str, now: float) -> bool:
        self._writes += 1
        if self._writes % _SWEEP_EVERY == 1:
            self._connection.execute("DELETE FROM nonces WHERE at < ?", (now - _KEPT_S,))
        done = self._connection.execute(
            "INSERT OR IGNORE INTO nonces VALUES (?, ?, ?)", (kid, nonce, now)
        )
        return done.rowcount == 1

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
