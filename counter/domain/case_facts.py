# SPDX-License-Identifier: MulanPSL-2.0
"""The facts of a received case, read by the same conditions as its draft was."""

from __future__ import annotations

from datetime import date

from counter.domain.bodies import CaseReceived
from counter.domain.catalog import DayUnit, Item
from counter.domain.conditions import Facts
from counter.domain.draft import Draft
from counter.domain.facts import facts
from counter.domain.intake import promised


def case_facts(body: CaseReceived, item: Item, today: date) -> Facts:
    """Return the facts of a received case as of a day."""
    draft = Draft(
        draft_id="",
        case_id="",
        operator_id="",
        started_at=body.received_at,
        item_code=body.item_code,
        item_version=body.item_version,
        applicant=body.applicant,
        agent=body.agent,
        answers=dict(body.answers),
        form=dict(body.form),
    )
    return facts(draft, item, today)


def promise_of(body: CaseReceived, item: Item, today: date) -> tuple[int, DayUnit]:
    """Return the promised time of this situation, as 受理 fixes it."""
    return promised(item, case_facts(body, item, today))
