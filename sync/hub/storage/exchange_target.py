# SPDX-License-Identifier: MulanPSL-2.0
"""The front database of a province: any SQLAlchemy URL, one transaction per batch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
    make_url,
    select,
    update,
)
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    SQLAlchemyError,
)

from counter.domain.errors import DomainError, KnownError

Kind = Literal["text", "number", "time"]
Value: TypeAlias = str | int | datetime | None
INSERTED, UPDATED, SAME = "I", "U", "="


@dataclass(frozen=True)
class TargetColumn:
    """A mapped column; ``length`` 0 means without limit."""

    name: str
    kind: Kind
    length: int
    required: bool


@dataclass(frozen=True)
class TargetRow:
    """One row to be there; ``digest`` is over its values."""

    table: str
    row_guid: str
    case_id: str
    values: Mapping[str, Value]
    digest: str


@dataclass
class Written:
    """What became of a batch: row_guid -> I, U or =; and what the database would not take."""

    done: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


class Target:
    """The tables of one front database. Not for use by two processes at a time."""

    def __init__(self, url: str, tables: Mapping[str, Sequence[TargetColumn]]) -> None:
        """Prepare; nothing is connected yet.

        Raises:
            DomainError: no database address, or no driver for it.
        """
        try:
            parsed = make_url(url)
            # hide_parameters: they are personal data, and errors get logged.
            plain = {"isolation_level": None} if parsed.get_backend_name() == "sqlite" else {}
            self._engine = create_engine(parsed, hide_parameters=True, connect_args=plain)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise DomainError(
                code="EXCHANGE-URL",
                what="看不懂对方数据库的地址，或没有装它的驱动。",
                safe="没有写出任何数据。",
                todo="地址的写法：postgresql+psycopg://用户@主机/库名",
            ) from error
        if plain:
            # The driver's own begin comes late, and then savepoints mean nothing.
            event.listen(self._engine, "begin", _begin)
        # Who signs in does not change what the database holds: the name is made without it.
        place = parsed.set(username=None, password=None, query={})
        self.key = hashlib.sha256(str(place).encode()).hexdigest()[:16]
        self._metadata = MetaData()
        self._tables = {n: _table(n, columns, self._metadata) for n, columns in tables.items()}

    def create(self) -> None:
        """Make the tables that are not there."""
        with self._reported():
            self._metadata.create_all(self._engine)

    def write(
        self, rows: Sequence[TargetRow], *, sent: set[str], batch: str, at: datetime
    ) -> Written:
        """Make the rows of one table be there, in one transaction.

        A row that is there with the same values is left alone, so a repeat does no harm. A row
        that was ``sent`` before and is gone (taken away by the province) comes again as U.

        Raises:
            KnownError: the database cannot be reached or has no such table.
        """
        stamp = {"cd_time": at.replace(tzinfo=None, microsecond=0), "cd_batch": batch}
        with self._reported():
            try:
                with self._engine.begin() as connection:
                    return self._write(connection, rows, sent, stamp)
            except (DataError, IntegrityError):
                # One row is at fault: the others must not wait for it.
                with self._engine.begin() as connection:
                    return self._write_each(connection, rows, sent, stamp)

    def _write_each(
        self,
        connection: Connection,
        rows: Sequence[TargetRow],
        sent: set[str],
        stamp: dict[str, Any],
    ) -> Written:
        out = Written()
        for row in rows:
            try:
                with connection.begin_nested():
                    out.done |= self._write(connection, [row], sent, stamp).done
            except (DataError, IntegrityError) as error:
                # Never the database's own words: they quote the row.
                state = getattr(error.orig, "sqlstate", None)
                out.refused[row.row_guid] = str(state or type(error).__name__)
        return out

    def _write(
        self,
        connection: Connection,
        rows: Sequence[TargetRow],
        sent: set[str],
        stamp: dict[str, Any],
    ) -> Written:
        table = self._tables[rows[0].table]
        there = self._there(connection, table, rows)
        out = Written()
        new: list[dict[str, Any]] = []
        for row in rows:
            old = there.get(row.row_guid)
            if old is not None and all(_same(old[n], v) for n, v in row.values.items()):
                out.done[row.row_guid] = SAME
                continue
            known = old is not None or row.row_guid in sent
            operation = UPDATED if known else INSERTED
            values = {**row.values, **stamp, "cd_operation": operation}
            if old is None:
                new.append({"row_guid": row.row_guid, **values})
            else:
                where = table.c.row_guid == row.row_guid
                connection.execute(update(table).where(where).values(**values))
            out.done[row.row_guid] = operation
        if new:
            connection.execute(insert(table), new)
        return out

    def _there(
        self, connection: Connection, table: Table, rows: Sequence[TargetRow]
    ) -> dict[str, Mapping[str, Any]]:
        guids = [row.row_guid for row in rows]
        found = connection.execute(select(table).where(table.c.row_guid.in_(guids)))
        return {str(row["row_guid"]): dict(row) for row in found.mappings()}

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Turn errors of the database into plain words, without its own: they quote rows."""
        try:
            yield
        except SQLAlchemyError as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise KnownError(
                code="EXCHANGE-TARGET",
                what=f"对方数据库连不上，或没有交换用的表和列（{type(cause).__name__}）。",
                safe="已写出的各批都在，没写完的一批整批没有写。",
                todo="处理好以后再运行一次，会从断开的地方接着写；缺表时可用 --create。",
            ) from None

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _table(name: str, columns: Sequence[TargetColumn], metadata: MetaData) -> Table:
    mapped = [Column(c.name, _type(c), nullable=not c.required) for c in columns]
    return Table(
        name,
        metadata,
        Column("row_guid", String(50), primary_key=True),
        *mapped,
        Column("cd_operation", String(2), nullable=False),
        Column("cd_time", DateTime, nullable=False),
        Column("cd_batch", String(32), nullable=False),
    )


def _type(column: TargetColumn) -> DateTime | Integer | String | Text:
    if column.kind == "time":
        return DateTime()
    if column.kind == "number":
        return Integer()
    return String(column.length) if column.length else Text()


def _same(there: Any, wanted: Value) -> bool:
    """Compare with what a database gives back: some keep no empty text, some only the day."""
    if isinstance(there, date) and not isinstance(there, datetime) and isinstance(wanted, datetime):
        return there == wanted.date()
    return (None if there == "" else there) == wanted
