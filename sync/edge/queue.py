# SPDX-License-Identifier: MulanPSL-2.0
"""The hall's list of 取号 and 叫号: events in the order they reached the host, which is the order."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from pathlib import Path

from counter.domain.queueing import QueueEvent
from sync.edge.files import opened, writing

_TABLES = """
CREATE TABLE IF NOT EXISTS events (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    day TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS line (line_id TEXT NOT NULL);
"""


class QueueStore:
    """A SQLite file; nothing in it names a person. Thread-safe."""

    def __init__(self, path: Path) -> None:
        """Open or make the file; a new file is a new list."""
        self._lock = threading.Lock()
        self._db = opened(path, _TABLES)
        with writing(self._db):
            if self._db.execute("SELECT 1 FROM line").fetchone() is None:
                self._db.execute("INSERT INTO line VALUES (?)", (secrets.token_hex(16),))
        self.newest = int(self._db.execute("SELECT coalesce(max(no), 0) FROM events").fetchone()[0])
        self.line_id = str(self._db.execute("SELECT line_id FROM line").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def add(self, events: Sequence[QueueEvent]) -> None:
        """Put events at the end of the list; one that is in it stays where it is.

        Raises:
            StoreFullError: none was kept.
        """
        rows = [(one.event_id, one.day, one.model_dump_json()) for one in events]
        with self._lock, writing(self._db):
            self._db.executemany(
                "INSERT OR IGNORE INTO events (event_id, day, body) VALUES (?, ?, ?)", rows
            )
            query = "SELECT coalesce(max(no), 0) FROM events"
            newest = int(self._db.execute(query).fetchone()[0])
        self.newest = newest

    def after(self, no: int, limit: int) -> list[tuple[int, QueueEvent]]:
        """Return the list behind a place."""
        query = "SELECT no, body FROM events WHERE no > ? ORDER BY no LIMIT ?"
        with self._lock:
            rows = self._db.execute(query, (no, limit)).fetchall()
        return [(no, QueueEvent.model_validate_json(body)) for no, body in rows]

    def sweep(self, before: str) -> None:
        """Remove days before ``before``."""
        with self._lock, writing(self._db):
            self._db.execute("DELETE FROM events WHERE day < ?", (before,))
