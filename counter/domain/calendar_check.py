# SPDX-License-Identifier: MulanPSL-2.0
"""What is wrong with a list of holidays, and when one may replace another (domain brief §3.4)."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter

from counter.domain.calendar import WorkCalendar
from counter.domain.errors import DomainError
from counter.domain.signing import SigningKey, peek_header, sign_json, verify_json

CALENDAR_TYP = "yc-calendar+jws"
NATIONAL = "CN"
_SAFE = "原来的放假安排还在用，已算好的日期没有变。"
# Bounds of every national year since 2004 with room to spare; a list beyond them is a slip.
_HOLIDAYS = (9, 45)
_MAKEUPS = 12
_ALWAYS = ((1, 1), (10, 1))
_SHOWN = 3


def problems(calendar: WorkCalendar) -> tuple[str, ...]:
    """Return in words what cannot be right; an empty answer means the list may be used."""
    found = []
    outside = sorted(day for day in {*calendar.days, *calendar.names} if not calendar.known(day))
    if outside:
        found.append(f"有{len(outside)}天不在这份安排说的起止日期之内：{_some(outside)}")
    unlisted = sorted(set(calendar.names) - set(calendar.days))
    if unlisted:
        found.append(f"有{len(unlisted)}天有节日名称，却没有写放假还是上班：{_some(unlisted)}")
    idle = sorted(d for d in calendar.days if calendar.days[d] == "workday" and d.weekday() < 5)
    if idle:
        found.append(f"有{len(idle)}天本来就上班，却列成调休上班：{_some(idle)}")
    if calendar.region == NATIONAL:
        found += [words for year in _whole_years(calendar) for words in _year(calendar, year)]
    return tuple(found)


def succeed(old: WorkCalendar | None, new: WorkCalendar) -> WorkCalendar:
    """Return the calendar in force after ``new`` arrives at one that has ``old``.

    Raises:
        DomainError: CAL-NONSENSE with the list of faults, CAL-SAME if it is the one in force,
            CAL-OLD if it is older, CAL-REGION, CAL-GAP.
    """
    faults = problems(new)
    if faults:
        raise DomainError(
            code="CAL-NONSENSE",
            what="这份放假安排里有明显的错：" + "；".join(faults) + "。",
            safe=_SAFE,
            todo="请向中心要一份正确的文件。",
        )
    if old is None:
        return new
    if (new.version, new.edition) == (old.version, old.edition):
        raise DomainError(
            code="CAL-SAME", what=f"本机用的就是这份放假安排（{new.version}）。", safe=_SAFE
        )
    if new.edition <= old.edition:
        raise DomainError(
            code="CAL-OLD",
            what=f"这份放假安排（{new.version}）比本机用的（{old.version}）旧，没有采用。",
            safe=_SAFE,
            todo="请核对是不是拿错了文件。",
        )
    return old.extended(new)


def sign_calendar(calendar: WorkCalendar, key: SigningKey) -> str:
    """Return the text of a calendar file: a compact JWS of the centre."""
    return sign_json(calendar.model_dump(mode="json", by_alias=True), key, CALENDAR_TYP)


def read_signed(text: str, centre_keys: dict[str, str]) -> WorkCalendar:
    """Verify a calendar file of the centre and return its list.

    Args:
        text: Content of the file.
        centre_keys: Keys the device trusts, kid → public key in hex.

    Raises:
        DomainError: CAL-SIGN not signed by our centre, SIG-… damaged or changed.
        KnownError: CAL-BAD signed, but not a calendar.
    """
    token = text.strip()
    public = centre_keys.get(peek_header(token).get("kid", ""))
    if public is None:
        raise DomainError(
            code="CAL-SIGN",
            what="这份放假安排不是本机所属的中心签发的，没有采用。",
            safe=_SAFE,
            todo="请向中心要签发的文件。",
        )
    return WorkCalendar.from_json(json.dumps(verify_json(token, public, CALENDAR_TYP)))


def _whole_years(calendar: WorkCalendar) -> list[int]:
    first, last = calendar.covers.first, calendar.covers.last
    begin = first.year + ((first.month, first.day) != (1, 1))
    end = last.year - ((last.month, last.day) != (12, 31))
    return list(range(begin, end + 1))


def _year(calendar: WorkCalendar, year: int) -> list[str]:
    kinds = Counter(kind for day, kind in calendar.days.items() if day.year == year)
    least, most = _HOLIDAYS
    found = []
    if not least <= kinds["holiday"] <= most:
        found.append(f"{year}年列了{kinds['holiday']}天放假，应在{least}到{most}天之间")
    if kinds["workday"] > _MAKEUPS:
        found.append(f"{year}年列了{kinds['workday']}天调休上班，最多{_MAKEUPS}天")
    for month, day in _ALWAYS:
        if calendar.days.get(dt.date(year, month, day)) != "holiday":
            found.append(f"{year}年{month}月{day}日没有列为放假")
    return found


def _some(days: list[dt.date]) -> str:
    shown = "、".join(day.isoformat() for day in days[:_SHOWN])
    return shown + ("等" if len(days) > _SHOWN else "")
