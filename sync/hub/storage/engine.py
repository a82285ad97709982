# SPDX-License-Identifier: MulanPSL-2.0
"""The database connection, SQLite or PostgreSQL: one writer at a time, durable commits."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import Any, TypeAlias

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    func,
    insert,
    make_url,
    select,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    InternalError,
    InvalidatePoolError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

from counter.domain.errors import DomainError, KnownError
from sync.hub.storage import layout
from sync.hub.storage import tables as t
from sync.hub.storage.pending import PENDING, Pending, flush
from sync.hub.storage.prepared import Ask, Behind, Prepared, write_behind
from sync.hub.storage.turns import Turns

Tx: TypeAlias = Connection  # what handlers pass around; they know nothing else of SQL
# The database cannot be written or read just now: busy, disk full, being moved.
Unavailable = OperationalError
# All connections of this process are in use.
Busy = PoolTimeoutError
# Anything that went wrong between here and the database.
StoreError = SQLAlchemyError
# What has nothing to do with what is written, and may be over in a moment.
PASSING = (Unavailable, Busy, InterfaceError, InternalError, OSError, MemoryError)
CONNECTIONS = 40
BUSY_MS = 30_000
# A hub that vanished inside a transaction must not hold the sequencer for hours.
_ABANDONED_MS = 60_000
_SCHEMA_LOCK = 0x59435F485542  # any fixed number: one process makes tables at a time
_UNTOUCHED = "没有改动。"
_KEPT = 8  # connections that stay open
_MOST_KNOWN = 50_000  # rows remembered from one transaction to the next

# FOR UPDATE is left out where BEGIN IMMEDIATE has locked the whole file.
_LOCK = Prepared(select(t.sequencer.c.change_no, t.sequencer.c.known_no).with_for_update())


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    # FULL: with WAL and NORMAL an acknowledged commit can be lost in a power cut (§13.15).
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _look(engine: Engine) -> None:
    """Look at the socket before each transaction; ask the server only when something came.

    Nothing comes unasked but, as a rule, the news that the server ended the connection.
    """
    error = engine.dialect.loaded_dbapi.Error

    def still_there(connection: Any, _entry: ConnectionPoolEntry, _proxy: object) -> None:
        try:
            with DefaultSelector() as looking:
                looking.register(connection.fileno(), EVENT_READ)
                if not looking.select(0):
                    return
            connection.execute("SELECT 1")
            connection.rollback()
        except error as gone:
            raise InvalidatePoolError from gone

    event.listen(engine, "checkout", still_there)


def _prepare_postgres(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = {BUSY_MS}")
    cursor.execute(f"SET idle_in_transaction_session_timeout = {_ABANDONED_MS}")
    # Never weaker than a flush to disk; a stronger setting of the server stays.
    cursor.execute(
        "SELECT set_config('synchronous_commit', 'on', false)"
        " WHERE current_setting('synchronous_commit') = 'off'"
    )
    cursor.close()
    connection.commit()


def _pool(connections: int) -> dict[str, Any]:
    # Errors get logged, and parameters are personal data.
    overflow = max(0, connections - _KEPT)
    return {"hide_parameters": True, "pool_size": min(_KEPT, connections), "max_overflow": overflow}


def _sqlite(path: Path, connections: int) -> tuple[Engine, Engine]:
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"check_same_thread": False, "isolation_level": None},
        **_pool(connections),
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "before_cursor_execute", write_behind)
    return engine.execution_options(writing=True), engine


def _postgres(url: URL, connections: int) -> tuple[Engine, Engine]:
    engine = create_engine(url, connect_args={"connect_timeout": 10}, **_pool(connections))
    event.listen(engine, "connect", _prepare_postgres)
    event.listen(engine, "before_cursor_execute", write_behind)
    _look(engine)
    # READ COMMITTED: after waiting for the sequencer a writer sees what the last one committed.
    writer = engine.execution_options(isolation_level="READ COMMITTED")
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return writer, reader


def parse_url(given: str) -> URL:
    """Return the address of a PostgreSQL database.

    Raises:
        DomainError: ``HUB-DB-URL``; the address is not repeated, it may hold a password.
    """
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in {"postgresql", "postgresql+psycopg"}:
        raise DomainError(
            code="HUB-DB-URL",
            what="数据库地址不对。",
            safe=_UNTOUCHED,
            todo="写法：postgresql+psycopg://用户@主机:端口/库名。",
        )
    return url.set(drivername="postgresql+psycopg")


def _reason(error: DBAPIError, url: URL | None) -> str:
    """Return the driver's first line without any password of the address."""
    line = (str(error.orig).splitlines() or [""])[0]
    if url is not None:
        for secret in (url.password, url.query.get("password")):
            line = line.replace(str(secret), "***") if secret else line
    return line


