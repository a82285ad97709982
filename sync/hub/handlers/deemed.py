# SPDX-License-Identifier: MulanPSL-2.0
"""视为受理: what nobody answered in time, the law holds accepted (行政许可法 art. 32)."""

from __future__ import annotations

from counter.domain.case import CaseState
from counter.domain.case_advance import Act
from counter.domain.intake import promised
from sync.hub.centre import Centre
from sync.hub.handlers import automatic, case_steps, deeds
from sync.hub.storage import cases
from sync.hub.storage.cases import CaseRow

SYSTEM = frozenset({"system"})


def deem_overdue(centre: Centre) -> list[CaseRow]:
    """Mark the licence cases nobody answered in time: the law accepted them (art. 32)."""
    today = centre.clock().date().isoformat()
    done = []
    with deeds.writing(centre, "cases.deem") as (tx, deed):
        waiting = (CaseState.RECEIVED.value, CaseState.SUPPLIED.value)
        for case in cases.all_cases(tx, waiting):
            on = str(case.view.get("deemed_on") or "")
            if not on or on > today:
                continue
            item = case_steps.item_of(tx, case)
            promise = promised(item, automatic.known_of(centre, tx, case, item).facts)
            words = "逾期没有答复，依法自收到材料之日起视为受理"
            deem = Act(
                "deem", centre.now(), "centre", SYSTEM, by="系统", reason=words, promise=promise
            )
            changes = case_steps.acceptance(centre, tx, case)
            moved = case_steps.take(centre, tx, case, deem, **changes)
            cases.save(tx, moved)
            case_steps.publish(centre, tx, moved)
            done.append(moved)
        deed.about = " ".join(case.case_id for case in done)
        deed.outcome = str(len(done)) if done else ""
    return done
