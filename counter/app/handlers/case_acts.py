# SPDX-License-Identifier: MulanPSL-2.0
"""What the counter does with a received case: notices, acceptance by delegation, delivery …

Each act is checked by the same table as at the centre (``counter.domain.case_advance``), becomes
one operation and one line of the timeline; the centre has the last word on every change of state.
"""

from __future__ import annotations

from dataclasses import replace

from counter.app.changes import Changes
from counter.app.commands import AcceptCase, ConfirmDeemed, DeliverResult, DraftRefusal
from counter.app.commands import RequestSupplement as Ask
from counter.app.handlers.finding import case_of, note_event
from counter.app.knowledge import calendar_of, item_of
from counter.app.operation_log import next_position, write_operation
from counter.app.work import AuditNote, Outcome, Work
from counter.domain.bodies import (
    CaseAcceptRequested,
    CaseDeemed,
    CaseDelivered,
    CaseReceived,
    CaseSupplementRequested,
    RefusalDrafted,
)
from counter.domain.case import CaseState
from counter.domain.case_advance import Act, CaseNow, advance
from counter.domain.case_clock import case_dates
from counter.domain.case_facts import promise_of
from counter.domain.case_life import CaseLife, accept_name
from counter.domain.case_moves import TRANSITIONS
from counter.domain.errors import DomainError
from counter.domain.operations import Frozen, OpKind, Versions
from counter.ports.storage import CaseRecord

MAX_WORDS = 500


def request_supplement(command: Ask, work: Work) -> Outcome:
    """一次性告知补正: the defects are frozen; a further notice needs the leader's reason.

    Raises:
        NotAllowedError: CASE-MOVE, CASE-ROLE, CASE-NEED, CASE-SECOND, CASE-DEEMED.
    """
    case = case_of(work, command.case_id)
    act = _act(work, "request_supplement")
    act = replace(act, defects=command.defects, leader_reason=command.leader_reason.strip())
    body = CaseSupplementRequested.model_construct(
        defects=command.defects, requested_at=work.at, leader_reason=act.leader_reason
    )
    return _do(work, case, act, "case.supplement_requested", body)


def accept_case(command: AcceptCase, work: Work) -> Outcome:
    """受理 at the counter, only where the item delegates it (domain §3.7).

    Raises:
        NotAllowedError: CASE-MOVE, CASE-ROLE, CASE-OFFLINE.
    """
    case = case_of(work, command.case_id)
    body = CaseReceived.model_validate(case.body)
    item = item_of(work.uow.reference, case.item_code, case.item_version)
    promise = promise_of(body, item, work.now.date())
    act = replace(_act(work, accept_name(body.materials)), promise=promise)
    return _do(work, case, act, "case.accept_requested", CaseAcceptRequested(accepted_at=work.at))


def confirm_deemed(command: ConfirmDeemed, work: Work) -> Outcome:
    """视为受理: the shift leader deals with a case nobody answered in time.

    Raises:
        NotAllowedError: CASE-MOVE, CASE-ROLE, CASE-NEED, CASE-DEEMED.
    """
    case = case_of(work, command.case_id)
    act = replace(_act(work, "deem"), reason=command.reason.strip())
    body = CaseDeemed.model_construct(reason=act.reason, confirmed_at=work.at)
    return _do(work, case, act, "case.deemed", body)


def draft_refusal(command: DraftRefusal, work: Work) -> Outcome:
    """起草不予受理: the leader's draft; only the centre refuses.

    Raises:
        NotAllowedError: CASE-MOVE, CASE-ROLE, CASE-NEED, CASE-DEEMED.
    """
    case = case_of(work, command.case_id)
    act = replace(
        _act(work, "draft_refusal"),
        reason=command.reason.strip(),
        basis=command.basis.strip(),
        office=command.office.strip(),
    )
    body = RefusalDrafted.model_construct(
        reason=act.reason, basis=act.basis, office=act.office, drafted_at=work.at
    )
    return _do(work, case, act, "case.refusal_drafted", body)


def deliver_result(command: DeliverResult, work: Work) -> Outcome:
    """送达: who took which documents, in which way (送达回证).

    Raises:
        NotAllowedError: CASE-MOVE before a decision, CASE-ROLE.
    """
    case = case_of(work, command.case_id)
    act = replace(_act(work, "deliver"), delivery=command.delivery)
    body = CaseDelivered(delivery=command.delivery, delivered_at=work.at)
    return _do(work, case, act, "case.delivered", body)


def _act(work: Work, name: str) -> Act:
    return Act(name, work.at, "counter", work.session.roles, by=work.session.name)


def _do(work: Work, case: CaseRecord, act: Act, kind: OpKind, body: Frozen) -> Outcome:
    """Check the act, then write case, operation and timeline in this transaction."""
    if max(len(act.reason), len(act.leader_reason), len(act.basis)) > MAX_WORDS:
        raise DomainError(
            code="REASON", what=f"理由和依据各不超过 {MAX_WORDS} 字。", field="reason"
        )
    now = _now_of(case, work)
    state, life = advance(now, act)
    after = _dated(replace(case, state=state), replace(now, state=state, life=life))
    last = work.uow.outbox.last_op_of(case.case_id)
    written = write_operation(
        work,
        next_position(work),
        kind=kind,
        entity_id=case.case_id,
        body=body,
        versions=Versions(
            catalog=work.uow.reference.version(), item=case.item_version, form=case.item_version
        ),
        base_rev=case.rev,
        depends_on=(last,) if last else (),
        deadline=after.due or case.answer_due,
    )
    work.uow.cases.update(after)
    why = act.reason or "；".join(defect.what for defect in act.defects)
    note_event(work, case.case_id, TRANSITIONS[act.name].word, why)
    return Outcome(
        Changes(frozenset({"case", "outbox"}), frozenset({case.case_id})),
        AuditNote(kind, case.case_id, {"op_id": written.op_id, "state": state.value}),
    )


def _now_of(case: CaseRecord, work: Work) -> CaseNow:
    """Return the case as the table sees it: what the centre remembers, or that it was received."""
    body = CaseReceived.model_validate(case.body)
    life = CaseLife.model_validate(case.centre.get("life") or {})
    if not life.received_at:
        life = life.model_copy(update={"received_at": body.received_at})
    return CaseNow(
        state=CaseState(case.state),
        life=life,
        materials=body.materials,
        item=item_of(work.uow.reference, case.item_code, case.item_version),
        calendar=calendar_of(work.uow.reference, work.around.identity.hall.region),
    )


def _dated(case: CaseRecord, now: CaseNow) -> CaseRecord:
    if now.calendar is None:
        return case
    dates = case_dates(now.state, now.life, now.item, now.materials, now.calendar)
    first = dates.next
    return replace(
        case,
        due=first.due if first else "",
        due_kind=first.kind if first else "",
        promise_due=dates.due_of("promise") or case.promise_due,
    )
