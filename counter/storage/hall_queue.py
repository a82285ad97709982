# SPDX-License-Identifier: MulanPSL-2.0
"""Events of the hall's queue; only today's matter, and none names a person."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from counter.domain.queueing import UNHEARD, QueueEvent
from counter.ports.hall_queue import QueuePlace
from counter.storage import tables as t
from counter.storage.engine import Database
from counter.storage.meta import get_meta, put_meta

_LINE, _UPTO = "queue_line", "queue_upto"


class SqlHallQueue:
    """``HallQueue``. Database thread only."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def events(self, day: str) -> list[tuple[int, QueueEvent]]:
        """Return the day's events, each with its place in the host's order."""
        q = t.queue_events.c
        rows = self._connection.execute(select(q.host_no, q.body).where(q.day == day))
        return [(no or UNHEARD, QueueEvent.model_validate_json(body)) for no, body in rows]

    def add(self, event: QueueEvent) -> None:
        """Keep an event of this window; earlier days go."""
        self._connection.execute(delete(t.queue_events).where(t.queue_events.c.day < event.day))
        _put(self._connection, event, 0)

    def next_serial(self, day: str, window: int) -> int:
        """Return one more than the highest serial of this window's numbers."""
        q = t.queue_events.c
        number = func.json_extract(q.body, "$.number")
        query = select(func.max(func.substr(number, -3))).where(
            q.day == day,
            func.json_extract(q.body, "$.what") == "taken",
            func.json_extract(q.body, "$.window") == window,
        )
        return int(self._connection.scalar(query) or 0) + 1


class SqlQueueExchange:
    """``QueueExchange``. Database thread only.

    Raises:
        KnownError: DISK-FULL, DISK-WRITE, DB-LOCKED, DB-DAMAGED from every call.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def place(self) -> QueuePlace:
        """Return how far the host's order is known."""
        with self._database.reading() as connection:
            return _place(connection)

    def unsent(self, window: int, limit: int) -> list[QueueEvent]:
        """Return events of a window the host has not taken, oldest first."""
        q = t.queue_events.c
        mine = func.json_extract(q.body, "$.window") == window
        query = select(q.body).where(q.host_no == 0, mine).order_by(q.event_id).limit(limit)
        with self._database.reading() as connection:
            bodies = connection.scalars(query).all()
        return [QueueEvent.model_validate_json(body) for body in bodies]

    def take(self, place: QueuePlace, events: Sequence[tuple[int, QueueEvent]]) -> bool:
        """Keep what the host told in its order; a host with another list is told all again."""
        q = t.queue_events
        with self._database.transaction() as connection:
            if _place(connection).line_id != place.line_id:
                connection.execute(update(q).values(host_no=0))
            known = set(connection.scalars(select(q.c.event_id).where(q.c.host_no > 0)))
            fresh = [(no, event) for no, event in events if event.event_id not in known]
            for no, event in fresh:
                _put(connection, event, no)
            put_meta(connection, _LINE, place.line_id)
            put_meta(connection, _UPTO, str(place.upto))
        return bool(fresh)


def _place(connection: Connection) -> QueuePlace:
    return QueuePlace(get_meta(connection, _LINE), int(get_meta(connection, _UPTO, "0")))


def _put(connection: Connection, event: QueueEvent, host_no: int) -> None:
    values = {
        "event_id": event.event_id,
        "day": event.day,
        "host_no": host_no,
        "body": event.model_dump_json(),
    }
    statement = insert(t.queue_events).values(values)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["event_id"], set_={"host_no": host_no})
    )
