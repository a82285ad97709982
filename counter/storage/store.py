# SPDX-License-Identifier: MulanPSL-2.0
"""The counter's store: open it once on the database thread, take everything from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert as upsert

from counter.ports.clock import Clock
from counter.storage import tables as t
from counter.storage.blobs import EncryptedBlobs
from counter.storage.copies import copy_due, copy_path, open_or_rebuild
from counter.storage.engine import Database, derive
from counter.storage.feed import read_again
from counter.storage.files import FileLayer
from counter.storage.journal import Journal, recipient_of
from counter.storage.meta import Device, get_device, get_meta, put_meta
from counter.storage.readers import SqlQueries
from counter.storage.reconcile import reconcile
from counter.storage.sync_store import SqlSyncStore
from counter.storage.unit_of_work import JournalDesk, SqlUnitOfWork
from counter.storage.unread import try_again


class Store:
    """Everything that is kept. Made by ``open_store``; all methods on the database thread.

    Attributes:
        blob_files: The folder of encrypted scans (thread-safe).
        report: Words for the screen when start-up found or repaired something; often empty.
    """

    def __init__(
        self,
        database: Database,
        key: bytes,
        blob_files: EncryptedBlobs,
        desk: JournalDesk,
        clock: Clock,
        files: FileLayer,
    ) -> None:
        self.blob_files = blob_files
        self.report: tuple[str, ...] = ()
        self._database = database
        self._key = key
        self._desk = desk
        self._clock = clock
        self._files = files

    def unit_of_work(self) -> SqlUnitOfWork:
        """Return a new transaction, to be used with ``with``."""
        return SqlUnitOfWork(self._database, self._desk, self.blob_files, self._clock)

    def queries(self, today: Callable[[], date]) -> SqlQueries:
        """Return the read side."""
        return SqlQueries(self._database, self.blob_files, today)

    def sync_store(self) -> SqlSyncStore:
        """Return what the sync worker needs."""
        return SqlSyncStore(self._database, self.blob_files, self._clock)

    def device(self) -> Device | None:
        """Return whose operations are numbered here, ``None`` before enrolment."""
        with self._database.reading() as connection:
            return get_device(connection)

    def use_device(self, device_id: str, epoch: int, public_hex: str = "") -> None:
        """Set the device and epoch of all further operations (enrolment, new epoch).

        ``public_hex`` is the device's verifying key: a rebuild then takes from the journal only
        what this device signed.
        """
        facts = {"device_id": device_id, "epoch": str(epoch), "device_key": public_hex}
        with self._database.transaction() as connection:
            for name, value in facts.items():
                put_meta(connection, name, value)

    def secret(self, name: str) -> bytes | None:
        """Return a secret kept inside the encrypted database (device identity)."""
        with self._database.reading() as connection:
            found: bytes | None = connection.scalar(
                select(t.secrets.c.value).where(t.secrets.c.name == name)
            )
            return found

    def put_secret(self, name: str, value: bytes) -> None:
        """Keep a secret inside the encrypted database.

        Raises:
            KnownError: DISK-FULL, DISK-WRITE.
        """
        with self._database.transaction() as connection:
            connection.execute(
                upsert(t.secrets)
                .values(name=name, value=value)
                .on_conflict_do_update(index_elements=["name"], set_={"value": value})
            )

    def retry_journal(self) -> None:
        """Append what ``JOURNAL-WRITE`` left waiting; after it the receipt may be shown.

        Raises:
            KnownError: JOURNAL-WRITE again.
        """
        self._database.check_thread()
        self._desk.write([])

    def journal_waiting(self) -> int:
        """Return how many operations are in the database and not in the journal yet."""
        return len(self._desk.waiting)

    def copy_if_due(self) -> bool:
        """Make the daily encrypted copy; it reads and so proves every page. True: made.

        Raises:
            KnownError: DISK-FULL, DISK-WRITE, DB-DAMAGED; the copy before stays.
        """
        with self._database.reading() as connection:
            last = get_meta(connection, "copied_at")
        now = self._clock.now()
        if not copy_due(self._database.path, last, now):
            return False
        self._database.copy_to(copy_path(self._database.path), self._key, self._files)
        with self._database.transaction() as connection:
            put_meta(connection, "copied_at", now.isoformat())
        return True

    def close(self) -> None:
        """Close the journal and the database."""
        self._desk.journal.close()
        self._database.close()


def open_store(
    db_path: Path,
    key: bytes,
    blobs_dir: Path,
    journal_dir: Path,
    clock: Clock,
    *,
    recipients: Sequence[str] = (),
    journal_identity: str = "",
    files: FileLayer | None = None,
) -> Store:
    """Open or create the store, repair what can be repaired, and say so in ``Store.report``.

    Call it on the database thread; it then belongs to that thread.

    Args:
        db_path: The database file; copies and set-aside files lie beside it.
        key: 256-bit database key.
        blobs_dir: Folder of the scans.
        journal_dir: Folder of the journal.
        clock: Wall clock.
        recipients: age public keys the journal is sealed to (the centre's ``seal_recipient``).
        journal_identity: Secret age identity of this device's journal, kept in the vault
            (``journal.new_journal_identity``); without it a damaged database can be rebuilt only
            as far as the last copy.
        files: Another file layer, for tests of full disks.

    Raises:
        KnownError: DB-KEY, DB-NEWER, DB-DAMAGED (no copy and no journal), DB-LOCKED, DISK-FULL,
            DISK-WRITE.
    """
    layer = files or FileLayer()
    journal = Journal(journal_dir, recipients, recipient_of(journal_identity), layer)
    blob_files = EncryptedBlobs(blobs_dir, derive(key, "blob names"), layer)
    now: datetime = clock.now()
    database, words = open_or_rebuild(db_path, key, journal, journal_identity, now, layer)
    desk = JournalDesk(journal)
    store = Store(database, key, blob_files, desk, clock, layer)
    try:
        repaired = reconcile(database, desk, blob_files, journal_identity, now)
        store.report = (*words, *repaired, *_read_again(database, now))
    except BaseException:
        store.close()
        raise
    return store


def _read_again(database: Database, now: datetime) -> tuple[str, ...]:
    """Try again what the centre sent and the program could not take in; return what to say."""
    with database.transaction() as connection:
        left = try_again(connection, lambda c, record: read_again(c, record, now.isoformat()))
    if not left:
        return ()
    return (f"中心送来的 {left} 条内容本机的程序读不懂，已留着，升级程序后会自动再读。",)
