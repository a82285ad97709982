# SPDX-License-Identifier: MulanPSL-2.0
"""Pages an edge host keeps on their way to the centre: pieces as they came, sealed, within a budget.

An upload belongs to the device that began it, a whole page to nobody: the same page is kept and
forwarded once. Its bytes go only when the centre has it, the centre's receipt stays a while longer.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from counter.ports.sync_store import BlobJob
from sync.edge.box import Box
from sync.edge.files import StoreFullError, opened, writing
from sync.edge.page_reader import PageReader, lost
from sync.edge.urgency import EXTRA, JOBS, Urgency
from sync.edge.urgency import TABLES as URGENCY_TABLES

MINE = "edge-"  # how the id of an upload at an edge host begins; the centre's are hex
PAGE_MAX = 64 * 1024 * 1024
RESERVE = 512 * 1024 * 1024  # bytes of the disk that stay free for operations
_TABLES = """
CREATE TABLE IF NOT EXISTS uploads (
    upload_id TEXT PRIMARY KEY,
    blob_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    length INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    at TEXT NOT NULL,
    received INTEGER NOT NULL DEFAULT 0,
    kept INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS pieces (
    upload_id TEXT NOT NULL,
    start INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (upload_id, start)
);
CREATE TABLE IF NOT EXISTS pages (
    blob_id TEXT PRIMARY KEY,
    upload_id TEXT NOT NULL,
    length INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    at TEXT NOT NULL,
    url TEXT NOT NULL DEFAULT '',
    sent INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    code TEXT NOT NULL DEFAULT '',
    receipt TEXT NOT NULL DEFAULT '',
    done_at TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS pages_open ON pages (done_at, at);
"""


_STARTS = "SELECT start FROM pieces WHERE upload_id = ? ORDER BY start"


class WrongContentError(Exception):
    """The whole does not have the hash that was said; nothing of it is kept."""


@dataclass(frozen=True)
class Held:
    """How far an upload is here; ``receipt`` is the centre's word that it has the page, or ''."""

    upload_id: str
    blob_id: str
    device_id: str
    length: int
    offset: int
    receipt: str = ""


@dataclass(frozen=True)
class PageFigures:
    """What waits here for the centre, and what the files take; bytes."""

    waiting: int
    waiting_bytes: int
    oldest: str
    used: int
    budget: int


class PageStore:
    """A SQLite file; what a method wrote has survived a power cut when it returns. Thread-safe.

    It is the queue of a ``BlobEngine`` too: that is how the pages go on to the centre.
    """

    def __init__(
        self,
        path: Path,
        box: Box,
        now: Callable[[], str],
        *,
        budget: int = 20 * 10**9,
        reserve: int = RESERVE,
    ) -> None:
        """Open or make the file; ``budget`` bytes of pages at most, ``reserve`` stay free."""
        self._lock = threading.RLock()
        self._path = path
        self._box = box
        self._now = now
        self._budget = budget
        self._reserve = reserve
        self._db = opened(path, _TABLES + URGENCY_TABLES)
        self.urgency = Urgency(self._db, self._lock)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    # -- from the counters ------------------------------------------------------------

    def create(
        self, device_id: str, blob_id: str, length: int, media_type: str, chunk: bytes = b""
    ) -> Held:
        """Open an upload; of a page that is here it is finished at once.

        Raises:
            StoreFullError: the budget or the disk is used up; nothing is open.
            WrongContentError: ``chunk`` is the whole and not what was said; nothing is open.
        """
        upload_id = MINE + secrets.token_hex(16)
        with self._lock:
            here = self._page(blob_id) is not None
            if not here:
                self._make_room(length)
            with writing(self._db):
                self._db.execute(
                    "INSERT INTO uploads (upload_id, blob_id, device_id, length, media_type, at,"
                    " kept) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (upload_id, blob_id, device_id, length, media_type, self._now(), int(not here)),
                )
                if chunk and not here and not self._add(upload_id, 0, chunk):
                    raise WrongContentError
            return self._held(upload_id)

    def find(self, device_id: str, upload_id: str) -> Held | None:
        """Return an upload of this device."""
        with self._lock:
            try:
                held = self._held(upload_id)
            except KeyError:
                return None
        return held if held.device_id == device_id else None

    def append(self, upload_id: str, offset: int, chunk: bytes) -> Held:
        """Keep the next bytes; the last ones make it a page. Nothing happens at another offset.

        Raises:
            StoreFullError: nothing of the chunk was kept.
            WrongContentError: the whole is not what was said; it starts again at 0.
        """
        with self._lock:
            held = self._held(upload_id)
            if offset != held.offset or offset + len(chunk) > held.length:
                return held
            with writing(self._db):
                good = self._add(upload_id, offset, chunk)
            if not good:
                raise WrongContentError
            return self._held(upload_id)

    def terminate(self, upload_id: str) -> None:
        """Give an upload up; a whole page stays."""
        home = "SELECT 1 FROM pages WHERE upload_id = ?"
        with self._lock, writing(self._db):
            if self._db.execute(home, (upload_id,)).fetchone() is None:
                self._drop_pieces(upload_id)
                self._db.execute("DELETE FROM uploads WHERE upload_id = ?", (upload_id,))

    # -- towards the centre: the queue of a BlobEngine ----------------------------------

    def blob_jobs(self, limit: int) -> list[BlobJob]:
        """Return pages the centre has not confirmed, the most urgent first (``Urgency``)."""
        with self._lock:
            rows = self._db.execute(JOBS, (limit,)).fetchall()
        return [
            BlobJob(blob_id, size, media, grade > EXTRA, due, url, sent, attempts)
            for blob_id, size, media, grade, due, url, sent, attempts in rows
        ]

    def blob_reader(self, blob_id: str) -> PageReader:
        """Return where a page is read; one that is not here fails its check."""
        with self._lock:
            home = self._page(blob_id) or ""
            starts = [row[0] for row in self._db.execute(_STARTS, (home,))]
            query = "SELECT length FROM pages WHERE blob_id = ?"
            row = self._db.execute(query, (blob_id,)).fetchone()
        return PageReader(blob_id, row[0] if row else 0, starts, partial(self._piece, home))

    def blob_progress(self, blob_id: str, upload_url: str, offset: int) -> None:
        """Remember how far it is at the centre."""
        self._note(
            "UPDATE pages SET url = ?, sent = ? WHERE blob_id = ?", upload_url, offset, blob_id
        )

    def blob_done(self, blob_id: str) -> None:
        """Note that the centre has it, by its signed word."""
        self._note("UPDATE pages SET done_at = ? WHERE blob_id = ?", self._now(), blob_id)

    def blob_failed(self, blob_id: str, code: str) -> None:
        """Note a failed try; a page that cannot be read here any more is given up."""
        self._note(
            "UPDATE pages SET attempts = attempts + 1, code = ? WHERE blob_id = ?", code, blob_id
        )
        if code in {"BLOB-LOST", "EDGE-DAMAGED"}:
            self._forget(blob_id)

    def keep_receipt(self, blob_id: str, token: str) -> None:
        """Keep the centre's signed word that it has a page, to hand it on."""
        self._note("UPDATE pages SET receipt = ? WHERE blob_id = ?", token, blob_id)

    # -- room -----------------------------------------------------------------------

    def figures(self) -> PageFigures:
        """Return what waits and what the pages take."""
        with self._lock:
            row = self._db.execute(
                "SELECT count(*), coalesce(sum(length), 0), coalesce(min(at), '') FROM pages"
                " WHERE done_at = ''"
            ).fetchone()
            used = self._used()
        return PageFigures(row[0], row[1], row[2], used, self._budget)

    def reopen(self, blob_ids: Sequence[str]) -> None:
        """The centre says now that it lacks these: an earlier receipt counts no more.

        A centre put back from a backup lacks what it had. What is still here is sent again; of what
        is not, nothing is said any more, so that a counter sends its own.
        """
        query = (
            "SELECT u.kept FROM pages p JOIN uploads u ON u.upload_id = p.upload_id"
            " WHERE p.blob_id = ? AND p.done_at <> ''"
        )
        for blob_id in blob_ids:
            with self._lock:
                row = self._db.execute(query, (blob_id,)).fetchone()
                if row is None:
                    continue
                if not row[0]:
                    self._forget(blob_id)
                    continue
                self._note(
                    "UPDATE pages SET done_at = '', receipt = '', url = '', sent = 0"
                    " WHERE blob_id = ?",
                    blob_id,
                )

    def sweep(self, at_centre: str, begun: str) -> None:
        """Remove the bytes the centre had before ``at_centre``, and all that began before ``begun``.

        A page that is not at the centre stays, however old; an upload that never became whole goes.
        """
        with self._lock:
            self._drop_done(
                "SELECT upload_id FROM pages WHERE done_at <> '' AND done_at < ?", at_centre
            )
            query = "SELECT blob_id FROM pages WHERE done_at <> '' AND done_at < ?"
            for (blob_id,) in self._db.execute(query, (begun,)).fetchall():
                self._forget(blob_id)
            query = (
                "SELECT upload_id FROM uploads WHERE at < ? AND blob_id NOT IN"
                " (SELECT blob_id FROM pages)"
            )
            for (upload_id,) in self._db.execute(query, (begun,)).fetchall():
                self.terminate(upload_id)
            self.urgency.sweep(begun)
            self._db.execute("PRAGMA incremental_vacuum(2000)").fetchall()

    def _make_room(self, length: int) -> None:
        """Make room for a page; bytes the centre has go first, before their time if need be."""
        oldest = (
            "SELECT p.upload_id FROM pages p JOIN uploads u ON u.upload_id = p.upload_id"
            " WHERE p.done_at <> '' AND u.kept = 1 ORDER BY p.done_at LIMIT 1"
        )
        while self._used() + length > self._budget:
            if not self._drop_done(oldest):
                raise StoreFullError
        if shutil.disk_usage(self._path.parent).free < self._reserve + length:
            raise StoreFullError

    def _drop_done(self, query: str, *values: object) -> int:
        """Drop the bytes of pages the centre has; return how many."""
        found = self._db.execute(query, values).fetchall()
        with writing(self._db):
            for (upload_id,) in found:
                self._drop_pieces(upload_id)
                self._db.execute("UPDATE uploads SET kept = 0 WHERE upload_id = ?", (upload_id,))
        return len(found)

    def _used(self) -> int:
        query = "SELECT coalesce(sum(length), 0) FROM uploads WHERE kept = 1"
        return int(self._db.execute(query).fetchone()[0])

    def _forget(self, blob_id: str) -> None:
        with self._lock, writing(self._db):
            home = self._page(blob_id)
            if home:
                self._drop_pieces(home)
            self._db.execute("DELETE FROM uploads WHERE blob_id = ?", (blob_id,))
            self._db.execute("DELETE FROM pages WHERE blob_id = ?", (blob_id,))

    # -- inside ---------------------------------------------------------------------

    def _add(self, upload_id: str, offset: int, chunk: bytes) -> bool:
        """Add a piece; whether the content is still as it was said."""
        sealed = self._box.seal(chunk, f"{upload_id} {offset}")
        self._db.execute("INSERT INTO pieces VALUES (?, ?, ?)", (upload_id, offset, sealed))
        end = offset + len(chunk)
        update = "UPDATE uploads SET received = ? WHERE upload_id = ?"
        self._db.execute(update, (end, upload_id))
        query = "SELECT blob_id, length, media_type, at FROM uploads WHERE upload_id = ?"
        blob_id, length, media_type, at = self._db.execute(query, (upload_id,)).fetchone()
        if end < length:
            return True
        whole = hashlib.sha256()
        for (start,) in self._db.execute(_STARTS, (upload_id,)).fetchall():
            whole.update(self._piece(upload_id, start))
        if whole.hexdigest() != blob_id:
            self._drop_pieces(upload_id)
            self._db.execute(update, (0, upload_id))
            return False
        if self._page(blob_id) is not None:  # another upload brought it meanwhile
            self._drop_pieces(upload_id)
            self._db.execute("UPDATE uploads SET kept = 0 WHERE upload_id = ?", (upload_id,))
            return True
        self._db.execute(
            "INSERT INTO pages (blob_id, upload_id, length, media_type, at) VALUES (?, ?, ?, ?, ?)",
            (blob_id, upload_id, length, media_type, at),
        )
        return True

    def _held(self, upload_id: str) -> Held:
        row = self._db.execute(
            "SELECT u.upload_id, u.blob_id, u.device_id, u.length,"
            " iif(p.blob_id IS NULL, u.received, u.length), coalesce(p.receipt, '')"
            " FROM uploads u LEFT JOIN pages p ON p.blob_id = u.blob_id WHERE u.upload_id = ?",
            (upload_id,),
        ).fetchone()
        if row is None:
            raise KeyError(upload_id)
        return Held(*row)

    def _page(self, blob_id: str) -> str | None:
        """Return the upload that holds a whole page."""
        query = "SELECT upload_id FROM pages WHERE blob_id = ?"
        row = self._db.execute(query, (blob_id,)).fetchone()
        return str(row[0]) if row else None

    def _piece(self, upload_id: str, start: int) -> bytes:
        query = "SELECT data FROM pieces WHERE upload_id = ? AND start = ?"
        with self._lock:
            row = self._db.execute(query, (upload_id, start)).fetchone()
        if row is None:
            raise lost()
        return self._box.open(row[0], f"{upload_id} {start}")

    def _drop_pieces(self, upload_id: str) -> None:
        self._db.execute("DELETE FROM pieces WHERE upload_id = ?", (upload_id,))

    def _note(self, statement: str, *values: object) -> None:
        with self._lock, writing(self._db):
            self._db.execute(statement, values)
