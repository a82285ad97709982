# SPDX-License-Identifier: MulanPSL-2.0
"""A computed deadline and its plain Chinese: one line for papers, sentences that explain each day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

Unit = Literal["workday", "natural", "hour"]
StepKind = Literal["start", "counted", "weekend", "holiday", "makeup", "moved", "pause", "unknown"]

_WEEKDAYS = "一二三四五六日"
_UNITS = {"workday": "个工作日", "natural": "天", "hour": "小时"}


@dataclass(frozen=True, slots=True)
class Step:
    """One day on the way to the deadline and why it counts or does not."""

    date: dt.date
    kind: StepKind
    text: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """A computed deadline.

    Attributes:
        date: Last day.
        provisional: True (暂定) if the result rests on days without a published list.
        steps: One step for each day looked at, in order of date.
        unit: Unit of ``amount``.
        amount: Days or hours asked for.
        at: Moment of expiry, only for hours.
    """

    date: dt.date
    provisional: bool
    steps: tuple[Step, ...]
    unit: Unit
    amount: int
    at: dt.datetime | None = None


def day_words(day: dt.date, today: dt.date | None = None) -> str:
    """Return 11月27日（周五), with the year if it is another one than today's."""
    year = f"{day.year}年" if today is not None and day.year != today.year else ""
    return f"{year}{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"


def short(deadline: Deadline, today: dt.date) -> str:
    """Return the deadline in one line, e.g. 11月27日（周五）前，共5个工作日，不含周末."""
    clock = f"{deadline.at:%H:%M}" if deadline.at is not None else ""
    day = day_words(deadline.date, today) + clock
    if today > deadline.date:
        when = f"已于{day}到期"
    elif today == deadline.date:
        when = f"今天（{day[:-1].replace('（', '，')}）之内" if not clock else f"今天{clock}前"
    else:
        when = f"{day}前"
    if deadline.provisional:
        when = f"暂定{when}"
    total = f"共{deadline.amount}{_UNITS[deadline.unit]}" if deadline.amount else "当天办结"
    return "，".join(part for part in (when, total, _left_out(deadline.steps)) if part)


def explain(deadline: Deadline) -> list[str]:
    """Return sentences that say of every day why it counts or does not."""
    lines: list[str] = []
    for _, group in groupby(deadline.steps, key=_sameness):
        lines.append(_sentence(list(group), deadline))
    end = day_words(deadline.date)
    at = f"{deadline.at:%H:%M}" if deadline.at is not None else ""
    lines.append(f"所以最后期限是{deadline.date.year}年{end}{at}。")
    if deadline.provisional:
        lines.append("这一段的放假安排还没有导入，日期是暂定的；导入放假安排后会重新计算。")
    return lines


def _sameness(step: Step) -> tuple[str, str]:
    counted = step.kind in {"counted", "unknown"}
    return (step.kind, "" if counted else step.text)


def _sentence(run: list[Step], deadline: Deadline) -> str:
    first, last = run[0], run[-1]
    days = day_words(first.date)
    if len(run) > 1:
        days += f"至{day_words(last.date)}"
    if first.kind in {"weekend", "holiday"}:
        return f"{days}是{first.text}，不算。"
    if first.kind == "makeup":
        return f"{days}{first.text}。"
    if first.kind in {"counted", "unknown"} and len(run) > 1:
        return f"{days}，{first.text}到{last.text}。"
    if deadline.unit == "hour":
        return f"{first.text}。" if first.kind != "start" else f"{days}{first.text}。"
    return f"{days}，{first.text}。"


def _left_out(steps: Sequence[Step]) -> str:
    kinds = {step.kind for step in steps}
    parts = [
        word
        for kind, word in (("weekend", "周末"), ("holiday", "节假日"), ("pause", "暂停的日子"))
        if kind in kinds
    ]
    return f"不含{'、'.join(parts)}" if parts else ""
