# SPDX-License-Identifier: MulanPSL-2.0
"""Steps of a case at the centre: the state machine, its papers, and what counters are told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from counter.domain.bodies import CaseReceived
from counter.domain.calendar import WorkCalendar
from counter.domain.case import TRANSITIONS, CaseState, move
from counter.domain.catalog import Item
from counter.domain.clocks import LEGAL, PROMISE, start_clock, within_law
from counter.domain.conditions import Facts
from counter.domain.intake import UNITS, promised
from sync.hub import rules
from sync.hub.centre import Centre
from sync.hub.handlers.calendars import calendar_for
from sync.hub.storage import cases, feed
from sync.hub.storage.cases import CaseRow
from sync.hub.storage.engine import Tx
from sync.protocol.wire import CaseEvent, CaseView


@dataclass(frozen=True)
class Step:
    """Who moves a case how; ``changes`` are further fields of the view."""

    name: str
    side: str
    roles: frozenset[str]
    who: str
    why: str = ""
    changes: dict[str, Any] | None = None


def take(centre: Centre, case: CaseRow, step: Step) -> CaseRow:
    """Return the case after a step.

    Raises:
        NotAllowedError: the state machine refuses it.
    """
    body = CaseReceived.model_validate(case.body)
    target = move(
        CaseState(case.state),
        step.name,
        side=step.side,
        roles=step.roles,
        open_gaps=rules.open_gaps(body.materials),
    )
    view = CaseView.model_validate(case.view)
    event = CaseEvent(at=centre.now(), what=TRANSITIONS[step.name].word, who=step.who, why=step.why)
    changed = view.model_copy(
        update={
            "state": target.value,
            "events": (*view.events, event),
            **(step.changes or {}),
        }
    )
    return replace(
        case,
        state=target.value,
        rev=case.rev + 1,
        state_rev=case.rev + 1,
        view=changed.model_dump(mode="json"),
    )


def annotate(case: CaseRow, **changes: Any) -> CaseRow:
    """Return the case with changed fields of its view and a new revision, state untouched."""
    return replace(case, rev=case.rev + 1, view={**case.view, **changes})


def publish(centre: Centre, tx: Tx, case: CaseRow) -> None:
    """Put the case into the feed of its hall."""
    feed.put(
        tx,
        feed.Change(
            feed.hall_scope(case.hall_code), "case", case.case_id, case.rev, case.view, centre.now()
        ),
    )


def acceptance(centre: Centre, tx: Tx, case: CaseRow, item: Item, known: Facts) -> dict[str, Any]:
    """Return the view fields that 受理 sets: its number, its moment, the promised day."""
    now = centre.clock()
    serial = cases.next_serial(tx, f"accept:{case.hall_code}:{now.year}")
    return {
        "accept_no": rules.accept_no(now.year, serial),
        "accepted_at": centre.now(),
        **promise_of(calendar_for(tx, case.hall_code), item, known, now),
    }


def promise_of(
    calendar: WorkCalendar | None, item: Item, known: Facts, start: datetime
) -> dict[str, Any]:
    """Return promised day and clocks from 受理 on; nothing while no calendar was published.

    The promise never ends later than the law's own time (§3.3).
    """
    if calendar is None:
        return {"promise_date": "", "clocks": ()}
    amount, unit = promised(item, known)
    promise = start_clock(PROMISE, start, amount, UNITS[unit], calendar)
    if not item.anticipate_day:
        return {"promise_date": promise.due[:10], "clocks": (promise,)}
    unit = item.anticipate_type
    legal = start_clock(LEGAL, start, item.anticipate_day, UNITS[unit], calendar)
    if not within_law(promise, legal):
        promise = legal.model_copy(update={"kind": PROMISE})
    return {"promise_date": promise.due[:10], "clocks": (promise, legal)}
