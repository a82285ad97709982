# SPDX-License-Identifier: MulanPSL-2.0
"""A sync store in memory, its thread-less execution, and signed operations to put in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar

from counter.domain.canonical import sha256_hex
from counter.domain.checksum import entity_hash
from counter.domain.errors import KnownError
from counter.domain.ids import uuid7
from counter.domain.operations import ZERO_HASH, Actor, Operation, TimeEvidence, Versions
from counter.domain.signing import SigningKey
from counter.ports.sync_store import (
    BlobJob,
    ChainHead,
    OpState,
    OutboxRow,
    QueueCounts,
    SettledResult,
)
from tests.fakes.hall_queue import FakeHallQueue

T = TypeVar("T")
BEIJING = timezone(timedelta(hours=8))
_STATES: dict[str, OpState] = {
    "applied": "APPLIED",
    "already": "APPLIED",
    "held": "HELD",
    "conflict": "CONFLICT",
    "rejected": "REJECTED",
}


class DirectExecution:
    """Runs work under one lock: the order of a single thread without the thread."""

    def __init__(self) -> None:
        self._guard = threading.RLock()

    def run(self, work: Callable[[], T]) -> T:
        with self._guard:
            return work()

    def submit(self, work: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        future.set_result(self.run(work))
        return future

    def close(self) -> None:
        return


class WallClock:
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC).astimezone(BEIJING)

    def mono_ms(self) -> int:
        return 0

    def boot_id(self) -> str:
        return "boot"


class FakeReader:
    """Reads a blob of the memory store; ``None`` is a file that is gone."""

    def __init__(self, data: bytes | None) -> None:
        self._data = data
        self.size = len(data or b"")

    def check(self) -> None:
        if self._data is None:
            raise KnownError(code="BLOB-LOST", what="少了一页。")

    def read(self, offset: int, size: int) -> bytes:
        self.check()
        return (self._data or b"")[offset : offset + size]


def make_op(key: SigningKey, device_id: str, seq: int, **change: Any) -> tuple[Operation, str]:
    """Return a signed operation; ``change`` replaces fields."""
    values: dict[str, Any] = {
        "op_id": uuid7(),
        "device_id": device_id,
        "epoch": 1,
        "seq": seq,
        "prev_hash": ZERO_HASH,
        "actor": Actor(operator="op-1", session="s-1", authn="offline", authn_age_s=1),
        "kind": "case.withdrawn",
        "entity": "case",
        "entity_id": uuid7(),
        "versions": Versions(catalog="1"),
        "time": TimeEvidence(wall="2026-11-22T08:00:00+08:00", boot_id="b", mono_ms=1),
        "body": {"reason": "测试", "withdrawn_at": "2026-11-22T08:00:00+08:00"},
    }
    op = Operation(**{**values, **change})
    return op, op.sign(key)


class FakeParts:
    """``Parts`` in memory."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def read(self, sha256: str) -> bytes:
        return self.held.get(sha256, b"")

    def size(self, sha256: str) -> int:
        return len(self.read(sha256))

    def add(self, sha256: str, offset: int, data: bytes) -> None:
        if offset == self.size(sha256):
            self.held[sha256] = self.read(sha256) + data

    def drop(self, sha256: str) -> None:
        self.held.pop(sha256, None)

    def drop_all_but(self, keep: Sequence[str]) -> None:
        self.held = {name: data for name, data in self.held.items() if name in keep}


