# SPDX-License-Identifier: MulanPSL-2.0
"""Steps of a case at the centre: the state machine, its clocks, and what counters are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from counter.domain.bodies import CaseReceived
from counter.domain.case import CaseState
from counter.domain.case_advance import Act, CaseNow, advance
from counter.domain.case_life import CaseLife, Paper
from counter.domain.case_moves import TRANSITIONS
from counter.domain.catalog import Item
from sync.hub import rules
from sync.hub.centre import Centre
from sync.hub.handlers import dates
from sync.hub.handlers.calendars import calendar_for
from sync.hub.storage import cases, feed, reference
from sync.hub.storage.cases import CaseRow
from sync.hub.storage.engine import Tx
from sync.hub.storage.pending import remember
from sync.protocol.wire import CaseEvent, CaseView


def take(
    centre: Centre, tx: Tx, case: CaseRow, act: Act, *, place: str = "", **changes: Any
) -> CaseRow:
    """Return the case after an act; ``changes`` are further fields of its view.

    ``place`` is the window it was done at.

    Raises:
        NotAllowedError: the state machine refuses it.
    """
    state, life = advance(now_of(tx, case), act)
    view = CaseView.model_validate(case.view)
    event = CaseEvent(
        at=act.at,
        what=TRANSITIONS[act.name].word,
        who=act.by,
        place=place,
        why=act.reason or "；".join(d.what for d in act.defects),
        arrived_at=centre.now(),
    )
    changed = view.model_copy(
        update={
            "state": state.value,
            "life": life,
            "events": (*view.events, event),
            **changes,
        }
    )
    moved = replace(
        case,
        state=state.value,
        rev=case.rev + 1,
        state_rev=case.rev + 1 if state.value != case.state else case.state_rev,
        view=changed.model_dump(mode="json"),
    )
    return _dated(tx, moved, changed.life)


def received_of(tx: Tx, case: CaseRow) -> CaseReceived:
    """Return the content of a case as it was received, read once in a transaction."""
    known, there = remember(
        tx, ("received", case.case_id), lambda: (case.body, CaseReceived.model_validate(case.body))
    )
    return there if known is case.body else CaseReceived.model_validate(case.body)


def keep_received(tx: Tx, case: CaseRow, body: CaseReceived) -> None:
    """Spare ``received_of`` the reading of what was just read."""
    remember(tx, ("received", case.case_id), lambda: (case.body, body))


def now_of(tx: Tx, case: CaseRow) -> CaseNow:
    """Return the case as the state machine sees it."""
    return CaseNow(
        state=CaseState(case.state),
        life=life_of(case),
        materials=received_of(tx, case).materials,
        item=item_of(tx, case),
        calendar=calendar_for(tx, case.hall_code),
    )


def life_of_received(at: str, body: CaseReceived) -> CaseLife:
    """Return what a case remembers that was just received; ``at`` is the legal moment."""
    receipt = Paper(code="REC", at=body.received_at, move="receive")
    return CaseLife(received_at=at, papers=(receipt,))


def life_of(case: CaseRow) -> CaseLife:
    """Return what a case remembers; of one kept by an older release, when it was received."""
    life = CaseLife.model_validate(case.view.get("life") or {})
    if life.received_at:
        return life
    return life.model_copy(update={"received_at": case.claimed_at or case.received_at})


def item_of(tx: Tx, case: CaseRow) -> Item:
    """Return the item version a case was received under."""
    found = item_version(tx, case.item_code, case.item_version)
    if found is None:
        raise LookupError(f"item {case.item_code} {case.item_version} is gone")
    return found


def item_version(tx: Tx, code: str, version: str) -> Item | None:
    """Return a version of an item, ``None`` if it was never published."""

    def parsed() -> Item | None:
        found = reference.find(tx, "item", code, version)
        return Item.model_validate(found) if found else None

    return remember(tx, _name_of(code, version), parsed, share=True)


def recalled_item(centre: Centre, code: str, version: str) -> Item | None:
    """Return a version of an item if it is at hand without asking: good for a guess."""
    found: Item | None = centre.database.recalled(_name_of(code, version))
    return found


def _name_of(code: str, version: str) -> tuple[str, ...]:
    return ("item", code, version)


def dated(tx: Tx, case: CaseRow) -> CaseRow:
    """Return the case with the dates of its clocks; without a calendar they stay open."""
    return _dated(tx, case, life_of(case))


def _dated(tx: Tx, case: CaseRow, life: CaseLife) -> CaseRow:
    calendar = calendar_for(tx, case.hall_code)
    if calendar is None:
        return case
    basis = dates.Basis(
        CaseState(case.state), life, item_of(tx, case), received_of(tx, case).materials, calendar
    )
    return replace(case, view={**case.view, **dates.fields_of(tx, case.case_id, basis)})


def annotate(case: CaseRow, **changes: Any) -> CaseRow:
    """Return the case with changed fields of its view and a new revision, state untouched."""
    return replace(case, rev=case.rev + 1, view={**case.view, **changes})


def publish(centre: Centre, tx: Tx, case: CaseRow) -> None:
    """Put the case into the feed of its hall."""
    scope = feed.hall_scope(case.hall_code)
    feed.put(tx, feed.Change(scope, "case", case.case_id, case.rev, case.view, centre.now()))


def acceptance(centre: Centre, tx: Tx, case: CaseRow) -> dict[str, Any]:
    """Return the view fields that 受理 sets beside the clocks: its number and its moment."""
    now = centre.clock()
    serial = cases.next_serial(tx, f"accept:{case.hall_code}:{now.year}")
    return {"accept_no": rules.accept_no(now.year, serial), "accepted_at": centre.now()}
