# SPDX-License-Identifier: MulanPSL-2.0
"""The list 要处理: a person closes an item, with the reason (sync-protocol §3)."""

from __future__ import annotations

from counter.app.changes import Changes
from counter.app.commands import CloseIssue
from counter.app.handlers.finding import note_event
from counter.app.handlers.informing import INFORMED
from counter.app.session import CAPTURE_ROLES
from counter.app.work import AuditNote, Outcome, Work
from counter.domain.errors import DomainError, NotAllowedError

LEADERS = frozenset({"leader"})


def close_issue(command: CloseIssue, work: Work) -> Outcome:
    """Close it; the operation itself stays as it is, nothing is deleted."""
    issue = work.uow.outbox.open_issue(command.op_id)
    if issue is None:
        raise NotAllowedError(
            code="ISSUE-NONE", what="这一条已经不在「要处理」里。", safe="没有改动。"
        )
    entity_id, state = issue
    # A refusal of a case that already has a receipt is a legal event: shift leader only (§3.2).
    work.session.need(LEADERS if state == "REJECTED" else CAPTURE_ROLES, "关闭这条退回")
    reason = command.reason.strip()
    if not reason:
        raise DomainError(code="REASON", what="请写明怎样处理的。", field="reason")
    _check_informed(command.op_id, entity_id, state, work)
    work.uow.outbox.close_issue(command.op_id, work.at, work.session.operator_id, reason)
    if work.uow.cases.get(entity_id) is not None:
        note_event(work, entity_id, "关闭待处理事项", reason)
    return Outcome(
        Changes(frozenset({"outbox", "case"}), frozenset({entity_id, command.op_id})),
        AuditNote("issue.closed", command.op_id, {"state": state, "case_id": entity_id}),
    )


def _check_informed(op_id: str, entity_id: str, state: str, work: Work) -> None:
    """Who holds our receipt must hear that the centre sent the case back (domain §3.2)."""
    if state != "REJECTED" or work.uow.cases.get(entity_id) is None:
        return
    if work.uow.reference.get(INFORMED, op_id) is None:
        raise NotAllowedError(
            code="INFORM-FIRST",
            what="本人手里有凭证，还没有登记怎样、什么时候告知了本人。",
            safe="没有改动。",
            todo="请先联系本人，登记告知情况，再关闭。",
        )
