# SPDX-License-Identifier: MulanPSL-2.0
"""What SQLAlchemy makes of a statement for one kind of store: its text and its conversions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement, Dialect, Select

from sync.hub.storage.columns import Words, check_words

_Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class Compiled:
    """A statement for one kind of store."""

    text: str
    positional: bool
    fixed: dict[str, Any]
    names: tuple[str, ...]  # of the parameters, in the order of their places
    limits: tuple[tuple[int, int], ...]  # place of a text, most characters
    ways_in: tuple[tuple[int, _Convert], ...]  # place of another kind that is converted
    ways_out: tuple[tuple[int, _Convert], ...]

    def bound(self, values: Mapping[str, Any]) -> Any:
        """Return checked values as the driver takes them."""
        given = {**self.fixed, **values} if self.fixed else values
        row = [given[name] for name in self.names]
        check_words(row, self.limits)
        for place, way in self.ways_in:
            row[place] = way(row[place])
        return row if self.positional else dict(zip(self.names, row, strict=True))

    def converted(self, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Return rows of the driver as the types of the columns give them."""
        if not self.ways_out:
            return [tuple(row) for row in rows]
        return [_converted(row, self.ways_out) for row in rows]


def compile_for(statement: ClauseElement, dialect: Dialect) -> Compiled:
    """Compile a statement."""
    compiled = statement.compile(dialect=dialect)
    binds = {name: bind for bind, name in getattr(compiled, "bind_names", {}).items()}
    fixed = {name: bind.effective_value for name, bind in binds.items() if not bind.required}
    names = tuple(getattr(compiled, "positiontup", None) or binds)
    limits, ways_in = list[tuple[int, int]](), list[tuple[int, _Convert]]()
    for place, name in enumerate(names):
        kind = binds[name].type
        if isinstance(kind, Words):  # by way of SQLAlchemy each costs three calls
            limits.append((place, kind.limit))
        elif (way := kind.dialect_impl(dialect).bind_processor(dialect)) is not None:
            ways_in.append((place, way))
    ways_out = []
    if isinstance(statement, Select):
        for place, column in enumerate(statement.selected_columns):
            back = column.type.dialect_impl(dialect).result_processor(dialect, None)
            if back is not None:
                ways_out.append((place, back))
    return Compiled(
        str(compiled),
        dialect.positional,
        fixed,
        names,
        tuple(limits),
        tuple(ways_in),
        tuple(ways_out),
    )


def _converted(row: Sequence[Any], ways: Sequence[tuple[int, _Convert]]) -> tuple[Any, ...]:
    values = list(row)
    for place, convert in ways:
        values[place] = convert(values[place])
    return tuple(values)
