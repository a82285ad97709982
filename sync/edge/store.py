# SPDX-License-Identifier: MulanPSL-2.0
"""What an edge host keeps: signed operations, the centre's signed results, certificates of its hall.

All of it is somebody else's signed word; nothing here is changed or judged. Losing the file loses
nothing: a counter keeps its operations until the centre applied them. What names people is sealed.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sync.edge.box import Box
from sync.edge.files import opened, writing
from sync.protocol.wire import Certificate, OpResult

_TABLES = """
CREATE TABLE IF NOT EXISTS ops (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    op_id TEXT NOT NULL,
    op_hash TEXT NOT NULL,
    device_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    token BLOB NOT NULL,
    at TEXT NOT NULL,
    result BLOB,
    status TEXT NOT NULL DEFAULT '',
    heard INTEGER NOT NULL DEFAULT 0,
    final INTEGER NOT NULL DEFAULT 0,
    first INTEGER NOT NULL DEFAULT 0,
    UNIQUE (op_id, op_hash)
);
CREATE TABLE IF NOT EXISTS met (one INTEGER PRIMARY KEY CHECK (one = 1), at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS ops_open ON ops (final, no);
CREATE INDEX IF NOT EXISTS ops_heard ON ops (heard);
CREATE TABLE IF NOT EXISTS devices (
    kid TEXT PRIMARY KEY,
    device_id TEXT NOT NULL,
    public_key TEXT NOT NULL,
    certificate TEXT NOT NULL,
    window INTEGER NOT NULL
);
"""


@dataclass(frozen=True)
class KeptOp:
    """One operation; ``result`` is the centre's token, '' before it answered.

    ``first``: it passes every other on the way (``counter.domain.operations.goes_first``).
    """

    no: int
    op_id: str
    op_hash: str
    device_id: str
    kind: str
    token: str
    at: str
    result: str
    first: bool = False


class EdgeStore:
    """A SQLite file; what a method wrote has survived a power cut when it returns. Thread-safe."""

    def __init__(self, path: Path, box: Box) -> None:
        """Open or make the file."""
        self._lock = threading.Lock()
        self._box = box
        self._db = opened(path, _TABLES)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def keep(self, ops: Sequence[KeptOp]) -> None:
        """Keep operations, all or none; one that is known stays as it is.

        Raises:
            StoreFullError: nothing was kept.
        """
        rows = [
            (
                *(op.op_id, op.op_hash, op.device_id, op.kind, self._sealed(op.token, op.op_id)),
                *(op.at, int(op.first)),
            )
            for op in ops
        ]
        self._write(
            "INSERT OR IGNORE INTO ops (op_id, op_hash, device_id, kind, token, at, first)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows,
        )

    def settle(self, results: Sequence[tuple[OpResult, str, bool]]) -> None:
        """Keep the centre's results: (result, its token, whether it is final).

        Raises:
            StoreFullError: nothing was kept; the centre says it again.
        """
        rows = [
            (self._sealed(token, one.op_id), one.status, int(final), one.op_id, one.op_hash)
            for one, token, final in results
        ]
        self._write(
            "UPDATE ops SET heard = iif(status = '', (SELECT coalesce(max(heard), 0) + 1 FROM ops),"
            " heard), result = ?, status = ?, final = ? WHERE op_id = ? AND op_hash = ?",
            rows,
        )

    def find(self, op_id: str, op_hash: str) -> KeptOp | None:
        """Return one operation."""
        found = self._read("WHERE op_id = ? AND op_hash = ?", (op_id, op_hash))
        return found[0] if found else None

    def unsettled(
        self, limit: int, behind: int = 0, *, fresh: bool = False, first: bool = False
    ) -> list[KeptOp]:
        """Return operations the centre has not finally answered, in the order they came.

        ``fresh``: only those it has not answered at all; ``first``: only those that pass the others.
        """
        where = "WHERE final = 0 AND no > ?"
        where += " AND status = ''" if fresh else ""
        where += " AND first = 1" if first else ""
        return self._read(f"{where} ORDER BY no LIMIT ?", (behind, limit))

    def received(self, behind: int, limit: int, told: int = 2**53) -> list[KeptOp]:
        """Return cases behind a number that the centre's rows here do not show yet.

        These are the ones it has not answered, and those it took after ``told``: what ``heard``
        said when the hall's snapshot here was made.
        """
        where = (
            "WHERE kind = 'case.received' AND no > ? AND (status = '' OR (heard > ? AND"
            " status IN ('applied', 'already'))) ORDER BY no LIMIT ?"
        )
        return self._read(where, (behind, told, limit))

    def heard(self) -> int:
        """Return how often the centre told something new: what a snapshot asked for now knows of."""
        with self._lock:
            return int(self._db.execute("SELECT coalesce(max(heard), 0) FROM ops").fetchone()[0])

    def waiting(self) -> tuple[int, str]:
        """Return how many operations wait for the centre's final word, and since when ('' none)."""
        with self._lock:
            row = self._db.execute(
                "SELECT count(*), coalesce(min(at), '') FROM ops WHERE final = 0"
            ).fetchone()
        return int(row[0]), str(row[1])

    def met(self, at: str) -> None:
        """Note when the centre answered last."""
        self._write("INSERT OR REPLACE INTO met VALUES (1, ?)", [(at,)])

    def met_at(self) -> str:
        """Return when the centre answered last, '' before the first time."""
        with self._lock:
            row = self._db.execute("SELECT at FROM met").fetchone()
        return str(row[0]) if row else ""

    def fresh(self) -> int:
        """Return the number of the newest operation the centre has not answered at all, 0 = none."""
        query = "SELECT coalesce(max(no), 0) FROM ops WHERE final = 0 AND status = ''"
        with self._lock:
            return int(self._db.execute(query).fetchone()[0])

    def sweep(self, before: str) -> int:
        """Remove operations the centre answered finally that came before a moment; how many."""
        with self._lock, writing(self._db):
            found = self._db.execute("DELETE FROM ops WHERE final = 1 AND at < ?", (before,))
        return found.rowcount

    def put_devices(self, certificates: Sequence[tuple[Certificate, str]]) -> None:
        """Keep the devices of the hall as the centre names them now; all others go."""
        rows = [
            (c.kid, c.device_id, c.public_key, token, c.counter_no) for c, token in certificates
        ]
        with self._lock, writing(self._db):
            self._db.execute("DELETE FROM devices")
            self._db.executemany("INSERT INTO devices VALUES (?, ?, ?, ?, ?)", rows)

    def public_key(self, kid: str) -> str | None:
        """Return the key of a device of the hall."""
        with self._lock:
            row = self._db.execute(
                "SELECT public_key FROM devices WHERE kid = ?", (kid,)
            ).fetchone()
        return str(row[0]) if row else None

    def device_of(self, kid: str) -> str:
        """Return the device of the hall that has this key, '' when none has."""
        with self._lock:
            row = self._db.execute("SELECT device_id FROM devices WHERE kid = ?", (kid,)).fetchone()
        return str(row[0]) if row else ""

    def window_of(self, device_id: str) -> int:
        """Return the window of a device, -1 when it is not of the hall."""
        query = "SELECT window FROM devices WHERE device_id = ?"
        with self._lock:
            row = self._db.execute(query, (device_id,)).fetchone()
        return int(row[0]) if row else -1

    def certificate(self, device_id: str) -> str:
        """Return the newest certificate of a device, '' when it is not of the hall any more."""
        with self._lock:
            row = self._db.execute(
                "SELECT certificate FROM devices WHERE device_id = ? ORDER BY kid DESC",
                (device_id,),
            ).fetchone()
        return str(row[0]) if row else ""

    def _sealed(self, token: str, op_id: str) -> bytes:
        return self._box.seal(token.encode("ascii"), op_id)

    def _token(self, sealed: bytes | None, op_id: str) -> str:
        return self._box.open(sealed, op_id).decode("ascii") if sealed else ""

    def _read(self, where: str, values: tuple[object, ...]) -> list[KeptOp]:
        query = "SELECT no, op_id, op_hash, device_id, kind, at, token, result FROM ops "
        with self._lock:
            rows = self._db.execute(query + where, values).fetchall()
        return [self._row(*row) for row in rows]

    def _row(  # noqa: PLR0917 - the columns in their order
        self,
        no: int,
        op_id: str,
        op_hash: str,
        device_id: str,
        kind: str,
        at: str,
        token: bytes,
        result: bytes | None,
    ) -> KeptOp:
        said = self._token(result, op_id)
        return KeptOp(no, op_id, op_hash, device_id, kind, self._token(token, op_id), at, said)

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        with self._lock, writing(self._db):
            self._db.executemany(statement, rows)
