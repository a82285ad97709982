# SPDX-License-Identifier: MulanPSL-2.0
"""Second thoughts of an elder: what was held back goes at once when the person is content."""

from __future__ import annotations

from counter.app.changes import Changes
from counter.app.commands import EndRegret
from counter.app.handlers.finding import case_of
from counter.app.session import CAPTURE_ROLES
from counter.app.work import AuditNote, Outcome, Work


def end_regret(command: EndRegret, work: Work) -> Outcome:
    """Let the operations of these cases go now; the clerk says that the person left content.

    Raises:
        NotAllowedError: ``ROLE``.
        DomainError: ``CASE-NONE``.
    """
    work.session.need(CAPTURE_ROLES, "提前传送")
    ids = [case_of(work, case_id).case_id for case_id in command.case_ids]
    gone = sum(work.uow.outbox.let_go(case_id) for case_id in ids)
    return Outcome(
        Changes(frozenset({"outbox"}), frozenset(ids)),
        AuditNote("case.regret_ended", ids[0] if ids else "", {"cases": ids, "operations": gone}),
        lambda: gone,
    )
