# SPDX-License-Identifier: MulanPSL-2.0
"""What the counter does with a received case: notices, acceptance by delegation, delivery …

Each act is checked by the same table as at the centre (``counter.domain.case_advance``), becomes
one operation and one line of the timeline; the centre has the last word on every change of state.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from counter.app.case_commands import TolerateCase
from counter.app.commands import (
    AcceptCase,
    ConfirmDeemed,
    DeliverResult,
    DraftRefusal,
)
from counter.app.commands import RequestSupplement as Ask
from counter.app.handlers.acting import act_of, body_of, do, now_of
from counter.app.handlers.finding import case_of
from counter.app.knowledge import item_of
from counter.app.work import Outcome, Work
from counter.domain.bodies import (
    CaseAcceptRequested,
    CaseDeemed,
    CaseDelivered,
    CaseSupplementRequested,
    CaseTolerated,
    RefusalDrafted,
)
from counter.domain.case_clock import UNITS
from counter.domain.case_facts import promise_of
from counter.domain.case_life import accept_name
from counter.domain.deadlines import add_days
from counter.domain.errors import DomainError
from counter.domain.materials import tolerate
from counter.domain.materials_list import tolerance_due
from counter.ports.storage import CaseRecord


def request_supplement(command: Ask, work: Work) -> Outcome:
    """一次性告知补正: the defects are frozen; a further notice needs the leader's reason.

    Raises:
        NotAllowedError: CASE-MOVE, CASE-ROLE, CASE-NEED, CASE-SECOND, CASE-DEEMED.
        DomainError: SUPPLY-BY: the day to supply by is none or is over.
    """
    case = case_of(work, command.case_id)
    _check_day(command.due, work)
    leader_reason = command.leader_reason.strip()
    act = replace(
        act_of(work, "request_supplement"),
        defects=command.defects,
        leader_reason=leader_reason,
        due=command.due,
    )
    body = CaseSupplementRequested.model_construct(
        defects=command.defects, requested_at=work.at, leader_reason=leader_reason, due=command.due
    )
    return do(work, case, act, "case.supplement_requested", body)


def _check_day(day: str, work: Work) -> None:
    try:
        over = bool(day) and date.fromisoformat(day) <= work.now.date()
    except ValueError:
        over = True
    if over:
        raise DomainError(code="SUPPLY-BY", what="补正的期限要写今天以后的日期。", field="due")


def tolerate_case(command: TolerateCase, work: Work) -> Outcome:
    """登记容缺 after the receipt; the day of each paper is the item's, capped at the promise.

    Raises:
        NotAllowedError: CASE-MOVE, CASE-ROLE, CASE-NEED, CASE-DEEMED, CASE-ELSEWHERE.
        DomainError: TOLERATE: the item does not allow it, or the paper is here.
    """
    case = case_of(work, command.case_id)
    gaps = _gaps(work, case, command.keys)
    body = body_of(case)
    rows = tolerate(body.materials, gaps)
    after = replace(case, body=body.model_copy(update={"materials": rows}).model_dump(mode="json"))
    act = replace(act_of(work, "tolerate"), keys=tuple(gaps))
    told = CaseTolerated.model_construct(gaps=gaps, tolerated_at=work.at)
    return do(work, after, act, "case.tolerated", told, answer=lambda _case: gaps)


def _gaps(work: Work, case: CaseRecord, keys: tuple[str, ...]) -> dict[str, str]:
    """Return key → day of the papers that may come later."""
    now, body = now_of(work, case), body_of(case)
    here = {row.key for row in body.materials if row.way != "missing"}
    rows = {row.key: row for row in now.item.materials if row.tolerable}
    for key in keys:
        if key not in rows or key in here:
            name = next((m.material_name for m in now.item.materials if m.key == key), "这份材料")
            why = "已经交来或已登记容缺" if key in here else "这个事项不允许容缺"
            raise DomainError(code="TOLERATE", what=f"「{name}」{why}。", field=f"material.{key}")
    today, calendar = work.now.date(), now.calendar
    promise = None
    if calendar is not None:
        amount, unit = promise_of(body, now.item, today)
        promise = add_days(work.now, amount, UNITS[unit], calendar).date
    return {key: tolerance_due(rows[key], today, calendar, promise) for key in keys}


def accept_case(command: AcceptCase, work: Work) -> Outcome:
    """受理 at the counter, only where the item delegates it (domain §3.7).

    Raises:
        NotAllowedError: CASE-MOVE, CASE-ROLE, CASE-OFFLINE.
    """
    case = case_of(work, command.case_id)
    body = body_of(case)
    item = item_of(work.uow.reference, case.item_code, case.item_version)
    promise = promise_of(body, item, work.now.date())
    act = replace(act_of(work, accept_name(body.materials)), promise=promise)
    return do(work, case, act, "case.accept_requested", CaseAcceptRequested(accepted_at=work.at))


def confirm_deemed(command: ConfirmDeemed, work: Work) -> Outcome:
    """视为受理: the shift leader deals with a case nobody answered in time.

    Raises:
        NotAllowedError: CASE-MOVE, CASE-ROLE, CASE-NEED, CASE-DEEMED.
    """
    case = case_of(work, command.case_id)
    act = replace(act_of(work, "deem"), reason=command.reason.strip())
    body = CaseDeemed.model_construct(reason=act.reason, confirmed_at=work.at)
    return do(work, case, act, "case.deemed", body)


def draft_refusal(command: DraftRefusal, work: Work) -> Outcome:
    """起草不予受理: the leader's draft; only the centre refuses.

    Raises:
        NotAllowedError: CASE-MOVE, CASE-ROLE, CASE-NEED, CASE-DEEMED.
    """
    case = case_of(work, command.case_id)
    act = replace(
        act_of(work, "draft_refusal"),
        reason=command.reason.strip(),
        basis=command.basis.strip(),
        office=command.office.strip(),
    )
    body = RefusalDrafted.model_construct(
        reason=act.reason, basis=act.basis, office=act.office, drafted_at=work.at
    )
    return do(work, case, act, "case.refusal_drafted", body)


def deliver_result(command: DeliverResult, work: Work) -> Outcome:
    """送达: who took which documents, in which way (送达回证).

    Raises:
        NotAllowedError: CASE-MOVE before a decision, CASE-ROLE.
    """
    case = case_of(work, command.case_id)
    act = replace(act_of(work, "deliver"), delivery=command.delivery)
    body = CaseDelivered(delivery=command.delivery, delivered_at=work.at)
    return do(work, case, act, "case.delivered", body)
