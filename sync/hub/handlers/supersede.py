# SPDX-License-Identifier: MulanPSL-2.0
"""A correction stands for an operation that has not taken effect (§1, ``supersedes``).

In whatever order the two arrive, at most one of them takes effect; what depends on the old one
follows the new one.
"""

from __future__ import annotations

from counter.domain.operations import Operation
from sync.hub.handlers.verdict import Verdict, held, refused
from sync.hub.storage import halls, oplog
from sync.hub.storage.engine import Tx
from sync.hub.storage.oplog import StoredOp
from sync.protocol import errors

REPLACED = Verdict("rejected", errors.SUPERSEDED, "已由更正后的一笔代替，不再办理这一笔。")
_APPLIED = "要更正的那一笔中心已经办理，请看最新情况，再按办件更正办理。"
_FOREIGN = "更正的不是本厅同一办件的操作，已留下，请值班长处理。"


def check(tx: Tx, op: Operation, device: halls.Device) -> None:
    """Refuse an operation that was replaced, or a correction of what took effect already."""
    if oplog.superseded_by(tx, op.op_id):
        raise refused(REPLACED.status, REPLACED.code, REPLACED.message)
    if not op.supersedes:
        return
    if oplog.superseded_by(tx, op.supersedes):  # by another correction of the same
        raise refused(REPLACED.status, REPLACED.code, REPLACED.message)
    old = oplog.find(tx, op.supersedes)
    if old is None:
        return
    if old.status == "applied":
        raise refused("conflict", errors.SUPERSEDES, _APPLIED, rev=old.entity_rev)
    maker = halls.device(tx, old.device_id)
    if old.entity_id != op.entity_id or maker is None or maker.hall_code != device.hall_code:
        raise held(errors.HELD_AUTHZ, _FOREIGN, field="supersedes")


def take_place(tx: Tx, op: Operation | None) -> StoredOp | None:
    """Note that an applied correction stands for another; return that one to be closed."""
    if op is None or not op.supersedes:
        return None
    oplog.supersede(tx, op.supersedes, op.op_id)
    return oplog.find(tx, op.supersedes)


def standing(tx: Tx, op_id: str) -> str:
    """Return the operation that stands for this one now; itself when it was not replaced."""
    while by := oplog.superseded_by(tx, op_id):
        op_id = by
    return op_id
