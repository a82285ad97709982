# SPDX-License-Identifier: MulanPSL-2.0
"""Queries about the hall as a whole, which the shift leader looks at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy import Connection, select

from counter.app.queries import DueAgain, LeaderView, RefusalRow
from counter.domain.queueing import QueueRow, queue_of
from counter.storage import tables as t
from counter.storage.due_again import due_again
from counter.storage.engine import Database
from counter.storage.hall_queue import SqlHallQueue
from counter.storage.in_force import calendar_in_force
from counter.storage.leader import leader_view
from counter.storage.radar import Today
from counter.storage.refusals import refusal_rows


class HallQueries:
    """The leader's part of ``Queries``. Database thread only."""

    def __init__(self, database: Database, today: Callable[[], date]) -> None:
        self._database = database
        self._day = today

    def leader_view(self) -> LeaderView:
        """Return what the shift leader looks at."""
        with self._database.reading() as connection:
            return leader_view(connection, self._now(connection))

    def queue(self, day: str) -> tuple[QueueRow, ...]:
        """Return the numbers of a day as they stand, oldest first."""
        with self._database.reading() as connection:
            return queue_of(SqlHallQueue(connection).events(day))

    def refusals(self, limit: int = 200) -> list[RefusalRow]:
        """Return the refusals of the hall, newest first."""
        with self._database.reading() as connection:
            return refusal_rows(connection, limit)

    def supplied_here(self, since: str) -> tuple[str, ...]:
        """Return the cases for which this counter took later papers (补交) since a day, ISO."""
        made, kind = t.outbox.c.made_at, t.outbox.c.kind
        rows = select(t.outbox.c.entity_id).where(kind == "case.supplemented", made >= since)
        with self._database.reading() as connection:
            return tuple(dict.fromkeys(connection.scalars(rows.order_by(made.desc()))))

    def due_again(
        self, days: int | None = None, place: str = "", limit: int = 500
    ) -> tuple[DueAgain, ...]:
        """Return who has to come again, by last day; ``days`` None: as each item reminds."""
        with self._database.reading() as connection:
            return due_again(connection, self._day(), days, place, limit)

    def _now(self, connection: Connection) -> Today:
        return Today(self._day(), calendar_in_force(connection))
