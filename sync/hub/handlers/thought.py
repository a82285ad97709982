# SPDX-License-Identifier: MulanPSL-2.0
"""What an operation says, worked out before it holds the sequencer while another one is judged.

Nothing of it is asked of the database but a version of an item, which never changes: it is as true
later. Whoever uses it looks whether it was thought of the same body, item and day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError

from counter.domain.bodies import CaseReceived
from counter.domain.case_facts import case_facts
from counter.domain.catalog import Item
from counter.domain.conditions import Facts
from counter.domain.operations import Operation
from sync.hub.centre import Centre
from sync.hub.handlers import case_steps
from sync.hub.storage.engine import Tx
from sync.hub.storage.pending import foresee, foreseen


@dataclass(frozen=True)
class Thought:
    """The content of a 收件 and, where a rule will ask for them, the facts in it."""

    body: CaseReceived
    item: Item | None
    day: date
    facts: Facts | None


def think(centre: Centre, op: Operation | None) -> Thought | None:
    """Read a 收件; ``None`` for what is none, or cannot be read: it is told when its turn comes."""
    if op is None or op.kind != "case.received":
        return None
    try:
        body = CaseReceived.model_validate(op.body)
    except ValidationError:
        return None
    item = case_steps.recalled_item(centre, body.item_code, body.item_version)
    day = centre.clock().date()
    asked = item is not None and item.auto_approve is not None
    return Thought(body, item, day, case_facts(body, item, day) if item and asked else None)


def keep(tx: Tx, op: Operation | None, thought: Thought | None) -> None:
    """Keep it for the judging of this operation."""
    if op is not None and thought is not None:
        foresee(tx, ("thought", op.entity_id), thought)


def body_of(tx: Tx, op: Operation) -> CaseReceived | None:
    """Return the content of the operation that is judged, if it was read."""
    thought = _of(tx, op.entity_id)
    return thought.body if thought else None


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
