# SPDX-License-Identifier: MulanPSL-2.0
"""Looking at unmasked personal data leaves a trace (domain brief §9.4: reveal = logged)."""

from __future__ import annotations

from counter.app.changes import Changes
from counter.app.commands import RevealCase
from counter.app.handlers.finding import case_of
from counter.app.session import CAPTURE_ROLES
from counter.app.work import AuditNote, Outcome, Work


def reveal_case(command: RevealCase, work: Work) -> Outcome:
    """Note who looked, when, at which case; nothing of the case changes."""
    work.session.need(CAPTURE_ROLES, "显示完整信息")
    work.session.need_reading()
    case = case_of(work, command.case_id)
    return Outcome(Changes(frozenset()), AuditNote("case.revealed", case.case_id, {}))
