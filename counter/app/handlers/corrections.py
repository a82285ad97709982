# SPDX-License-Identifier: MulanPSL-2.0
"""改正后重报: a new operation stands for one the centre holds or sent back (sync-protocol §1, §3).

The old one stays as it is, on the list 要处理, until the centre says that the correction took
effect in its place; what depends on the old one follows the correction.
"""

from __future__ import annotations

from dataclasses import replace

from counter.app.case_commands import CorrectOperation
from counter.app.changes import Changes
from counter.app.handlers.acting import MAX_WORDS
from counter.app.handlers.finding import case_of, note_event
from counter.app.operation_log import blob_ref, next_position, write_operation
from counter.app.session import CAPTURE_ROLES
from counter.app.work import AuditNote, Outcome, Work
from counter.domain.bodies import CaseReceived, CaseSupplemented
from counter.domain.corrections import corrected
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.operations import BlobRef, Frozen, Operation, verify_operation
from counter.ports.outbox import Reported
from counter.ports.storage import CaseRecord

_WORD = "改正后重报"


def correct_operation(command: CorrectOperation, work: Work) -> Outcome:
    """Report an operation of 要处理 again, with corrected fields; ``Done.value`` is the new op_id.

    Raises:
        NotAllowedError: ``ROLE``, ``ISSUE-NONE``, ``CORRECT-WAITS``: one is on its way already.
        DomainError: ``REASON``, ``CORRECT-KIND``, ``CORRECT-FIELD``, ``CASE-NONE``, ``PAGE-GONE``.
    """
    work.session.need(CAPTURE_ROLES, _WORD)
    reason = command.reason.strip()
    if not 1 <= len(reason) <= MAX_WORDS:
        words = f"请写明为什么改正（{MAX_WORDS} 字以内）。"
        raise DomainError(code="REASON", what=words, field="reason")
    told = _told(command.op_id, work)
    old = verify_operation(told.jws, work.around.identity.key.public_hex)
    body = corrected(old.kind, old.body, command.changes)
    case = case_of(work, old.entity_id)
    blobs = _blobs(work, old, body)
    written = write_operation(
        work,
        next_position(work),
        kind=old.kind,
        entity_id=old.entity_id,
        body=body,
        versions=old.versions,
        base_rev=case.rev,
        depends_on=old.depends_on,
        supersedes=told.first,
        blobs=blobs,
        deadline=told.deadline,
    )
    if isinstance(body, CaseReceived):
        work.uow.cases.update(_received_again(case, body))
    for blob in blobs:
        work.uow.blobs.refer(case.case_id, blob.blob_id, blob.role, blob.required)
    note_event(work, case.case_id, _WORD, reason)
    ids = frozenset({case.case_id, command.op_id, written.op_id})
    detail = {"op_id": written.op_id, "instead_of": told.first, "fields": sorted(command.changes)}
    return Outcome(
        Changes(frozenset({"case", "outbox"}), ids),
        AuditNote("op.corrected", case.case_id, detail),
        lambda: written.op_id,
    )


def _told(op_id: str, work: Work) -> Reported:
    told = work.uow.outbox.reported(op_id)
    if told is None or work.uow.outbox.open_issue(op_id) is None:
        raise NotAllowedError(
            code="ISSUE-NONE", what="这一条已经不在「要处理」里。", safe="没有改动。"
        )
    if told.waiting:
        raise NotAllowedError(
            code="CORRECT-WAITS",
            what="已经改正重报过，正在等中心答复。",
            safe="没有改动，不会报两次。",
            todo="请等中心的答复。",
        )
    return told


def _blobs(work: Work, old: Operation, body: Frozen) -> tuple[BlobRef, ...]:
    """Return the pages of the old one and those the corrected body adds."""
    refs = {ref.blob_id: ref for ref in old.blobs}
    if isinstance(body, CaseReceived | CaseSupplemented):
        for row in body.materials:
            for page in row.pages:
                if page.blob_id not in refs:
                    refs[page.blob_id] = blob_ref(work, page, f"material.{row.key}")
    return tuple(refs.values())


def _received_again(case: CaseRecord, body: CaseReceived) -> CaseRecord:
    return replace(
        case,
        applicant_name=body.applicant.name,
        applicant_id_no=body.applicant.id_no,
        body=body.model_dump(mode="json"),
    )
