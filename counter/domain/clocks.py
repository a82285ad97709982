# SPDX-License-Identifier: MulanPSL-2.0
"""A clock of a case as data: what runs since when, so that its day can be computed anew.

The office's answer, the promised and the legal time, and the day a tolerated paper is due are all
such clocks. A calendar that arrives later moves their days by the same rules (domain brief §3.4).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from counter.domain.calendar import WorkCalendar
from counter.domain.deadlines import Deadline, Pause, Unit, add_days
from counter.domain.errors import DomainError

ANSWER = "answer"
PROMISE = "promise"
LEGAL = "legal"
GAP = "gap"
DELIVERY = "delivery"
_WORDS = {
    ANSWER: "答复期限",
    PROMISE: "承诺期限",
    LEGAL: "法定期限",
    GAP: "容缺补齐期限",
    DELIVERY: "送达期限",
}


class ClockPause(BaseModel):
    """Days that are not counted, both whole (行政许可法 art. 45); without an end it lasts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: dt.date
    last: dt.date | None = None
    reason: str = ""


class CaseClock(BaseModel):
    """One running time of a case.

    Attributes:
        kind: ``answer``, ``promise``, ``legal``, ``gap`` or ``delivery``.
        start: ISO day, or moment with offset where office hours or hours matter.
        amount: Days or hours allowed at first, in ``unit``.
        unit: ``workday``, ``natural`` or ``hour``.
        about: Key of the material for ``gap``.
        more: Extension granted (延期), in ``unit``.
        pauses: Time that is not counted.
        due: ISO day, ISO moment for hours; "" while the clock stands.
        provisional: True (暂定) if the day rests on days without a published list.
        closing: End of office hours of the hall when the clock began; None without that rule.
        calendar: Version of the list the day was computed with.
        edition: Its edition; only a later one moves the day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    start: str
    amount: int = Field(ge=0)
    unit: Unit = "workday"
    about: str = ""
    more: int = Field(default=0, ge=0)
    pauses: tuple[ClockPause, ...] = ()
    due: str = ""
    provisional: bool = False
    closing: dt.time | None = None
    calendar: str = ""
    edition: int = 0

    @property
    def word(self) -> str:
        """Name of the clock for papers and screens."""
        return _WORDS.get(self.kind, "期限")

    @property
    def stands(self) -> bool:
        """Tell whether a pause without an end holds the clock."""
        return any(pause.last is None for pause in self.pauses)


def start_clock(
    kind: str,
    start: dt.date | dt.datetime,
    amount: int,
    unit: Unit,
    calendar: WorkCalendar,
    *,
    about: str = "",
) -> CaseClock:
    """Return a running clock with its day.

    Raises:
        DomainError: DL-… if the input makes no sense.
    """
    clock = CaseClock(
        kind=kind,
        start=start.isoformat(),
        amount=amount,
        unit=unit,
        about=about,
        closing=calendar.closing if isinstance(start, dt.datetime) else None,
    )
    return recompute(clock, calendar)


def deadline_of(clock: CaseClock, calendar: WorkCalendar) -> Deadline:
    """Return the day with every step to it; for ``explain``. The clock must not stand."""
    pauses: list[Pause] = [(p.first, p.last) for p in clock.pauses if p.last is not None]
    start = _moment(clock.start)
    # Office hours as they were when it began: a rule changed later moves no clock that runs.
    hours = calendar.with_closing(clock.closing)
    return add_days(start, clock.amount + clock.more, clock.unit, hours, pauses=pauses)


def recompute(clock: CaseClock, calendar: WorkCalendar) -> CaseClock:
    """Return the clock with its day by this calendar."""
    if clock.stands:
        return clock.model_copy(update={"due": "", "provisional": False})
    found = deadline_of(clock, calendar)
    due = found.at.isoformat() if found.at is not None else found.date.isoformat()
    told = {"due": due, "provisional": found.provisional}
    source = {"calendar": calendar.version, "edition": calendar.edition}
    return clock.model_copy(update={**told, **source})


def fresh(clock: CaseClock, calendar: WorkCalendar) -> CaseClock:
    """Return the clock by the later of its own list and this one."""
    return recompute(clock, calendar) if calendar.edition > clock.edition else clock


def pause_clock(clock: CaseClock, first: dt.date, reason: str) -> CaseClock:
    """Stop the clock from a day on (特别程序); it must be told in writing (art. 45).

    Raises:
        DomainError: DL-STANDS if it stands already.
    """
    if clock.stands:
        raise DomainError(code="DL-STANDS", what="计时已经暂停，不能再暂停一次。")
    pauses = (*clock.pauses, ClockPause(first=first, reason=reason))
    return clock.model_copy(update={"pauses": pauses, "due": "", "provisional": False})


def resume_clock(clock: CaseClock, last: dt.date, calendar: WorkCalendar) -> CaseClock:
    """End the pause; ``last`` is its last day, not counted either.

    Raises:
        DomainError: DL-RUNS if it runs, DL-PAUSE if the pause would end before it began.
    """
    if not clock.stands:
        raise DomainError(code="DL-RUNS", what="计时没有暂停，不用恢复。")
    ended = tuple(
        pause if pause.last is not None else pause.model_copy(update={"last": last})
        for pause in clock.pauses
    )
    return recompute(clock.model_copy(update={"pauses": ended}), calendar)


def extend_clock(clock: CaseClock, more: int, calendar: WorkCalendar) -> CaseClock:
    """Grant more time (延期, art. 42: with the leader's approval and reasons told).

    Raises:
        DomainError: DL-AMOUNT if it is not more.
    """
    if more < 1:
        raise DomainError(code="DL-AMOUNT", what="延长的时限至少是1。")
    return recompute(clock.model_copy(update={"more": clock.more + more}), calendar)


def within_law(promised: CaseClock, legal: CaseClock) -> bool:
    """Tell whether the promised day is not later than the legal one; never let it be (§3.3)."""
    return promised.due <= legal.due


def nearest(clocks: Sequence[CaseClock]) -> CaseClock | None:
    """Return the running clock that ends first."""
    return min((c for c in clocks if c.due), key=lambda c: c.due, default=None)


def why_moved(before: CaseClock, after: CaseClock) -> str:
    """Return the sentence that says how and why the day of a clock changed."""
    old = f"{'暂定' if before.provisional else ''}{before.due[:10]}"
    if before.due == after.due:
        return f"{after.word}仍是 {after.due[:10]}，放假安排已公布，不再暂定。"
    new = f"{'暂定' if after.provisional else ''}{after.due[:10]}"
    return f"{after.word}由 {old} 改为 {new}：按新的放假安排（{after.calendar}）重新计算。"


def _moment(text: str) -> dt.date | dt.datetime:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return dt.datetime.fromisoformat(text)
