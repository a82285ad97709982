# SPDX-License-Identifier: MulanPSL-2.0
"""One transaction of the use cases, ended by the commit rule (design §4)."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, bindparam, select

from counter.domain.errors import KnownError
from counter.ports.clock import Clock
from counter.ports.hall_queue import HallQueue
from counter.ports.outbox import Outbox
from counter.ports.storage import (
    Audit,
    Blobs,
    Cases,
    Drafts,
    Numbers,
    PersonRecords,
    Reference,
    Tickets,
)
from counter.storage import tables as t
from counter.storage.blobs import EncryptedBlobs
from counter.storage.cases import SqlCases
from counter.storage.engine import Database
from counter.storage.failures import told_in_words
from counter.storage.hall_queue import SqlHallQueue
from counter.storage.journal import Entry, Journal
from counter.storage.meta import get_device
from counter.storage.outbox import LoggedOp, SqlOutbox
from counter.storage.people import SqlPersonRecords
from counter.storage.repositories import SqlAudit, SqlBlobs, SqlDrafts, SqlNumbers, SqlReference
from counter.storage.tickets import SqlTickets

_PAGES = select(t.blobs).where(t.blobs.c.blob_id.in_(bindparam("blob_ids", expanding=True)))


class JournalDesk:
    """Brings committed operations into the journal and remembers those it could not."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.waiting: list[Entry] = []

    def write(self, entries: Sequence[Entry]) -> None:
        """Append these behind those that still wait.

        Raises:
            KnownError: JOURNAL-WRITE; they are in the database and wait for ``write([])``.
        """
        self.waiting.extend(entries)
        if not self.waiting:
            return
        try:
            self.journal.append(self.waiting)
        except OSError:
            raise KnownError(
                code="JOURNAL-WRITE",
                what="办件已保存在本机数据库，但收件流水没有写成。",
                safe="这一件已经在数据库里，编号不会再变，请不要重新录入。",
                todo="请先清理磁盘，再点「重试」；重试成功后再打印凭证。",
            ) from None
        self.waiting.clear()


class SqlUnitOfWork:
    """``UnitOfWork``. Database thread only.

    Raises:
        KnownError: DISK-FULL, DISK-WRITE, DB-LOCKED, DB-DAMAGED: nothing was half saved.
            JOURNAL-WRITE from ``commit``: saved in the database, ``Store.retry_journal`` is due
            before anything is shown as received or printed.
    """

    drafts: Drafts
    cases: Cases
    outbox: Outbox
    audit: Audit
    numbers: Numbers
    reference: Reference
    blobs: Blobs
    people: PersonRecords
    tickets: Tickets
    queue: HallQueue

    def __init__(
        self, database: Database, desk: JournalDesk, files: EncryptedBlobs, clock: Clock
    ) -> None:
        self._database = database
        self._desk = desk
        self._files = files
        self._clock = clock

    def __enter__(self) -> Self:
        self._connection, self._transaction = self._database.begin()
        try:
            with told_in_words():
                self._log = SqlOutbox(self._connection, get_device(self._connection))
        except BaseException:
            self._database.leave()
            raise
        connection = self._connection
        self.drafts = SqlDrafts(connection)
        self.cases = SqlCases(connection)
        self.outbox = self._log
        self.audit = SqlAudit(connection)
        self.numbers = SqlNumbers(connection)
        self.reference = SqlReference(connection)
        self.blobs = SqlBlobs(connection, self._files, self._clock.now().isoformat())
        self.people = SqlPersonRecords(connection)
        self.tickets = SqlTickets(connection)
        self.queue = SqlHallQueue(connection)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with told_in_words():
            self._database.leave()
            if error is not None:
                raise error

    def commit(self) -> None:
        """SQLite transaction with full sync, then the journal with its own sync."""
        with told_in_words():
            entries = [entry_of(self._connection, op) for op in self._log.appended]
            self._transaction.commit()
        self._log.appended.clear()
        if entries:
            self._desk.write(entries)


def entry_of(connection: Connection, op: LoggedOp) -> Entry:
    """Return the journal entry of an operation: its token, and the keys of its pages."""
    keys: list[dict[str, Any]] = []
    if op.blob_ids:
        rows = connection.execute(_PAGES, {"blob_ids": op.blob_ids})
        keys = [
            {
                "blob_id": row.blob_id,
                "key": row.key.hex(),
                "size": row.size,
                "media_type": row.media_type,
            }
            for row in rows
        ]
    local = {"deadline": op.deadline, "not_before": op.not_before, "blobs": keys}
    return Entry(op.epoch, op.seq, op.jws, local)
