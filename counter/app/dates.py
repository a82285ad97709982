# SPDX-License-Identifier: MulanPSL-2.0
"""The days of a case: from its clocks, and again when a new list of holidays arrives.

The day a tolerated paper is due was agreed upon with the person: no calendar moves it.
"""

from __future__ import annotations

from dataclasses import replace

from counter.domain.bodies import CaseReceived
from counter.domain.calendar import WorkCalendar
from counter.domain.case import STATES, CaseState, Clock
from counter.domain.case_advance import CaseNow
from counter.domain.case_clock import case_dates
from counter.domain.clocks import ANSWER, GAP, PROMISE, CaseClock, fresh, why_moved
from counter.ports.storage import CaseRecord, DateChange

RUNNING = frozenset({Clock.ANSWER, Clock.PROMISE, Clock.DELIVERY})


def nearest_due(case: CaseRecord, body: CaseReceived) -> CaseRecord:
    """Recompute the day that matters now: the gap may be closed."""
    days = [(row.due, "gap") for row in body.materials if row.way == "tolerated" and row.due]
    if case.state is CaseState.ACCEPTED and case.promise_due:
        days.append((case.promise_due, "promise"))
    elif case.state in {CaseState.RECEIVED, CaseState.SUPPLIED}:
        days.append((case.answer_due, "answer"))
    due, kind = min(days, default=("", ""))
    return replace(case, due=due, due_kind=kind)


def with_clock(case: CaseRecord, clock: CaseClock) -> CaseRecord:
    """Return the case with its answer clock (anew) and every day that follows from it."""
    body = CaseReceived.model_validate(case.body)
    others = [kept for kept in body.clocks if kept.kind != clock.kind]
    told = {
        "clocks": (*others, clock),
        "answer_due": clock.due,
        "answer_provisional": clock.provisional,
    }
    after = body.model_copy(update=told)
    dated = replace(case, answer_due=clock.due, answer_provisional=clock.provisional)
    return nearest_due(replace(dated, body=after.model_dump(mode="json")), after)


def dated(case: CaseRecord, now: CaseNow) -> CaseRecord:
    """Return the case with the days of its state and memory; without a calendar none run."""
    if now.calendar is None:
        return (
            replace(case, due="", due_kind="") if STATES[now.state].clock not in RUNNING else case
        )
    dates = case_dates(now.state, now.life, now.item, now.materials, now.calendar)
    answer = next((clock for clock in dates.running if clock.kind == ANSWER), None)
    if answer is not None:
        case = replace(case, answer_due=answer.due, answer_provisional=answer.provisional)
        case = with_clock(case, answer) if case.body else case
    first = dates.next
    return replace(
        case,
        due=first.due if first else "",
        due_kind=first.kind if first else "",
        promise_due=dates.due_of(PROMISE) or case.promise_due,
    )


def redate(case: CaseRecord, calendar: WorkCalendar) -> tuple[CaseRecord, list[DateChange]]:
    """Return an open case by this calendar and which of its days that moved.

    The clocks of the centre's row are looked at too, but the row itself stays: the centre
    computes it again by the same rules, and what is shown until then follows from it.
    """
    after, changes = case, []
    own = answer_clock(case)
    if own is not None:
        now = fresh(own, calendar)
        changes += _changes(case.case_id, own, now)
        after = with_clock(case, now) if now != own else case
    for body in case.centre.get("clocks", ()):
        there = CaseClock.model_validate(body)
        if there.kind != GAP and (there.kind != ANSWER or not case.body):
            changes += _changes(case.case_id, there, fresh(there, calendar))
    return after, changes


def answer_clock(case: CaseRecord) -> CaseClock | None:
    """Return the answer clock of a case of this counter while the office has not answered."""
    if not case.body or case.promise_due:
        return None
    clocks = CaseReceived.model_validate(case.body).clocks
    return next((clock for clock in clocks if clock.kind == ANSWER), None)


def _changes(case_id: str, before: CaseClock, after: CaseClock) -> list[DateChange]:
    if (before.due, before.provisional) == (after.due, after.provisional):
        return []
    why = why_moved(before, after)
    return [DateChange(case_id, before.kind, before.due[:10], after.due[:10], why)]
