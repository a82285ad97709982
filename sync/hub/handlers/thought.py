# SPDX-License-Identifier: MulanPSL-2.0
"""What an operation says, worked out before it holds the sequencer while another one is judged.

Nothing of it is asked of the database but what is remembered: a version of an item, a calendar.
Whoever uses it looks whether it was thought of the same body, item, day and calendar.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from counter.domain.bodies import CaseReceived
from counter.domain.case import CaseState
from counter.domain.case_facts import case_facts
from counter.domain.catalog import Item
from counter.domain.conditions import Facts
from counter.domain.library import LibraryPaper
from counter.domain.library import papers_of as papers_in
from counter.domain.operations import Operation
from sync.hub import rules
from sync.hub.centre import Centre
from sync.hub.handlers import case_steps, dates
from sync.hub.handlers.calendars import recalled_calendar
from sync.hub.handlers.dates import Basis, Dates
from sync.hub.storage.engine import Tx
from sync.hub.storage.halls import Device
from sync.hub.storage.pending import foresee, foreseen


@dataclass(frozen=True)
class Thought:
    """The content of a 收件, what it adds to the library, its dates as far as they can be known.

    ``facts`` are those a rule will ask for.
    """

    body: CaseReceived
    item: Item | None
    day: date
    papers: tuple[LibraryPaper, ...] = ()
    facts: Facts | None = None
    dates: Dates | None = None


def think(centre: Centre, op: Operation | None, sender: Device | None) -> Thought | None:
    """Read a 收件; ``None`` for what is none, or cannot be read: it is told when its turn comes."""
    if op is None or op.kind != "case.received":
        return None
    try:
        return _read(centre, op, CaseReceived.model_validate(op.body), sender)
    except Exception:  # noqa: BLE001 - whatever it is, its turn will show it
        return None


def _read(centre: Centre, op: Operation, body: CaseReceived, sender: Device | None) -> Thought:
    item, now = case_steps.recalled_item(centre, body.item_code, body.item_version), centre.clock()
    if item is None:
        return Thought(body, None, now.date())
    calendar = recalled_calendar(centre, sender.hall_code) if sender else None
    life = case_steps.life_of_received(rules.legal_moment(op.time, now), body)
    return Thought(
        body,
        item,
        now.date(),
        papers=papers_in(op.entity_id, body, item),
        facts=case_facts(body, item, now.date()) if item.auto_approve else None,
        dates=dates.work_out(Basis(CaseState.RECEIVED, life, item, body.materials, calendar))
        if calendar
        else None,
    )


def keep(tx: Tx, op: Operation | None, thought: Thought | None) -> None:
    """Keep it for the judging of this operation."""
    if op is not None and thought is not None:
        foresee(tx, ("thought", op.entity_id), thought)
        if thought.dates is not None:
            dates.keep(tx, op.entity_id, thought.dates)


def body_of(tx: Tx, op: Operation) -> CaseReceived | None:
    """Return the content of the operation that is judged, if it was read."""
    thought = _of(tx, op.entity_id)
    return thought.body if thought else None


def papers_of(tx: Tx, case_id: str, body: CaseReceived, item: Item) -> tuple[LibraryPaper, ...]:
    """Return what a case adds to the library."""
    thought = _of(tx, case_id)
    if thought is not None and thought.body is body and thought.item is item:
        return thought.papers
    return papers_in(case_id, body, item)


def facts_of(tx: Tx, case_id: str, body: CaseReceived, item: Item, day: date) -> Facts:
    """Return the facts of a case as of a day."""
    thought = _of(tx, case_id)
    if thought is None or thought.facts is None or thought.day != day:
        return case_facts(body, item, day)
    same = thought.body is body and thought.item is item
    return thought.facts if same else case_facts(body, item, day)


def _of(tx: Tx, case_id: str) -> Thought | None:
    found = foreseen(tx, ("thought", case_id))
    return found if isinstance(found, Thought) else None
