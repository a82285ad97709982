# SPDX-License-Identifier: MulanPSL-2.0
"""登记诉求: the call in danger first, then the record as the person confirmed it."""

from __future__ import annotations

from counter.app.changes import Changes
from counter.app.commands import NoteDangerCall, RegisterAppeal
from counter.app.handlers.receiving import receipt_no_at
from counter.app.knowledge import appeal_tables_of, calendar_of
from counter.app.operation_log import blob_ref, next_position, write_operation
from counter.app.session import CAPTURE_ROLES
from counter.app.work import AuditNote, Outcome, Work
from counter.domain.appeals import Appeal, DangerCall, appeal_clocks, check_appeal
from counter.domain.clocks import CaseClock
from counter.domain.errors import DomainError, KnownError
from counter.domain.operations import BlobRef, Versions
from counter.domain.tickets import Ticket
from counter.ports.storage import CallMark

PREFIX = "SQ-"
"""Of the local number of a 诉求; the rest has the form of a receipt number and its check."""


def note_danger_call(command: NoteDangerCall, work: Work) -> Outcome:
    """Note, durably and at once, that 110, 119 or 120 was called, and when.

    Raises:
        NotAllowedError: ``ROLE``.
        DomainError: ``APPEAL-DANGER`` for a danger or number the tables do not know.
    """
    work.session.need(CAPTURE_ROLES, "登记诉求")
    tables = appeal_tables_of(work)
    danger = tables.danger(command.danger)
    if danger is None or command.called not in {*danger.call, tables.hotline}:
        raise DomainError(code="APPEAL-DANGER", what="请选打的是哪个电话。", field="danger")
    mark = CallMark(
        command.ticket_id, command.danger, command.called, work.at, work.session.operator_id
    )
    work.uow.tickets.note_call(mark)
    kept = work.uow.tickets.call(command.ticket_id) or mark
    return Outcome(
        Changes(frozenset({"ticket"}), frozenset({command.ticket_id})),
        AuditNote(
            "appeal.called",
            command.ticket_id,
            {"danger": mark.danger, "called": mark.called, "at": mark.called_at},
        ),
        lambda: kept,
    )


def register_appeal(command: RegisterAppeal, work: Work) -> Outcome:
    """Keep a 诉求 as a ticket with its times and queue it for the centre; in danger, first of all.

    Raises:
        NotAllowedError: ``ROLE``.
        DomainError: ``APPEAL-…``, ``PAGE-GONE``.
    """
    work.session.need(CAPTURE_ROLES, "登记诉求")
    tables = appeal_tables_of(work)
    if work.uow.tickets.get("appeal", command.ticket_id) is not None:
        raise DomainError(code="APPEAL-TWICE", what="这件诉求已经登记了。", safe="没有再登记一次。")
    mark = work.uow.tickets.call(command.ticket_id)
    call = mark and DangerCall(
        danger=mark.danger, called=mark.called, called_at=mark.called_at, by=mark.by
    )
    filled = {"taken_at": work.at, "danger": call, "tables": tables.version}
    check_appeal(command.appeal.model_copy(update=filled), tables)
    position = next_position(work)
    number = PREFIX + receipt_no_at(position, work)
    appeal = command.appeal.model_copy(update={**filled, "number": number})
    blobs = _blobs(appeal, work)
    clocks = _clocks(appeal, work)
    written = write_operation(
        work,
        position,
        kind="appeal.registered",
        entity="appeal",
        entity_id=command.ticket_id,
        body=appeal,
        versions=Versions(catalog=work.uow.reference.version()),
        blobs=blobs,
        deadline=min((clock.due[:10] for clock in clocks), default=work.at[:10]),
    )
    ticket = Ticket(
        kind="appeal",
        ticket_id=command.ticket_id,
        number=number,
        opened_at=work.at,
        subject=appeal.model_dump(mode="json"),
        clocks=clocks,
    )
    work.uow.tickets.add(ticket)
    work.uow.tickets.keep_draft(work.session.operator_id, None, work.at)
    for blob in blobs:
        work.uow.blobs.refer(command.ticket_id, blob.blob_id, blob.role, blob.required)
    return Outcome(
        Changes(frozenset({"ticket", "outbox"}), frozenset({command.ticket_id})),
        AuditNote(
            "appeal.registered",
            command.ticket_id,
            {"op_id": written.op_id, "danger": bool(call), "denied": bool(appeal.danger_denied)},
        ),
        lambda: ticket,
    )


def _clocks(appeal: Appeal, work: Work) -> tuple[CaseClock, ...]:
    """Compute its times; without a list of holidays the centre will, the record does not wait."""
    try:
        calendar = calendar_of(work.uow.reference, work.around.identity.hall.region)
    except KnownError:
        return ()
    return appeal_clocks(appeal, work.now, appeal_tables_of(work), calendar)


def _blobs(appeal: Appeal, work: Work) -> tuple[BlobRef, ...]:
    pages = [(page, "appeal.page") for page in appeal.pages]
    if appeal.confirmed.page is not None:
        pages.append((appeal.confirmed.page, "appeal.confirmed"))
    return tuple(blob_ref(work, page, role) for page, role in pages)