class Database:
    """Opens transactions; a write transaction holds the sequencer from its first statement.

    Every writer locks one row first (SQLite: the file, by BEGIN IMMEDIATE). So change numbers
    rise in commit order and a reader never sees a number whose smaller neighbour is still
    uncommitted (sync-protocol §6). Docs: adr/0008.
    """

    def __init__(
        self, place: Path | URL, *, connections: int = CONNECTIONS, partitions: int = 0
    ) -> None:
        """Open a database file or server, making the tables that are missing.

        Args:
            place: A file, or the address of a PostgreSQL database.
            connections: How many to have at most.
            partitions: Make the big tables in so many (PostgreSQL); 0 = as they are, or whole.

        Raises:
            KnownError: ``HUB-PARTITIONS`` made otherwise before, ``HUB-DB`` cannot be opened, ``HUB-DB-UTF8`` has another encoding.
        """
        url = place if isinstance(place, URL) else None
        if isinstance(place, Path):
            self._writer, self._reader = _sqlite(place, connections)
        else:
            self._writer, self._reader = _postgres(place, connections)
        self._known_no, self._known = -1, dict[tuple[str, ...], Any]()
        self._names: set[str] = set()
        self._names_lock = threading.Lock()
        self._turns = Turns(place.with_suffix(".turn")) if isinstance(place, Path) else None
        try:
            with self._writer.begin() as connection:
                self._make_tables(connection, partitions)
        except KnownError:
            self.close()
            raise
        except DBAPIError as error:
            self.close()
            raise KnownError(
                code="HUB-DB",
                what="打不开中心的数据库。",
                safe=_UNTOUCHED,
                todo=f"请核对地址、权限和数据库是否在运行：{_reason(error, url)}",
            ) from None  # the driver's own error may show the address

    @property
    def dialect(self) -> str:
        """Name of the kind of store: ``sqlite`` or ``postgresql``."""
        return self._reader.dialect.name

    @property
    def far(self) -> bool:
        """Whether each question is a journey: then those foreseen are asked together."""
        return self.dialect == "postgresql"

    def _make_tables(self, connection: Connection, partitions: int) -> None:
        if self.dialect == "postgresql":
            lock = text("SELECT pg_advisory_xact_lock(:number)")
            connection.execute(lock, {"number": _SCHEMA_LOCK})
            if connection.scalar(text("SHOW server_encoding")) != "UTF8":
                raise KnownError(
                    code="HUB-DB-UTF8", what="数据库的编码不是 UTF-8。", safe=_UNTOUCHED
                )
        layout.create(connection, partitions)
        if connection.scalar(select(t.sequencer.c.one)) is None:
            last = connection.scalar(select(func.max(t.feed.c.change_no))) or 0
            connection.execute(insert(t.sequencer).values(one=1, change_no=last, known_no=0))

    def partitions(self) -> dict[str, int]:
        """Return for each big table in how many partitions it is; 0 = whole."""
        with self.read() as connection:
            return layout.found(connection)

    @contextmanager
    def write(self, ahead: Sequence[Ask] = ()) -> Iterator[Connection]:
        """One write transaction; committed at the end, rolled back on any error.

        Args:
            ahead: Queries that will be asked in it, once it holds the sequencer.
        """
        with self._turn(), self._writer.begin() as connection:
            behind = Behind()
            behind.turn_to(connection, [(_LOCK, {}), *ahead])
            behind.begin(connection)
            change_no, known_no = _LOCK.rows(connection)[0]
            # Only who holds the sequencer gets here: what is shared needs no other lock.
            if self._known_no != known_no or len(self._known) > _MOST_KNOWN:
                self._known_no, self._known = known_no, {}
            info, mine = connection.info, Pending(change_no, self._known)
            info[PENDING] = mine
            try:
                yield connection
                flush(connection, mine, (change_no, known_no))
                behind.write(connection)
            finally:
                info.pop(PENDING, None)  # the connection goes back to the pool
                behind.end(connection)

    def _turn(self) -> AbstractContextManager[object]:
        return self._turns.turn() if self._turns else nullcontext()

    def at_work(self) -> AbstractContextManager[object]:
        """Be the one of this process that gets ready for ``write``, where more are in the way."""
        return self._turns.at_work if self._turns else nullcontext()

    def recalled(self, key: tuple[str, ...]) -> Any:
        """Return what was remembered last, ``None`` if nothing: good for a guess, no more."""
        return self._known.get(key)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One read transaction: a single snapshot."""
        with self._reader.begin() as connection:
            yield connection

    @contextmanager
    def beside(self) -> Iterator[Connection]:
        """Statements of their own, each committed at once, outside the sequencer (PostgreSQL)."""
        # On the connection: a second level on the engine is passed over in silence.
        with self._writer.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """Hold a name among all workers for the block; yields ``False`` when another holds it.

        Outside the sequencer and of any transaction: what runs inside may take its time.
        """
        with self._name_here(name) as mine:
            if not mine:
                yield False
                return
            if self._turns:
                with self._turns.name(name) as ours:
                    yield ours
                return
            with self.beside() as connection:
                words = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
                if not connection.scalar(words, {"name": name}):
                    yield False
                    return
                try:
                    yield True
                finally:
                    words = text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))")
                    connection.execute(words, {"name": name})

    @contextmanager
    def _name_here(self, name: str) -> Iterator[bool]:
        with self._names_lock:
            mine = name not in self._names
            self._names.add(name)
        try:
            yield mine
        finally:
            if mine:
                with self._names_lock:
                    self._names.discard(name)

    def copy_to(self, target: Path) -> None:
        """Write the embedded database as it is now into a new file, while others write on.

        Raises:
            OSError: it could not be written.
        """
        try:
            with closing(sqlite3.connect(target)) as copy, self._reader.connect() as connection:
                source: Any = connection.connection.dbapi_connection
                source.backup(copy)
        except sqlite3.Error as error:
            raise OSError from error

    def close(self) -> None:
        """Close all connections."""
        self._reader.dispose()
        if self._turns:
            self._turns.close()
