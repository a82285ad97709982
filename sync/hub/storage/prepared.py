# SPDX-License-Identifier: MulanPSL-2.0
"""Statements of the push path: built by SQLAlchemy once, run on the driver's own cursor.

To build, cache and compile a statement costs ten times what a small look-up costs; a push makes
some twenty-five of them. The types of the columns check and convert exactly as they do elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    Connection,
    Insert,
    Table,
    bindparam,
    insert,
    text,
)
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.util import find_tables

from sync.hub.storage.columns import UnstorableError
from sync.hub.storage.compiled import Compiled, compile_for


class Prepared:
    """One statement; its parameters are given by the names of its ``bindparam``."""

    def __init__(self, statement: ClauseElement) -> None:
        """Keep a statement; it is compiled when a store of some kind first runs it."""
        self._statement = statement
        self._compiled: dict[str, Compiled] = {}
        self.inserts = isinstance(statement, Insert)
        self.tables = frozenset(
            table.name
            for table in find_tables(statement, check_columns=True, include_crud=True)
            if isinstance(table, Table)
        )

    def rows(self, tx: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Run a query and return all its rows; what was kept back of its tables is written first."""
        behind = Behind.of(tx)
        if behind and behind.touches(self.tables):
            behind.write(tx)
        elif behind and (there := behind.answer(self, values)) is not None:
            return there
        return self.fetched(tx, self.started(tx, values))

    def stored(self, tx: Connection, **values: Any) -> tuple[Any, ...] | None:
        """Return the first row as ``first`` does, where nothing kept back can be meant."""
        behind = Behind.of(tx)
        there = behind.answer(self, values) if behind else None
        found = self.fetched(tx, self.started(tx, values)) if there is None else there
        return found[0] if found else None

    def first(self, tx: Connection, **values: Any) -> tuple[Any, ...] | None:
        """Run a query and return its first row."""
        found = self.rows(tx, **values)
        return found[0] if found else None

    def write(self, tx: Connection, **values: Any) -> None:
        """Make a change, at the latest at the end of a write transaction or when it is read.

        Raises:
            UnstorableError: see ``columns``; now, not then.
        """
        ready = self._of(tx).bound(values)
        if behind := Behind.of(tx):
            behind.add(self, ready)
        else:
            self.run(tx, [ready])

    def run(self, tx: Connection, ready: Sequence[Any]) -> None:
        """Run a change at once, once for each of these checked values."""
        if len(ready) == 1:
            _run(tx, self._of(tx).text, ready[0]).close()
        else:
            _run(tx, self._of(tx).text, ready, many=True).close()

    def started(self, tx: Connection, values: Mapping[str, Any]) -> DBAPICursor:
        """Send a query."""
        compiled = self._of(tx)
        return _run(tx, compiled.text, compiled.bound(values))

    def fetched(self, tx: Connection, cursor: DBAPICursor) -> list[tuple[Any, ...]]:
        """Return the rows of a query that was sent."""
        try:
            found = cursor.fetchall()
        except tx.dialect.loaded_dbapi.Error as error:
            raise _told(tx, error) from error
        cursor.close()
        return self._of(tx).converted(found)

    def _of(self, tx: Connection) -> Compiled:
        dialect = tx.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = compile_for(self._statement, dialect)
        return found


def prepared_insert(table: Table) -> Prepared:
    """Return the insertion of a whole row, its values given by the names of the columns."""
    return Prepared(insert(table).inline())


Ask = tuple[Prepared, dict[str, Any]]


