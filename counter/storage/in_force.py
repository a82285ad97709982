# SPDX-License-Identifier: MulanPSL-2.0
"""The calendar in force here: national list, local lists of the hall's region, office hours."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Connection, select

from counter.app.knowledge import CALENDAR, HOURS, closing_of
from counter.domain.calendar import WorkCalendar, local_regions
from counter.storage import tables as t
from counter.storage.meta import loads

_DEVICE = ("device", "self")


def calendar_in_force(connection: Connection) -> WorkCalendar | None:
    """Return it, ``None`` when no national list was installed; parsed once per content."""
    r = t.reference.c
    kinds = (CALENDAR[0], HOURS[0], _DEVICE[0])
    rows = connection.execute(
        select(r.kind, r.entity_id, r.body).where(r.kind.in_(kinds), r.is_current == 1)
    )
    texts = {(row.kind, row.entity_id): row.body for row in rows}
    region = str(loads(texts.get(_DEVICE, "{}")).get("hall", {}).get("region", ""))
    lists = tuple(
        texts.get((CALENDAR[0], code), "") for code in (CALENDAR[1], *local_regions(region))
    )
    return _joined(lists, texts.get(HOURS, "{}"))


def region_of(connection: Connection) -> str:
    """Return the region code of the hall, '' before enrolment."""
    r = t.reference.c
    kind, entity_id = _DEVICE
    where = (r.kind == kind, r.entity_id == entity_id, r.is_current == 1)
    text = connection.scalar(select(r.body).where(*where))
    return str(loads(text or "{}").get("hall", {}).get("region", ""))


@lru_cache(maxsize=4)
def _joined(lists: tuple[str, ...], hours: str) -> WorkCalendar | None:
    national, *local = lists
    if not national:
        return None
    calendar = WorkCalendar.from_json(national)
    for text in filter(None, local):
        calendar = calendar.merge(WorkCalendar.from_json(text))
    return calendar.with_closing(closing_of(loads(hours)))
