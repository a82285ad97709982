# SPDX-License-Identifier: MulanPSL-2.0
"""After a new list of holidays: every open case's days again, by the rules the counters use."""

from __future__ import annotations

from counter.domain.case import FINAL, CaseState
from counter.domain.clocks import PROMISE, CaseClock, fresh, why_moved
from sync.hub.centre import Centre
from sync.hub.handlers import case_steps
from sync.hub.handlers.calendars import calendar_for
from sync.hub.storage import cases
from sync.hub.storage.cases import CaseRow
from sync.hub.storage.engine import Tx
from sync.protocol.wire import CaseEvent, CaseView

_OPEN = [state.value for state in CaseState if state not in FINAL]


def redate_cases(centre: Centre, tx: Tx) -> int:
    """Compute the days of all open cases again and tell the counters; return how many moved."""
    calendars = {}
    moved = 0
    for case in cases.all_cases(tx, _OPEN):
        if case.hall_code not in calendars:
            calendars[case.hall_code] = calendar_for(tx, case.hall_code)
        calendar = calendars[case.hall_code]
        view = CaseView.model_validate(case.view)
        after = tuple(fresh(clock, calendar) for clock in view.clocks) if calendar else view.clocks
        if after == view.clocks:
            continue
        told = case_steps.dated(tx, _told(centre, case, view, after))
        cases.save(tx, told)
        case_steps.publish(centre, tx, told)
        moved += 1
    return moved


def _told(centre: Centre, case: CaseRow, view: CaseView, after: tuple[CaseClock, ...]) -> CaseRow:
    """Return the case with its new clocks; a day that moved becomes a line of its timeline."""
    changes = [
        why_moved(old, new)
        for old, new in zip(view.clocks, after, strict=True)
        if (old.due, old.provisional) != (new.due, new.provisional)
    ]
    told = view.model_copy(update={"clocks": after})
    if changes:
        event = CaseEvent(at=centre.now(), what="期限重新计算", who="系统", why="".join(changes))
        told = told.model_copy(update={"events": (*view.events, event)})
    promise = next((clock.due[:10] for clock in after if clock.kind == PROMISE), view.promise_date)
    told = told.model_copy(update={"promise_date": promise})
    return case_steps.annotate(case, **told.model_dump(mode="json"))
