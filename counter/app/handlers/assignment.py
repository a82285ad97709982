# SPDX-License-Identifier: MulanPSL-2.0
"""接手, 交回: whose work a case is; the centre decides with fencing numbers (sync-protocol §7).

Neither stops anybody: a counter without a line goes on, and its work is held only if somebody
else took the case over meanwhile.
"""

from __future__ import annotations

from counter.app.case_commands import GiveBackCase, TakeOverCase
from counter.app.changes import Changes
from counter.app.handlers.acting import MAX_WORDS
from counter.app.handlers.finding import case_of, note_event
from counter.app.operation_log import next_position, write_operation
from counter.app.session import CAPTURE_ROLES
from counter.app.work import AuditNote, Outcome, Work
from counter.domain.bodies import CaseAssigned
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.operations import OpKind, Versions
from counter.ports.storage import CaseRecord


def take_over_case(command: TakeOverCase, work: Work) -> Outcome:
    """Take the work on a case over; ``Done.value`` is the op_id.

    Raises:
        NotAllowedError: ``ROLE``.
        DomainError: ``REASON``, ``CASE-NONE``.
    """
    work.session.need(CAPTURE_ROLES, "接手办件")
    case = case_of(work, command.case_id)
    return _assigned(work, case, "case.taken_over", "接手", command.reason)


def give_back_case(command: GiveBackCase, work: Work) -> Outcome:
    """Give the work on a case back; ``Done.value`` is the op_id.

    Raises:
        NotAllowedError: ``ROLE``; ``LEASE-OTHER``: it is another counter's work.
        DomainError: ``REASON``, ``CASE-NONE``.
    """
    work.session.need(CAPTURE_ROLES, "交回办件")
    case = case_of(work, command.case_id)
    holder = (case.centre.get("lease") or {}).get("device_id", "")
    if holder not in {"", work.around.identity.device_id}:
        raise NotAllowedError(
            code="LEASE-OTHER",
            what="这份办件现在由别的窗口办，不能替它交回。",
            safe="没有改动。",
            todo="要自己办，请先接手。",
        )
    return _assigned(work, case, "case.given_back", "交回", command.reason)


def _assigned(work: Work, case: CaseRecord, kind: OpKind, word: str, why: str) -> Outcome:
    reason = why.strip()
    if not 1 <= len(reason) <= MAX_WORDS:
        words = f"请写明{word}的原因（{MAX_WORDS} 字以内）。"
        raise DomainError(code="REASON", what=words, field="reason")
    last = work.uow.outbox.to_follow(case.case_id)
    written = write_operation(
        work,
        next_position(work),
        kind=kind,
        entity_id=case.case_id,
        body=CaseAssigned(reason=reason, done_at=work.at),
        versions=Versions(catalog=work.uow.reference.version(), item=case.item_version),
        base_rev=case.rev,
        depends_on=(last,) if last else (),
        deadline=case.due or case.answer_due,
    )
    work.uow.cases.update(case)  # the state shown now stays while this is on its way
    note_event(work, case.case_id, word, reason)
    return Outcome(
        Changes(frozenset({"case", "outbox"}), frozenset({case.case_id})),
        AuditNote(kind, case.case_id, {"op_id": written.op_id}),
        lambda: written.op_id,
    )
