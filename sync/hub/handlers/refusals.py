# SPDX-License-Identifier: MulanPSL-2.0
"""否定事项报备: every refusal is one fact here and one line for the counters of the hall."""

from __future__ import annotations

from typing import Any

from counter.domain.bodies import RefusalReported
from sync.hub.centre import Centre
from sync.hub.storage import feed, oplog
from sync.hub.storage.engine import Tx

FACT = "case.refusal_reported"
KIND = "refusal"  # of the feed


def keep(
    centre: Centre, tx: Tx, hall_code: str, fact: dict[str, Any], body: RefusalReported
) -> None:
    """Keep a refusal of the centre itself and tell the hall; ``fact`` says who and about what."""
    told = body.model_dump(mode="json")
    known = {"hall_code": hall_code, "kind": FACT, "device_id": "", "claimed_at": centre.now()}
    oplog.add_fact(tx, {**known, "body": told, **fact})
    tell(centre, tx, hall_code, str(fact["op_id"]), told)


def tell(centre: Centre, tx: Tx, hall_code: str, op_id: str, body: dict[str, Any]) -> None:
    """Put a refusal into the feed of its hall; it never changes."""
    scope = feed.hall_scope(hall_code)
    feed.put(tx, feed.Change(scope, KIND, op_id, 1, body, centre.now()))


def refusals(centre: Centre) -> list[dict[str, Any]]:
    """Return every reported refusal, oldest first: the list of the shift leader."""
    with centre.database.read() as tx:
        return [
            {**fact["body"], "by": fact["operator_id"], "case_id": fact["entity_id"]}
            for fact in oplog.facts(tx, FACT)
        ]
