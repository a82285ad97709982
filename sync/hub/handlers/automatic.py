# SPDX-License-Identifier: MulanPSL-2.0
"""Automatic decisions (秒批): only when every fact of the rule holds; any miss goes to a person."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from counter.domain.case_advance import Act
from counter.domain.case_life import accept_name
from counter.domain.catalog import DayUnit, Item
from counter.domain.errors import NotAllowedError
from counter.domain.intake import promised
from counter.domain.prejudge import PreJudge, prejudge
from sync.hub import rules
from sync.hub.centre import Centre
from sync.hub.handlers import case_steps, theme_order, thought
from sync.hub.storage import cases
from sync.hub.storage.cases import CaseRow
from sync.hub.storage.engine import Tx

SYSTEM = "系统自动审批"
_ASKED = re.compile(r"\bplatform\.([a-z_][a-z0-9_]*)")


@dataclass(frozen=True)
class Known:
    """Everything known about a case when it is judged."""

    facts: dict[str, Any]
    judged: PreJudge


def known_of(centre: Centre, tx: Tx, case: CaseRow, item: Item) -> Known:
    """Collect the facts of a case, those of other platforms included, and judge them."""
    body = case_steps.received_of(tx, case)
    day = centre.clock().date()
    known = dict(thought.facts_of(tx, case.case_id, body, item, day))
    known["platform"] = _platform(centre, tx, case, item)
    return Known(known, prejudge(item, known))


def _platform(centre: Centre, tx: Tx, case: CaseRow, item: Item) -> dict[str, Any]:
    """Return what other platforms say, without answers that are too old for the rule."""
    oldest: dict[str, int] = {}
    for fact in item.auto_approve.all_of if item.auto_approve else ():
        if fact.max_age_days:
            oldest |= dict.fromkeys(_ASKED.findall(fact.when), fact.max_age_days)
    now = centre.clock()

    def fresh(key: str, as_of: str) -> bool:
        if key not in oldest or not as_of:
            return True
        asked = rules.moment(as_of)
        return asked is not None and now - asked <= timedelta(days=oldest[key])

    found = cases.platform_facts(tx, case.person_key).items()
    return {key: value for key, (value, as_of) in found if fresh(key, as_of)}


def decide(centre: Centre, tx: Tx, case: CaseRow, item: Item) -> CaseRow:
    """Accept and approve at once when the rule says so; the facts are kept with the case."""
    rule = item.auto_approve
    if rule is None:
        return case
    known = known_of(centre, tx, case, item)
    if known.judged.status == "none":
        return case
    evidence = {
        "rule_id": rule.rule_id,
        "rule_version": rule.version,
        "at": centre.now(),
        "facts": [
            {"key": f.key, "label": f.label, "value": f.value, "source": f.source}
            for f in known.judged.facts
        ],
        "platform": known.facts["platform"],
    }
    explain = tuple(f"{f.label}：{_word(f.value)}" for f in known.judged.facts)
    sure = all(f.value is True for f in known.judged.facts)
    waiting = theme_order.why_waiting(tx, case) if sure else "转人工审核"
    if waiting:
        return replace(case, facts=evidence, view={**case.view, "explain": [*explain, waiting]})
    case = replace(case, facts=evidence)
    why = f"规则 {rule.rule_id} {rule.version}"
    try:
        accepted = case_steps.take(
            centre,
            tx,
            case,
            _act(accept_name_of(tx, case), centre, promised(item, known.facts)),
            **case_steps.acceptance(centre, tx, case),
        )
        return case_steps.take(
            centre,
            tx,
            accepted,
            _act("approve", centre, None, why),
            automatic=True,
            explain=(*explain, rule.explain_text),
            decided_at=centre.now(),
            decided_by=SYSTEM,
        )
    except NotAllowedError as error:
        # An open 容缺 gap: a person decides. Not partly: acceptance is taken back with it.
        return replace(case, view={**case.view, "explain": [*explain, error.what, "转人工审核"]})


def accept_name_of(tx: Tx, case: CaseRow) -> str:
    """Return which way of 受理 the papers of a case lead to."""
    return accept_name(case_steps.received_of(tx, case).materials)


def _act(name: str, centre: Centre, promise: tuple[int, DayUnit] | None, why: str = "") -> Act:
    return Act(
        name,
        centre.now(),
        "centre",
        frozenset({"system"}),
        by=SYSTEM,
        reason=why,
        promise=promise,
    )


def _word(value: bool | None) -> str:
    return {True: "符合", False: "不符合", None: "没有核到"}[value]
