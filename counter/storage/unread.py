# SPDX-License-Identifier: MulanPSL-2.0
"""Records of the centre that this program cannot take in: kept, and tried again at the next start.

A newer centre may say things an older counter does not know. One such record must not keep all that
comes behind it from this counter (S6); it is counted, so that the checksum of its scope agrees.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError

from counter.domain.errors import KnownError
from counter.storage import tables as t
from counter.storage.meta import loads
from counter.storage.repositories import SqlReference

GAP = "SYNC-GAP"
_KIND = "unread"
_log = logging.getLogger("counter.storage.unread")
Done = TypeVar("Done")
Apply = Callable[[Connection, dict[str, Any]], None]


def passing(error: Exception) -> bool:
    """Tell whether an error has nothing to do with a record, or is told in words of its own."""
    if isinstance(error, KnownError):
        return error.code == GAP or error.code.startswith(("DISK-", "DB-"))
    return isinstance(error, OperationalError | OSError | MemoryError)


def whole_or_one_by_one(apply: Callable[[bool], Done]) -> Done:
    """Apply a page as a whole; if something in it cannot be taken in, once more record by record."""
    try:
        return apply(False)
    except Exception as error:
        if passing(error):
            raise
    return apply(True)


def set_aside(connection: Connection, record: dict[str, Any], error: Exception) -> None:
    """Keep a record that could not be taken in."""
    _log.warning("a record of %s was set aside: %s", record["kind"], type(error).__name__)
    name = f"{record['scope']} {record['kind']} {record['entity_id']}"
    SqlReference(connection).put(_KIND, name, "", record)


def try_again(connection: Connection, apply: Apply) -> int:
    """Take in what was set aside, unless a newer one came; return how many are still left."""
    rows = t.reference.c
    kept = connection.execute(
        select(rows.entity_id, rows.body).where(rows.kind == _KIND, rows.is_current == 1)
    ).all()
    left = 0
    for name, text in kept:
        record = loads(text)
        try:
            with connection.begin_nested():
                apply(connection, record)
                SqlReference(connection).drop(_KIND, name)
        except Exception as error:
            if passing(error):
                raise
            left += 1  # whatever it was, it still is
    return left
