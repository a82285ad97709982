# SPDX-License-Identifier: MulanPSL-2.0
"""Nonces that were seen, shared by all workers of a hub and kept over a restart.

Together with the bound on the time of signing (``WINDOW_S``) a captured request is good once: within
the window its nonce is known, after it the request is too old. A store of its own, without the
flush of every commit and outside the sequencer, because each request writes here: what a power cut
takes of it opens the window once more, and nothing else.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

WINDOW_S = 15 * 60
_SWEEP_EVERY = 500


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
            for part in path.parent.glob(f"{path.name}*"):
                part.unlink()
            self._connection = self._open()

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
            self._writes += 1
            if self._writes % _SWEEP_EVERY == 1:
                # Signed at the end of the window ahead of us, seen at its beginning.
                self._connection.execute("DELETE FROM nonces WHERE at < ?", (now - 3 * WINDOW_S,))
            done = self._connection.execute(
                "INSERT OR IGNORE INTO nonces VALUES (?, ?, ?)", (kid, nonce, now)
            )
            return done.rowcount == 1

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
