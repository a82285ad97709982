# SPDX-License-Identifier: MulanPSL-2.0
"""When something has to be done again (资格认证, 复核, 年审), from the cycle of its item."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from counter.domain.catalog import Cycle


@dataclass(frozen=True, slots=True)
class Again:
    """The next time: first day one may come, last day, and the day from which one is reminded."""

    opens: date
    ends: date
    remind: date


def again(cycle: Cycle, last: date) -> Again:
    """Return the next time of what was last done on ``last``.

    By ``last_done`` the term ends on the same day of the month that many months later (the last
    day of a shorter month). By ``calendar`` it ends with the yearly window that comes after the
    one it was done in; what is done early, before the window opens, does not count for it.
    """
    if cycle.basis == "last_done":
        ends = months_on(last, cycle.months)
        opens = ends - timedelta(days=cycle.remind_days)
        return Again(opens, ends, opens)
    year = last.year if last.month < cycle.from_month else last.year + max(1, cycle.months // 12)
    opens = date(year, cycle.from_month, 1)
    ends = date(year, cycle.to_month, monthrange(year, cycle.to_month)[1])
    return Again(opens, ends, min(opens, ends - timedelta(days=cycle.remind_days)))


def months_on(day: date, months: int) -> date:
    """Return the same day of the month some months later, the last day of a shorter month."""
    count = day.year * 12 + day.month - 1 + months
    year, month = count // 12, count % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
