# SPDX-License-Identifier: MulanPSL-2.0
"""The effect of each act of a counter on a case the centre has: one function per kind.

A move of state asks with the revision the counter knew, else it is a conflict for a person (§7);
papers are a set that only grows and never conflict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from counter.domain.bodies import (
    CaseAcceptRequested,
    CaseAssigned,
    CaseDeemed,
    CaseDelivered,
    CaseReceived,
    CaseSupplemented,
    CaseSupplementRequested,
    CaseTolerated,
    CaseWithdrawn,
    RefusalDrafted,
    RefusalReported,
)
from counter.domain.case import FINAL, STATE_WORDS, CaseState
from counter.domain.case_advance import Act as CaseAct
from counter.domain.case_advance import supply_name
from counter.domain.errors import NotAllowedError
from counter.domain.intake import promised
from counter.domain.library import papers_added
from counter.domain.materials import joined, tolerate
from sync.hub.handlers import (
    appeals,
    assignment,
    automatic,
    case_steps,
    people,
    ratings,
    refusals,
    themes,
)
from sync.hub.handlers.effects import (
    Act,
    applied,
    audit_batch,
    body_of,
    case_received,
    keep_fact,
    material_told,
    person_noted,
    refer,
)
from sync.hub.handlers.verdict import Verdict, held, refused
from sync.hub.storage import cases
from sync.hub.storage.cases import CaseRow
from sync.protocol import errors


def apply(act: Act) -> Verdict:
    """Write the effect of an operation and return its verdict."""
    return EFFECTS.get(act.op.kind, keep_fact)(act)


def case_supplement_requested(act: Act) -> Verdict:
    """一次性告知补正 given at the counter: its list of defects is frozen from now on."""
    body = body_of(act, CaseSupplementRequested)
    case = _asked(act)
    step = replace(
        _act(act, "request_supplement"),
        defects=body.defects,
        leader_reason=body.leader_reason,
        due=body.due,
    )
    missing = tuple(defect.what for defect in body.defects)
    return _keep(act, _move(act, case, step, missing=missing))


def case_supplemented(act: Act) -> Verdict:
    """补正, 容缺补交: papers are a growing set, so an older base is no conflict (§7)."""
    body = body_of(act, CaseSupplemented)
    case = _case(act)
    if CaseState(case.state) in FINAL:
        words = f"办件在中心已是「{STATE_WORDS[CaseState(case.state)]}」，补来的材料请人工处理。"
        raise refused("conflict", errors.CASE_STATE, words, rev=case.rev)
    received = case_steps.received_of(act.tx, case)
    merged = joined(received.materials, body.materials)
    case = _with_materials(case, received.model_copy(update={"materials": merged}))
    papers = papers_added(case.case_id, received, body, case_steps.item_of(act.tx, case))
    people.keep_papers(act.centre, act.tx, case.hall_code, papers)
    keys = (*(row.key for row in body.materials), *body.settled)
    name = supply_name(case_steps.now_of(act.tx, case), keys)
    moved = _move(act, case, replace(_act(act, name), reason=body.note, keys=keys))
    if name == "supplement":
        moved = replace(moved, view={**moved.view, "missing": []})
    return _keep(act, moved)


def case_tolerated(act: Act) -> Verdict:
    """登记容缺: papers that may come later, each with its day."""
    body = body_of(act, CaseTolerated)
    case = _asked(act)
    received = case_steps.received_of(act.tx, case)
    rows = tolerate(received.materials, body.gaps)
    case = _with_materials(case, received.model_copy(update={"materials": rows}))
    return _keep(act, _move(act, case, replace(_act(act, "tolerate"), keys=tuple(body.gaps))))


def case_accept_requested(act: Act) -> Verdict:
    """受理 at the counter by delegation: the item must allow it, the papers say which way."""
    body_of(act, CaseAcceptRequested)
    case = _asked(act)
    return _accepted(act, case, _act(act, automatic.accept_name_of(act.tx, case)))


def case_deemed(act: Act) -> Verdict:
    """视为受理 that the shift leader dealt with; the centre may have found it out itself."""
    body = body_of(act, CaseDeemed)
    case = _case(act)
    if case.state == CaseState.DEEMED:
        return keep_fact(act)
    return _accepted(act, _based(act, case), replace(_act(act, "deem"), reason=body.reason))


def refusal_drafted(act: Act) -> Verdict:
    """起草不予受理: kept for the approver, who confirms it or does not."""
    body = body_of(act, RefusalDrafted)
    case = _asked(act)
    step = replace(
        _act(act, "draft_refusal"), reason=body.reason, basis=body.basis, office=body.office
    )
    return _keep(act, _move(act, case, step))


def case_withdrawn(act: Act) -> Verdict:
    """本人撤回: before 办结, asked for with the revision the counter knew."""
    body = body_of(act, CaseWithdrawn)
    case = _asked(act)
    return _keep(
        act,
        _move(act, case, replace(_act(act, "withdraw"), reason=body.reason), reason=body.reason),
    )


def case_delivered(act: Act) -> Verdict:
    """送达: the 送达回证 is kept; two counters cannot hand out one result twice."""
    body = body_of(act, CaseDelivered)
    case = _asked(act)
    after = _move(act, case, replace(_act(act, "deliver"), delivery=body.delivery))
    return _keep(act, ratings.settled(act.centre, act.tx, after))


def case_taken_over(act: Act) -> Verdict:
    """接手: from now on the case is the work of this counter."""
    body = body_of(act, CaseAssigned)
    said = assignment.Said(act.who, body.reason, act.device.window)
    case = assignment.give(act.centre, act.tx, _case(act), act.device, said)
    return applied(act, case)


def case_given_back(act: Act) -> Verdict:
    """交回: the case is nobody's work in particular; only its holder gives it back."""
    body = body_of(act, CaseAssigned)
    said = assignment.Said(act.who, body.reason, act.device.window)
    case = assignment.free(act.centre, act.tx, _case(act), said)
    return applied(act, case)


