# SPDX-License-Identifier: MulanPSL-2.0
"""Deadlines computed step by step, so that every date can be explained (domain brief §3.3, §3.4).

Sources: 行政许可法 art. 45 (paused time is not counted), art. 82 (days are working days);
民法典 art. 201 (the first day is not counted), art. 203 (a last day on a holiday moves on).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal

from counter.domain.calendar import WorkCalendar
from counter.domain.deadline_words import Deadline, Step, StepKind, Unit, explain, short
from counter.domain.errors import DomainError

__all__ = [
    "Deadline",
    "Level",
    "Pause",
    "Step",
    "Unit",
    "add_days",
    "explain",
    "short",
    "warning_level",
    "workdays_between",
]

Level = Literal["none", "yellow", "red", "overdue"]
Pause = tuple[dt.date, dt.date]
"""Dates: both days are paused whole. Date-times matter only for hours: from inclusive, to not."""

MAX_DAYS = 3660
MAX_HOURS = 24 * MAX_DAYS
_LAST_YEAR = 9000
_ONE = dt.timedelta(days=1)


def add_days(
    start: dt.date | dt.datetime,
    amount: int,
    unit: Unit,
    calendar: WorkCalendar,
    *,
    after_hours: dt.time | None = None,
    pauses: Sequence[Pause] = (),
) -> Deadline:
    """Compute the deadline ``amount`` units after ``start``.

    Args:
        start: Day (or moment) of receipt; for hours it must be a moment.
        amount: How many, 0 for "the same day".
        unit: ``workday``, ``natural`` (a last day on a day off moves to the next working day) or
            ``hour`` (round the clock, as complaint rules mean it).
        calendar: The working-day calendar; beyond its coverage weekends still apply.
        after_hours: Closing time; a receipt later than that, or on a day off, counts as made on
            the next working day. None takes the hall's rule as the calendar carries it. Not used
            for hours, nor for a start without a time.
        pauses: Periods that are not counted (特别程序).

    Raises:
        DomainError: DL-AMOUNT, DL-START or DL-PAUSE if the input makes no sense.
    """
    _check(start, amount, unit, pauses)
    if unit == "hour":
        if not isinstance(start, dt.datetime):
            raise DomainError(code="DL-START", what="按小时计算的时限需要具体的收件时间。")
        return _add_hours(start, amount, pauses)
    if after_hours is not None:
        calendar = calendar.with_closing(after_hours)
    day = _date(start)
    begin = calendar.counts_from(start) if isinstance(start, dt.datetime) else day
    whole_days = tuple((_date(first), _date(last)) for first, last in pauses)
    return _add_days(day, begin, amount, unit, calendar, whole_days)


@lru_cache(maxsize=256)
def _add_days(
    day: dt.date,
    begin: dt.date,
    amount: int,
    unit: Unit,
    calendar: WorkCalendar,
    pauses: tuple[Pause, ...],
) -> Deadline:
    """Count from ``begin`` for what was received on ``day``; cases of one day ask the same."""
    steps: list[Step] = []
    late = begin != day
    if late:
        when = "下班以后" if calendar.is_workday(day) else "休息日"
        steps.append(Step(day, "moved", f"{when}收件，算下一个工作日收到"))
        day = begin
    steps.append(Step(day, "start", "收件当天，不算在内"))
    walk = _Walk(day, calendar, pauses, steps)
    if unit == "workday":
        _count(walk, amount, walk.count_workday)
    else:
        _count(walk, amount, walk.count_natural)
        if amount:
            walk.move_off_holiday()
    provisional = late and not calendar.known(day)
    provisional = provisional or _rests_on_unknown(unit, walk.day, steps, calendar)
    return Deadline(walk.day, provisional, tuple(steps), unit, amount)


class _Walk:
    """Goes day by day from the day of receipt and notes each day."""

    def __init__(
        self, day: dt.date, calendar: WorkCalendar, pauses: Sequence[Pause], steps: list[Step]
    ) -> None:
        self.day = day
        self._calendar = calendar
        self._pauses = pauses
        self._steps = steps

    def count_workday(self, number: int) -> bool:
        """Step on one day; tell whether it was working day ``number``."""
        self.day += _ONE
        if self._paused():
            return False
        kind = self._calendar.kind(self.day)
        if kind == "weekend":
            self._note("weekend", "周末")
        elif kind == "holiday":
            self._note("holiday", self._holiday())
        elif kind == "makeup":
            self._note("makeup", f"调休上班，第{number}个工作日")
        elif self._calendar.known(self.day):
            self._note("counted", f"第{number}个工作日")
        else:
            self._note("unknown", f"第{number}个工作日（放假安排未公布）")
        return kind in {"workday", "makeup"}

    def count_natural(self, number: int) -> bool:
        """Step on one day; tell whether it was natural day ``number``."""
        self.day += _ONE
        if self._paused():
            return False
        self._note("counted", f"第{number}天")
        return True

    def move_off_holiday(self) -> None:
        """Move a last day that is a day off to the next working day (民法典 art. 203)."""
        while not self._calendar.is_workday(self.day):
            weekend = self._calendar.kind(self.day) == "weekend"
            reason = "周末" if weekend else self._holiday()
            self._note("moved", f"最后一天遇{reason}，顺延")
            self.day += _ONE
            while self._paused():
                self.day += _ONE

    def _paused(self) -> bool:
        if not self._pauses:
            return False
        paused = any(first <= self.day <= last for first, last in self._pauses)
        if paused:
            self._note("pause", "暂停计时")
        return paused

    def _holiday(self) -> str:
        return f"{self._calendar.name(self.day) or '节假日'}放假"

    def _note(self, kind: StepKind, text: str) -> None:
        self._steps.append(Step(self.day, kind, text))


def warning_level(
    due: dt.date,
    today: dt.date,
    calendar: WorkCalendar,
    amount: int,
    *,
    unit: Literal["workday", "natural"] = "workday",
    yellow_share: float = 1 / 3,
    yellow_days: int = 2,
    red_days: int = 1,
) -> Level:
    """Tell how near the deadline is (§3.3: yellow at a third or 2 working days left, red at 1).

    Args:
        due: Last day.
        today: Today at the counter.
        calendar: Calendar for the working days left.
        amount: The whole time allowed, in ``unit``; 0 is a 即办件, which only goes overdue.
        unit: Unit of ``amount``; the share is measured in it, the day thresholds in working days.
        yellow_share: Share of ``amount`` left at which yellow begins.
        yellow_days: Working days left at which yellow begins at the latest.
        red_days: Working days left at which red begins.
    """
    if today > due:
        return "overdue"
    if amount == 0:
        return "none"
    left = workdays_between(today, due, calendar)
    share_left = left if unit == "workday" else (due - today).days
    if left <= red_days:
        return "red"
    return "yellow" if left <= yellow_days or share_left <= amount * yellow_share else "none"


def workdays_between(start: dt.date, end: dt.date, calendar: WorkCalendar) -> int:
    """Count working days after ``start`` up to and including ``end``."""
    days = range(1, (end - start).days + 1)
    return sum(calendar.is_workday(start + dt.timedelta(days=n)) for n in days)


def _check(start: dt.date | dt.datetime, amount: int, unit: Unit, pauses: Sequence[Pause]) -> None:
    limit = MAX_HOURS if unit == "hour" else MAX_DAYS
    if not 0 <= amount <= limit:
        raise DomainError(code="DL-AMOUNT", what=f"时限应在0到{limit}之间，请核对事项设置。")
    if start.year > _LAST_YEAR:
        raise DomainError(code="DL-START", what="起算日期太远了，请核对本机日期。")
    for first, last in pauses:
        if _date(first) > _date(last) or _date(last).year > _LAST_YEAR:
            raise DomainError(code="DL-PAUSE", what="暂停计时的结束日期早于开始日期，请核对。")


def _count(walk: _Walk, amount: int, step: Callable[[int], bool]) -> None:
    done = 0
    while done < amount:
        done += step(done + 1)


def _rests_on_unknown(
    unit: Unit, end: dt.date, steps: Sequence[Step], calendar: WorkCalendar
) -> bool:
    """Working days need every day's list; natural days only that of the last day and its move."""
    if unit == "workday":
        used = [s.date for s in steps if s.kind in {"counted", "weekend", "makeup", "unknown"}]
    else:
        used = [s.date for s in steps if s.kind == "moved" and s.date <= end]
        used += [end] if len(steps) > 1 else []
    return not all(calendar.known(day) for day in used)


def _add_hours(start: dt.datetime, amount: int, pauses: Sequence[Pause]) -> Deadline:
    end = start + dt.timedelta(hours=amount)
    steps = [Step(start.date(), "start", f"{start:%H:%M}起算")]
    spans = sorted((_moment(a, start, _ONE * 0), _moment(b, start, _ONE)) for a, b in pauses)
    done = start
    for first, last in spans:
        begin = max(first, done)
        if begin < end and last > begin:
            end += last - begin
            done = last
            steps.append(Step(begin.date(), "pause", f"{_hm(begin)}至{_hm(last)}暂停计时"))
    steps.append(Step(end.date(), "counted", f"{_hm(end)}到期"))
    return Deadline(end.date(), False, tuple(steps), "hour", amount, end)


def _moment(edge: dt.date, like: dt.datetime, whole_day: dt.timedelta) -> dt.datetime:
    if isinstance(edge, dt.datetime):
        return edge
    return dt.datetime.combine(edge, dt.time(), tzinfo=like.tzinfo) + whole_day


def _hm(moment: dt.datetime) -> str:
    return f"{moment.month}月{moment.day}日{moment:%H:%M}"


def _date(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value
