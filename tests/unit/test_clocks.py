# SPDX-License-Identifier: MulanPSL-2.0
"""Clocks of a case as data; lists that may and may not follow one another."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter.deadline_cli import load_calendar
from counter.domain.calendar import Coverage, WorkCalendar
from counter.domain.calendar_check import problems, read_signed, sign_calendar, succeed
from counter.domain.clocks import (
    CaseClock,
    extend_clock,
    nearest,
    pause_clock,
    recompute,
    resume_clock,
    start_clock,
    why_moved,
    within_law,
)
from counter.domain.deadlines import Unit, add_days
from counter.domain.errors import DomainError, KnownError
from counter.domain.signing import SigningKey, sign_json
from tests.fakes.calendars import list_of_2027

D = dt.date
CN = load_calendar(None)
BEIJING = dt.timezone(dt.timedelta(hours=8))
KEY = SigningKey.from_seed("centre-1", b"c" * 32)
KEYS = {KEY.kid: KEY.public_hex}
START = dt.datetime(2025, 1, 1, tzinfo=BEIJING)
moments = st.integers(0, 600 * 24 * 60).map(lambda n: START + dt.timedelta(minutes=n))


@given(moments, st.integers(0, 60), st.sampled_from(["workday", "natural"]))
def test_a_clock_is_the_deadline_kept_as_data(start: dt.datetime, amount: int, unit: Unit) -> None:
    clock = start_clock("answer", start, amount, unit, CN)
    assert clock.due == add_days(start, amount, unit, CN).date.isoformat()
    kept = CaseClock.model_validate_json(clock.model_dump_json())
    assert recompute(kept, CN) == clock


@given(moments, moments, st.integers(0, 30))
def test_office_hours_never_make_a_later_receipt_due_earlier(
    first: dt.datetime, second: dt.datetime, amount: int
) -> None:
    hall = CN.with_closing(dt.time(17, 30))
    early, late = sorted((first, second))
    one, two = (add_days(at, amount, "workday", hall).date for at in (early, late))
    assert one <= two
    assert add_days(early, amount, "workday", CN).date <= one


def test_a_receipt_on_a_day_off_counts_like_one_after_hours() -> None:
    hall = CN.with_closing(dt.time(17, 30))
    evening = start_clock(
        "answer", dt.datetime(2026, 11, 20, 18, tzinfo=BEIJING), 5, "workday", hall
    )
    saturday = start_clock(
        "answer", dt.datetime(2026, 11, 21, 9, tzinfo=BEIJING), 5, "workday", hall
    )
    assert evening.due == saturday.due == "2026-11-30"


@given(
    st.dates(D(2026, 1, 5), D(2026, 6, 1)),
    st.integers(1, 30),
    st.integers(0, 20),
    st.integers(0, 20),
)
def test_a_pause_moves_the_day_by_its_working_days(
    start: D, amount: int, wait: int, length: int
) -> None:
    clock = start_clock("promise", start, amount, "workday", CN)
    first = start + dt.timedelta(days=1 + wait)
    last = first + dt.timedelta(days=length)
    standing = pause_clock(clock, first, "现场勘验")
    assert (standing.due, standing.stands) == ("", True)
    assert recompute(standing, CN) == standing
    running = resume_clock(standing, last, CN)
    days = [start + dt.timedelta(days=n) for n in range(1, 400)]
    counted = [d for d in days if CN.is_workday(d) and not first <= d <= last]
    assert running.due == counted[amount - 1].isoformat()


def test_pauses_and_extensions_are_refused_when_they_make_no_sense() -> None:
    clock = start_clock("promise", D(2026, 11, 20), 10, "workday", CN)
    with pytest.raises(DomainError, match="DL-RUNS"):
        resume_clock(clock, D(2026, 11, 25), CN)
    standing = pause_clock(clock, D(2026, 11, 25), "专家评审")
    with pytest.raises(DomainError, match="DL-STANDS"):
        pause_clock(standing, D(2026, 11, 26), "听证")
    with pytest.raises(DomainError, match="DL-PAUSE"):
        resume_clock(standing, D(2026, 11, 24), CN)
    with pytest.raises(DomainError, match="DL-AMOUNT"):
        extend_clock(clock, 0, CN)


def test_the_law_gives_ten_more_days_and_a_promise_stays_within() -> None:
    legal = start_clock("legal", D(2026, 9, 18), 20, "workday", CN)
    assert legal.due == "2026-10-22"
    longer = extend_clock(legal, 10, CN)
    assert (longer.amount, longer.more, longer.due) == (20, 10, "2026-11-05")
    promise = start_clock("promise", D(2026, 9, 18), 10, "workday", CN)
    assert within_law(promise, legal)
    assert not within_law(longer, legal)
    assert nearest([legal, promise]) == promise
    assert nearest([]) is None


def test_a_later_list_moves_the_day_and_says_why() -> None:
    clock = start_clock("legal", D(2026, 12, 28), 20, "workday", CN)
    assert (clock.due, clock.provisional) == ("2027-01-25", True)
    year = succeed(CN, list_of_2027(edition=1))
    moved = recompute(clock, year)
    assert (moved.due, moved.provisional, moved.calendar) == ("2027-01-26", False, "cn-2027")
    assert why_moved(clock, moved) == (
        "法定期限由 暂定2027-01-25 改为 2027-01-26：按新的放假安排（cn-2027）重新计算。"
    )
    assert "不再暂定" in why_moved(clock, clock.model_copy(update={"provisional": False}))


def test_seeds_have_no_faults() -> None:
    assert problems(CN) == ()
    assert problems(list_of_2027()) == ()


def changed(**more: object) -> WorkCalendar:
    return WorkCalendar.model_validate(list_of_2027(edition=1).model_dump() | more)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"days": {D(2027, 1, 1): "holiday"}}, "天放假"),
        ({"days": {**list_of_2027().days, D(2028, 1, 1): "holiday"}}, "起止日期"),
        ({"days": {**list_of_2027().days, D(2027, 3, 3): "workday"}}, "本来就上班"),
        ({"names": {D(2027, 3, 3): "某节"}}, "节日名称"),
        (
            {"days": {**list_of_2027().days, **{D(2027, 7, n): "holiday" for n in range(1, 31)}}},
            "天放假",
        ),
        (
            {
                "days": {
                    day: kind for day, kind in list_of_2027().days.items() if day != D(2027, 10, 1)
                }
            },
            "10月1日",
        ),
    ],
)
def test_nonsense_is_refused_in_words(change: dict[str, object], words: str) -> None:
    with pytest.raises(DomainError, match="CAL-NONSENSE") as refused:
        succeed(CN, changed(**change))
    assert words in refused.value.what


def test_an_older_list_never_replaces_a_newer_one() -> None:
    now = succeed(CN, list_of_2027(edition=2))
    with pytest.raises(DomainError, match="CAL-SAME"):
        succeed(now, list_of_2027(edition=2))
    with pytest.raises(DomainError, match="CAL-OLD"):
        succeed(now, changed(version="cn-2027-first"))
    assert succeed(None, list_of_2027()) == list_of_2027()


def test_a_correction_takes_the_place_of_what_was_listed() -> None:
    now = succeed(CN, list_of_2027(edition=1))
    shorter = {k: v for k, v in list_of_2027().days.items() if k != D(2027, 5, 5)}
    fixed = succeed(now, changed(version="cn-2027-2", edition=2, days=shorter, names={}))
    assert now.kind(D(2027, 5, 5)) == "holiday"
    assert fixed.kind(D(2027, 5, 5)) == "workday"
    assert fixed.covers == Coverage(first=D(2004, 1, 1), last=D(2027, 12, 31))


def test_only_a_list_signed_by_our_centre_is_read() -> None:
    token = sign_calendar(list_of_2027(edition=1), KEY)
    assert read_signed(token + "\n", KEYS) == list_of_2027(edition=1)
    stranger = SigningKey.from_seed("centre-1", b"x" * 32)
    for text in (
        sign_calendar(list_of_2027(edition=1), stranger),
        token[:-8],
        token.replace(".", ".A", 1),
        "no token",
        sign_json({"a": 1}, KEY, "yc-op+jws"),
    ):
        with pytest.raises(DomainError, match="SIG-"):
            read_signed(text, KEYS)
    with pytest.raises(DomainError, match="CAL-SIGN"):
        read_signed(sign_calendar(list_of_2027(), SigningKey.generate("other")), KEYS)
    with pytest.raises(KnownError, match="CAL-BAD"):
        read_signed(sign_json({"a": 1}, KEY, "yc-calendar+jws"), KEYS)
