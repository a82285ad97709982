# SPDX-License-Identifier: MulanPSL-2.0
"""Which page goes first over the outside line: what the operations that passed here say of it.

The rule of a counter (sync-protocol §5): required pages first, those of the matter with the nearest
deadline first. Where no deadline is known the older matter goes first, by the order things came in:
no clock is asked. A page nobody has spoken of yet counts as required; one that is wanted only by
operations the centre has refused goes last.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from counter.domain.clocks import CaseClock, nearest
from counter.domain.operations import Operation, goes_first
from sync.edge.files import writing

TABLES = """
CREATE TABLE IF NOT EXISTS matters (
    no INTEGER PRIMARY KEY,
    about TEXT NOT NULL UNIQUE,
    due TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS wants (
    op_id TEXT NOT NULL,
    blob_id TEXT NOT NULL,
    matter INTEGER NOT NULL,
    grade INTEGER NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (blob_id, op_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS wants_op ON wants (op_id);
"""
REFUSED, EXTRA, REQUIRED = -1, 0, 1
"""Grades of a page: of a refused operation, one that may come later, one the case cannot do without."""
JOBS = """
SELECT p.blob_id, p.length, p.media_type, coalesce(max(w.grade), 1) AS best,
    coalesce(min(nullif(iif(w.grade < 0, '', m.due), '')), '') AS till, p.url, p.sent, p.attempts
FROM pages p LEFT JOIN wants w ON w.blob_id = p.blob_id LEFT JOIN matters m ON m.no = w.matter
WHERE p.done_at = '' GROUP BY p.blob_id
ORDER BY best DESC, till = '', till, coalesce(min(m.no), 9e18), p.rowid LIMIT ?
"""


class Urgency:
    """Tables beside the pages, in the same file. Thread-safe."""

    def __init__(self, db: sqlite3.Connection, lock: threading.RLock) -> None:
        """Take the file that is open, and its lock."""
        self._db = db
        self._lock = lock

    def heard(self, ops: Iterable[Operation], at: str) -> None:
        """Note which pages operations speak of; one that was noted stays as it is.

        Raises:
            StoreFullError: nothing was noted; pages go in the order they came.
        """
        speaking = [op for op in ops if op.blobs or due_of(op)]
        if not speaking:
            return
        with self._lock, writing(self._db):
            for op in speaking:
                self._db.execute(
                    "INSERT INTO matters (about, due) VALUES (?, ?) ON CONFLICT (about)"
                    " DO UPDATE SET due = excluded.due WHERE due = ''",
                    (op.entity_id, due_of(op)),
                )
                query = "SELECT no FROM matters WHERE about = ?"
                (no,) = self._db.execute(query, (op.entity_id,)).fetchone()
                self._db.executemany(
                    "INSERT OR IGNORE INTO wants VALUES (?, ?, ?, ?, ?)",
                    [
                        (op.op_id, blob.blob_id, no, REQUIRED if blob.required else EXTRA, at)
                        for blob in op.blobs
                    ],
                )

    def refused(self, op_ids: Sequence[str]) -> None:
        """The centre has rejected these: what only they want goes last."""
        if op_ids:
            with self._lock, writing(self._db):
                self._db.executemany(
                    "UPDATE wants SET grade = ? WHERE op_id = ?",
                    [(REFUSED, op_id) for op_id in op_ids],
                )

    def told(self, clocks: Mapping[str, Sequence[CaseClock]]) -> None:
        """Take the centre's own word on the clocks of matters; no deadline while they stand.

        Raises:
            StoreFullError: nothing was noted.
        """
        found = {about: nearest(running) for about, running in clocks.items()}
        rows = [(about, clock.due[:10] if clock else "") for about, clock in found.items()]
        with self._lock, writing(self._db):
            self._db.executemany(
                "INSERT INTO matters (about, due) VALUES (?, ?)"
                " ON CONFLICT (about) DO UPDATE SET due = excluded.due WHERE due <> excluded.due",
                rows,
            )

    def sweep(self, before: str) -> None:
        """Forget what was said before a moment of pages that are not here, and the past."""
        with self._lock, writing(self._db):
            self._db.execute(
                "DELETE FROM wants WHERE at < ? AND blob_id NOT IN (SELECT blob_id FROM pages)",
                (before,),
            )
            self._db.execute(
                "DELETE FROM matters WHERE due < ? AND no NOT IN (SELECT matter FROM wants)",
                (before[:10],),
            )


def due_of(op: Operation) -> str:
    """Return the ISO day an operation itself names as its matter's deadline, '' when it names none.

    A received case has its answer clock (行政许可法第32条); danger to life passes
    everything.
    """
    if goes_first(op):
        return date.min.isoformat()
    told = op.body.get("answer_due") if op.kind == "case.received" else ""
    try:
        return date.fromisoformat(str(told)[:10]).isoformat()
    except ValueError:
        return ""
