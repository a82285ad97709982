# SPDX-License-Identifier: MulanPSL-2.0
"""What a write transaction keeps back until its end, and what it remembers for itself and others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, select, update

from counter.domain.checksum import EMPTY, toggled
from sync.hub.storage import tables as t
from sync.hub.storage.prepared import Ask, Behind, Prepared, prepared_insert

Known = TypeVar("Known")
PENDING = "pending"
_COUNT = Prepared(
    update(t.sequencer).values(change_no=bindparam("change"), known_no=bindparam("known"))
)
_SUM = Prepared(select(t.scope_sums.c.checksum).where(t.scope_sums.c.scope == bindparam("scope")))
_NEW_SUM = prepared_insert(t.scope_sums)
_SET_SUM = Prepared(
    update(t.scope_sums)
    .where(t.scope_sums.c.scope == bindparam("of"))
    .values(checksum=bindparam("now"))
)


@dataclass
class Pending:
    """What a write transaction knows and writes once, at its end.

    Attributes:
        change_no: The newest change number, taken under the sequencer.
        shared: What transactions of this process remember for each other.
        toggles: What each scope's checksum changes by.
        fed: Revision and action of what it put into the feed, by scope, kind and id.
        serials: The last number of each series it took one of.
        late: Changes that are made anew again and again: the last one is written, at the end.
        known: Rows that were read and cannot change but by this transaction.
        forgot: It changed something that is remembered.
    """

    change_no: int
    shared: dict[tuple[str, ...], Any]
    toggles: dict[str, int] = field(default_factory=dict)
    fed: dict[tuple[str, str, str], tuple[int, str]] = field(default_factory=dict)
    serials: dict[str, int] = field(default_factory=dict)
    late: dict[str, tuple[Prepared, dict[str, Any]]] = field(default_factory=dict)
    known: dict[tuple[str, ...], Any] = field(default_factory=dict)
    forgot: bool = False


def pending(connection: Connection) -> Pending | None:
    """Return what the write transaction holds back, ``None`` in a read transaction."""
    found: Pending | None = connection.info.get(PENDING)
    return found


def take_change_no(connection: Connection) -> int:
    """Take the next change number inside a write transaction."""
    mine = pending(connection)
    if mine is None:
        raise RuntimeError("a change number outside a write transaction")
    mine.change_no += 1
    return mine.change_no


def remember(
    connection: Connection, key: tuple[str, ...], make: Callable[[], Known], *, share: bool = False
) -> Known:
    """Return what ``make`` gives, made once in a write transaction.

    Args:
        connection: The transaction; a read transaction remembers nothing.
        key: What it is called.
        make: Asks the database.
        share: Also for later transactions, until one calls ``forget``; whoever writes the rows
            must. "Nothing there" is not kept that long.
    """
    mine = pending(connection)
    if mine is None:
        return make()
    known = mine.shared if share and not mine.forgot else mine.known
    if key in known:
        found: Known = known[key]
        return found
    made = make()
    if made or known is mine.known:
        known[key] = made
    return made


def foresee(connection: Connection, key: tuple[str, ...], found: object) -> None:
    """Hand over what was worked out before the transaction, for the matter it is about."""
    if (mine := pending(connection)) is not None:
        mine.known[key] = found


def foreseen(connection: Connection, key: tuple[str, ...]) -> object:
    """Return what was handed over, ``None`` if nothing."""
    mine = pending(connection)
    return mine.known.get(key) if mine else None


def forget(connection: Connection) -> None:
    """Forget what was remembered: this transaction changed it, for every worker."""
    if (mine := pending(connection)) is not None:
        mine.known.clear()
        mine.forgot = True


def write_late(connection: Connection, name: str, statement: Prepared, **values: Any) -> None:
    """Make a change at the end, in place of an earlier one of this name."""
    if (mine := pending(connection)) is not None:
        mine.late[name] = (statement, values)
    else:
        statement.write(connection, **values)


def write_now(connection: Connection) -> None:
    """Make those changes now: another one of the same rows follows."""
    if (mine := pending(connection)) is not None:
        for statement, values in mine.late.values():
            statement.write(connection, **values)
        mine.late.clear()


def ask_sum(scope: str) -> Ask:
    """Return what a change in a scope asks at the end."""
    return _SUM, {"scope": scope}


def flush(connection: Connection, mine: Pending, before: tuple[int, int]) -> None:
    """Write the sums and numbers at the end; ``before`` are those the sequencer had."""
    for scope, toggle in mine.toggles.items():
        if not toggle:
            continue
        found = _SUM.first(connection, scope=scope)
        now = toggled(found[0] if found else EMPTY, toggle)
        if found:
            _SET_SUM.write(connection, of=scope, now=now)
        else:
            _NEW_SUM.write(connection, scope=scope, checksum=now)
    write_now(connection)
    after = (mine.change_no, before[1] + mine.forgot)
    if after != before:
        _COUNT.write(connection, change=after[0], known=after[1])


def turn_to(connection: Connection, asks: Sequence[Ask]) -> None:
    """Go on with another matter: all is as in a new transaction, but for the one commit.

    Args:
        connection: The write transaction.
        asks: Queries that will be asked; they travel with what was kept back.
    """
    mine, behind = pending(connection), Behind.of(connection)
    if mine is None or behind is None:
        raise RuntimeError("another matter outside a write transaction")
    mine.known.clear()
    mine.fed.clear()
    behind.turn_to(connection, asks)


@contextmanager
def savepoint(tx: Connection) -> Iterator[None]:
    """Undo what was written inside when an error leaves the block; the transaction goes on."""
    mine, behind = pending(tx), Behind.of(tx)
    if mine is None or behind is None:
        raise RuntimeError("a savepoint outside a write transaction")
    toggles, serials, late = dict(mine.toggles), dict(mine.serials), dict(mine.late)
    try:
        with behind.savepoint(tx):
            yield
    except BaseException:
        # Change numbers taken inside stay taken: a gap harms nobody.
        mine.toggles, mine.serials, mine.late = toggles, serials, late
        mine.fed.clear()
        mine.known.clear()
        raise
