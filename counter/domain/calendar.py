# SPDX-License-Identifier: MulanPSL-2.0
"""The working-day calendar: yearly lists of the State Council plus local add-ons, as data (§3.4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from counter.domain.errors import DomainError, KnownError

DayKind = Literal["workday", "makeup", "weekend", "holiday"]

_SATURDAY = 5


class Coverage(BaseModel):
    """First and last day for which the list is complete."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    first: dt.date = Field(alias="from")
    last: dt.date = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            raise ValueError("coverage ends before it begins")
        return self


class WorkCalendar(BaseModel):
    """Which days are worked.

    Attributes:
        version: Label of the list; a case pins the version its dates were computed with.
        region: ``CN`` or the region code of a local list.
        covers: Days for which the list is complete; outside only weekends are known.
        days: Days that differ from the plain week (holidays on weekends are listed too).
        names: Name of the holiday a listed day belongs to.
        edition: Rises with every list the centre publishes for a region; an older one never
            replaces a newer one.
        closing: End of office hours where a later receipt counts as made on the next working day;
            None where it counts at once. A rule of the hall, not of the State Council's list.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = Field(min_length=1)
    region: str = Field(min_length=1)
    covers: Coverage
    days: Mapping[dt.date, Literal["holiday", "workday"]]
    names: Mapping[dt.date, str] = Field(default_factory=dict)
    edition: int = Field(default=0, ge=0)
    closing: dt.time | None = None

    @classmethod
    def from_json(cls, data: bytes | str) -> WorkCalendar:
        """Read a calendar file.

        Raises:
            KnownError: CAL-BAD if it is not a calendar.
        """
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise KnownError(
                code="CAL-BAD",
                what="放假安排文件读不懂，没有采用。",
                safe="原来的放假安排还在用，已算好的日期没有变。",
                todo="请重新导入正确的文件。",
            ) from error

    def __hash__(self) -> int:
        """Make what was computed with a list findable by it; equal lists have all of this alike."""
        return hash((self.version, self.region, self.edition, self.closing))

    def kind(self, day: dt.date) -> DayKind:
        """Return what kind of day it is; a make-up day (调休上班) is a worked weekend day."""
        weekend = day.weekday() >= _SATURDAY
        listed = self.days.get(day)
        if listed == "holiday":
            return "holiday"
        if listed == "workday":
            return "makeup" if weekend else "workday"
        return "weekend" if weekend else "workday"

    def is_workday(self, day: dt.date) -> bool:
        """Tell whether the day counts as a working day (行政许可法 art. 82)."""
        return self.kind(day) in {"workday", "makeup"}

    def known(self, day: dt.date) -> bool:
        """Tell whether the list is complete for this day; if not, dates are 暂定."""
        return self.covers.first <= day <= self.covers.last

    def name(self, day: dt.date) -> str:
        """Return the holiday's name, or ""."""
        return self.names.get(day, "")

    def next_workday(self, day: dt.date) -> dt.date:
        """Return the first working day after ``day``."""
        day += dt.timedelta(days=1)
        while not self.is_workday(day):
            day += dt.timedelta(days=1)
        return day

    def with_closing(self, closing: dt.time | None) -> WorkCalendar:
        """Return the calendar with the hall's office hours."""
        return self if closing == self.closing else self.model_copy(update={"closing": closing})

    def counts_from(self, moment: dt.datetime) -> dt.date:
        """Return the day a receipt counts as made on (after-hours rule of the hall, §3.4)."""
        day = moment.date()
        if self.closing is None or (self.is_workday(day) and moment.time() <= self.closing):
            return day
        return self.next_workday(day)

    def merge(self, local: WorkCalendar) -> WorkCalendar:
        """Lay local holidays (开斋节, 三月三 …) over this list; its coverage stays as it is.

        The edition is the sum, so that it rises whichever of the two is published anew.
        """
        version, edition = f"{self.version}+{local.version}", self.edition + local.edition
        return _joined(self, local, self.covers, version, edition)

    def extended(self, year: WorkCalendar) -> WorkCalendar:
        """Add the list of a further year, so that more days are known.

        Where both say something of a day the new list counts: the State Council has changed
        holidays after announcing them (spring of 2020). The result has the new list's version.

        Raises:
            DomainError: CAL-GAP if days between the two lists would be unknown, CAL-REGION if the
                lists are of different regions.
        """
        if year.region != self.region:
            raise DomainError(
                code="CAL-REGION", what="两份放假安排不是同一个地区的，不能接在一起。"
            )
        day = dt.timedelta(days=1)
        if year.covers.first > self.covers.last + day or year.covers.last < self.covers.first - day:
            raise DomainError(
                code="CAL-GAP",
                what="两份放假安排中间缺了日子，不能接在一起。",
                safe="原来的放假安排还在用。",
                todo="请先导入中间年份的文件。",
            )
        first = min(self.covers.first, year.covers.first)
        last = max(self.covers.last, year.covers.last)
        covers, edition = Coverage(first=first, last=last), max(self.edition, year.edition)
        return _joined(self._without(year.covers), year, covers, year.version, edition)

    def _without(self, covers: Coverage) -> WorkCalendar:
        """Forget the listed days a new list speaks of, so that a day it no longer lists is plain."""

        def kept(day: dt.date) -> bool:
            return not covers.first <= day <= covers.last

        days = {day: kind for day, kind in self.days.items() if kept(day)}
        names = {day: name for day, name in self.names.items() if kept(day)}
        return self.model_copy(update={"days": days, "names": names})


def local_regions(region: str) -> tuple[str, ...]:
    """Return whose local lists a place follows: province, prefecture, county, its own code."""
    wider = (f"{region[:2]}0000", f"{region[:4]}00", region[:6], region)
    return tuple(dict.fromkeys(code for code in wider if len(code) >= 6))


def _joined(
    base: WorkCalendar, other: WorkCalendar, covers: Coverage, version: str, edition: int
) -> WorkCalendar:
    """Lay one list over another."""
    return base.model_copy(
        update={
            "version": version,
            "covers": covers,
            "days": {**base.days, **other.days},
            "names": {**base.names, **other.names},
            "edition": edition,
        }
    )
