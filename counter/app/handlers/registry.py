# SPDX-License-Identifier: MulanPSL-2.0
"""Which handler does which command: the one list."""

from __future__ import annotations

from counter.app.bus import Registry
from counter.app.case_commands import (
    CorrectOperation,
    GiveBackCase,
    InformCitizen,
    RefuseReceipt,
    TakeOverCase,
    TolerateCase,
)
from counter.app.commands import (
    AcceptCase,
    AddMaterial,
    ApproveAgent,
    CloseIssue,
    ConfirmDeemed,
    DeclineRating,
    DeliverResult,
    DiscardDraft,
    DraftRefusal,
    EndRegret,
    GiveRating,
    ImportCalendar,
    InviteRating,
    KeepAppealDraft,
    NoteDangerCall,
    NoteIdentity,
    NotePrint,
    ReadAppealDraft,
    ReadTickets,
    ReceiveCase,
    RegisterAppeal,
    RequestSupplement,
    RevealCase,
    RevokeAuthorisation,
    SaveDraft,
    ScanRatingSlip,
    SeeMovedDates,
    StartDraft,
    StepTicket,
    StorePage,
    SupplementCase,
    VerifyMaterial,
    WithdrawCase,
)
from counter.app.handlers.agents import approve_agent
from counter.app.handlers.appeal_drafts import keep_appeal_draft, read_appeal_draft
from counter.app.handlers.appeals import note_danger_call, register_appeal
from counter.app.handlers.assignment import give_back_case, take_over_case
from counter.app.handlers.authorisations import revoke_authorisation
from counter.app.handlers.calendars import import_calendar, see_moved_dates
from counter.app.handlers.case_acts import (
    accept_case,
    confirm_deemed,
    deliver_result,
    draft_refusal,
    request_supplement,
    tolerate_case,
)
from counter.app.handlers.cases import supplement_case, withdraw_case
from counter.app.handlers.corrections import correct_operation
from counter.app.handlers.drafts import discard_draft, save_draft, start_draft
from counter.app.handlers.identity import note_identity
from counter.app.handlers.informing import inform_citizen, refuse_receipt
from counter.app.handlers.issues import close_issue
from counter.app.handlers.library import add_material, verify_material
from counter.app.handlers.pages import store_page
from counter.app.handlers.papers import note_print
from counter.app.handlers.queueing import call_number, end_number, take_number
from counter.app.handlers.ratings import (
    decline_rating,
    give_rating,
    invite_rating,
    scan_rating_slip,
)
from counter.app.handlers.receive import receive_case
from counter.app.handlers.regret import end_regret
from counter.app.handlers.reveal import reveal_case
from counter.app.handlers.tickets import read_tickets, step_ticket
from counter.app.queue_commands import CallNumber, EndNumber, TakeNumber


def all_handlers() -> Registry:
    """Return a registry with every command of ``counter.app.commands``."""
    registry = Registry()
    registry.add(StartDraft, start_draft)
    registry.add(SaveDraft, save_draft)
    registry.add(DiscardDraft, discard_draft)
    registry.add(StorePage, store_page)
    registry.add(ReceiveCase, receive_case)
    registry.add(SupplementCase, supplement_case)
    registry.add(WithdrawCase, withdraw_case)
    registry.add(RequestSupplement, request_supplement)
    registry.add(TolerateCase, tolerate_case)
    registry.add(RefuseReceipt, refuse_receipt)
    registry.add(InformCitizen, inform_citizen)
    registry.add(AcceptCase, accept_case)
    registry.add(ConfirmDeemed, confirm_deemed)
    registry.add(DraftRefusal, draft_refusal)
    registry.add(DeliverResult, deliver_result)
    registry.add(NotePrint, note_print)
    registry.add(RevealCase, reveal_case)
    registry.add(EndRegret, end_regret)
    registry.add(CloseIssue, close_issue)
    registry.add(CorrectOperation, correct_operation)
    registry.add(TakeOverCase, take_over_case)
    registry.add(GiveBackCase, give_back_case)
    registry.add(AddMaterial, add_material)
    registry.add(ApproveAgent, approve_agent)
    registry.add(RevokeAuthorisation, revoke_authorisation)
    registry.add(NoteIdentity, note_identity)
    registry.add(VerifyMaterial, verify_material)
    registry.add(ImportCalendar, import_calendar)
    registry.add(SeeMovedDates, see_moved_dates)
    registry.add(TakeNumber, take_number)
    registry.add(CallNumber, call_number)
    registry.add(EndNumber, end_number)
    registry.add(InviteRating, invite_rating)
    registry.add(GiveRating, give_rating)
    registry.add(DeclineRating, decline_rating)
    registry.add(ScanRatingSlip, scan_rating_slip)
    registry.add(NoteDangerCall, note_danger_call)
    registry.add(RegisterAppeal, register_appeal)
    registry.add(KeepAppealDraft, keep_appeal_draft)
    registry.add(ReadAppealDraft, read_appeal_draft)
    registry.add(StepTicket, step_ticket)
    registry.add(ReadTickets, read_tickets)
    return registry
