# SPDX-License-Identifier: MulanPSL-2.0
"""Told no: 不予收件 without a case (否定事项报备), and 告知本人 of what the centre sent back.

Source: domain brief §1.2 (every refusal is reported with its reason), §3.2 (a receipted case that
the platform rejects is a legal event: the person must be told).
"""

from __future__ import annotations

from datetime import datetime

from counter.app.case_commands import InformCitizen, RefuseReceipt
from counter.app.changes import Changes
from counter.app.handlers.acting import MAX_WORDS
from counter.app.handlers.finding import case_of, note_event
from counter.app.knowledge import item_of
from counter.app.operation_log import next_position, write_operation
from counter.app.session import CAPTURE_ROLES
from counter.app.work import AuditNote, Outcome, Work
from counter.domain.bodies import CitizenInformed, RefusalReported
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.operations import Versions

INFORMED = "informed"
REFUSAL = "refusal"
"""Kinds of reference records: op_id → body; refusals of the whole hall come by the feed too."""


def refuse_receipt(command: RefuseReceipt, work: Work) -> Outcome:
    """不予收件: nothing was taken; who, which item, why and where to are on the leader's list.

    Raises:
        NotAllowedError: ``ROLE``.
        DomainError: ``ITEM-NONE``, ``REASON``, ``OFFICE``.
    """
    work.session.need(CAPTURE_ROLES, "不予收件")
    item = item_of(work.uow.reference, command.item_code)
    reason = _words(command.reason, "请写明不收的理由", "reason")
    office = _words(command.office, "请写明请本人到哪里办", "office")
    body = RefusalReported(
        act="not_received",
        item_code=item.item_code,
        item_name=item.short_name,
        who=command.who.strip()[:50],
        reason=reason,
        basis=command.basis.strip()[:MAX_WORDS] or item.by_law,
        office=office,
        reported_by=work.session.name,
        reported_at=work.at,
    )
    place = next_position(work)
    written = write_operation(
        work,
        place,
        kind="case.refusal_reported",
        entity_id=place.op_id,
        body=body,
        versions=Versions(catalog=work.uow.reference.version(), item=item.task_version),
        deadline="",
    )
    work.uow.reference.put(REFUSAL, place.op_id, "", body.model_dump(mode="json"))
    return Outcome(
        Changes(frozenset({"refusal", "outbox"}), frozenset({place.op_id})),
        AuditNote("case.refusal_reported", place.op_id, {"item": item.item_code}),
        lambda: written.op_id,
    )


def inform_citizen(command: InformCitizen, work: Work) -> Outcome:
    """Record how and when the person was told that an operation of the case came back.

    Raises:
        NotAllowedError: ``ROLE``, ``ISSUE-NONE``.
        DomainError: ``HOW``, ``TOLD-AT``: a moment that is none or lies ahead.
    """
    work.session.need(CAPTURE_ROLES, "登记告知本人")
    issue = work.uow.outbox.open_issue(command.op_id)
    if issue is None:
        raise NotAllowedError(
            code="ISSUE-NONE", what="这一条已经不在「要处理」里。", safe="没有改动。"
        )
    case = case_of(work, issue[0])
    how = _words(command.how, "请写明怎样告知了本人", "how")
    told_at = _moment(command.told_at, work)
    body = CitizenInformed(about_op=command.op_id, how=how, informed_at=told_at)
    written = write_operation(
        work,
        next_position(work),
        kind="case.informed",
        entity_id=case.case_id,
        body=body,
        versions=Versions(catalog=work.uow.reference.version(), item=case.item_version),
        base_rev=case.rev,
        deadline=case.due or case.answer_due,
    )
    work.uow.reference.put(INFORMED, command.op_id, "", body.model_dump(mode="json"))
    work.uow.cases.update(case)  # the state shown now stays while this fact is on its way
    note_event(work, case.case_id, "告知本人", f"{told_at[:16].replace('T', ' ')} {how}")
    return Outcome(
        Changes(frozenset({"case", "outbox"}), frozenset({case.case_id, command.op_id})),
        AuditNote("case.informed", case.case_id, {"op_id": written.op_id}),
        lambda: written.op_id,
    )


def _words(text: str, ask: str, field: str) -> str:
    words = text.strip()
    if not 1 <= len(words) <= MAX_WORDS:
        raise DomainError(code=field.upper(), what=f"{ask}（{MAX_WORDS} 字以内）。", field=field)
    return words


def _moment(text: str, work: Work) -> str:
    try:
        moment = datetime.fromisoformat(text) if text else work.now
        ahead = moment > work.now
    except (ValueError, TypeError) as error:
        raise DomainError(code="TOLD-AT", what="告知的时间看不懂。", field="told_at") from error
    if ahead:
        raise DomainError(code="TOLD-AT", what="告知的时间不能晚于现在。", field="told_at")
    return moment.isoformat()
