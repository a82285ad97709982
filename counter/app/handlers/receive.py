# SPDX-License-Identifier: MulanPSL-2.0
"""收件: turn a draft into a case, a signed operation and a receipt, in one transaction."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from counter.app.changes import Changes
from counter.app.commands import Receipt, ReceiveCase
from counter.app.handlers.drafts import own_draft
from counter.app.handlers.finding import note_event
from counter.app.handlers.library import keep_papers, library_of
from counter.app.knowledge import calendar_of, code_lists_of, item_of
from counter.app.operation_log import Position, Written, blob_ref, next_position, write_operation
from counter.app.work import AuditNote, Outcome, Work
from counter.domain.bodies import CaseReceived
from counter.domain.calendar import WorkCalendar
from counter.domain.case import CaseState, move
from counter.domain.catalog import Item
from counter.domain.clocks import ANSWER, start_clock
from counter.domain.draft import Draft
from counter.domain.duplicates import NOT_A_DOUBLE
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.intake import IntakeView, intake_view
from counter.domain.library import as_taken, papers_of, spared_by
from counter.domain.materials import GivenMaterial
from counter.domain.numbers import make_receipt_no, tag_source
from counter.domain.operations import BlobRef, Versions
from counter.domain.people import person_key
from counter.ports.receipts import ReceiptClaim
from counter.ports.storage import CaseRecord

MAX_REGRET_MINUTES = 60
_QUERY_DIGITS = 6
_SHOWN_PROBLEMS = 3


@dataclass(frozen=True)
class _Intake:
    """A checked draft with all that its case is made from."""

    draft: Draft
    item: Item
    view: IntakeView
    materials: tuple[GivenMaterial, ...]
    calendar: WorkCalendar

    @property
    def answer_due(self) -> str:
        """ISO day by which the office must answer."""
        return self.view.clocks.answer.date.isoformat()


def receive_case(command: ReceiveCase, work: Work) -> Outcome:
    """Receive a case; the receipt exists only when the commit rule was kept.

    Raises:
        NotAllowedError: ``ROLE``, ``CASE-ROLE``, ``DRAFT-GONE``, ``DRAFT-OTHER``, ``ITEM-STATE``.
        DomainError: ``INTAKE`` listing what is missing, ``DUPLICATE``, ``PAGE-GONE``,
            ``ITEM-NONE``, ``REGRET``.
        KnownError: ``NUM-…``, ``CAL-NONE``.
    """
    if not 0 <= command.regret_minutes <= MAX_REGRET_MINUTES:
        raise DomainError(code="REGRET", what=f"反悔时间最多 {MAX_REGRET_MINUTES} 分钟。")
    kept = own_draft(work, command.draft.draft_id)
    if kept.case_id != command.draft.case_id:
        raise ValueError("a draft's case never changes")
    intake = _checked(command.draft, work)
    move(CaseState.DRAFT, "receive", side="counter", roles=work.session.roles)
    _warn_of_duplicates(intake, work)
    blobs = _blobs(intake, work)
    position = next_position(work)
    body = _body(intake, position, work)
    not_before = ""
    if command.regret_minutes:
        not_before = (work.now + timedelta(minutes=command.regret_minutes)).isoformat()
    written = write_operation(
        work,
        position,
        kind="case.received",
        entity_id=kept.case_id,
        body=body,
        versions=_versions(intake, work),
        blobs=blobs,
        deadline=intake.answer_due,
        not_before=not_before,
    )
    work.uow.cases.add(_record(intake, body, work))
    keep_papers(work, papers_of(kept.case_id, body, intake.item))
    note_event(work, kept.case_id, "收件")
    for blob in blobs:
        work.uow.blobs.refer(kept.case_id, blob.blob_id, blob.role, blob.required)
    work.uow.drafts.delete(kept.draft_id)
    return Outcome(
        Changes(frozenset({"draft", "case", "outbox"}), frozenset({kept.draft_id, kept.case_id})),
        AuditNote(
            "case.received",
            kept.case_id,
            {
                "receipt_no": body.receipt_no,
                "item_code": body.item_code,
                "op_id": written.op_id,
                "regret_minutes": command.regret_minutes,
                "asked_again": _asked_again(intake.view),
            },
        ),
        lambda: _receipt(intake, body, written, work),
    )


def _checked(draft: Draft, work: Work) -> _Intake:
    reference = work.uow.reference
    item = item_of(reference, draft.item_code, draft.item_version)
    if item.task_state != "在用":
        raise NotAllowedError(
            code="ITEM-STATE",
            what=f"「{item.short_name}」现在是「{item.task_state}」，不能收件。",
            todo="请看指南里的说明，或向主管部门确认。",
        )
    calendar = calendar_of(reference, work.around.identity.hall.region)
    view = intake_view(
        draft,
        item,
        calendar,
        work.now,
        code_lists_of(reference),
        library=library_of(work, draft),
    )
    if view.errors:
        listed = "".join(p.text for p in view.errors[:_SHOWN_PROBLEMS])
        rest = len(view.errors) - _SHOWN_PROBLEMS
        raise DomainError(
            code="INTAKE",
            what=f"还有 {len(view.errors)} 处要改，暂时不能收件：{listed}",
            todo=f"另有 {rest} 处，请看左边的步骤。" if rest > 0 else "",
            field=view.errors[0].field or None,
        )
    return _Intake(draft, item, view, _materials(view), calendar)


def _materials(view: IntakeView) -> tuple[GivenMaterial, ...]:
    """The rows of this situation that were given; a tolerated one gets its day."""
    given = []
    for state in view.needed_materials:
        row = state.given
        if row is None or row.way == "missing":
            continue
        if row.way == "tolerated":
            row = row.model_copy(update={"due": state.due})
        row = as_taken(state.material, row)
        given.append(row)
    return tuple(given)


def _asked_again(view: IntakeView) -> list[str]:
    """Keys of papers taken from the person although a better source was open (免证办 statistics)."""
    on_paper = {"original_checked", "scanned"}
    return [
        row.key
        for row in view.needed_materials
        if row.way in on_paper and set(spared_by(row.ways_allowed)) - {"promised"}
    ]


def _warn_of_duplicates(intake: _Intake, work: Work) -> None:
    """Same person and item within the item's days: a person must say why (sync-protocol §7)."""
    id_no, item = intake.draft.applicant.id_no, intake.item
    if not id_no or not item.duplicate_days or intake.draft.duplicate_reason.strip():
        return
    since = (work.now - timedelta(days=item.duplicate_days)).isoformat()
    person = person_key(intake.draft.applicant)
    similar = [
        case
        for case in work.uow.cases.similar(id_no, item.item_code, since, person)
        if case.state not in NOT_A_DOUBLE
    ]
    if similar:
        numbers = "、".join(case.receipt_no for case in similar[:_SHOWN_PROBLEMS])
        raise DomainError(
            code="DUPLICATE",
            what=f"这个人 {item.duplicate_days} 天内已经收过同一事项（{numbers}）。",
            todo="请先打开原办件看一看；确实要再收，请写明原因。",
            field="duplicate_reason",
        )