def refusal_reported(act: Act) -> Verdict:
    """不予收件 at a counter: kept as a fact, on the list of the whole hall."""
    body = body_of(act, RefusalReported)
    told = body.model_dump(mode="json")
    refusals.tell(act.centre, act.tx, act.device.hall_code, act.op.op_id, told)
    return keep_fact(act)


def _case(act: Act) -> CaseRow:
    case = cases.find(act.tx, act.op.entity_id)
    if case is None:
        # Its 收件 has not come yet: the same as a dependency nobody declared.
        raise held(errors.HELD_DEP, "这个办件的收件记录还没有传到中心，到了会自动处理。")
    return case


def _asked(act: Act) -> CaseRow:
    return _based(act, _case(act))


def _based(act: Act, case: CaseRow) -> CaseRow:
    """Return the case if its state is still the one the counter acted on (§7)."""
    base = assignment.base_of(act.tx, act.op)
    if base < case.state_rev:
        words = f"办件在中心已变成「{STATE_WORDS[CaseState(case.state)]}」，请先看最新情况再决定。"
        raise refused("conflict", errors.CASE_STATE, words, rev=case.rev)
    return case


def _with_materials(case: CaseRow, body: CaseReceived) -> CaseRow:
    return replace(case, body=body.model_dump(mode="json"))


def _act(act: Act, name: str) -> CaseAct:
    return CaseAct(name, act.at, "counter", act.roles, by=act.who)


def _accepted(act: Act, case: CaseRow, step: CaseAct) -> Verdict:
    item = case_steps.item_of(act.tx, case)
    known = automatic.known_of(act.centre, act.tx, case, item).facts
    changes = case_steps.acceptance(act.centre, act.tx, case)
    return _keep(act, _move(act, case, replace(step, promise=promised(item, known)), **changes))


def _move(act: Act, case: CaseRow, step: CaseAct, **changes: object) -> CaseRow:
    try:
        place = act.device.window
        return case_steps.take(act.centre, act.tx, case, step, place=place, **changes)
    except NotAllowedError as error:
        words = f"中心这边是「{STATE_WORDS[CaseState(case.state)]}」，{error.what}"
        raise refused("conflict", errors.CASE_STATE, words, rev=case.rev) from error


def _keep(act: Act, case: CaseRow) -> Verdict:
    refer(act, case.case_id)
    cases.save(act.tx, case)
    case_steps.publish(act.centre, act.tx, case)
    themes.follow(act.centre, act.tx, case)
    return applied(act, case)


EFFECTS: dict[str, Callable[[Act], Verdict]] = {
    "case.received": case_received,
    "case.supplement_requested": case_supplement_requested,
    "case.supplemented": case_supplemented,
    "case.tolerated": case_tolerated,
    "case.accept_requested": case_accept_requested,
    "case.deemed": case_deemed,
    "case.refusal_drafted": refusal_drafted,
    "case.refusal_reported": refusal_reported,
    "case.withdrawn": case_withdrawn,
    "case.delivered": case_delivered,
    "case.taken_over": case_taken_over,
    "case.given_back": case_given_back,
    "audit.batch": audit_batch,
    "rating.given": ratings.rating_given,
    "rating.step": ratings.rating_step,
    "appeal.registered": appeals.appeal_registered,
    "appeal.step": appeals.appeal_step,
    "person.noted": person_noted,
    "material.added": material_told,
    "material.verified": material_told,
}
