# SPDX-License-Identifier: MulanPSL-2.0
"""One SQLCipher connection, keyed raw, in WAL with full sync, and its transactions."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, RootTransaction, create_engine, make_url
from sqlalchemy.pool import StaticPool
from sqlalchemy.util import LRUCache
from sqlcipher3 import dbapi2

from counter.storage.db_thread import ThreadGuard
from counter.storage.failures import damaged, told_in_words, wrong_key
from counter.storage.files import FileLayer, disk_error, write_durably

KEY_BYTES = 32
BUSY_MS = 5000
STATEMENTS = 400  # kept prepared; a working day uses about 250 different ones
_URL = make_url("sqlite://")
AFTER_KEY: tuple[str, ...] = (
    "PRAGMA cipher_memory_security = ON",
    "PRAGMA temp_store = MEMORY",
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
)
_WAL = (
    "PRAGMA journal_mode = WAL",
    # NORMAL loses acknowledged commits on a power cut (sync-protocol §13, number 15).
    "PRAGMA synchronous = FULL",
    "PRAGMA journal_size_limit = 16777216",
)


def derive(key: bytes, purpose: str) -> bytes:
    """Return a key for another purpose, so that the database key itself is used for one only."""
    return hmac.new(key, b"yc-counter/" + purpose.encode(), hashlib.sha256).digest()


def raw_connection(path: Path, key: bytes) -> dbapi2.Connection:
    """Open a keyed connection in autocommit mode; nothing is read yet.

    Raises:
        ValueError: the key is not 256 bits.
        KnownError: the file cannot be opened.
    """
    if len(key) != KEY_BYTES:
        raise ValueError("a 256-bit key is needed")
    with told_in_words():
        # Our own guard keeps to one thread; the driver's would forbid closing after a crash.
        raw = dbapi2.connect(
            str(path),
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS,
        )
        raw.execute("PRAGMA cipher_log_level = NONE")
        raw.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        for pragma in AFTER_KEY:
            raw.execute(pragma)
    return raw


class Database:
    """The counter's database file, open on one thread.

    Raises:
        KnownError: DB-KEY, DB-DAMAGED, DISK-FULL, DISK-WRITE, DB-LOCKED.
    """

    def __init__(self, path: Path, key: bytes, files: FileLayer) -> None:
        self.path = path
        self._guard = ThreadGuard()
        self.unclean = _beside(path, "-wal").exists()
        fresh = not path.exists()
        self._raw = raw_connection(path, key)
        try:
            self._prove_key(path, key, fresh, files)
            self.engine = self._engine()
            self._reader = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._writer = self.engine.connect()
        except BaseException:
            self._raw.close()
            raise
        if fresh:
            _note_key(path, key, files)

    def _prove_key(self, path: Path, key: bytes, fresh: bool, files: FileLayer) -> None:
        try:
            self._raw.execute("SELECT count(*) FROM sqlite_master").fetchone()
            for pragma in _WAL:
                self._raw.execute(pragma)
        except dbapi2.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != 26 or fresh:
                with told_in_words():
                    raise
            # SQLCipher says the same of a wrong key and of a damaged first page.
            raise (damaged() if key_fits(path, key) else wrong_key()) from None

    def _engine(self) -> Engine:
        def raw() -> Any:
            return self._raw

        dialect, compiled = _compiler()
        pool = StaticPool(raw, dialect=dialect)
        return Engine(pool, dialect, _URL).execution_options(compiled_cache=compiled)

    def begin(self) -> tuple[Connection, RootTransaction]:
        """Begin to write; there is one transaction at a time. Whoever calls it calls ``leave``.

        IMMEDIATE: a transaction that will write says so first and cannot fail half-way on a lock.

        Raises:
            KnownError: DB-LOCKED, DISK-FULL, DISK-WRITE, DB-DAMAGED.
        """
        self.check_thread()
        transaction = self._writer.begin()
        try:
            with told_in_words():
                self._writer.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            self.leave()
            raise
        return self._writer, transaction

    def leave(self) -> None:
        """End writing. What is not committed is undone, also where the commit itself failed."""
        transaction = self._writer.get_transaction()
        if transaction is not None:
            transaction.rollback()
        if self._raw.in_transaction:  # SQLite may keep it open when COMMIT fails
            self._raw.rollback()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: commits at the end, rolls back on any error.

        Raises:
            KnownError: DISK-FULL, DISK-WRITE, DB-LOCKED, DB-DAMAGED; nothing was half saved.
        """
        connection, transaction = self.begin()
        with told_in_words():
            try:
                yield connection
                transaction.commit()
            finally:
                self.leave()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reading, without a transaction: nobody else writes on this thread."""
        self.check_thread()
        with told_in_words():
            yield self._reader

    def check_thread(self) -> None:
        """Raise on any thread but the one that opened the database."""
        self._guard.check()

    def user_version(self) -> int:
        """Return the schema number kept in the file."""
        return int(self._raw.execute("PRAGMA user_version").fetchone()[0])

    def sound(self) -> bool:
        """Tell whether every page is genuine (HMAC) and the structure holds.

        It reads through the log. ``cipher_integrity_check`` reads the file itself, and would call
        a database damaged whose checkpoint a power cut tore: there the log holds the good page.
        """
        try:
            return bool(self._raw.execute("PRAGMA quick_check").fetchone()[0] == "ok")
        except dbapi2.DatabaseError:
            return False

    def copy_to(self, target: Path, key: bytes, files: FileLayer) -> None:
        """Write a whole, encrypted, durable copy under the same key; the old one stays until then.

        Raises:
            KnownError: DISK-FULL, DISK-WRITE, DB-DAMAGED.
        """
        self.check_thread()
        temp = target.with_name(target.name + ".tmp")
        temp.unlink(missing_ok=True)
        try:
            with told_in_words():
                self._raw.execute(
                    "ATTACH DATABASE ? AS copy KEY \"x'" + key.hex() + "'\"", (str(temp),)
                )
                try:
                    self._raw.execute("SELECT sqlcipher_export('copy')")
                    version = self.user_version()
                    self._raw.execute(f"PRAGMA copy.user_version = {version}")
                finally:
                    self._raw.execute("DETACH DATABASE copy")
            fd = os.open(temp, os.O_RDWR)
            try:
                files.fsync(fd)
            finally:
                os.close(fd)
            files.replace(temp, target)
            files.fsync_dir(target.parent)
        except OSError as error:
            temp.unlink(missing_ok=True)
            raise disk_error(error) from None

    def close(self) -> None:
        """Checkpoint the log into the file and close; the last connection removes the log."""
        self._reader.close()
        self._writer.close()
        self.engine.dispose()
        self._raw.close()


@cache
def _compiler() -> tuple[Dialect, LRUCache[Any, Any]]:
    """Return what all databases of a process share, so that a statement is compiled only once."""
    engine = create_engine("sqlite://", module=dbapi2)
    engine.connect().close()  # the dialect looks at the library once
    engine.dispose()
    return engine.dialect, LRUCache(STATEMENTS)


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _note_key(path: Path, key: bytes, files: FileLayer) -> None:
    """Keep a fingerprint of the key, to tell a wrong key from a damaged file."""
    try:
        write_durably(files, _beside(path, "-keyid"), derive(key, "key id")[:8].hex().encode())
        files.fsync_dir(path.parent)
    except OSError as error:
        raise disk_error(error) from None


def key_fits(path: Path, key: bytes) -> bool:
    """Tell whether the database was made with this key, as far as its fingerprint says."""
    try:
        noted = _beside(path, "-keyid").read_bytes()
    except OSError:
        return False
    return hmac.compare_digest(noted, derive(key, "key id")[:8].hex().encode())
