# SPDX-License-Identifier: MulanPSL-2.0
"""工单 at the centre: kept, stepped, told to the hall, counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from counter.domain import appeals, ratings
from counter.domain.appeals import Rates, three_rates
from counter.domain.clocks import CaseClock
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.tickets import (
    Loop,
    Side,
    Ticket,
    TicketEvent,
    TicketKind,
    TicketStep,
    check_step,
    overdue,
    state_of,
)
from sync.hub.centre import Centre
from sync.hub.handlers import people
from sync.hub.handlers.effects import Act, body_of
from sync.hub.handlers.verdict import Verdict, held, refused
from sync.hub.storage import people as records
from sync.hub.storage.engine import Tx
from sync.protocol import errors

LOOPS: dict[TicketKind, Loop] = {"appeal": appeals.LOOP, "rating_task": ratings.LOOP}
Clocks = tuple[CaseClock, ...]
Move = Callable[[Ticket, TicketStep], Clocks]


@dataclass(frozen=True)
class Doer:
    """Who does a step, where; ``op_id`` names the event for ever."""

    op_id: str
    who: str
    roles: frozenset[str]
    side: Side = "counter"


def stepped(ticket: Ticket, step: TicketStep, doer: Doer, move: Move | None = None) -> Ticket:
    """Return the ticket after a step; ``move`` gives its clocks then.

    Raises:
        NotAllowedError: ``TICKET-STEP``, ``TICKET-ROLE``.
        DomainError: ``TICKET-NEEDS``.
    """
    check_step(ticket, LOOPS[ticket.kind], step, side=doer.side, roles=doer.roles)
    event = TicketEvent(
        op_id=doer.op_id,
        step=step.step,
        at=step.done_at,
        by=doer.who,
        note=step.note,
        outcome=step.outcome,
    )
    clocks = move(ticket, step) if move else ticket.clocks
    return ticket.model_copy(update={"events": (*ticket.events, event), "clocks": clocks})


def told_step(act: Act, kind: TicketKind, move: Move | None = None) -> Verdict:
    """A step done at a counter: checked here again, then told to the hall."""
    step, hall = body_of(act, TicketStep), act.device.hall_code
    ticket = find(act.tx, hall, kind, act.op.entity_id)
    if ticket is None:
        raise held(errors.HELD_DEP, "这件工单还没有传到中心，到了会自动处理。")
    doer = Doer(act.op.op_id, act.op.actor.operator, act.roles)
    try:
        after = stepped(ticket, step, doer, move)
    except NotAllowedError as error:
        if error.code == "TICKET-ROLE":
            raise held(errors.HELD_AUTHZ, error.what) from error
        raise refused("conflict", errors.CASE_STATE, error.what) from error
    except DomainError as error:
        raise held(errors.HELD_FORM, error.what) from error
    return Verdict("applied", rev=put(act.centre, act.tx, hall, after))


def put(centre: Centre, tx: Tx, hall_code: str, ticket: Ticket) -> int:
    """Keep a ticket and tell the hall; return its revision."""
    body = ticket.model_dump(mode="json")
    return people.put(centre, tx, hall_code, ticket.kind, ticket.ticket_id, body)


def find(tx: Tx, hall_code: str, kind: TicketKind, ticket_id: str) -> Ticket | None:
    """Return a ticket of a hall."""
    found = records.find(tx, hall_code, kind, ticket_id)
    return Ticket.model_validate(found[1]) if found else None


def listed(centre: Centre, kind: TicketKind) -> list[dict[str, Any]]:
    """Return one plain row per ticket, without personal data; overdue clocks are named."""
    now = centre.now()
    with centre.database.read() as tx:
        found = [(hall, Ticket.model_validate(body)) for hall, body in records.all_of(tx, kind)]
    loop = LOOPS[kind]
    return [
        {
            "ticket_id": ticket.ticket_id,
            "number": ticket.number,
            "hall_code": hall,
            "opened_at": ticket.opened_at,
            "state": state_of(ticket, loop),
            "overdue": list(overdue(ticket, loop, now)),
        }
        for hall, ticket in found
    ]


def rates(centre: Centre) -> Rates:
    """Return the 三率 of all 诉求."""
    with centre.database.read() as tx:
        found = [Ticket.model_validate(body) for _, body in records.all_of(tx, "appeal")]
    return three_rates(found, centre.now())
