# SPDX-License-Identifier: MulanPSL-2.0
"""The parts of papers that only the centre's row can fill: 补正, 不予, decision."""

from __future__ import annotations

from dataclasses import dataclass

from counter.app.papers.content import (
    DecisionPart,
    DefectPart,
    DeliveredPart,
    DeliveryPart,
    RefusalPart,
    SpecialPart,
    SupplementPart,
    SuppliedPart,
)
from counter.app.papers.words import day_words
from counter.domain.case import CaseState
from counter.domain.catalog import Item
from counter.domain.papers import PaperKind
from counter.ports.keys import Hall
from counter.ports.storage import CaseRecord


@dataclass(frozen=True)
class CentreParts:
    """What the centre's row says; ``None`` where it says nothing."""

    doc_no: str = ""
    supplement: SupplementPart | None = None
    supplied: SuppliedPart | None = None
    refusal: RefusalPart | None = None
    special: SpecialPart | None = None
    decision: DecisionPart | None = None
    delivery: DeliveryPart | None = None


def _supplement(case: CaseRecord, item: Item) -> SupplementPart | None:
    """Each missing paper with the item's own words on how it must be."""
    if case.state is not CaseState.SUPPLEMENT:
        return None
    rows = {row.key: row for row in item.materials}
    reason = str(case.centre.get("reason") or "")
    defects = []
    for key in case.centre.get("missing") or ():
        row = rows.get(key)
        if row is None:
            defects.append(DefectPart(key, reason or "需要补充"))
        else:
            how = row.accept_stand or row.fill_explain
            defects.append(DefectPart(row.material_name, reason or "未提交", row.by_law, how))
    if not defects and reason:
        defects.append(DefectPart("申请材料", reason, item.by_law))
    return SupplementPart(tuple(defects)) if defects else None


def _refusal(case: CaseRecord, item: Item) -> RefusalPart | None:
    if case.state not in {CaseState.NOT_ACCEPTED, CaseState.REFUSED}:
        return None
    return RefusalPart(str(case.centre.get("reason") or ""), item.by_law)


def _decision(case: CaseRecord, item: Item, hall: Hall) -> DecisionPart | None:
    decided = str(case.centre.get("decided_at") or "")
    if case.state not in {CaseState.APPROVED, CaseState.REFUSED} or not decided:
        return None
    approved = case.state is CaseState.APPROVED
    return DecisionPart(
        day_words(decided),
        result="准予" if approved else "不予",
        reason=str(case.centre.get("reason") or ""),
        by_law=item.by_law,
        cert_name=item.result_name,
        fetch_where="，".join(part for part in (hall.name, hall.address) if part),
    )


def _delivery(decision: DecisionPart | None) -> DeliveryPart | None:
    """A receipt to be filled in by hand when the result is handed over."""
    if decision is None:
        return None
    name = decision.cert_name or "办结通知"
    return DeliveryPart((DeliveredPart(name, decision.cert_no or decision.doc_no),))


def centre_parts(kind: PaperKind, case: CaseRecord, item: Item, hall: Hall) -> CentreParts:
    """Return what the centre's row of a case says for papers."""
    decision = _decision(case, item, hall)
    doc_no = str(case.centre.get("accept_no") or "") if kind.proves == "受理" else ""
    return CentreParts(
        doc_no=doc_no,
        supplement=_supplement(case, item),
        refusal=_refusal(case, item),
        decision=decision,
        delivery=_delivery(decision),
    )
