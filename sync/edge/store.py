# SPDX-License-Identifier: MulanPSL-2.0
"""What an edge host keeps: signed operations, the centre's signed results, certificates of its hall.

All of it is somebody else's signed word; nothing here is changed or judged. Losing the file loses
nothing: a counter keeps its operations until the centre applied them.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sync.protocol.wire import Certificate

_TABLES = """
CREATE TABLE IF NOT EXISTS ops (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    op_id TEXT NOT NULL,
    op_hash TEXT NOT NULL,
    device_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    token TEXT NOT NULL,
    at TEXT NOT NULL,
    result TEXT NOT NULL DEFAULT '',
    final INTEGER NOT NULL DEFAULT 0,
    UNIQUE (op_id, op_hash)
);
CREATE INDEX IF NOT EXISTS ops_open ON ops (final, no);
CREATE TABLE IF NOT EXISTS devices (
    kid TEXT PRIMARY KEY,
    device_id TEXT NOT NULL,
    public_key TEXT NOT NULL,
    certificate TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class KeptOp:
    """One operation; ``result`` is the centre's token, '' before it answered."""

    no: int
    op_id: str
    op_hash: str
    device_id: str
    kind: str
    token: str
    at: str
    result: str


class EdgeStore:
    """A SQLite file; what a method wrote has survived a power cut when it returns. Thread-safe."""

    def __init__(self, path: Path) -> None:
        """Open or make the file."""
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_TABLES)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def keep(self, ops: Sequence[KeptOp]) -> None:
        """Keep operations, all or none; one that is known stays as it is."""
        rows = [(op.op_id, op.op_hash, op.device_id, op.kind, op.token, op.at) for op in ops]
        self._write(
            "INSERT OR IGNORE INTO ops (op_id, op_hash, device_id, kind, token, at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )

    def settle(self, results: Sequence[tuple[str, str, str, bool]]) -> None:
        """Keep the centre's results: (op_id, op_hash, token, final)."""
        rows = [(token, int(final), op_id, op_hash) for op_id, op_hash, token, final in results]
        self._write("UPDATE ops SET result = ?, final = ? WHERE op_id = ? AND op_hash = ?", rows)

    def find(self, op_id: str, op_hash: str) -> KeptOp | None:
        """Return one operation."""
        found = self._read("WHERE op_id = ? AND op_hash = ?", (op_id, op_hash))
        return found[0] if found else None

    def unsettled(self, limit: int, behind: int = 0) -> list[KeptOp]:
        """Return operations the centre has not finally answered, oldest first."""
        return self._read("WHERE final = 0 AND no > ? ORDER BY no LIMIT ?", (behind, limit))

    def received(self, behind: int, limit: int) -> list[KeptOp]:
        """Return cases the centre has not answered, behind a number."""
        where = "WHERE kind = 'case.received' AND result = '' AND no > ? ORDER BY no LIMIT ?"
        return self._read(where, (behind, limit))

    def put_devices(self, certificates: Sequence[tuple[Certificate, str]]) -> None:
        """Keep the devices of the hall as the centre names them now; all others go."""
        rows = [(c.kid, c.device_id, c.public_key, token) for c, token in certificates]
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.execute("DELETE FROM devices")
                self._db.executemany("INSERT INTO devices VALUES (?, ?, ?, ?)", rows)
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def public_key(self, kid: str) -> str | None:
        """Return the key of a device of the hall."""
        with self._lock:
            row = self._db.execute(
                "SELECT public_key FROM devices WHERE kid = ?", (kid,)
            ).fetchone()
        return str(row[0]) if row else None

    def certificate(self, device_id: str) -> str:
        """Return the newest certificate of a device, '' when it is not of the hall any more."""
        with self._lock:
            row = self._db.execute(
                "SELECT certificate FROM devices WHERE device_id = ? ORDER BY kid DESC",
                (device_id,),
            ).fetchone()
        return str(row[0]) if row else ""

    def _read(self, where: str, values: tuple[object, ...]) -> list[KeptOp]:
        query = "SELECT no, op_id, op_hash, device_id, kind, token, at, result FROM ops "
        with self._lock:
            return [KeptOp(*row) for row in self._db.execute(query + where, values)]

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany(statement, rows)
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
