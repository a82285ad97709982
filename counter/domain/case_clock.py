# SPDX-License-Identifier: MulanPSL-2.0
"""Which of the law's clocks runs for a case, until when, and when the law holds it accepted.

Sources: 行政许可法 art. 32 (answer in five working days, else accepted from the day of receipt),
art. 42 (extension), art. 44 (hand out in ten days), art. 45 (special procedures do not count);
民法典 art. 201 (the first day is not counted); domain brief §3.2, §3.3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from counter.domain.calendar import WorkCalendar
from counter.domain.case import STATES, CaseState, Clock
from counter.domain.case_life import CaseLife
from counter.domain.catalog import DayUnit, Item
from counter.domain.clocks import (
    ANSWER,
    DELIVERY,
    GAP,
    LEGAL,
    PROMISE,
    CaseClock,
    ClockPause,
    nearest,
    recompute,
    start_clock,
    within_law,
)
from counter.domain.deadlines import Unit
from counter.domain.materials import GivenMaterial

UNITS: dict[DayUnit, Unit] = {"G": "workday", "Z": "natural", "H": "hour"}
DELIVERY_DAYS = 10
_CERTIFICATES = frozenset({"证照", "批文"})
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CaseDates:
    """The dates of a case as it stands.

    Attributes:
        clock: The clock of its state.
        running: The clocks that run or stand: answer, promise or delivery, and one for each gap.
        deemed_on: First ISO day on which the law holds the case accepted, "" if never.
    """

    clock: Clock
    running: tuple[CaseClock, ...] = ()
    deemed_on: str = ""

    @property
    def next(self) -> CaseClock | None:
        """The clock that ends first; the law's own time stands behind the promise."""
        return nearest([clock for clock in self.running if clock.kind != LEGAL])

    def due_of(self, kind: str) -> str:
        """Return the day of a running clock, "" if none of this kind runs."""
        return next((clock.due for clock in self.running if clock.kind == kind), "")


def case_dates(
    state: CaseState,
    life: CaseLife,
    item: Item,
    materials: Iterable[GivenMaterial],
    calendar: WorkCalendar,
) -> CaseDates:
    """Return every date of a case as it stands."""
    kind = STATES[state].clock
    answer = answer_clock(life, item, calendar) if life.clock_from else None
    main: CaseClock | None = None
    if kind is Clock.ANSWER:
        main = answer
    elif kind in {Clock.PROMISE, Clock.PAUSED}:
        main = promise_clock(life, item, calendar)
    elif kind is Clock.DELIVERY:
        main = delivery_clock(life, item, calendar)
    running = [main] if main is not None else []
    if main is not None and main.kind == PROMISE:
        running += _legal(life, item, calendar)
    if kind not in {Clock.NONE, Clock.DELIVERY}:
        running += _gaps(materials, calendar)
    deemed_on = ""
    if answer is not None and item.licence_law and kind is Clock.ANSWER:
        deemed_on = (date.fromisoformat(answer.due[:10]) + _DAY).isoformat()
    return CaseDates(kind, tuple(running), deemed_on)


def answer_clock(life: CaseLife, item: Item, calendar: WorkCalendar) -> CaseClock:
    """Return until when the office must answer; it begins anew when the last piece came in."""
    return start_clock(ANSWER, _moment(life.clock_from), item.answer_day, "workday", calendar)


def promise_clock(life: CaseLife, item: Item, calendar: WorkCalendar) -> CaseClock | None:
    """Return until when the office promised to decide, pauses and extension counted in.

    It stands while a special procedure runs. A case accepted by a release that kept no memory is
    counted with the item's own time.
    """
    start = life.accept_day or life.clock_from
    if not start:
        return None
    amount, unit = life.promise_amount, life.promise_unit
    if not unit:
        amount, unit = item.promise_day, item.promise_type
    moment = _moment(start)
    clock = CaseClock(
        kind=PROMISE,
        start=start if unit == "H" else moment.date().isoformat(),
        amount=amount,
        unit=UNITS[unit],
        more=life.extension.days if life.extension else 0,
        pauses=_pauses(life),
    )
    clock = recompute(clock, calendar)
    legal = _legal(life, item, calendar)
    # The promise never ends later than the law's own time (§3.3).
    if legal and clock.due and not within_law(clock, legal[0]):
        return legal[0].model_copy(update={"kind": PROMISE})
    return clock


def _legal(life: CaseLife, item: Item, calendar: WorkCalendar) -> list[CaseClock]:
    """Return the law's own time beside the promised one, where the item has one."""
    start = life.accept_day or life.clock_from
    if not item.anticipate_day or not start:
        return []
    unit = item.anticipate_type
    clock = CaseClock(
        kind=LEGAL,
        start=start if unit == "H" else _moment(start).date().isoformat(),
        amount=item.anticipate_day,
        unit=UNITS[unit],
        more=life.extension.days if life.extension else 0,
        pauses=_pauses(life),
    )
    return [recompute(clock, calendar)]


def delivery_clock(life: CaseLife, item: Item, calendar: WorkCalendar) -> CaseClock | None:
    """Return until when certificate or decision must be handed out (art. 44)."""
    if not life.decided_at:
        return None
    if not item.licence_law and item.result_type not in _CERTIFICATES:
        return None
    day = _moment(life.decided_at).date()
    return start_clock(DELIVERY, day, DELIVERY_DAYS, "workday", calendar)


def deemed(
    state: CaseState, life: CaseLife, item: Item, calendar: WorkCalendar | None, day: date
) -> bool:
    """Tell whether the law holds a case accepted on this day, because nobody answered in time."""
    if calendar is None or not item.licence_law or not life.clock_from:
        return False
    if STATES[state].clock is not Clock.ANSWER:
        return False
    return day.isoformat() > answer_clock(life, item, calendar).due[:10]


def _gaps(materials: Iterable[GivenMaterial], calendar: WorkCalendar) -> list[CaseClock]:
    """A day agreed upon with the person is fixed: nothing is counted, no calendar moves it."""
    return [
        start_clock(GAP, date.fromisoformat(row.due), 0, "natural", calendar, about=row.key)
        for row in materials
        if row.way == "tolerated" and row.due
    ]


def _pauses(life: CaseLife) -> tuple[ClockPause, ...]:
    """The day a procedure begins still counts, like the first day of any period (art. 201)."""
    spans = []
    for special in life.specials:
        first = _moment(special.start).date() + _DAY
        last = _moment(special.end).date() if special.end else None
        if last is None or first <= last:
            spans.append(ClockPause(first=first, last=last, reason=special.kind))
    return tuple(spans)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
