# SPDX-License-Identifier: MulanPSL-2.0
"""Ratings and 诉求: what the screens ask and do, off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from counter.app.commands import (
    DeclineRating,
    GiveRating,
    InviteRating,
    KeepAppealDraft,
    NoteDangerCall,
    RatingInvite,
    ReadAppealDraft,
    ReadTickets,
    RegisterAppeal,
    ScanRatingSlip,
    StepTicket,
)
from counter.domain.appeal_draft import AppealDraft
from counter.domain.appeals import AppealTables
from counter.domain.ratings import RatingTables
from counter.domain.tickets import Ticket
from counter.infra.service_files import shipped_tables
from counter.ports.storage import CallMark
from ui.signals import app_signals

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from counter.app.commands import Command, Done
    from counter.domain.appeals import Appeal
    from counter.domain.materials import Page
    from counter.domain.tickets import TicketKind
    from ui.operations.desk import Desk

OnError = Callable[[BaseException], object]


def read_rating_tables(
    desk: Desk, on_done: Callable[[RatingTables], object], *, owner: QObject
) -> None:
    """Read levels and reasons."""

    def made(found: dict[str, object]) -> None:
        on_done(RatingTables.model_validate(found or shipped_tables()["ratings"]))

    desk.read(lambda q: q.service_tables("ratings"), made, owner=owner)


def read_appeal_tables(
    desk: Desk, on_done: Callable[[AppealTables], object], *, owner: QObject
) -> None:
    """Read types, classes, dangers and times."""

    def made(found: dict[str, object]) -> None:
        on_done(AppealTables.model_validate(found or shipped_tables()["appeals"]))

    desk.read(lambda q: q.service_tables("appeals"), made, owner=owner)


def invite_rating(
    desk: Desk,
    case_id: str,
    on_done: Callable[[RatingInvite], object],
    on_error: OnError,
    *,
    owner: QObject,
) -> None:
    """请群众评价."""

    def done(result: Done) -> None:
        if isinstance(result.value, RatingInvite):
            on_done(result.value)

    desk.write(InviteRating(case_id), done, on_error, owner=owner)


def give_rating(
    desk: Desk,
    invite: RatingInvite,
    answer: tuple[int, tuple[str, ...], str],
    on_done: Callable[[], object],
    on_error: OnError,
    *,
    owner: QObject,
) -> None:
    """The citizen's answer (level, reasons, words), in the citizen's own session."""
    command = GiveRating(invite.case_id, invite.handling, *answer)
    _as_citizen(desk, invite, command, on_done, on_error, owner=owner)


def decline_rating(
    desk: Desk,
    invite: RatingInvite,
    on_done: Callable[[], object],
    on_error: OnError,
    *,
    owner: QObject,
) -> None:
    """不评价, in the citizen's own session."""
    command = DeclineRating(invite.case_id, invite.handling)
    _as_citizen(desk, invite, command, on_done, on_error, owner=owner)


def scan_slip(
    desk: Desk,
    case_id: str,
    page: Page,
    on_done: Callable[[Done], object],
    on_error: OnError,
    *,
    owner: QObject,
) -> None:
    """扫描评价单: the page goes to the centre, whose staff reads the ticks."""
    desk.write(ScanRatingSlip(case_id, page), on_done, on_error, owner=owner)


def _as_citizen(
    desk: Desk,
    invite: RatingInvite,
    command: Command,
    on_done: Callable[[], object],
    on_error: OnError,
    *,
    owner: QObject,
) -> None:
    def done(result: Done) -> None:
        app_signals().changes.emit(result.changes)
        on_done()

    desk.runner.run_db(lambda: desk.handle(command, invite.session), done, on_error, owner=owner)


def read_tickets(
    desk: Desk,
    kind: TicketKind,
    on_done: Callable[[tuple[Ticket, ...]], object],
    on_error: OnError,
    *,
    owner: QObject,
) -> None:
    """Read the tickets of a kind, newest first."""

    def done(result: Done) -> None:
        value = result.value
        if isinstance(value, tuple):
            on_done(tuple(one for one in value if isinstance(one, Ticket)))

    desk.write(ReadTickets(kind), done, on_error, owner=owner)


def step_ticket(
    desk: Desk,
    command: StepTicket,
    on_done: Callable[[Done], object],
    on_error: OnError,
    *,
    owner: QObject,
) -> None:
    """Do a step of a loop."""
    desk.write(command, on_done, on_error, owner=owner)


def note_call(
    desk: Desk,
    command: NoteDangerCall,
    on_done: Callable[[CallMark], object],
    on_error: OnError,
    *,
    owner: QObject,
) -> None:
    """Keep that a call was made, at once."""

    def done(result: Done) -> None:
        if isinstance(result.value, CallMark):
            on_done(result.value)

    desk.write(command, done, on_error, owner=owner)


def keep_appeal_draft(
    desk: Desk,
    draft: AppealDraft | None,
    on_done: Callable[[Done], object],
    on_error: OnError,
    *,
    owner: QObject,
) -> None:
    """Keep what is typed; ``None`` throws it away."""
    desk.write(KeepAppealDraft(draft), on_done, on_error, owner=owner)


def read_appeal_draft(
    desk: Desk, on_done: Callable[[AppealDraft], object], on_error: OnError, *, owner: QObject
) -> None:
    """Read the operator's unfinished 诉求; ``on_done`` only if there is one."""

    def done(result: Done) -> None:
        if isinstance(result.value, AppealDraft):
            on_done(result.value)

    desk.write(ReadAppealDraft(), done, on_error, owner=owner)


def register_appeal(
    desk: Desk,
    ticket_id: str,
    appeal: Appeal,
    on_done: Callable[[Ticket], object],
    on_error: OnError,
    *,
    owner: QObject,
) -> None:
    """登记诉求; ``on_done`` only after everything is on the disk."""

    def done(result: Done) -> None:
        if isinstance(result.value, Ticket):
            on_done(result.value)

    desk.write(RegisterAppeal(ticket_id, appeal), done, on_error, owner=owner)
