# SPDX-License-Identifier: MulanPSL-2.0
"""The hall's latest snapshot on its edge host: the centre's manifest and the chunks it names.

Beside it the dictionaries the centre published, the last few: a counter may still have an older one.

Chunks are named by their hash and the manifest is signed, so a counter proves all of it itself. A
new snapshot takes the place of the old one when all its chunks are here.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sync.edge.box import Box
from sync.edge.files import opened, writing
from sync.protocol.dictionaries import Dictionary, of_document
from sync.protocol.snapshot import SnapshotManifest

_TABLES = """
CREATE TABLE IF NOT EXISTS chunks (sha256 TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS named (sha256 TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS snapshot (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    manifest TEXT NOT NULL,
    feed_no INTEGER NOT NULL,
    heard INTEGER NOT NULL,
    made_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS sums (scope TEXT PRIMARY KEY, checksum TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS dictionaries (
    no INTEGER PRIMARY KEY, dict_id TEXT NOT NULL UNIQUE, document TEXT NOT NULL
);
"""
_DICTIONARIES = 8


@dataclass(frozen=True)
class HallSnapshot:
    """The one that is here; ``heard`` is which of the host's operations it can know of."""

    manifest: str
    feed_no: int
    heard: int
    made_at: str


NONE = HallSnapshot("", 0, 0, "")


class HallStore:
    """A SQLite file; chunks are sealed. Thread-safe."""

    def __init__(self, path: Path, box: Box) -> None:
        """Open or make the file."""
        self._lock = threading.Lock()
        self._box = box
        self._db = opened(path, _TABLES)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def now(self) -> HallSnapshot:
        """Return the snapshot that is here."""
        query = "SELECT manifest, feed_no, heard, made_at FROM snapshot"
        with self._lock:
            row = self._db.execute(query).fetchone()
        return HallSnapshot(*row) if row else NONE

    def checksums(self) -> Mapping[str, str]:
        """Return the checksums of its scopes."""
        with self._lock:
            return dict(self._db.execute("SELECT scope, checksum FROM sums").fetchall())

    def has(self, sha256: str) -> bool:
        """Tell whether a chunk is here."""
        query = "SELECT 1 FROM chunks WHERE sha256 = ?"
        with self._lock:
            return self._db.execute(query, (sha256,)).fetchone() is not None

    def chunk(self, sha256: str) -> bytes | None:
        """Return a chunk.

        Raises:
            KnownError: ``EDGE-DAMAGED``.
        """
        query = "SELECT data FROM chunks WHERE sha256 = ?"
        with self._lock:
            row = self._db.execute(query, (sha256,)).fetchone()
        return self._box.open(row[0], sha256) if row else None

    def put(self, sha256: str, data: bytes) -> None:
        """Keep a chunk whose hash was checked.

        Raises:
            StoreFullError: no room.
        """
        sealed = self._box.seal(data, sha256)
        with self._lock, writing(self._db):
            self._db.execute("INSERT OR REPLACE INTO chunks VALUES (?, ?)", (sha256, sealed))

    def install(self, token: str, manifest: SnapshotManifest, heard: int) -> None:
        """Take a snapshot into use, all of whose chunks are here; what it does not name goes."""
        head = (token, manifest.feed_no, heard, manifest.made_at)
        with self._lock, writing(self._db):
            self._db.execute("DELETE FROM named")
            self._db.executemany(
                "INSERT OR IGNORE INTO named VALUES (?)", [(c.sha256,) for c in manifest.chunks]
            )
            self._db.execute("DELETE FROM chunks WHERE sha256 NOT IN (SELECT sha256 FROM named)")
            self._db.execute("DELETE FROM sums")
            self._db.executemany("INSERT INTO sums VALUES (?, ?)", manifest.checksums.items())
            self._db.execute("INSERT OR REPLACE INTO snapshot VALUES (1, ?, ?, ?, ?)", head)

    def learn(self, document: Mapping[str, object]) -> None:
        """Keep a dictionary the centre published; what is none is passed over.

        Raises:
            StoreFullError: no room.
        """
        try:
            dict_id = of_document(document).dict_id
        except ValueError:
            return
        with self._lock, writing(self._db):
            self._db.execute(
                "INSERT OR IGNORE INTO dictionaries (dict_id, document) VALUES (?, ?)",
                (dict_id, json.dumps(document)),
            )
            self._db.execute(
                "DELETE FROM dictionaries WHERE no NOT IN"
                " (SELECT no FROM dictionaries ORDER BY no DESC LIMIT ?)",
                (_DICTIONARIES,),
            )

    def dictionary(self, dict_id: str) -> Dictionary | None:
        """Return a dictionary that was published."""
        query = "SELECT document FROM dictionaries WHERE dict_id = ?"
        with self._lock:
            row = self._db.execute(query, (dict_id,)).fetchone()
        return of_document(json.loads(row[0])) if row else None

    def published(self) -> Mapping[str, object] | None:
        """Return the document of the newest one, ``None`` when none was published."""
        query = "SELECT document FROM dictionaries ORDER BY no DESC LIMIT 1"
        with self._lock:
            row = self._db.execute(query).fetchone()
        return dict(json.loads(row[0])) if row else None
