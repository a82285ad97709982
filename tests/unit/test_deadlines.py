# SPDX-License-Identifier: MulanPSL-2.0
"""Working calendar, deadlines with their words, warning levels, the deadline command."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter.deadline_cli import load_calendar, main
from counter.domain.calendar import Coverage, WorkCalendar
from counter.domain.deadlines import (
    Unit,
    add_days,
    explain,
    short,
    warning_level,
    workdays_between,
)
from counter.domain.errors import DomainError, KnownError

D = dt.date
ONE = dt.timedelta(days=1)
at = dt.datetime.fromisoformat
CN = load_calendar(None)
days_known = st.dates(CN.covers.first, D(2026, 9, 1))


def test_seed_equals_chinesecalendar_on_every_day() -> None:
    day = CN.covers.first
    while day <= CN.covers.last:
        off, name = chinese_calendar.get_holiday_detail(day)
        assert CN.is_workday(day) is (not off), day
        assert (CN.kind(day) == "holiday") == (off and name is not None), day
        assert bool(CN.name(day)) == (name is not None), day
        day += ONE


@pytest.mark.parametrize(
    ("start", "amount", "due"),
    [
        (D(2026, 2, 12), 5, D(2026, 2, 26)),
        (D(2026, 4, 28), 5, D(2026, 5, 8)),
        (D(2026, 9, 18), 5, D(2026, 9, 24)),
        (D(2026, 9, 18), 20, D(2026, 10, 22)),
        (D(2026, 9, 29), 5, D(2026, 10, 12)),
    ],
)
def test_reference_results_of_the_brief(start: D, amount: int, due: D) -> None:
    deadline = add_days(start, amount, "workday", CN)
    assert (deadline.date, deadline.provisional) == (due, False)


@given(days_known, st.integers(1, 60))
def test_working_days_in_the_interval_are_the_amount(start: D, amount: int) -> None:
    deadline = add_days(start, amount, "workday", CN)
    days = [start + ONE * n for n in range(1, (deadline.date - start).days + 1)]
    assert sum(map(chinese_calendar.is_workday, days)) == amount
    assert chinese_calendar.is_workday(deadline.date)
    assert [s.date for s in deadline.steps] == [start, *days]
    assert workdays_between(start, deadline.date, CN) == amount
    assert not deadline.provisional


@given(days_known, st.integers(0, 60), st.sampled_from(["workday", "natural"]))
def test_later_receipt_or_more_days_never_end_earlier(start: D, amount: int, unit: Unit) -> None:
    due = add_days(start, amount, unit, CN).date
    assert due <= add_days(start + ONE, amount, unit, CN).date
    assert due <= add_days(start, amount + 1, unit, CN).date


@given(days_known, st.integers(1, 90))
def test_natural_last_day_is_the_next_working_day(start: D, amount: int) -> None:
    due = add_days(start, amount, "natural", CN).date
    plain = start + ONE * amount
    assert due >= plain
    assert chinese_calendar.is_workday(due)
    assert workdays_between(plain - ONE, due, CN) == 1


def test_natural_days_say_why_the_last_day_moved() -> None:
    holiday = add_days(D(2026, 9, 24), 1, "natural", CN)
    weekend = add_days(D(2026, 11, 20), 1, "natural", CN)
    assert (holiday.date, weekend.date) == (D(2026, 9, 28), D(2026, 11, 23))
    assert "最后一天遇中秋节放假，顺延" in explain(holiday)[2]
    assert "最后一天遇周末，顺延" in explain(weekend)[2]
    assert add_days(D(2026, 11, 21), 0, "natural", CN).date == D(2026, 11, 21)


def test_paused_days_are_not_counted() -> None:
    pause = (D(2026, 11, 23), D(2026, 11, 25))
    deadline = add_days(D(2026, 11, 20), 2, "workday", CN, pauses=[pause])
    assert deadline.date == D(2026, 11, 27)
    assert any("暂停计时" in line for line in explain(deadline))
    assert "暂停的日子" in short(deadline, D(2026, 11, 20))
    natural = add_days(
        D(2026, 11, 20), 1, "natural", CN, pauses=[(D(2026, 11, 23), D(2026, 11, 23))]
    )
    assert natural.date == D(2026, 11, 24)
    counted = add_days(D(2026, 11, 22), 1, "natural", CN, pauses=[pause])
    assert counted.date == D(2026, 11, 26)


def test_after_hours_counts_as_the_next_working_day() -> None:
    close = dt.time(17, 30)
    late = add_days(at("2026-11-20T17:31"), 5, "workday", CN, after_hours=close)
    in_time = add_days(at("2026-11-20T17:30"), 5, "workday", CN, after_hours=close)
    off = add_days(at("2026-11-20T17:31"), 5, "workday", CN)
    assert (late.date, in_time.date, off.date) == (
        D(2026, 11, 30),
        D(2026, 11, 27),
        D(2026, 11, 27),
    )
    assert "下班以后收件" in explain(late)[0]


def test_beyond_the_list_is_provisional_and_settles_when_it_arrives() -> None:
    start = D(2026, 12, 28)
    deadline = add_days(start, 20, "workday", CN)
    assert (deadline.date, deadline.provisional) == (D(2027, 1, 25), True)
    assert "暂定" in explain(deadline)[-1]
    assert short(deadline, start) == "暂定2027年1月25日（周一）前，共20个工作日，不含周末"
    year = WorkCalendar(
        version="cn-2027",
        region="CN",
        covers=Coverage(first=D(2027, 1, 1), last=D(2027, 12, 31)),
        days={D(2027, 1, 1): "holiday"},
    )
    settled = add_days(start, 20, "workday", CN.extended(year))
    assert (settled.date, settled.provisional) == (D(2027, 1, 26), False)
    assert "节假日放假" in "".join(explain(settled))
    assert add_days(start, 5, "natural", CN).provisional
    late = at("2026-12-31T18:00")
    assert add_days(late, 0, "workday", CN, after_hours=dt.time(17)).provisional
    assert not add_days(D(2027, 3, 1), 0, "natural", CN).provisional


def test_hours_run_round_the_clock_but_for_pauses() -> None:
    start = at("2026-11-22T10:30")
    plain = add_days(start, 24, "hour", CN)
    assert plain.at == at("2026-11-23T10:30")
    pauses = [
        (at("2026-11-22T12:00"), at("2026-11-22T13:00")),
        (D(2026, 11, 23), D(2026, 11, 23)),
        (D(2026, 12, 23), D(2026, 12, 23)),
        (D(2026, 11, 1), D(2026, 11, 2)),
    ]
    paused = add_days(start, 24, "hour", CN, pauses=pauses)
    assert paused.at == at("2026-11-24T11:30")
    assert explain(plain)[0] == "11月22日（周日）10:30起算。"
    assert short(plain, D(2026, 11, 22)) == "11月23日（周一）10:30前，共24小时"
    assert short(plain, D(2026, 11, 23)) == "今天10:30前，共24小时"


@pytest.mark.parametrize(
    ("start", "amount", "unit", "pauses", "code"),
    [
        (D(2026, 1, 1), -1, "workday", [], "DL-AMOUNT"),
        (D(2026, 1, 1), 3661, "natural", [], "DL-AMOUNT"),
        (D(9999, 1, 1), 1, "workday", [], "DL-START"),
        (D(2026, 1, 1), 1, "hour", [], "DL-START"),
        (D(2026, 1, 1), 1, "workday", [(D(2026, 1, 3), D(2026, 1, 2))], "DL-PAUSE"),
    ],
)
def test_senseless_input(
    start: D, amount: int, unit: Unit, pauses: list[tuple[D, D]], code: str
) -> None:
    with pytest.raises(DomainError, match=code):
        add_days(start, amount, unit, CN, pauses=pauses)


def test_one_line_for_papers() -> None:
    deadline = add_days(D(2026, 11, 20), 5, "workday", CN)
    assert short(deadline, D(2026, 11, 20)) == "11月27日（周五）前，共5个工作日，不含周末"
    assert short(deadline, D(2026, 11, 27)) == "今天（11月27日，周五）之内，共5个工作日，不含周末"
    assert short(deadline, D(2026, 11, 28)) == "已于11月27日（周五）到期，共5个工作日，不含周末"
    same_day = add_days(D(2026, 11, 20), 0, "workday", CN)
    assert short(same_day, D(2026, 11, 20)) == "今天（11月20日，周五）之内，当天办结"


def test_every_counted_day_is_explained() -> None:
    lines = explain(add_days(D(2026, 9, 18), 5, "workday", CN))
    assert lines == [
        "9月18日（周五），收件当天，不算在内。",
        "9月19日（周六）是周末，不算。",
        "9月20日（周日）调休上班，第1个工作日。",
        "9月21日（周一）至9月24日（周四），第2个工作日到第5个工作日。",
        "所以最后期限是2026年9月24日（周四）。",
    ]


def test_warnings_of_the_acceptance_story() -> None:
    due = D(2026, 9, 24)
    levels = [warning_level(due, D(2026, 9, day), CN, 5) for day in (21, 22, 23, 24, 25)]
    assert levels == ["none", "yellow", "red", "red", "overdue"]
    assert warning_level(D(2026, 10, 22), D(2026, 10, 14), CN, 20) == "yellow"
    assert warning_level(D(2026, 10, 22), D(2026, 10, 13), CN, 20) == "none"
    assert warning_level(D(2026, 11, 30), D(2026, 11, 20), CN, 30, unit="natural") == "yellow"
    assert warning_level(D(2026, 11, 20), D(2026, 11, 20), CN, 0) == "none"
    assert warning_level(D(2026, 11, 20), D(2026, 11, 21), CN, 0) == "overdue"


def local(first: D, last: D, day: D, region: str = "150000") -> WorkCalendar:
    return WorkCalendar(
        version="x", region=region, covers=Coverage(first=first, last=last), days={day: "holiday"}
    )


def test_local_days_lie_over_the_national_list() -> None:
    merged = CN.merge(local(D(2026, 1, 1), D(2028, 1, 1), D(2026, 11, 26)))
    assert not merged.is_workday(D(2026, 11, 26))
    assert CN.is_workday(D(2026, 11, 26))
    assert not merged.known(D(2027, 1, 1))
    assert merged.version == "cn-2024-2026+x"
    assert CN.covers.first == D(2004, 1, 1)
    listed = CN.model_copy(update={"days": {D(2026, 11, 26): "workday"}})
    assert listed.kind(D(2026, 11, 26)) == "workday"


def test_lists_must_touch_and_be_of_one_region() -> None:
    with pytest.raises(DomainError, match="CAL-GAP"):
        CN.extended(local(D(2028, 1, 1), D(2028, 12, 31), D(2028, 1, 1), "CN"))
    with pytest.raises(DomainError, match="CAL-GAP"):
        CN.extended(local(D(2002, 1, 1), D(2002, 12, 31), D(2002, 1, 1), "CN"))
    with pytest.raises(DomainError, match="CAL-REGION"):
        CN.extended(local(D(2027, 1, 1), D(2027, 12, 31), D(2027, 1, 1)))


@pytest.mark.parametrize(
    "data",
    [
        "no json",
        '{"version":"1","region":"CN","covers":{"from":"2026-02-01","to":"2026-01-01"},"days":{}}',
        '{"version":"1","region":"CN","covers":{"from":"2026-01-01","to":"2026-02-01"},"days":{"x":"y"}}',
    ],
)
def test_bad_calendar_files(data: str) -> None:
    with pytest.raises(KnownError, match="CAL-BAD"):
        WorkCalendar.from_json(data)


def test_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["2026-09-18", "5"]) == 0
    assert capsys.readouterr().out == "2026-09-24\n"
    assert main(["2026-12-28", "20", "--explain"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "2027-01-25 暂定"
    assert main(["2026-11-22T10:30", "2", "--unit", "hour"]) == 0
    assert capsys.readouterr().out == "2026-11-22T12:30\n"
    assert main(["soon", "5"]) == 2
    assert main(["2026-09-18", "5", "--calendar", str(tmp_path / "none.json")]) == 2
    assert "CAL-FILE" in capsys.readouterr().err


def test_command_with_office_hours_and_a_local_list(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["2026-11-20T18:00", "5", "--closing", "17:30"]) == 0
    assert capsys.readouterr().out == "2026-11-30\n"
    file = tmp_path / "local.json"
    listed = local(D(2026, 1, 1), D(2026, 12, 31), D(2026, 11, 25))
    file.write_text(listed.model_dump_json(by_alias=True), "utf-8")
    assert main(["2026-11-20", "5", "--local", str(file)]) == 0
    assert capsys.readouterr().out == "2026-11-30\n"
    assert main(["2026-11-20", "5", "--closing", "late"]) == 2


def test_command_without_any_list(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("counter.deadline_cli.CALENDARS", tmp_path)
    assert main(["2026-09-18", "5"]) == 2
