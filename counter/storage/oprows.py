# SPDX-License-Identifier: MulanPSL-2.0
"""Outbox rows as the worker and the screens see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Connection, Row, Select, func, select

from counter.domain.masking import mask_name
from counter.ports.sync_store import OpState, OutboxRow, QueueCounts
from counter.storage import tables as t
from counter.storage.overlay import AT_EDGE

_KIND_WORDS = {
    "case.received": "收件",
    "case.supplemented": "补交材料",
    "case.withdrawn": "本人撤回",
    "case.corrected": "更正",
    "case.delivered": "送达",
    "case.taken_over": "接手",
    "case.given_back": "交回",
    "audit.batch": "审计记录",
    "rating.given": "群众评价",
    "rating.step": "差评办理",
    "appeal.registered": "诉求",
    "appeal.step": "诉求办理",
}


def op_query() -> Select[Any]:
    """Select what an ``OutboxRow`` needs."""
    return select(t.outbox, t.cases.c.item_name, t.cases.c.applicant_name).outerjoin(
        t.cases, t.cases.c.case_id == t.outbox.c.entity_id
    )


def op_rows(connection: Connection, query: Select[Any]) -> list[OutboxRow]:
    """Run ``op_query`` with conditions and build the rows."""
    rows = connection.execute(query).all()
    ids = [row.op_id for row in rows]
    needs = _needs(connection, ids)
    pending = _pending(connection, ids)
    first = _first(connection, ids)
    return [
        _row(row, needs.get(row.op_id, ()), pending.get(row.op_id, 0), first=row.op_id in first)
        for row in rows
    ]


def _row(row: Row[Any], needs: tuple[str, ...], pending: int, *, first: bool) -> OutboxRow:
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
        blobs_pending=pending,
        depends_on=needs,
        title=_title(row),
        first=first,
    )


def _title(row: Row[Any]) -> str:
    word = _KIND_WORDS.get(row.kind, "其他")
    if row.item_name is None:
        return word
    parts = [row.item_name, mask_name(row.applicant_name)]
    if row.kind != "case.received":
        parts.append(word)
    return " · ".join(part for part in parts if part)


def _needs(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    if ids:
        query = select(t.op_needs).where(t.op_needs.c.op_id.in_(ids))
        for row in connection.execute(query):
            found[row.op_id] = (*found.get(row.op_id, ()), row.needs)
    return found


def _first(connection: Connection, ids: Sequence[str]) -> frozenset[str]:
    f = t.first_ops.c
    return (
        frozenset(connection.scalars(select(f.op_id).where(f.op_id.in_(ids))))
        if ids
        else frozenset()
    )


def _pending(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    if not ids:
        return {}
    query = (
        select(t.op_blobs.c.op_id, func.count())
        .join(t.blobs, t.blobs.c.blob_id == t.op_blobs.c.blob_id)
        .where(t.op_blobs.c.op_id.in_(ids), t.blobs.c.done == 0)
        .group_by(t.op_blobs.c.op_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def queue_counts(connection: Connection) -> QueueCounts:
    """Return the numbers of the status bar; all from indexes."""
    o = t.outbox.c
    unsent = connection.execute(
        select(func.count(), func.coalesce(func.sum(o.size), 0), func.min(o.made_at)).where(
            o.state.in_(("QUEUED", "WAIT_DEP"))
        )
    ).one()
    pages = connection.execute(
        select(
            func.count(), func.coalesce(func.sum(t.blobs.c.size - t.blobs.c.sent_bytes), 0)
        ).where(t.blobs.c.done == 0, t.blobs.c.blob_id.in_(select(t.op_blobs.c.blob_id)))
    ).one()
    waiting = select(func.count()).where(o.state.in_(("QUEUED", "WAIT_DEP")))
    edge = o.exported_in.contains(AT_EDGE, autoescape=True)
    at_edge = connection.scalar(waiting.where(edge))
    carried = connection.scalar(waiting.where(o.exported_in != "[]", ~edge))
    person = connection.scalar(
        select(func.count()).where(o.state.in_(("HELD", "CONFLICT", "REJECTED")), o.closed_at == "")
    )
    by_delivery: dict[str, int] = {
        row[0]: row[1]
        for row in connection.execute(
            select(t.cases.c.delivery, func.count()).group_by(t.cases.c.delivery)
        )
    }
    accepted = by_delivery.get("centre", 0)
    return QueueCounts(
        local_only=unsent[0],
        pages_pending=pages[0],
        bytes_pending=unsent[1] + pages[1],
        at_centre=by_delivery.get("sent", 0) + accepted,
        accepted=accepted,
        needs_person=person or 0,
        oldest_at=unsent[2] or "",
        exported=carried or 0,
        at_edge=at_edge or 0,
    )
