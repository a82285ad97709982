# SPDX-License-Identifier: MulanPSL-2.0
"""The operation log: gapless, chained, and with one single way to delete."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import (
    Connection,
    Row,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from counter.domain.operations import ZERO_HASH, Operation, goes_first
from counter.ports.outbox import Reported
from counter.ports.sync_store import ChainHead
from counter.storage import corrections
from counter.storage import tables as t
from counter.storage.meta import Device, get_device
from counter.storage.overlay import refresh_case

UNSENT = ("QUEUED", "WAIT_DEP")
FOR_PERSON = ("HELD", "CONFLICT", "REJECTED")
# Built once, see repositories.
_ADD_OP = insert(t.outbox)
_NEW_HEAD = upsert(t.heads)
_MOVE_HEAD = _NEW_HEAD.on_conflict_do_update(
    index_elements=["device_id", "epoch"],
    set_={"seq": _NEW_HEAD.excluded.seq, "op_hash": _NEW_HEAD.excluded.op_hash},
)
_ADD_NEEDS, _ADD_BLOBS = insert(t.op_needs), insert(t.op_blobs)
_HEAD = select(t.heads.c.seq, t.heads.c.op_hash).where(
    t.heads.c.device_id == bindparam("device_id"), t.heads.c.epoch == bindparam("epoch")
)
_WAITING = select(t.op_needs.c.op_id).where(t.op_needs.c.needs == bindparam("of_op"))
_UNMET = select(func.count()).where(
    t.outbox.c.op_id.in_(bindparam("needs", expanding=True)),
    corrections.unmet(t.outbox.c.state, t.outbox.c.closed_at),
)
_other = t.outbox.alias("other")
_STILL = (
    select(t.op_needs.c.needs)
    .join(_other, _other.c.op_id == t.op_needs.c.needs)
    .where(
        t.op_needs.c.op_id == t.outbox.c.op_id,
        corrections.unmet(_other.c.state, _other.c.closed_at),
    )
)
_RELEASE = (
    update(t.outbox)
    .where(t.outbox.c.op_id.in_(_WAITING), t.outbox.c.state == "WAIT_DEP", ~exists(_STILL))
    .values(state="QUEUED")
)


@dataclass(frozen=True)
class LoggedOp:
    """An appended operation on its way into the journal."""

    epoch: int
    seq: int
    jws: str
    deadline: str
    not_before: str
    blob_ids: tuple[str, ...]


class SqlOutbox:
    """``Outbox`` of one unit of work; ``appended`` is what the journal must get."""

    def __init__(self, connection: Connection, device: Device | None) -> None:
        self._connection = connection
        self._device = device
        self._head: tuple[int, str] | None = None
        self.appended: list[LoggedOp] = []

    def epoch(self) -> int:
        """Return the epoch that further operations are numbered in.

        Raises:
            RuntimeError: the device is not enrolled (a fault of the program).
        """
        if self._device is None:
            raise RuntimeError("no device identity: call Store.use_device first")
        return self._device.epoch

    def next_position(self) -> tuple[int, str]:
        """Return (seq, prev_hash) for the next operation of this device and epoch.

        Raises:
            RuntimeError: the device is not enrolled (a fault of the program).
        """
        if self._device is None:
            raise RuntimeError("no device identity: call Store.use_device first")
        if self._head is not None:
            return self._head
        head = _head(self._connection, self._device)
        self._head = (head.seq + 1, head.op_hash) if head else (1, ZERO_HASH)
        return self._head

    def append(self, op: Operation, jws: str, *, deadline: str, not_before: str = "") -> None:
        """Add the signed operation; it is the outbox row and never changes.

        Raises:
            RuntimeError: the operation does not stand at ``next_position`` (a fault of the
                program; letting it through would tear the chain).
        """
        seq, prev_hash = self.next_position()
        device = self._device
        if device is None or (op.device_id, op.epoch, op.seq, op.prev_hash) != (
            device.device_id,
            device.epoch,
            seq,
            prev_hash,
        ):
            raise RuntimeError("operation is not at the next position")
        op_hash = add_row(self._connection, op, jws, deadline=deadline, not_before=not_before)
        self._head = (op.seq + 1, op_hash)
        blob_ids = tuple(blob.blob_id for blob in op.blobs)
        self.appended.append(LoggedOp(op.epoch, op.seq, jws, deadline, not_before, blob_ids))

    def last_op_of(self, entity_id: str) -> str:
        """Return the op_id of the last operation about an entity, or ''; corrections aside."""
        return (
            self._connection.scalar(
                select(t.outbox.c.op_id)
                .where(t.outbox.c.entity_id == entity_id, t.outbox.c.supersedes == "")
                .order_by(t.outbox.c.epoch.desc(), t.outbox.c.seq.desc())
                .limit(1)
            )
            or ""
        )

    def to_follow(self, entity_id: str) -> str:
        """Return what a further operation about an entity depends on, or ''.

        The last one, corrections aside and what a person closed: that has no effect any more, but
        for the one a correction stands for.
        """
        o = t.outbox.c
        stands = (o.closed_at == "") | (o.last_code == corrections.SUPERSEDED)
        query = select(o.op_id).where(o.entity_id == entity_id, o.supersedes == "", stands)
        last = query.order_by(o.epoch.desc(), o.seq.desc()).limit(1)
        return self._connection.scalar(last) or ""

    def first_op_of(self, entity_id: str) -> str:
        """Return the op_id of the first operation about an entity, or ''."""
        return (
            self._connection.scalar(
                select(t.outbox.c.op_id)
                .where(t.outbox.c.entity_id == entity_id)
                .order_by(t.outbox.c.epoch, t.outbox.c.seq)
                .limit(1)
            )
            or ""
        )

    def let_go(self, entity_id: str) -> int:
        """End the holding back of operations about an entity; return how many there were."""
        o = t.outbox
        held = update(o).where(o.c.entity_id == entity_id, o.c.not_before > "")
        return self._connection.execute(held.values(not_before="")).rowcount

    def open_issue(self, op_id: str) -> tuple[str, str] | None:
        """Return (entity_id, state) of an operation on the list 要处理 that nobody closed yet."""
        row = self._connection.execute(
            select(t.outbox.c.entity_id, t.outbox.c.state).where(
                t.outbox.c.op_id == op_id,
                t.outbox.c.state.in_(FOR_PERSON),
                t.outbox.c.closed_at == "",
            )
        ).first()
        return (row.entity_id, row.state) if row else None

    def reported(self, op_id: str) -> Reported | None:
        """Return what a correction of this operation needs to know."""
        return corrections.reported(self._connection, op_id)

    def close_issue(self, op_id: str, at: str, operator_id: str, reason: str) -> None:
        """Note that a person closed an item of 要处理; its state and content stay."""
        issue = self.open_issue(op_id)
        if issue is None:
            return
        self._connection.execute(
            update(t.outbox)
            .where(t.outbox.c.op_id == op_id)
            .values(closed_at=at, closed_by=operator_id, closed_why=reason)
        )
        release_dependents(self._connection, op_id)
        refresh_case(self._connection, issue[0])


def head_of(connection: Connection) -> ChainHead:
    """Return the newest operation of the present device and epoch; zeros before the first."""
    device = get_device(connection)
    if device is None:
        return ChainHead(0, 0, ZERO_HASH)
    return ChainHead(device.epoch, *(_head(connection, device) or (0, ZERO_HASH)))


def _head(connection: Connection, device: Device) -> Row[int, str] | None:
    return connection.execute(_HEAD, {"device_id": device.device_id, "epoch": device.epoch}).first()


def add_row(
    connection: Connection, op: Operation, jws: str, *, deadline: str, not_before: str
) -> str:
    """Write an operation's rows and move the head of the chain; also used by the rebuild.

    Returns:
        Its hash.
    """
    waits, op_hash = waiting_needs(connection, op.depends_on), op.op_hash()
    connection.execute(
        _ADD_OP,
        {
            "op_id": op.op_id,
            "device_id": op.device_id,
            "epoch": op.epoch,
            "seq": op.seq,
            "op_hash": op_hash,
            "kind": op.kind,
            "entity_id": op.entity_id,
            "jws": jws,
            "size": len(jws),
            "made_at": op.time.wall,
            "deadline": deadline,
            "not_before": not_before,
            "state": "WAIT_DEP" if waits else "QUEUED",
            "supersedes": op.supersedes,
        },
    )
    if goes_first(op):
        connection.execute(insert(t.first_ops), {"op_id": op.op_id})
    if op.depends_on:
        needs = [{"op_id": op.op_id, "needs": need} for need in dict.fromkeys(op.depends_on)]
        connection.execute(_ADD_NEEDS, needs)
    blobs = {blob.blob_id: blob for blob in op.blobs}
    if blobs:
        connection.execute(
            _ADD_BLOBS,
            [
                {"op_id": op.op_id, "blob_id": b.blob_id, "role": b.role, "required": b.required}
                for b in blobs.values()
            ],
        )
    head = {"device_id": op.device_id, "epoch": op.epoch, "seq": op.seq, "op_hash": op_hash}
    connection.execute(_MOVE_HEAD, head)
    refresh_case(connection, op.entity_id)
    return op_hash


def waiting_needs(connection: Connection, needs: tuple[str, ...]) -> bool:
    """Tell whether one of these operations is here and ``unmet`` (a purged one was applied)."""
    if not needs:
        return False
    return bool(connection.scalar(_UNMET, {"needs": needs}))


def release_dependents(connection: Connection, op_id: str) -> None:
    """An operation was applied or closed: what waited for it alone may go, see ``unmet``."""
    waited_for = {"of_op": op_id}
    if connection.execute(_WAITING, waited_for).first() is not None:
        connection.execute(_RELEASE, waited_for)


def purge_settled(connection: Connection, settled_before: str) -> int:
    """Delete operations that may go; **the only place where outbox rows are deleted** (S13).

    An operation may go when the centre applied it, all its blobs are confirmed there, pull has
    delivered the state it led to, and it was settled before ``settled_before`` (retention).

    Returns:
        How many went.
    """
    unconfirmed = (
        select(t.op_blobs.c.op_id)
        .outerjoin(t.blobs, t.blobs.c.blob_id == t.op_blobs.c.blob_id)
        .where(
            t.op_blobs.c.op_id == t.outbox.c.op_id,
            or_(t.blobs.c.done.is_(None), t.blobs.c.done == 0),
        )
    )
    unseen = select(t.cases.c.case_id).where(
        t.cases.c.case_id == t.outbox.c.entity_id, t.cases.c.rev < t.outbox.c.result_rev
    )
    gone = list(
        connection.scalars(
            select(t.outbox.c.op_id).where(
                t.outbox.c.state == "APPLIED",
                t.outbox.c.settled_at != "",
                t.outbox.c.settled_at < settled_before,
                ~exists(unconfirmed),
                ~exists(unseen),
            )
        )
    )
    for op_id in gone:
        for table in (t.op_needs, t.op_blobs, t.first_ops, t.outbox):
            connection.execute(delete(table).where(table.c.op_id == op_id))
    return len(gone)
