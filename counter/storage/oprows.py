# SPDX-License-Identifier: MulanPSL-2.0
"""Outbox rows as the worker and the screens see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Connection, Row, Select, exists, func, select

from counter.domain.masking import mask_name
from counter.ports.sync_store import OpState, OutboxRow, QueueCounts
from counter.storage import tables as t
from counter.storage.meta import loads_list
from counter.storage.overlay import AT_EDGE

# What an operation waits for and which of its pages are not at the centre yet, in one statement.
_NEEDS = (
    select(func.json_group_array(t.op_needs.c.needs))
    .where(t.op_needs.c.op_id == t.outbox.c.op_id)
    .scalar_subquery()
    .label("needs")
)
_PENDING = (
    select(func.count())
    .select_from(t.op_blobs.join(t.blobs, t.blobs.c.blob_id == t.op_blobs.c.blob_id))
    .where(t.op_blobs.c.op_id == t.outbox.c.op_id, t.blobs.c.done == 0)
    .scalar_subquery()
    .label("pending")
)
_FIRST = exists().where(t.first_ops.c.op_id == t.outbox.c.op_id).label("first")
_OPS = select(
    t.outbox.c.seq,
    t.outbox.c.epoch,
    t.outbox.c.op_id,
    t.outbox.c.op_hash,
    t.outbox.c.kind,
    t.outbox.c.entity_id,
    t.outbox.c.jws,
    t.outbox.c.size,
    t.outbox.c.deadline,
    t.outbox.c.not_before,
    t.outbox.c.state,
    t.outbox.c.attempts,
    t.outbox.c.next_try_at,
    t.outbox.c.last_code,
    t.outbox.c.last_message,
    t.outbox.c.last_field,
    t.cases.c.item_name,
    t.cases.c.applicant_name,
    _NEEDS,
    _PENDING,
    _FIRST,
).outerjoin(t.cases, t.cases.c.case_id == t.outbox.c.entity_id)


def op_query() -> Select[Any]:
    """Select what an ``OutboxRow`` needs."""
    return _OPS


def op_rows(
    connection: Connection, query: Select[Any], values: Mapping[str, object] | None = None
) -> list[OutboxRow]:
    """Run ``op_query`` with conditions and the ``values`` bound in them; build the rows."""
    return [_row(row) for row in connection.execute(query, values)]


def _row(row: Row[Any]) -> OutboxRow:
    return OutboxRow(
        seq=row.seq,
        epoch=row.epoch,
        op_id=row.op_id,
        op_hash=row.op_hash,
        kind=row.kind,
        entity_id=row.entity_id,
        jws=row.jws,
        size=row.size,
        deadline=row.deadline,
        not_before=row.not_before,
        state=cast("OpState", row.state),
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        last_code=row.last_code,
        last_message=row.last_message,
        last_field=row.last_field,
        blobs_pending=row.pending,
        depends_on=tuple(loads_list(row.needs)),
        title=_title(row),
        first=bool(row.first),
    )


def _title(row: Row[Any]) -> str:
    """Item and masked name, '' where there is no case; the kind's word is the screen's."""
    if row.item_name is None:
        return ""
    parts = [row.item_name, mask_name(row.applicant_name)]
    return " · ".join(part for part in parts if part)


# Pages go up for these alone, and only those count as waiting: of a refused operation they stay
# here, its correction names the ones it needs, and the others would be "still to send" for ever.
NOT_REFUSED = t.outbox.c.state != "REJECTED"
# Counts of the status bar, built once; all from indexes.
_UNSENT = t.outbox.c.state.in_(("QUEUED", "WAIT_DEP"))
_EDGE = t.outbox.c.exported_in.contains(AT_EDGE, autoescape=True)
_WAITING = select(
    func.count(),
    func.coalesce(func.sum(t.outbox.c.size), 0),
    func.coalesce(func.min(t.outbox.c.made_at), ""),
    func.count().filter(_EDGE),
    func.count().filter(t.outbox.c.exported_in != "[]", ~_EDGE),
).where(_UNSENT)
# Whole at the other end, and not by the centre's word: the hall's host keeps it.
_LIES = (t.blobs.c.upload_url != "") & (t.blobs.c.sent_bytes >= t.blobs.c.size)
_OF_OP = (t.op_blobs.c.blob_id == t.blobs.c.blob_id) & (t.outbox.c.op_id == t.op_blobs.c.op_id)
_PAGES = select(
    func.count(),
    func.coalesce(func.sum(t.blobs.c.size - t.blobs.c.sent_bytes), 0),
    func.count().filter(_LIES),
).where(t.blobs.c.done == 0, exists().where(_OF_OP, NOT_REFUSED))
_FOR_PERSON = select(func.count()).where(
    t.outbox.c.state.in_(("HELD", "CONFLICT", "REJECTED")), t.outbox.c.closed_at == ""
)
_DELIVERIES = select(t.cases.c.delivery, func.count()).group_by(t.cases.c.delivery)


def queue_counts(connection: Connection) -> QueueCounts:
    """Return the numbers of the status bar."""
    unsent, unsent_bytes, oldest, at_edge, carried = connection.execute(_WAITING).one()
    pages, page_bytes, pages_lie = connection.execute(_PAGES).one()
    by_delivery: dict[str, int] = {row[0]: row[1] for row in connection.execute(_DELIVERIES)}
    accepted = by_delivery.get("centre", 0)
    return QueueCounts(
        local_only=unsent,
        pages_pending=pages,
        pages_at_edge=pages_lie,
        bytes_pending=unsent_bytes + page_bytes,
        at_centre=by_delivery.get("sent", 0) + accepted,
        accepted=accepted,
        needs_person=connection.scalar(_FOR_PERSON) or 0,
        oldest_at=oldest,
        exported=carried,
        at_edge=at_edge,
    )