def _blobs(intake: _Intake, work: Work) -> tuple[BlobRef, ...]:
    refs = [
        blob_ref(work, page, f"material.{row.key}")
        for row in intake.materials
        for page in row.pages
    ]
    if intake.draft.signature is not None:
        refs.append(blob_ref(work, intake.draft.signature.page, "signature"))
    return tuple({(ref.blob_id, ref.role): ref for ref in refs}.values())


def _body(intake: _Intake, position: Position, work: Work) -> CaseReceived:
    draft, view, identity = intake.draft, intake.view, work.around.identity
    day = work.now.date()
    tag = tag_source(position.op_id, identity.device_id, position.prev_hash, position.seq)
    receipt_no = make_receipt_no(
        identity.hall.hall_code,
        identity.hall.counter_no,
        day,
        work.uow.numbers.next_serial(day.isoformat()),
        tag,
    )
    signature = draft.signature
    return CaseReceived(
        receipt_no=receipt_no,
        query_code=f"{secrets.randbelow(10**_QUERY_DIGITS):0{_QUERY_DIGITS}d}",
        item_code=intake.item.item_code,
        item_version=intake.item.task_version,
        applicant=draft.applicant,
        agent=draft.agent,
        answers=view.answers,
        form=view.form.values(),
        materials=intake.materials,
        received_at=work.at,
        answer_due=intake.answer_due,
        answer_provisional=view.clocks.answer.provisional,
        clocks=(start_clock(ANSWER, work.now, intake.item.answer_day, "workday", intake.calendar),),
        signature_method=signature.method if signature else "",
        signature_signer=signature.signer if signature else "",
        duplicate_reason=draft.duplicate_reason.strip(),
        queue_no=draft.queue_no,
    )


def _versions(intake: _Intake, work: Work) -> Versions:
    return Versions(
        catalog=work.uow.reference.version(),
        item=intake.item.task_version,
        form=intake.item.task_version,
        calendar=intake.calendar.version,
    )


def _record(intake: _Intake, body: CaseReceived, work: Work) -> CaseRecord:
    gaps = [row.due for row in body.materials if row.way == "tolerated" and row.due]
    due, kind = min([(body.answer_due, "answer"), *((day, "gap") for day in gaps)])
    return CaseRecord(
        case_id=intake.draft.case_id,
        receipt_no=body.receipt_no,
        project_no="",
        item_code=body.item_code,
        item_version=body.item_version,
        item_name=intake.item.task_name,
        applicant_name=body.applicant.name,
        applicant_id_no=body.applicant.id_no,
        operator_id=work.session.operator_id,
        state=CaseState.RECEIVED,
        rev=0,
        received_at=body.received_at,
        answer_due=body.answer_due,
        answer_provisional=body.answer_provisional,
        promise_due="",
        due=due,
        due_kind=kind,
        body=body.model_dump(mode="json"),
    )


def _receipt(intake: _Intake, body: CaseReceived, written: Written, work: Work) -> Receipt:
    claim = ReceiptClaim(
        receipt_no=body.receipt_no,
        item=intake.item.short_name,
        claimed_at=body.received_at,
        op_hash=written.op_hash,
    )
    return Receipt(
        case_id=intake.draft.case_id,
        receipt_no=body.receipt_no,
        query_code=body.query_code,
        op_id=written.op_id,
        op_hash=written.op_hash,
        received_at=body.received_at,
        answer_due=body.answer_due,
        answer_provisional=body.answer_provisional,
        promise_estimate=intake.view.clocks.promise.date.isoformat(),
        qr_token=work.around.sign_receipt(claim),
    )
