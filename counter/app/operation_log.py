# SPDX-License-Identifier: MulanPSL-2.0
"""Write one operation into the outbox: position, time evidence, versions, signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from counter.app.timekeeping import stamp
from counter.app.work import Work
from counter.domain.errors import DomainError
from counter.domain.ids import uuid7
from counter.domain.materials import Page
from counter.domain.operations import Actor, BlobRef, Frozen, Operation, OpKind, Versions


@dataclass(frozen=True)
class Position:
    """The place of the next operation; taken inside the transaction that fills it."""

    op_id: str
    epoch: int
    seq: int
    prev_hash: str


@dataclass(frozen=True)
class Written:
    """An operation that is in the outbox once the unit of work commits."""

    op_id: str
    op_hash: str


def next_position(work: Work) -> Position:
    """Take the next place."""
    seq, prev_hash = work.uow.outbox.next_position()
    return Position(uuid7(), work.uow.outbox.epoch(), seq, prev_hash)


def write_operation(
    work: Work,
    position: Position,
    *,
    kind: OpKind,
    entity_id: str,
    body: Frozen,
    versions: Versions,
    deadline: str,
    base_rev: int = 0,
    depends_on: tuple[str, ...] = (),
    blobs: tuple[BlobRef, ...] = (),
    not_before: str = "",
    supersedes: str = "",
    entity: Literal["case", "audit", "material", "person", "rating", "appeal"] = "case",
) -> Written:
    """Sign the operation and append it to the outbox."""
    identity = work.around.identity
    op = Operation(
        op_id=position.op_id,
        device_id=identity.device_id,
        epoch=position.epoch,
        seq=position.seq,
        prev_hash=position.prev_hash,
        actor=_actor(work),
        kind=kind,
        entity=entity,
        entity_id=entity_id,
        base_rev=base_rev,
        depends_on=depends_on,
        supersedes=supersedes,
        versions=versions,
        blobs=blobs,
        time=stamp(work.uow.reference, work.around.clock, work.now),
        body=body.model_dump(mode="json"),
    )
    token = op.sign(identity.key)
    work.uow.outbox.append(op, token, deadline=deadline, not_before=not_before)
    return Written(op.op_id, op.op_hash())


def blob_ref(work: Work, page: Page, role: str) -> BlobRef:
    """Return the reference to a stored page.

    Raises:
        DomainError: ``PAGE-GONE`` if its key is not in the database.
    """
    stored = work.uow.blobs.get(page.blob_id)
    if stored is None:
        raise DomainError(
            code="PAGE-GONE",
            what="有一页扫描件没有存好。",
            todo="请重新拍照或扫描这一页。",
            field=role,
        )
    return BlobRef(
        blob_id=stored.blob_id, size=stored.size, role=role, media_type=stored.media_type
    )


def _actor(work: Work) -> Actor:
    session = work.session
    age = work.now - datetime.fromisoformat(session.signed_in_at)
    return Actor(
        operator=session.operator_id,
        session=session.session_id,
        authn="online" if session.authn == "online" else "offline",
        authn_age_s=max(0, int(age.total_seconds())),
    )
