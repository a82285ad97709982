# SPDX-License-Identifier: MulanPSL-2.0
"""Installing a list of holidays and computing every open case's days again, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from counter.app.dates import redate
from counter.app.knowledge import CALENDAR, calendar_of
from counter.domain.calendar import WorkCalendar
from counter.domain.calendar_check import succeed
from counter.ports.storage import CaseEventRow, Cases, DateChange, Reference


@dataclass(frozen=True)
class CalendarInstalled:
    """What a list did: its version, until when days are known now, and which days moved."""

    version: str
    known_until: str
    changes: tuple[DateChange, ...]

    @property
    def cases(self) -> int:
        """Number of cases of which a day moved."""
        return len({change.case_id for change in self.changes})


def install_calendar(
    reference: Reference, cases: Cases, calendar: WorkCalendar, *, region: str, at: str
) -> CalendarInstalled:
    """Put a list into force; the caller's transaction makes it all or nothing.

    Args:
        reference: Where lists are kept.
        cases: The open cases.
        calendar: A list whose origin was verified; one year or more, national or local.
        region: Region of the hall.
        at: Moment of the act, ISO 8601.

    Raises:
        DomainError: CAL-NONSENSE, CAL-SAME, CAL-OLD, CAL-GAP; nothing was changed.
        KnownError: CAL-NONE: a local list, while there is no national one.
    """
    before = reference.get(CALENDAR[0], calendar.region)
    now = succeed(WorkCalendar.model_validate(before) if before else None, calendar)
    body = now.model_dump(mode="json", by_alias=True)
    reference.put(CALENDAR[0], now.region, now.version, body)
    in_force = calendar_of(reference, region)
    changes: list[DateChange] = []
    for case in cases.open_cases():
        after, moved = redate(case, in_force)
        if not moved and after == case:
            continue
        cases.update(after)
        changes += moved
        for change in moved:
            cases.add_event(
                CaseEventRow(
                    case.case_id, at, "期限重新计算", "系统", "本机", change.why, "counter"
                )
            )
    cases.note_date_changes(at, now.version, changes)
    return CalendarInstalled(now.version, in_force.covers.last.isoformat(), tuple(changes))
