# SPDX-License-Identifier: MulanPSL-2.0
"""When something has to be done again: by the last time, or by the window of the year."""

from __future__ import annotations

from datetime import date

import pytest

from counter.domain.catalog import Cycle
from counter.domain.cycles import again, months_on
from tests.unit.catalog_kit import item


@pytest.mark.parametrize(
    ("code", "last", "opens", "ends"),
    [
        ("pension_alive", "2025-12-10", "2026-11-10", "2026-12-10"),
        ("pension_alive", "2024-02-29", "2025-01-29", "2025-02-28"),
        # 年审 from January to March: done in March, or in November for the year to come.
        ("family_plan_aid", "2026-03-05", "2027-01-01", "2027-03-31"),
        ("family_plan_aid", "2026-11-05", "2027-01-01", "2027-03-31"),
    ],
)
def test_the_next_time(code: str, last: str, opens: str, ends: str) -> None:
    cycle = item(code).cycle
    assert cycle is not None
    found = again(cycle, date.fromisoformat(last))
    assert (found.opens.isoformat(), found.ends.isoformat()) == (opens, ends)
    assert found.remind <= found.ends


def test_what_was_done_before_the_window_opens_does_not_count_for_it() -> None:
    cycle = Cycle(
        months=12, basis="calendar", from_month=5, to_month=6, remind_days=10, text="年审"
    )
    found = again(cycle, date(2026, 2, 1))
    assert (found.opens, found.ends, found.remind) == (
        date(2026, 5, 1),
        date(2026, 6, 30),
        date(2026, 5, 1),
    )


def test_a_short_month_takes_its_last_day() -> None:
    assert months_on(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_on(date(2026, 12, 15), 12) == date(2027, 12, 15)
