# SPDX-License-Identifier: MulanPSL-2.0
"""The audit goes to the centre on its own lane: one operation a day, or each 200 rows."""

from __future__ import annotations

from datetime import datetime, timedelta

from counter.app.operation_log import next_position, write_operation
from counter.app.work import Work
from counter.domain.bodies import AuditBatch
from counter.domain.operations import Versions

SENT = ("audit", "sent")  # reference record {"row_no": last packed row, "at": when}
BATCH = 200
EVERY = timedelta(days=1)
# What the centre needs to compute the chain again; the two hashes follow from it.
_FIELDS = ("row_no", "at", "operator_id", "action", "entity_id", "detail")


def pack_audit(work: Work) -> int:
    """Write one ``audit.batch`` operation if it is due; return the number of rows in it.

    Row ``n``'s hash is SHA-256 over the canonical JSON of its fields and ``prev_hash``; the first
    row's ``prev_hash`` is the ``last_hash`` of the batch before.
    """
    reference = work.uow.reference
    sent = reference.get(*SENT) or {"row_no": 0, "at": ""}
    rows = work.uow.audit.after(int(sent["row_no"]), BATCH)
    last_at = str(sent["at"]) or (str(rows[0]["at"]) if rows else "")
    waited = bool(rows) and work.now - datetime.fromisoformat(last_at) >= EVERY
    if not waited and len(rows) < BATCH:
        return 0
    body = AuditBatch(
        first_no=int(rows[0]["row_no"]),
        rows=tuple({name: row[name] for name in _FIELDS} for row in rows),
        last_hash=str(rows[-1]["row_hash"]),
    )
    write_operation(
        work,
        next_position(work),
        kind="audit.batch",
        entity="audit",
        entity_id=work.around.identity.device_id,
        body=body,
        versions=Versions(catalog=reference.version()),
        deadline="",
    )
    reference.put(*SENT, "", {"row_no": rows[-1]["row_no"], "at": work.at})
    return len(rows)
