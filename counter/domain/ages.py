# SPDX-License-Identifier: MulanPSL-2.0
"""Full years and months of life on a day."""

from __future__ import annotations

import calendar
from datetime import date


def full_months(born: date, today: date) -> int:
    """Return full months from ``born`` to ``today``; never less than zero.

    A month without the day of birth ends with its last day (民法典 art. 202).
    """
    months = (today.year - born.year) * 12 + today.month - born.month
    last = calendar.monthrange(today.year, today.month)[1]
    if today.day < min(born.day, last):
        months -= 1
    return max(months, 0)


def full_years(born: date, today: date) -> int:
    """Return the age in full years (周岁)."""
    return full_months(born, today) // 12


def parse_day(text: str) -> date | None:
    """Return the day of an ISO date, or None if it is none (``长期``, empty, impossible)."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def ymd(day: date) -> int:
    """Return the day as a number for comparisons in conditions, e.g. 20261122."""
    return day.year * 10000 + day.month * 100 + day.day
