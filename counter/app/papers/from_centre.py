# SPDX-License-Identifier: MulanPSL-2.0
"""The parts of papers that the centre's row and the law's memory of the case fill: 补正, 不予 …"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
from counter.app.papers.parts import material_part
from counter.app.papers.words import day_words, moment_words
from counter.domain.bodies import CaseReceived
from counter.domain.case import CaseState
from counter.domain.catalog import Item
from counter.domain.papers import PaperKind
from counter.ports.keys import Hall
from counter.ports.storage import CaseRecord

_OUTCOMES = {"approved": "准予", "refused": "不予", "transferred": "转报", "returned": "退回"}
_METHODS = {"direct": "直接", "post": "邮寄", "agent": "代领", "left": "留置"}


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


def _life(case: CaseRecord) -> dict[str, Any]:
    """The law's memory of the case (notices, special procedures, delivery), as it counts here."""
    return case.life.model_dump(mode="json")


def _defect(row: dict[str, Any], item: Item) -> DefectPart:
    """A defect of a notice; where it says nothing, the item's own words on the paper."""
    asked = next((m for m in item.materials if m.key == row.get("key")), None)
    what = str(row.get("what") or "")
    if asked is None:
        return DefectPart(what, what, str(row.get("basis") or item.by_law), str(row.get("how", "")))
    how = str(row.get("how") or asked.accept_stand or asked.fill_explain)
    basis = str(row.get("basis") or asked.by_law or item.by_law)
    return DefectPart(asked.material_name, what or "未提交", basis, how)


def _supplement(case: CaseRecord, item: Item) -> SupplementPart | None:
    """The last notice; from a centre that sends none, the missing papers and its reason."""
    notices = _life(case).get("notices") or ()
    if notices:
        last = notices[-1]
        defects = tuple(_defect(row, item) for row in last.get("defects") or ())
        told = day_words(str(last.get("at") or ""))
        return SupplementPart(defects, due_words=day_words(last["due"]), told_words=told)
    if case.state is not CaseState.SUPPLEMENT:
        return None
    reason = str(case.centre.get("reason") or "")
    missing = case.centre.get("missing") or ([""] if reason else [])
    rows = [{"key": key, "what": reason or ("" if _knows(item, key) else key)} for key in missing]
    return SupplementPart(tuple(_defect(row, item) for row in rows)) if rows else None


def _knows(item: Item, key: str) -> bool:
    return any(row.key == key for row in item.materials)


def _supplied(case: CaseRecord, item: Item) -> SuppliedPart | None:
    """What came in since the last notice."""
    life = _life(case)
    keys = set(life.get("given") or ())
    body = CaseReceived.model_validate(case.body)
    rows = tuple(material_part(m, item) for m in body.materials if m.key in keys)
    if not keys:
        return None
    at = str(life.get("supplied_at") or "")
    return SuppliedPart(rows, moment_words(at), complete=not case.life.still_missing)


def _refusal(case: CaseRecord, item: Item) -> RefusalPart | None:
    """The centre's refusal, or the shift leader's draft of one."""
    life = _life(case)
    if CaseState(life.get("outcome") or case.state) in {CaseState.NOT_ACCEPTED, CaseState.REFUSED}:
        reason = str(case.centre.get("reason") or "")
    else:
        reason = str(life.get("refusal_draft") or "")
    if not reason:
        return None
    return RefusalPart(reason, item.by_law, competent_office=str(life.get("office") or ""))


def _special(case: CaseRecord, item: Item) -> SpecialPart | None:
    """The special procedure that runs or ran last, else the one extension."""
    life = _life(case)
    procedures = life.get("specials") or ()
    row = procedures[-1] if procedures else life.get("extension")
    if not row:
        return None
    kind = f"特别程序（{row.get('kind', '')}）" if procedures else "延长办理期限"
    days = row.get("days")
    promise = case.promise_due or str(case.centre.get("promise_date") or "")
    return SpecialPart(
        kind=kind,
        reason=str(row.get("reason") or ""),
        by_law=str(row.get("basis") or item.by_law),
        days_words=f"{days}天" if days else "",
        approver=str(row.get("approver") or ""),
        begin_words=day_words(str(row.get("start") or "")),
        end_words=day_words(str(row.get("end") or "")),
        # While a procedure runs its end is open, and so is the new date.
        new_due_words=day_words(promise) if row.get("end") or not procedures else "",
    )


def _decision(case: CaseRecord, item: Item, hall: Hall) -> DecisionPart | None:
    decided = str(case.centre.get("decided_at") or "")
    outcome = str(_life(case).get("outcome") or case.state.value)
    if outcome not in _OUTCOMES or not decided:
        return None
    return DecisionPart(
        day_words(decided),
        result=_OUTCOMES[outcome],
        reason=str(case.centre.get("reason") or ""),
        by_law=item.by_law,
        cert_name=item.result_name,
        fetch_where="，".join(part for part in (hall.name, hall.address) if part),
    )


def _delivery(case: CaseRecord, decision: DecisionPart | None) -> DeliveryPart | None:
    """The 送达回证 on record, else one to be filled in by hand."""
    row = _life(case).get("delivery")
    if row:
        return DeliveryPart(
            tuple(DeliveredPart(str(name)) for name in row.get("documents") or ()),
            receiver=str(row.get("receiver") or ""),
            relation=str(row.get("relation") or ""),
            method=_METHODS.get(str(row.get("method") or ""), ""),
            deliverers="、".join(row.get("deliverers") or ()),
        )
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
        supplied=_supplied(case, item),
        refusal=_refusal(case, item),
        special=_special(case, item),
        decision=decision,
        delivery=_delivery(case, decision),
    )