class FakeBlobs:
    """The pages of the memory store."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.jobs: dict[str, BlobJob] = {}
        self.blob_errors: dict[str, str] = {}

    def add_blob(self, data: bytes, *, required: bool = True, deadline: str = "") -> str:
        blob_id = sha256_hex(data)
        self.blobs[blob_id] = data
        self.jobs[blob_id] = BlobJob(blob_id, len(data), "image/jpeg", required, deadline, "", 0, 0)
        return blob_id

    def blob_jobs(self, limit: int) -> list[BlobJob]:
        return list(self.jobs.values())[:limit]

    def blob_reader(self, blob_id: str) -> FakeReader:
        return FakeReader(self.blobs.get(blob_id))

    def blob_progress(self, blob_id: str, upload_url: str, offset: int) -> None:
        self.jobs[blob_id] = replace(self.jobs[blob_id], upload_url=upload_url, offset=offset)

    def blob_done(self, blob_id: str) -> None:
        self.jobs.pop(blob_id, None)

    def blob_failed(self, blob_id: str, code: str) -> None:
        self.blob_errors[blob_id] = code
        job = self.jobs[blob_id]
        self.jobs[blob_id] = replace(job, attempts=job.attempts + 1)


class FakeStore(FakeBlobs):
    """``SyncStore`` in memory; only ``settle`` moves an operation."""

    def __init__(self) -> None:
        self.rows: dict[str, OutboxRow] = {}
        super().__init__()
        self.documents: dict[tuple[str, str], dict[str, Any]] = {}
        self.results: list[SettledResult] = []
        self.exported: dict[str, list[str]] = {}
        self.records: list[dict[str, Any]] = []
        self.sums: dict[str, str] = {}
        self.told_time = ""
        self._cursor = ""
        self._feed_no = 0
        self.epoch = 1
        self.base = ChainHead(1, 0, ZERO_HASH)  # head when no row is here
        self.certificate = ""
        self.parts = FakeParts()
        self.queue = FakeHallQueue()
        self.pages: list[str] = []

    def add(self, op: Operation, jws: str) -> OutboxRow:
        row = OutboxRow(
            seq=op.seq, epoch=op.epoch, op_id=op.op_id, op_hash=op.op_hash(), kind=op.kind,
            entity_id=op.entity_id, jws=jws, size=len(jws), deadline="", not_before="",
            state="QUEUED", attempts=0, next_try_at="", last_code="", last_message="",
            blobs_pending=0, depends_on=op.depends_on, title="",
        )  # fmt: skip
        self.rows[op.op_id] = row
        return row

    def state(self, op_id: str) -> str:
        return self.rows[op_id].state

    def sendable(self, now: str, limit: int) -> list[OutboxRow]:
        rows = [
            r
            for r in self.rows.values()
            if r.state == "QUEUED"
            and max(r.not_before, r.next_try_at) <= now
            and all(self.rows[d].state == "APPLIED" for d in r.depends_on if d in self.rows)
        ]
        return sorted(rows, key=lambda r: r.seq)[:limit]

    def exportable(self, after_seq: tuple[int, int] = (-1, 0), limit: int = 500) -> list[OutboxRow]:
        rows = [r for r in self.rows.values() if r.state in {"QUEUED", "WAIT_DEP"}]
        behind = [r for r in rows if (r.epoch, r.seq) > after_seq]
        return sorted(behind, key=lambda r: (r.epoch, r.seq))[:limit]

    def numbered(self, epoch: int, seqs: Sequence[int]) -> list[OutboxRow]:
        return [r for r in self.rows.values() if r.epoch == epoch and r.seq in seqs]

    def chain_head(self) -> ChainHead:
        mine = [r for r in self.rows.values() if r.epoch == self.epoch]
        last = max(mine, key=lambda r: r.seq, default=None)
        return ChainHead(self.epoch, last.seq, last.op_hash) if last else self.base

    def begin_epoch(self, head: ChainHead, epoch: int, certificate: str) -> bool:
        if self.chain_head() != head:
            return False
        self.epoch, self.certificate = epoch, certificate
        self.base = ChainHead(epoch, 0, ZERO_HASH)
        return True

    def mark_exported(self, op_ids: Sequence[str], bundle_id: str) -> None:
        for op_id in op_ids:
            self.exported.setdefault(op_id, []).append(bundle_id)

    def settle(self, results: list[SettledResult]) -> None:
        for result in results:
            self.results.append(result)
            row = self.rows.get(result.op_id)
            if row is not None and row.state != "APPLIED":
                self.rows[result.op_id] = replace(
                    row, state=_STATES[result.status], last_code=result.code
                )

    def failed_try(self, op_ids: list[str], code: str, next_try_at: str) -> None:
        for op_id in op_ids:
            row = self.rows[op_id]
            self.rows[op_id] = replace(
                row, attempts=row.attempts + 1, last_code=code, next_try_at=next_try_at
            )

    def reference(self, kind: str, name: str) -> dict[str, Any] | None:
        return self.documents.get((kind, name))

    def cursor(self) -> str:
        return self._cursor

    def feed_no(self) -> int:
        return self._feed_no

    def apply_page(self, records: list[dict[str, Any]], cursor: str) -> frozenset[str]:
        whole = [r["change_no"] for r in records if r["action"] == "reset" and r["change_no"]]
        seen = max((r["change_no"] for r in records), default=0)
        self._feed_no = max(whole) if whole else max(self._feed_no, seen)
        for record in records:
            if record["action"] == "reset":
                self.records = [r for r in self.records if r["scope"] != record["scope"]]
            else:
                self.records.append(record)
                self.documents[record["kind"], record["entity_id"]] = record.get("body") or {}
        self._cursor = cursor
        self.pages.append(cursor)
        self.sums = _sums(self)
        return frozenset(r["entity_id"] for r in records)

    def live(self) -> dict[tuple[str, str, str], int]:
        """What is held, by scope, kind and id, with its revision."""
        held: dict[tuple[str, str, str], int] = {}
        for r in self.records:
            key = (r["scope"], r["kind"], r["entity_id"])
            if r["action"] == "put":
                held[key] = r["rev"]
            else:
                held.pop(key, None)
        return held

    def checksums(self) -> dict[str, str]:
        return dict(self.sums)

    def counts(self) -> QueueCounts:
        states = [row.state for row in self.rows.values()]
        return QueueCounts(
            local_only=states.count("QUEUED"),
            pages_pending=len(self.jobs),
            bytes_pending=sum(job.size - job.offset for job in self.jobs.values()),
            at_centre=states.count("APPLIED"),
            accepted=0,
            needs_person=sum(s in {"HELD", "CONFLICT", "REJECTED"} for s in states),
            oldest_at="",
        )

    def centre_time(self) -> str:
        return self.told_time

    def note_centre_time(self, centre_time: str, skew_ms: int) -> None:
        self.told_time = centre_time


def _sums(store: FakeStore) -> dict[str, str]:
    """The centre's checksum: XOR of SHA-256 over kind, id, rev of live entities."""
    scopes = {r["scope"]: 0 for r in store.records}
    for (scope, kind, entity_id), rev in store.live().items():
        scopes[scope] ^= entity_hash(kind, entity_id, rev)
    return {scope: f"{value:064x}" for scope, value in scopes.items()}
