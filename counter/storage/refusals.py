# SPDX-License-Identifier: MulanPSL-2.0
"""The list of refusals (否定事项报备): own ones at once, those of the hall by pull."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from counter.app.handlers.informing import REFUSAL
from counter.app.queries import RefusalRow
from counter.domain.bodies import RefusalReported
from counter.domain.case_moves import TRANSITIONS
from counter.domain.masking import mask_name
from counter.storage import tables as t

NOT_RECEIVED = "不予收件"


def refusal_rows(connection: Connection, limit: int) -> list[RefusalRow]:
    """Return the refusals known here, newest first."""
    r, o = t.reference.c, t.outbox.c
    unsent = select(o.op_id).where(o.state != "APPLIED")
    at = func.json_extract(r.body, "$.reported_at")
    rows = connection.execute(
        select(r.entity_id, r.body, r.entity_id.in_(unsent).label("unsent"))
        .where(r.kind == REFUSAL, r.is_current == 1)
        .order_by(func.datetime(at).desc(), r.entity_id.desc())
        .limit(limit)
    )
    return [
        _row(row.entity_id, RefusalReported.model_validate_json(row.body), sent=not row.unsent)
        for row in rows
    ]


def _row(op_id: str, body: RefusalReported, *, sent: bool) -> RefusalRow:
    move = TRANSITIONS.get(body.act)
    return RefusalRow(
        op_id=op_id,
        act=body.act,
        act_word=move.word if move else NOT_RECEIVED,
        item_name=body.item_name,
        receipt_no=body.receipt_no,
        who=mask_name(body.who) if body.who else "",
        reason=body.reason,
        basis=body.basis,
        office=body.office,
        by=body.reported_by,
        at=body.reported_at,
        sent=sent,
    )
