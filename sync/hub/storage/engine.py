# SPDX-License-Identifier: MulanPSL-2.0
"""The database connection: one writer at a time, durable commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Connection, Engine, create_engine, event, insert, select, update
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from sync.hub.storage import tables as t

Tx: TypeAlias = Connection  # what handlers pass around; they know nothing else of SQL
# The database cannot be written or read just now: busy, disk full, being moved.
Unavailable = OperationalError
BUSY_MS = 30_000
_SEQUENCER = "change_no"


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
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


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


class Database:
    """Opens transactions; a write transaction holds the sequencer from its first statement.

    Every writer updates one row first. So change numbers rise in commit order and a reader never
    sees a number whose smaller neighbour is still uncommitted (sync-protocol §6).
    """

    def __init__(self, path: Path) -> None:
        """Open or create the database file."""
        self.engine: Engine = create_engine(
            f"sqlite:///{path}",
            connect_args={"check_same_thread": False, "isolation_level": None},
            hide_parameters=True,  # they are personal data, and errors get logged
            pool_size=8,
            max_overflow=32,
        )
        event.listen(self.engine, "connect", _prepare)
        event.listen(self.engine, "begin", _begin)
        self._writer = self.engine.execution_options(writing=True)
        with self._writer.begin() as connection:
            t.metadata.create_all(connection)
            if connection.scalar(select(t.meta.c.key).where(t.meta.c.key == _SEQUENCER)) is None:
                connection.execute(insert(t.meta).values(key=_SEQUENCER, value="0"))

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One write transaction; committed at the end, rolled back on any error."""
        with self._writer.begin() as connection:
            connection.execute(
                update(t.meta).where(t.meta.c.key == _SEQUENCER).values(value=t.meta.c.value)
            )
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One read transaction: a single snapshot."""
        with self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def take_change_no(connection: Connection) -> int:
    """Take the next change number inside a write transaction."""
    last = connection.scalar(select(t.meta.c.value).where(t.meta.c.key == _SEQUENCER))
    change_no = int(last or 0) + 1
    connection.execute(
        update(t.meta).where(t.meta.c.key == _SEQUENCER).values(value=str(change_no))
    )
    return change_no


@contextmanager
def savepoint(tx: Tx) -> Iterator[None]:
    """Undo what was written inside when an error leaves the block; the transaction goes on."""
    with tx.begin_nested():
        yield
