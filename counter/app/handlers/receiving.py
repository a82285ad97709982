# SPDX-License-Identifier: MulanPSL-2.0
"""One case out of a checked intake: its operation, its row, its papers, its receipt."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from counter.app.commands import Receipt
from counter.app.handlers.authorisations import keep_authorisation
from counter.app.handlers.finding import note_event
from counter.app.handlers.library import keep_papers
from counter.app.operation_log import Position, Written, blob_ref, write_operation
from counter.app.work import Work
from counter.domain.bodies import CaseReceived
from counter.domain.calendar import WorkCalendar
from counter.domain.case import CaseState
from counter.domain.case_life import received_life
from counter.domain.catalog import Item
from counter.domain.clocks import ANSWER, start_clock
from counter.domain.draft import Draft
from counter.domain.duplicates import NOT_A_DOUBLE
from counter.domain.errors import DomainError
from counter.domain.intake import IntakeView
from counter.domain.leases import PROJECT, leased_no
from counter.domain.library import as_taken, papers_of
from counter.domain.materials import GivenMaterial
from counter.domain.numbers import make_receipt_no, tag_source
from counter.domain.operations import BlobRef, Versions
from counter.domain.people import person_key
from counter.domain.theme_place import ThemePlace
from counter.ports.receipts import ReceiptClaim
from counter.ports.storage import CaseRecord

_QUERY_DIGITS = 6
SHOWN = 3
"""How many problems or numbers one sentence names."""


@dataclass(frozen=True)
class Intake:
    """A checked draft with all that its case is made from."""

    case_id: str
    draft: Draft
    item: Item
    view: IntakeView
    calendar: WorkCalendar

    @property
    def answer_due(self) -> str:
        """ISO day by which the office must answer."""
        return self.view.clocks.answer.date.isoformat()

    @property
    def materials(self) -> tuple[GivenMaterial, ...]:
        """The rows of this situation that were given; a tolerated one gets its day."""
        given = []
        for state in self.view.needed_materials:
            row = state.given
            if row is None or row.way == "missing":
                continue
            if row.way == "tolerated":
                row = row.model_copy(update={"due": state.due})
            given.append(as_taken(state.material, row))
        return tuple(given)


@dataclass(frozen=True)
class Received:
    """A case that is in the unit of work."""

    intake: Intake
    body: CaseReceived
    written: Written


def new_query_code() -> str:
    """Return what a person needs, beside the number, to ask how the case stands."""
    return f"{secrets.randbelow(10**_QUERY_DIGITS):0{_QUERY_DIGITS}d}"


def receipt_no_at(position: Position, work: Work) -> str:
    """Take the next receipt number for the operation at this place of the log."""
    identity, day = work.around.identity, work.now.date()
    tag = tag_source(position.op_id, identity.device_id, position.prev_hash, position.seq)
    serial = work.uow.numbers.next_serial(day.isoformat())
    return make_receipt_no(identity.hall.hall_code, identity.hall.counter_no, day, serial, tag)


def write_case(
    intake: Intake,
    position: Position,
    numbers: tuple[str, str],
    work: Work,
    *,
    regret_minutes: int = 0,
    theme: ThemePlace | None = None,
) -> Received:
    """Put a case with its operation, papers and timeline into the unit of work.

    Args:
        intake: What was checked.
        position: The place in the log its number was made for.
        numbers: Receipt number and query code.
        work: The unit of work.
        regret_minutes: How long the operation is held back.
        theme: Its place among cases taken together.
    """
    blobs = _blobs(intake, work)
    body = _body(intake, numbers, work, theme, epoch=position.epoch)
    not_before = ""
    if regret_minutes:
        not_before = (work.now + timedelta(minutes=regret_minutes)).isoformat()
    written = write_operation(
        work,
        position,
        kind="case.received",
        entity_id=intake.case_id,
        body=body,
        versions=_versions(intake, work),
        blobs=blobs,
        deadline=intake.answer_due,
        not_before=not_before,
    )
    work.uow.cases.add(_record(intake, body, work))
    keep_papers(work, papers_of(intake.case_id, body, intake.item))
    keep_authorisation(work, intake.case_id, body)
    note_event(work, intake.case_id, "收件", theme.theme_name if theme else "")
    for blob in blobs:
        work.uow.blobs.refer(intake.case_id, blob.blob_id, blob.role, blob.required)
    return Received(intake, body, written)


def warn_of_duplicates(intake: Intake, work: Work) -> None:
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
        numbers = "、".join(case.receipt_no for case in similar[:SHOWN])
        raise DomainError(
            code="DUPLICATE",
            what=f"这个人 {item.duplicate_days} 天内已经收过「{item.short_name}」（{numbers}）。",
            todo="请先打开原办件看一看；确实要再收，请写明原因。",
            field="duplicate_reason",
        )


def _blobs(intake: Intake, work: Work) -> tuple[BlobRef, ...]:
    refs = [
        blob_ref(work, page, f"material.{row.key}")
        for row in intake.materials
        for page in row.pages
    ]
    if intake.draft.signature is not None:
        refs.append(blob_ref(work, intake.draft.signature.page, "signature"))
    return tuple({(ref.blob_id, ref.role): ref for ref in refs}.values())


def _body(
    intake: Intake, numbers: tuple[str, str], work: Work, theme: ThemePlace | None, *, epoch: int
) -> CaseReceived:
    draft, view = intake.draft, intake.view
    leased = work.uow.numbers.take_leased(PROJECT, epoch, work.at)
    task = intake.item.task_code or intake.item.item_code
    signature = draft.signature
    return CaseReceived(
        receipt_no=numbers[0],
        query_code=numbers[1],
        project_no=leased_no(task, work.now.date(), leased.serial) if leased else "",
        lease=leased.block_id if leased else "",
        lease_serial=leased.serial if leased else 0,
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
        signature_witnesses=signature.witnesses if signature else (),
        signature_read_aloud=signature.read_aloud if signature else False,
        duplicate_reason=draft.duplicate_reason.strip(),
        queue_no=draft.queue_no,
        theme=theme,
    )


def _versions(intake: Intake, work: Work) -> Versions:
    return Versions(
        catalog=work.uow.reference.version(),
        item=intake.item.task_version,
        form=intake.item.task_version,
        calendar=intake.calendar.version,
    )


def _record(intake: Intake, body: CaseReceived, work: Work) -> CaseRecord:
    gaps = [row.due for row in body.materials if row.way == "tolerated" and row.due]
    due, kind = min([(body.answer_due, "answer"), *((day, "gap") for day in gaps)])
    return CaseRecord(
        case_id=intake.case_id,
        receipt_no=body.receipt_no,
        project_no=body.project_no,
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
        life=received_life(body.received_at),
    )


def receipt_of(received: Received, work: Work) -> Receipt:
    """Return what may be shown once the commit rule was kept."""
    intake, body, written = received.intake, received.body, received.written
    claim = ReceiptClaim(
        receipt_no=body.receipt_no,
        item=intake.item.short_name,
        claimed_at=body.received_at,
        op_hash=written.op_hash,
    )
    return Receipt(
        case_id=intake.case_id,
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
