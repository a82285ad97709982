# SPDX-License-Identifier: MulanPSL-2.0
"""Outbox, scans and feed as the sync worker sees them; every call is one short transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, or_, select, update

from counter.app import timekeeping
from counter.ports.blobs import StoredBlob
from counter.ports.clock import Clock
from counter.ports.sync_store import (
    PAUSE_MOST_S,
    BlobJob,
    ChainHead,
    OutboxRow,
    QueueCounts,
    SettledResult,
)
from counter.storage import tables as t
from counter.storage.blob_reader import EncryptedReader
from counter.storage.blobs import EncryptedBlobs
from counter.storage.catalog_install import install_complete
from counter.storage.corrections import SUPERSEDED, close_replaced
from counter.storage.engine import Database
from counter.storage.feed import apply_records, scope_checksums
from counter.storage.hall_queue import SqlQueueExchange
from counter.storage.meta import get_meta, loads_list, put_meta
from counter.storage.oprows import NOT_REFUSED, op_query, op_rows, queue_counts
from counter.storage.outbox import UNSENT, head_of, purge_settled, release_dependents
from counter.storage.overlay import refresh_case
from counter.storage.parts import SqlParts
from counter.storage.repositories import SqlReference
from counter.storage.unread import whole_or_one_by_one

RETENTION_DAYS = 180
_STATE_OF = {
    "applied": "APPLIED",
    "already": "APPLIED",
    "held": "HELD",
    "conflict": "CONFLICT",
    "rejected": "REJECTED",
}
# Which later verdict may replace an earlier one; APPLIED is final (an effect happens once).
_MAY_BECOME = {
    "QUEUED": {"APPLIED", "HELD", "CONFLICT", "REJECTED"},
    "WAIT_DEP": {"APPLIED", "HELD", "CONFLICT", "REJECTED"},
    "HELD": {"APPLIED", "HELD", "CONFLICT", "REJECTED"},
    "CONFLICT": {"APPLIED", "CONFLICT", "REJECTED"},
    "REJECTED": {"APPLIED"},
    "APPLIED": set[str](),
}
_FEED_NO = "feed_no"
_HOLD_MOST_S = 86_400  # 反悔 lasts minutes
_LAST = "9999"  # no deadline sorts behind every deadline


def _reached(moment: ColumnElement[str], most_s: int) -> ColumnElement[bool]:
    """Tell whether a moment ('' = at once) has come, whatever offsets the two are written with.

    One farther ahead than a wait can be was written by a clock that was set back since: it has
    come, or the operation would wait for years (S12: no clock value changes any order).
    """
    now = func.julianday(bindparam("now"))
    at = func.julianday(moment)
    return or_(moment == "", at <= now, at > now + most_s / 86_400)


# Built once, see repositories.
_FIRST = t.outbox.c.op_id.in_(select(t.first_ops.c.op_id))
_DEADLINE = func.coalesce(func.nullif(t.outbox.c.deadline, ""), _LAST)
_URGENT = (
    select(t.outbox.c.op_id)
    .where(
        t.outbox.c.state == "QUEUED",
        _reached(t.outbox.c.not_before, _HOLD_MOST_S),
        _reached(t.outbox.c.next_try_at, PAUSE_MOST_S),
    )
    .order_by(_FIRST.desc(), _DEADLINE, t.outbox.c.epoch, t.outbox.c.seq)
    .limit(bindparam("limit"))
)
_SENDABLE = (
    op_query()
    .where(t.outbox.c.op_id.in_(_URGENT))
    .order_by(_FIRST.desc(), t.outbox.c.epoch, t.outbox.c.seq)
)
_REQUIRED = func.max(t.op_blobs.c.required)
_BLOB_JOBS = (
    select(
        t.blobs.c.blob_id,
        t.blobs.c.size,
        t.blobs.c.media_type,
        t.blobs.c.upload_url,
        t.blobs.c.sent_bytes,
        t.blobs.c.attempts,
        _REQUIRED.label("required"),
        func.min(_DEADLINE).label("deadline"),
    )
    .join(t.op_blobs, t.op_blobs.c.blob_id == t.blobs.c.blob_id)
    .join(t.outbox, t.outbox.c.op_id == t.op_blobs.c.op_id)
    .where(
        t.blobs.c.done == 0,
        NOT_REFUSED,
        _reached(t.outbox.c.not_before, _HOLD_MOST_S),
    )
    .group_by(t.blobs.c.blob_id)
    .order_by(_REQUIRED.desc(), func.min(_DEADLINE), func.min(t.outbox.c.seq), t.blobs.c.blob_id)
    .limit(bindparam("limit"))
)
_BLOB = select(t.blobs.c.blob_id, t.blobs.c.key, t.blobs.c.size, t.blobs.c.media_type).where(
    t.blobs.c.blob_id == bindparam("blob_id")
)
_VERDICT = select(t.outbox.c.state, t.outbox.c.entity_id, t.outbox.c.result_token).where(
    t.outbox.c.op_id == bindparam("op_id")
)
_MOVE = update(t.outbox).where(t.outbox.c.op_id == bindparam("of_op"))
_NUMBER = update(t.cases).where(t.cases.c.case_id == bindparam("of_case"))


class SqlSyncStore:
    """``SyncStore``. Database thread only.

    Raises:
        KnownError: DISK-FULL, DISK-WRITE, DB-LOCKED, DB-DAMAGED from every call.
    """

    def __init__(self, database: Database, files: EncryptedBlobs, clock: Clock) -> None:
        self._database = database
        self._files = files
        self._clock = clock
        self.parts = SqlParts(database)
        self.queue = SqlQueueExchange(database)

    def sendable(self, now: str, limit: int) -> list[OutboxRow]:
        """Return the most urgent operations that may go now, those in ``seq`` order.

        A danger to life goes before all of them (``goes_first``).

        Args:
            now: ISO 8601 with any offset.
            limit: How many at most.
        """
        values = {"now": now, "limit": limit}
        with self._database.reading() as connection:
            return op_rows(connection, _SENDABLE, values)

    def exportable(self, after_seq: tuple[int, int] = (-1, 0), limit: int = 500) -> list[OutboxRow]:
        """Return unsettled operations behind (epoch, seq), for a bundle; waiting ones included."""
        o = t.outbox.c
        epoch, seq = after_seq
        behind = (o.epoch > epoch) | ((o.epoch == epoch) & (o.seq > seq))
        query = op_query().where(o.state.in_(UNSENT), behind).order_by(o.epoch, o.seq)
        with self._database.reading() as connection:
            return op_rows(connection, query.limit(limit))

    def numbered(self, epoch: int, seqs: Sequence[int]) -> list[OutboxRow]:
        """Return the operations with these numbers, for a centre that lost or never got them."""
        o = t.outbox.c
        query = op_query().where(o.epoch == epoch, o.seq.in_(seqs)).order_by(o.seq)
        with self._database.reading() as connection:
            return op_rows(connection, query)

    def chain_head(self) -> ChainHead:
        """Return where this device's numbering stands."""
        with self._database.reading() as connection:
            return head_of(connection)

    def begin_epoch(self, head: ChainHead, epoch: int, certificate: str) -> bool:
        """Number further operations in ``epoch`` unless one was added behind ``head`` meanwhile."""
        with self._database.transaction() as connection:
            if head_of(connection) != head:
                return False
            put_meta(connection, "epoch", str(epoch))
            put_meta(connection, "copied_at", "")  # a rebuild must know this epoch
            reference = SqlReference(connection)
            if (mine := reference.get("device", "self")) is not None:
                body = {**mine, "epoch": epoch, "certificate": certificate}
                reference.put("device", "self", str(epoch), body)
        return True

    def mark_exported(self, op_ids: Sequence[str], bundle_id: str) -> None:
        """Note that a verified bundle carries these operations; nothing else changes (§10)."""
        o = t.outbox
        with self._database.transaction() as connection:
            for row in connection.execute(
                select(o.c.op_id, o.c.entity_id, o.c.exported_in).where(o.c.op_id.in_(op_ids))
            ).all():
                if bundle_id in loads_list(row.exported_in):
                    continue  # an edge host says it at every try
                marks = func.json_insert(o.c.exported_in, "$[#]", bundle_id)
                connection.execute(
                    update(o).where(o.c.op_id == row.op_id).values(exported_in=marks)
                )
                refresh_case(connection, row.entity_id)

    def settle(self, results: list[SettledResult]) -> None:
        """Move operations to the right of SENDING; the only way there (S4)."""
        with self._database.transaction() as connection:
            self._settle(connection, results)

    def failed_try(self, op_ids: list[str], code: str, next_try_at: str) -> None:
        """Note that a try did not end in a result; no operation moves."""
        with self._database.transaction() as connection:
            connection.execute(
                update(t.outbox)
                .where(t.outbox.c.op_id.in_(op_ids), t.outbox.c.state.in_(UNSENT))
                .values(attempts=t.outbox.c.attempts + 1, last_code=code, next_try_at=next_try_at)
            )

    def reference(self, kind: str, name: str) -> dict[str, Any] | None:
        """Return the reference document in force, ``None`` when there is none."""
        with self._database.reading() as connection:
            return SqlReference(connection).get(kind, name)

    def blob_jobs(self, limit: int) -> list[BlobJob]:
        """Return what to send: required ones of the nearest deadline first, then the rest.

        Pages of an operation that is still held back by its ``not_before`` wait with it; those of
        one refused by the centre are not sent.
        """
        values = {"now": self._clock.now().isoformat(), "limit": limit}
        with self._database.reading() as connection:
            return [
                BlobJob(
                    blob_id=row.blob_id,
                    size=row.size,
                    media_type=row.media_type,
                    required=bool(row.required),
                    deadline="" if row.deadline == _LAST else row.deadline,
                    upload_url=row.upload_url,
                    offset=row.sent_bytes,
                    attempts=row.attempts,
                )
                for row in connection.execute(_BLOB_JOBS, values)
            ]

    def blob_reader(self, blob_id: str) -> EncryptedReader:
        """Return what reads a page piece by piece, off this thread.

        Raises:
            KeyError: no such blob.
        """
        return self._files.reader(_stored_blob(self._database, blob_id))

    def blob_progress(self, blob_id: str, upload_url: str, offset: int) -> None:
        """Keep where the upload stands, so that a restart resumes."""
        self._blob(blob_id, upload_url=upload_url, sent_bytes=offset)

    def blob_done(self, blob_id: str) -> None:
        """The centre holds the whole page, verified."""
        self._blob(blob_id, done=1, last_code="", sent_bytes=t.blobs.c.size)

    def blob_failed(self, blob_id: str, code: str) -> None:
        """Note a failed try."""
        self._blob(blob_id, attempts=t.blobs.c.attempts + 1, last_code=code)

    def cursor(self) -> str:
        """Return the feed cursor, '' before the first page."""
        with self._database.reading() as connection:
            return get_meta(connection, "cursor")

    def feed_no(self) -> int:
        """Return the newest change of the centre that reached this counter, 0 before the first."""
        with self._database.reading() as connection:
            return int(get_meta(connection, _FEED_NO, "0"))

    def apply_page(
        self,
        records: list[dict[str, Any]],
        cursor: str,
        results: Sequence[SettledResult] = (),
    ) -> frozenset[str]:
        """Apply a page, verified results and cursor in one transaction; return the changed ids.

        A record this program cannot take in is set aside and stops no other (``unread``).
        """

        def apply(one_by_one: bool) -> frozenset[str]:
            with self._database.transaction() as connection:
                now = self._clock.now().isoformat()
                changed = apply_records(connection, records, now, one_by_one=one_by_one)
                changed.add(install_complete(connection))
                changed.update(self._settle(connection, results))
                put_meta(connection, "cursor", cursor)
                put_meta(connection, _FEED_NO, str(_feed_no(connection, records)))
            return frozenset(changed - {""})

        return whole_or_one_by_one(apply)

    def checksums(self) -> dict[str, str]:
        """Return the order-independent checksum of each scope."""
        with self._database.reading() as connection:
            return scope_checksums(connection)

    def counts(self) -> QueueCounts:
        """Return the numbers for the status bar."""
        with self._database.reading() as connection:
            return queue_counts(connection)

    def centre_time(self) -> str:
        """Return the last time the centre told, '' before the first."""
        with self._database.reading() as connection:
            clock = SqlReference(connection).get(timekeeping.KIND, timekeeping.CENTRE) or {}
        return str(clock.get("centre_time", ""))

    def note_centre_time(self, centre_time: str, skew_ms: int) -> None:
        """Keep the last time the centre told, as evidence for later operations (§8)."""
        with self._database.transaction() as connection:
            body = {"centre_time": centre_time, "skew_ms": skew_ms}
            SqlReference(connection).put(timekeeping.KIND, timekeeping.CENTRE, "", body)

    def purge(self) -> int:
        """Delete operations whose retention is over; see ``outbox.purge_settled``."""
        limit = self._clock.now() - timedelta(days=RETENTION_DAYS)
        with self._database.transaction() as connection:
            return purge_settled(connection, limit.isoformat())

    def _blob(self, blob_id: str, **values: object) -> None:
        with self._database.transaction() as connection:
            connection.execute(update(t.blobs).where(t.blobs.c.blob_id == blob_id).values(values))

    def _settle(self, connection: Connection, results: Iterable[SettledResult]) -> set[str]:
        at = self._clock.now().isoformat()
        return {_settle_one(connection, result, at) for result in results}


