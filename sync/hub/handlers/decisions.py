# SPDX-License-Identifier: MulanPSL-2.0
"""What a person at the centre decides about a held operation; each decision stays on record."""

from __future__ import annotations

from sync.hub.centre import Centre
from sync.hub.handlers import deeds, judging
from sync.hub.handlers.verdict import Verdict
from sync.hub.storage import oplog
from sync.hub.storage.engine import Tx
from sync.hub.storage.oplog import StoredOp
from sync.protocol import errors


def close(centre: Centre, op_id: str, *, by: str, reason: str, field: str = "") -> StoredOp | None:
    """End a held operation: its counter gets a signed result with the reason.

    ``field`` is the entry of the form that is wrong: the counter's 改正后重报 begins there.

    The operation itself is kept. Returns it as it is now, or ``None`` when it is unknown; one that
    is not held any more is left as it is.
    """
    with deeds.writing(centre, "op.close") as (tx, deed):
        stored = oplog.find(tx, op_id)
        if stored is None or stored.status != "held":
            deed.outcome = ""
            return stored
        deed.about = op_id
        verdict = Verdict("rejected", errors.CLOSED, f"中心核对后不予办理：{reason}", field)
        judging.settle(centre, tx, stored, verdict)
        _note(centre, tx, "closed", stored, f"{by} {reason}")
        return oplog.find(tx, op_id)


def release(centre: Centre, op_id: str, *, by: str, reason: str) -> StoredOp | None:
    """Let a person set aside why an operation is held (epoch, rights, lease, revoked device), once, by name.

    What an operation depends on is never set aside. Returns the operation as it is now, or
    ``None`` when it is unknown. The decision stays on record among the alarms.
    """
    waived = frozenset(
        {errors.HELD_EPOCH, errors.HELD_AUTHZ, errors.HELD_REVOKED, errors.HELD_LEASE}
    )
    with deeds.writing(centre, "op.release") as (tx, deed):
        stored = oplog.find(tx, op_id)
        if stored is None:
            deed.outcome = ""
            return None
        deed.about = op_id
        _note(centre, tx, "released", stored, f"{by} {reason}")
    if judging.rejudge(centre, op_id, waived):
        judging.release_dependents(centre, op_id)
    with centre.database.read() as tx:
        return oplog.find(tx, op_id)


def _note(centre: Centre, tx: Tx, kind: str, stored: StoredOp, words: str) -> None:
    oplog.add_alarm(
        tx,
        at=centre.now(),
        kind=kind,
        device_id=stored.device_id,
        op_id=stored.op_id,
        detail=f"{stored.code} {words}",
    )
