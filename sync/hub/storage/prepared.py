# SPDX-License-Identifier: MulanPSL-2.0
"""Statements of the push path: built by SQLAlchemy once, run on the driver's own cursor.

To build, cache and compile a statement costs ten times what a small look-up costs; a push makes
some twenty-five of them. The types of the columns check and convert exactly as they do elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    Connection,
    Dialect,
    Select,
    Table,
    bindparam,
    insert,
)
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

_Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class _Compiled:
    """A statement for one kind of store."""

    text: str
    names: tuple[str, ...]  # in the order of their places
    positional: bool
    fixed: Mapping[str, Any]
    ways_in: tuple[tuple[str, _Convert], ...]
    ways_out: tuple[tuple[int, _Convert], ...]

    def bound(self, values: Mapping[str, Any]) -> Any:
        """Return checked values as the driver takes them."""
        ready = {**self.fixed, **values}
        for name, convert in self.ways_in:
            ready[name] = convert(ready[name])
        return [ready[name] for name in self.names] if self.positional else ready


class Prepared:
    """One statement; its parameters are given by the names of its ``bindparam``."""

    def __init__(self, statement: ClauseElement) -> None:
        """Keep a statement; it is compiled when a store of some kind first runs it."""
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, tx: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Run a query and return all its rows."""
        compiled = self._of(tx)
        cursor = _run(tx, compiled.text, compiled.bound(values))
        found = cursor.fetchall()
        cursor.close()
        if not compiled.ways_out:
            return [tuple(row) for row in found]
        return [_converted(row, compiled.ways_out) for row in found]

    def first(self, tx: Connection, **values: Any) -> tuple[Any, ...] | None:
        """Run a query and return its first row."""
        found = self.rows(tx, **values)
        return found[0] if found else None

    def write(self, tx: Connection, **values: Any) -> int:
        """Run a change and return how many rows it met."""
        compiled = self._of(tx)
        cursor = _run(tx, compiled.text, compiled.bound(values))
        met = int(cursor.rowcount)
        cursor.close()
        return met

    def bound(self, tx: Connection, values: Mapping[str, Any]) -> Any:
        """Return checked values for ``write_all``, to be written later in the transaction.

        Raises:
            UnstorableError: see ``columns``.
        """
        return self._of(tx).bound(values)

    def write_all(self, tx: Connection, ready: Sequence[Any]) -> None:
        """Run a change once for each of these values, which ``bound`` made."""
        if ready:
            _run(tx, self._of(tx).text, ready, many=True).close()

    def _of(self, tx: Connection) -> _Compiled:
        dialect = tx.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _compile(self._statement, dialect)
        return found


def prepared_insert(table: Table) -> Prepared:
    """Return the insertion of a whole row, its values given by the names of the columns."""
    return Prepared(insert(table).inline())


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


def _compile(statement: ClauseElement, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    ways_in = []
    fixed = {}
    for bind, name in getattr(compiled, "bind_names", {}).items():
        convert = _way_in(bind.type, dialect)
        if not bind.required:
            fixed[name] = bind.effective_value
        if convert is not None:
            ways_in.append((name, convert))
    ways_out = []
    if isinstance(statement, Select):
        for place, column in enumerate(statement.selected_columns):
            back = column.type.dialect_impl(dialect).result_processor(dialect, None)
            if back is not None:
                ways_out.append((place, back))
    names = tuple(getattr(compiled, "positiontup", None) or ())
    return _Compiled(
        str(compiled), names, dialect.positional, fixed, tuple(ways_in), tuple(ways_out)
    )


def _way_in(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _converted(row: Sequence[Any], ways: Sequence[tuple[int, _Convert]]) -> tuple[Any, ...]:
    values = list(row)
    for place, convert in ways:
        values[place] = convert(values[place])
    return tuple(values)


def _run(tx: Connection, text: str, values: Any, *, many: bool = False) -> DBAPICursor:
    """Run a text on the connection of a transaction.

    Raises:
        DBAPIError: what the driver raised, as SQLAlchemy tells it, without any parameters.
    """
    cursor = tx.connection.cursor()
    driver = tx.dialect.loaded_dbapi.Error
    try:
        if many:
            cursor.executemany(text, values)
        else:
            cursor.execute(text, values)
    except driver as error:
        cursor.close()
        raise DBAPIError.instance(
            text, None, error, driver, hide_parameters=True, dialect=tx.dialect
        ) from error
    return cursor