def _feed_no(connection: Connection, records: Sequence[dict[str, Any]]) -> int:
    """Return the newest change known behind these records; a whole snapshot says it itself."""
    whole = [int(r.get("change_no", 0)) for r in records if r["action"] == "reset"]
    if max(whole, default=0):
        return max(whole)
    known = int(get_meta(connection, _FEED_NO, "0"))
    return max([known, *(int(r.get("change_no", 0)) for r in records)])


def read_blob(database: Database, files: EncryptedBlobs, blob_id: str) -> bytes:
    """Return the plaintext of a page.

    Raises:
        KnownError: BLOB-LOST, BLOB-BAD.
        KeyError: no such blob.
    """
    return files.read(_stored_blob(database, blob_id))


def _stored_blob(database: Database, blob_id: str) -> StoredBlob:
    with database.reading() as connection:
        row = connection.execute(_BLOB, {"blob_id": blob_id}).first()
    if row is None:
        raise KeyError(blob_id)
    return StoredBlob(row.blob_id, row.key, row.size, row.media_type)


def _settle_one(connection: Connection, result: SettledResult, at: str) -> str:
    """Store one result; returns the entity it concerns, '' if nothing changed."""
    row = connection.execute(_VERDICT, {"op_id": result.op_id}).first()
    if row is None or row.result_token == result.token:
        # The feed repeats what the push reply said; its list of missing pages is old by then.
        return ""
    if result.missing_blobs:
        connection.execute(
            update(t.blobs)
            .where(t.blobs.c.blob_id.in_(result.missing_blobs))
            .values(done=0, sent_bytes=0)
        )
    state = _STATE_OF.get(result.status)
    said = {
        "last_code": result.code,
        "last_message": result.message,
        "last_field": result.field,
    }
    if state is None:  # later: the centre asks to send it again
        if row.state in UNSENT:
            connection.execute(_MOVE, said | {"of_op": result.op_id})
        return ""
    replaced = row.state == state == "REJECTED" and result.code == SUPERSEDED
    if state not in _MAY_BECOME[row.state] and not replaced:
        return ""
    moved = said | {
        "state": state,
        "result_rev": result.rev,
        "settled_at": at,
        "result_token": result.token,
    }
    if state != row.state:  # a new verdict is a new item for a person
        moved |= {"closed_at": "", "closed_by": "", "closed_why": ""}
    connection.execute(_MOVE, moved | {"of_op": result.op_id})
    if result.code == SUPERSEDED:
        close_replaced(connection, result.op_id, at)
        release_dependents(connection, result.op_id)
    if state == "APPLIED":
        release_dependents(connection, result.op_id)
        if result.human_no:
            numbered = {"of_case": row.entity_id, "project_no": result.human_no}
            connection.execute(_NUMBER, numbered)
    refresh_case(connection, row.entity_id)
    return str(row.entity_id)
