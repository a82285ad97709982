# SPDX-License-Identifier: MulanPSL-2.0
"""Column types that refuse, on every store and before it, what one of the stores cannot hold.

PostgreSQL knows no U+0000 in texts, enforces lengths and sorts by the locale of the server;
SQLite does none of that. What a type lets through is kept and sorted alike by both.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pydantic_core import PydanticSerializationError, to_json
from sqlalchemy import JSON, Dialect, String, Text
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeDecorator, TypeEngine

NUL = "\0"


class UnstorableError(DontWrapMixin, ValueError):
    """A text with U+0000, or one longer than its column; holds none of the text itself."""


def has_nul(value: object) -> bool:
    """Tell whether U+0000 is anywhere in a JSON value, keys included."""
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, str):
            if NUL in one:
                return True
        elif isinstance(one, dict):
            rest += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple):
            rest += one
    return False


def check_words(row: Sequence[Any], limits: Iterable[tuple[int, int]]) -> None:
    """Check those places of a row that hold texts: (place, most characters; 0 = any number).

    Raises:
        UnstorableError: one of them cannot be stored.
    """
    for place, limit in limits:
        value = row[place]
        if value is not None and (NUL in value or 0 < limit < len(value)):
            raise UnstorableError("a text does not fit its column")


class Words(TypeDecorator[str]):
    """A text of at most ``length`` characters (0 = any), sorted by code point."""

    impl = String
    cache_ok = True

    def __init__(self, length: int = 0) -> None:
        """Keep the limit."""
        super().__init__(length or None)
        self.limit = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Sort as SQLite does: cursors and lists must not depend on the server's locale."""
        collation = "C" if dialect.name == "postgresql" else None
        kind = String(self.limit, collation) if self.limit else Text(collation=collation)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Check a text on its way to the store.

        Raises:
            UnstorableError: see there.
        """
        return self.check(value)

    def check(self, value: str | None) -> str | None:
        """Return the text.

        Raises:
            UnstorableError: see there.
        """
        check_words((value,), ((0, self.limit),))
        return value


class Body(TypeDecorator[Any]):
    """A JSON value, kept as it was written (``json``, not ``jsonb``)."""

    impl = JSON
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        """Write values as JSON ourselves: the text shows at once whether U+0000 may be in it."""
        return _json_text


def _json_text(value: Any) -> str:
    """Return a value as JSON.

    Raises:
        UnstorableError: U+0000 is somewhere in it.
    """
    try:
        text = to_json(value).decode()
    except PydanticSerializationError:  # half of a surrogate pair: only as an escape
        text = json.dumps(value)
    # Seldom the six characters themselves, written in a text with a backslash before them.
    if "\\u0000" in text and has_nul(value):
        raise UnstorableError("a JSON value holds U+0000")
    return text