@dataclass
class Behind:
    """What a write transaction keeps back: changes go to the store together, at the end.

    On PostgreSQL they travel in one pipeline, and so do queries asked ``ahead``: one wait for all
    of them instead of one for each, while everybody else waits for the sequencer.
    """

    groups: list[tuple[Prepared, list[Any]]] = field(default_factory=list)
    dirty: set[str] = field(default_factory=set)
    answers: dict[tuple[Any, ...], list[tuple[Any, ...]]] = field(default_factory=dict)
    mark: str = ""  # of the savepoint: "wanted", and "set" once something is written

    @staticmethod
    def of(tx: Connection) -> Behind | None:
        """Return what a transaction keeps back; ``None`` in a read transaction."""
        found: Behind | None = tx.info.get(_BEHIND)
        return found

    def begin(self, tx: Connection) -> None:
        """Keep back what this transaction writes from now on."""
        tx.info[_BEHIND] = self

    @staticmethod
    def end(tx: Connection) -> None:
        """Forget it: the connection goes back to the pool."""
        tx.info.pop(_BEHIND, None)

    def answer(
        self, statement: Prepared, values: Mapping[str, Any]
    ) -> list[tuple[Any, ...]] | None:
        """Return what was asked ahead, ``None`` if it was not."""
        return self.answers.get(_named(statement, values)) if self.answers else None

    def touches(self, tables: frozenset[str]) -> bool:
        """Tell whether something of these tables is kept back or was written."""
        return not self.dirty.isdisjoint(tables)

    def add(self, statement: Prepared, ready: Any) -> None:
        """Keep a change back; a new row may go with earlier ones, the rest keeps its order."""
        self.dirty |= statement.tables
        groups = self.groups if statement.inserts else self.groups[-1:]
        for kept, rows in groups:
            if kept is statement:
                rows.append(ready)
                return
        self.groups.append((statement, [ready]))

    def write(self, tx: Connection, *, foreign: bool = False) -> None:
        """Write what was kept back; ``foreign``: another change follows, made elsewhere."""
        if foreign:
            self.answers.clear()
        if not self.groups and not foreign:
            return
        groups = self._taken()
        if self.mark == "wanted":
            self.mark = "set"
            groups = [(_SAVE, [()]), *groups]
        if not groups:
            return
        with _pipeline(tx):
            for statement, rows in groups:
                statement.run(tx, rows)

    def _taken(self) -> list[tuple[Prepared, list[Any]]]:
        """Return what was kept back; answers about these tables are of the time before."""
        groups, self.groups = self.groups, []
        for asked in [asked for asked in self.answers if self.touches(asked[0].tables)]:
            del self.answers[asked]
        self.dirty.clear()
        return groups

    def turn_to(self, tx: Connection, asks: Sequence[Ask]) -> None:
        """Write what was kept back and ask what will be asked, in one go where that is possible."""
        groups = self._taken()
        with _pipeline(tx):
            for statement, rows in groups:
                statement.run(tx, rows)
            sent = []
            for statement, values in asks if _pipelines(tx) else ():
                if (name := _named(statement, values)) in self.answers:
                    continue
                with suppress(UnstorableError):  # it is told where it is asked
                    sent.append((name, statement, statement.started(tx, values)))
            for name, statement, cursor in sent:
                self.answers[name] = statement.fetched(tx, cursor)

    @contextmanager
    def savepoint(self, tx: Connection) -> Iterator[None]:
        """Undo what is written inside when an error leaves the block; not to be nested."""
        self.write(tx)
        self.mark = "wanted"
        try:
            yield
        except BaseException:
            self.groups.clear()
            self.dirty.clear()
            if self.mark == "set":
                _UNDO.run(tx, [()])
            raise
        else:
            if self.mark == "set":
                _KEEP.run(tx, [()])
        finally:
            self.mark = ""


_BEHIND = "behind"
_SAVE, _KEEP, _UNDO = (
    Prepared(text(f"{word} judged")) for word in ("SAVEPOINT", "RELEASE", "ROLLBACK TO")
)


def write_behind(tx: Connection, *_of_the_event: object) -> None:
    """Write what was kept back before SQLAlchemy runs a statement of its own (an event of it)."""
    if behind := Behind.of(tx):
        behind.write(tx, foreign=True)


def _named(statement: Prepared, values: Mapping[str, Any]) -> tuple[Any, ...]:
    return (statement, *sorted(values.items()))


def _pipelines(tx: Connection) -> bool:
    return tx.dialect.driver == "psycopg"


@contextmanager
def _pipeline(tx: Connection) -> Iterator[None]:
    """Send what is run inside without waiting for each answer, where the driver can."""
    if not _pipelines(tx):
        yield
        return
    driver: Any = tx.connection.driver_connection
    try:
        with driver.pipeline():
            yield
    except tx.dialect.loaded_dbapi.Error as error:
        raise _told(tx, error) from error


def padded(count: int) -> int:
    """Return for how many values a statement with IN is made: few forms are enough."""
    return 1 << max(0, count - 1).bit_length()


def either(size: int) -> list[BindParameter[Any]]:
    """Return the parameters of an IN over ``size`` values (``column.in_(either(4))``)."""
    return [bindparam(f"one_{number}") for number in range(size)]


def either_of(values: Sequence[Any]) -> dict[str, Any]:
    """Return values for these parameters; the places left over repeat the last one."""
    size = padded(len(values))
    filled = [*values, *([values[-1]] * (size - len(values)))]
    return {f"one_{number}": value for number, value in enumerate(filled)}


def _told(tx: Connection, error: Exception) -> DBAPIError:
    """Return what the driver raised as SQLAlchemy tells it, without any parameters."""
    kind = tx.dialect.loaded_dbapi.Error
    told = DBAPIError.instance(None, None, error, kind, hide_parameters=True, dialect=tx.dialect)
    return told if isinstance(told, DBAPIError) else DBAPIError(None, None, error)


def _run(tx: Connection, words: str, values: Any, *, many: bool = False) -> DBAPICursor:
    cursor = tx.connection.cursor()
    try:
        if many:
            cursor.executemany(words, values)
        else:
            cursor.execute(words, values)
    except tx.dialect.loaded_dbapi.Error as error:
        raise _told(tx, error) from error
    return cursor
