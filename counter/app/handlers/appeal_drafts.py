# SPDX-License-Identifier: MulanPSL-2.0
"""A 诉求 as far as it is typed: kept on this machine, one of each operator, never sent."""

from __future__ import annotations

from counter.app.changes import Changes
from counter.app.commands import KeepAppealDraft, ReadAppealDraft
from counter.app.session import CAPTURE_ROLES
from counter.app.work import Outcome, Work


def keep_appeal_draft(command: KeepAppealDraft, work: Work) -> Outcome:
    """Keep or throw away; an autosave that comes after 登记 must not bring it back to life.

    Raises:
        NotAllowedError: ``ROLE``.
    """
    work.session.need(CAPTURE_ROLES, "登记诉求")
    tickets, draft = work.uow.tickets, command.draft
    if draft is None or tickets.get("appeal", draft.ticket_id) is None:
        tickets.keep_draft(work.session.operator_id, draft, work.at)
    return Outcome(Changes(frozenset()), None)


def read_appeal_draft(command: ReadAppealDraft, work: Work) -> Outcome:
    """Return the operator's own; nobody else's is shown.

    Raises:
        NotAllowedError: ``ROLE``.
    """
    del command
    work.session.need(CAPTURE_ROLES, "登记诉求")
    kept = work.uow.tickets.draft(work.session.operator_id)
    return Outcome(Changes(frozenset()), None, lambda: kept)
