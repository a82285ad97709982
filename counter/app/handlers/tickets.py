# SPDX-License-Identifier: MulanPSL-2.0
"""Steps of the two closed loops, and who may look at which tickets."""

from __future__ import annotations

from counter.app.changes import Changes
from counter.app.commands import ReadTickets, StepTicket
from counter.app.operation_log import next_position, write_operation
from counter.app.session import CAPTURE_ROLES
from counter.app.work import AuditNote, Outcome, Work
from counter.domain import appeals, ratings
from counter.domain.errors import DomainError
from counter.domain.masking import mask_name
from counter.domain.operations import OpKind, Versions
from counter.domain.tickets import (
    Loop,
    Ticket,
    TicketEvent,
    TicketKind,
    TicketStep,
    check_step,
    running,
)

LOOPS: dict[TicketKind, Loop] = {"appeal": appeals.LOOP, "rating_task": ratings.LOOP}
LEADER = frozenset({"leader"})
_KINDS: dict[TicketKind, OpKind] = {"appeal": "appeal.step", "rating_task": "rating.step"}


def step_ticket(command: StepTicket, work: Work) -> Outcome:
    """Do a step of a loop; the centre checks it again and tells the hall.

    Raises:
        NotAllowedError: ``ROLE``, ``TICKET-STEP``, ``TICKET-ROLE``.
        DomainError: ``TICKET-NONE``, ``TICKET-NEEDS``.
    """
    work.session.need(LEADER if command.kind == "rating_task" else CAPTURE_ROLES, "办理工单")
    ticket = work.uow.tickets.get(command.kind, command.ticket_id)
    if ticket is None:
        raise DomainError(code="TICKET-NONE", what="本机没有这件工单。", safe="没有改动。")
    step = TicketStep(
        step=command.step,
        done_at=work.at,
        note=command.note.strip(),
        outcome=dict(command.outcome),
    )
    loop = LOOPS[command.kind]
    check_step(ticket, loop, step, side="counter", roles=work.session.roles)
    before = work.uow.outbox.to_follow(command.ticket_id)
    due = [clock.due[:10] for clock in running(ticket, loop)]
    written = write_operation(
        work,
        next_position(work),
        kind=_KINDS[command.kind],
        entity="appeal" if command.kind == "appeal" else "rating",
        entity_id=command.ticket_id,
        body=step,
        versions=Versions(catalog=work.uow.reference.version()),
        depends_on=(before,) if before else (),
        deadline=min(due, default=""),
    )
    event = TicketEvent(
        op_id=written.op_id,
        step=step.step,
        at=work.at,
        by=work.session.operator_id,
        note=step.note,
        outcome=step.outcome,
    )
    work.uow.tickets.add_event(command.kind, command.ticket_id, event)
    return Outcome(
        Changes(frozenset({"ticket", "outbox"}), frozenset({command.ticket_id})),
        AuditNote(f"{_KINDS[command.kind]}.{step.step}", command.ticket_id),
    )


def read_tickets(command: ReadTickets, work: Work) -> Outcome:
    """Return the tickets of a kind: 差评 to the leader alone, confidential names masked for others.

    Raises:
        NotAllowedError: ``ROLE``, ``LEASE``.
    """
    work.session.need_reading()
    leader = bool(work.session.roles & LEADER)
    work.session.need(LEADER if command.kind == "rating_task" else CAPTURE_ROLES, "查看工单")
    found = work.uow.tickets.all(command.kind)
    shown = tuple(one if leader else _discreet(one) for one in found)
    return Outcome(Changes(frozenset()), None, lambda: shown)


def _discreet(ticket: Ticket) -> Ticket:
    """Hide who asked to be kept confidential (保密)."""
    subject = ticket.subject
    if not subject.get("confidential"):
        return ticket
    hidden = {
        **subject,
        "name": mask_name(str(subject.get("name", ""))),
        "phone": "",
        "other_contact": "",
    }
    return ticket.model_copy(update={"subject": hidden})
