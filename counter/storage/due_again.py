# SPDX-License-Identifier: MulanPSL-2.0
"""Due-lists: who has to come again (养老认证, 年审, 复核), from the cases this hall knows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from counter.app.queries import DueAgain
from counter.domain.catalog import Item
from counter.domain.conditions import holds
from counter.domain.cycles import again
from counter.domain.duplicates import NOT_A_DOUBLE
from counter.domain.masking import mask_name
from counter.storage import tables as t
from counter.storage.meta import loads

OVERDUE_DAYS = 365
"""What ran out longer ago is no visit any more but another matter (stopped, moved, died)."""


def due_again(
    connection: Connection, today: date, days: int | None, place: str, limit: int
) -> tuple[DueAgain, ...]:
    """Return who has to come again, the earliest end first.

    Args:
        connection: Reading.
        today: The counter's day.
        days: Ends within so many days; None: as each item says when to remind.
        place: Only people whose address has these words (village, street).
        limit: Most rows.
    """
    items = _with_cycle(connection)
    found = []
    for row in _latest(connection, tuple(items)):
        item = items[row.item_code]
        if item.cycle is None or place not in (row.address or ""):
            continue
        if item.cycle.when and holds(item.cycle.when, {"answers": loads(row.answers)}) is False:
            continue
        term = again(item.cycle, date.fromisoformat(row.received_at[:10]))
        near = term.remind <= today if days is None else term.ends <= today + timedelta(days=days)
        if near and term.ends >= today - timedelta(days=OVERDUE_DAYS):
            found.append(
                DueAgain(
                    case_id=row.case_id,
                    item_code=row.item_code,
                    item_name=item.short_name,
                    applicant=mask_name(row.applicant_name),
                    full_name=row.applicant_name,
                    address=row.address or "",
                    last=row.received_at[:10],
                    opens=term.opens.isoformat(),
                    due=term.ends.isoformat(),
                    overdue=term.ends < today,
                    text=item.cycle.text,
                )
            )
    return tuple(sorted(found, key=lambda one: (one.due, one.case_id))[:limit])


def _with_cycle(connection: Connection) -> dict[str, Item]:
    """Return the items in force that recur and can be taken now."""
    r = t.reference.c
    rows = connection.execute(
        select(r.entity_id, r.body).where(
            r.kind == "item", r.is_current == 1, func.json_extract(r.body, "$.cycle").is_not(None)
        )
    )
    read = {row.entity_id: Item.model_validate_json(row.body) for row in rows}
    return {code: item for code, item in read.items() if item.task_state == "在用"}


def _latest(connection: Connection, codes: tuple[str, ...]) -> list[Any]:
    """Return the last case of each person and item; of a person without a paper each case."""
    c, p = t.cases.c, t.case_people.c
    whose = (p.case_id == c.case_id) & (p.role == "applicant")
    rows = connection.execute(
        select(
            c.case_id,
            c.item_code,
            c.applicant_name,
            c.received_at,
            func.coalesce(p.person, c.case_id).label("person"),
            func.json_extract(c.body, "$.applicant.address").label("address"),
            func.coalesce(func.json_extract(c.body, "$.answers"), "{}").label("answers"),
        )
        .outerjoin(t.case_people, whose)
        .where(c.item_code.in_(codes), c.received_at > "")
        .where(c.state.not_in([state.value for state in NOT_A_DOUBLE]))
        .order_by(c.received_at)
    )
    return list({(row.person, row.item_code): row for row in rows}.values())
