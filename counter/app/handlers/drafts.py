# SPDX-License-Identifier: MulanPSL-2.0
"""Drafts: begin, keep, throw away. Only a draft may be deleted (domain §3.2)."""

from __future__ import annotations

from counter.app.changes import Changes
from counter.app.commands import DiscardDraft, SaveDraft, StartDraft
from counter.app.session import CAPTURE_ROLES
from counter.app.work import AuditNote, Outcome, Work
from counter.domain.draft import Draft
from counter.domain.errors import NotAllowedError
from counter.domain.ids import uuid7


def start_draft(command: StartDraft, work: Work) -> Outcome:
    """Begin an intake; the case's permanent id is made here."""
    work.session.need(CAPTURE_ROLES, "收件")
    draft = Draft(
        draft_id=uuid7(),
        case_id=uuid7(),
        operator_id=work.session.operator_id,
        started_at=work.at,
        updated_at=work.at,
        queue_no=command.queue_no,
    )
    work.uow.drafts.save(draft)
    return Outcome(
        Changes(frozenset({"draft"}), frozenset({draft.draft_id})),
        AuditNote("draft.started", draft.draft_id),
        lambda: draft.draft_id,
    )


def save_draft(command: SaveDraft, work: Work) -> Outcome:
    """Keep the draft; an autosave that comes after 收件 must not bring it back to life."""
    kept = own_draft(work, command.draft.draft_id)
    if kept.case_id != command.draft.case_id or kept.operator_id != command.draft.operator_id:
        raise ValueError("a draft's case and operator never change")
    work.uow.drafts.save(command.draft.model_copy(update={"updated_at": work.at}))
    return Outcome(Changes(frozenset({"draft"}), frozenset({kept.draft_id})), None)


def discard_draft(command: DiscardDraft, work: Work) -> Outcome:
    """Delete a draft before 收件."""
    kept = own_draft(work, command.draft_id)
    work.uow.drafts.delete(kept.draft_id)
    return Outcome(
        Changes(frozenset({"draft"}), frozenset({kept.draft_id})),
        AuditNote("draft.discarded", kept.draft_id, {"item_code": kept.item_code}),
    )


def own_draft(work: Work, draft_id: str) -> Draft:
    """Return the operator's own draft.

    Raises:
        NotAllowedError: ``DRAFT-GONE`` if it was received or discarded, ``DRAFT-OTHER`` if it is
            somebody else's, ``ROLE``.
    """
    work.session.need(CAPTURE_ROLES, "收件")
    kept = work.uow.drafts.get(draft_id)
    if kept is None:
        raise NotAllowedError(
            code="DRAFT-GONE",
            what="这份草稿已经收件或已经删除。",
            safe="已收的办件都还在。",
            todo="请在「办件」里查找，或重新开始。",
        )
    if kept.operator_id != work.session.operator_id and "leader" not in work.session.roles:
        raise NotAllowedError(
            code="DRAFT-OTHER",
            what="这是另一位窗口人员的草稿。",
            safe="草稿没有改动。",
            todo="请本人继续，或请值班长处理。",
        )
    return kept
