# SPDX-License-Identifier: MulanPSL-2.0
"""Lists of holidays at the centre: editions, the calendar of a hall, the file for halls offline."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from counter.domain.calendar import WorkCalendar, local_regions
from counter.domain.calendar_check import NATIONAL, sign_calendar, succeed
from counter.domain.errors import DomainError, KnownError
from sync.hub.centre import Centre
from sync.hub.handlers import deeds
from sync.hub.storage import feed, halls, reference, settings
from sync.hub.storage.engine import Tx
from sync.hub.storage.pending import forget, remember

KIND = "calendar"
_HOURS = "closing:"


def next_edition(tx: Tx, body: dict[str, Any]) -> dict[str, Any]:
    """Return the whole list that publishing ``body`` brings into force.

    Raises:
        DomainError: CAL-NONSENSE, CAL-GAP.
    """
    given = WorkCalendar.model_validate(body)
    before = _newest(tx, given.region)
    edition = before.edition + 1 if before else 1
    now = succeed(before, given.model_copy(update={"edition": edition}))
    return now.model_dump(mode="json", by_alias=True)


def calendar_for(tx: Tx, hall_code: str) -> WorkCalendar | None:
    """Return the calendar of a hall: national, its region's lists, its office hours."""
    return remember(tx, _name_of(hall_code), lambda: _calendar_for(tx, hall_code), share=True)


def recalled_calendar(centre: Centre, hall_code: str) -> WorkCalendar | None:
    """Return the calendar of a hall if it is at hand without asking: good for a guess."""
    found: WorkCalendar | None = centre.database.recalled(_name_of(hall_code))
    return found


def _name_of(hall_code: str) -> tuple[str, ...]:
    return ("calendar", hall_code)


def _calendar_for(tx: Tx, hall_code: str) -> WorkCalendar | None:
    calendar = _newest(tx, NATIONAL)
    if calendar is None:
        return None
    hall = halls.hall(tx, hall_code)
    for region in local_regions(hall.region if hall else ""):
        local = _newest(tx, region)
        if local is not None:
            calendar = calendar.merge(local)
    closing = settings.get(tx, _HOURS + hall_code)
    return calendar.with_closing(dt.time.fromisoformat(closing) if closing else None)


def signed_file(centre: Centre, region: str = NATIONAL) -> str:
    """Return the list in force as the text of a file, signed, for halls without a line.

    Raises:
        DomainError: CAL-NONE.
    """
    with centre.database.read() as tx:
        calendar = _newest(tx, region)
    if calendar is None:
        raise DomainError(code="CAL-NONE", what="中心还没有发布过这个地区的放假安排。")
    return sign_calendar(calendar, centre.keys.signing)


def read_file(file: Path) -> WorkCalendar:
    """Read a list as an author wrote it.

    Raises:
        KnownError: CAL-FILE, CAL-BAD.
    """
    try:
        return WorkCalendar.from_json(file.read_bytes())
    except OSError as error:
        raise KnownError(
            code="CAL-FILE", what="打不开放假安排文件。", safe="没有发布任何内容。"
        ) from error


def closing_time(text: str) -> dt.time | None:
    """Return a time of day as typed, None for ``off``.

    Raises:
        DomainError: CAL-HOURS.
    """
    try:
        return None if text == "off" else dt.time.fromisoformat(text)
    except ValueError as error:
        raise DomainError(
            code="CAL-HOURS", what="下班时间请写成 17:30，或 off。", safe="没有改动。"
        ) from error


def set_closing(centre: Centre, hall_code: str, closing: dt.time | None) -> None:
    """Say from when on a receipt counts as made on the next working day in a hall; None = never.

    Counters hear of it by pull; clocks that run already keep the rule they began under.
    """
    text = closing.isoformat("minutes") if closing else ""
    with deeds.writing(centre, "hall.hours") as (tx, deed):
        deed.about = hall_code
        settings.put(tx, _HOURS + hall_code, text)
        forget(tx)
        revs = f"rev:{_HOURS}{hall_code}"
        rev = int(settings.get(tx, revs) or 0) + 1
        settings.put(tx, revs, str(rev))
        scope = feed.hall_scope(hall_code)
        body = {"closing": text}
        feed.put(tx, feed.Change(scope, "policy", "hours", rev, body, centre.now()))


def _newest(tx: Tx, region: str) -> WorkCalendar | None:
    body = reference.latest(tx, KIND).get(region)
    return WorkCalendar.model_validate(body) if body else None
