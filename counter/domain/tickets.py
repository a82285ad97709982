# SPDX-License-Identifier: MulanPSL-2.0
"""工单 as closed loops: a low rating or a 诉求, what was done about it, and which clock is met.

A ticket is an append-only set of events; its state is what folding them gives, so that two ends
that know the same events show the same state (sync-protocol §7). Steps are declared in tables by
``counter.domain.ratings`` and ``counter.domain.appeals``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from counter.domain.clocks import CaseClock
from counter.domain.deadlines import Unit
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.operations import Frozen

TicketKind = Literal["rating_task", "appeal"]
Side = Literal["counter", "centre"]
MAX_NOTE = 1000
CLOCK_WORDS = {
    "dispatch": "转办",
    "contact": "首次联系",
    "rectify": "整改",
    "answer": "答复",
}
"""What a clock of a ticket waits for."""


class Amount(Frozen):
    """A time allowed: working days, natural days, or hours round the clock."""

    amount: int = Field(ge=0, le=3660)
    unit: Unit = "workday"


@dataclass(frozen=True)
class LoopStep:
    """One step of a closed loop.

    Attributes:
        word: What the button and the timeline say.
        before: States in which it may be done.
        after: State it leads to; "" leaves the state as it is.
        needs: Keys of ``outcome`` that must be given; ``note`` is the text.
        meets: Clocks that it fulfils.
        roles: Who may do it at a counter.
        side: Where it is done.
    """

    word: str
    before: frozenset[str]
    after: str = ""
    needs: tuple[str, ...] = ("note",)
    meets: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset({"leader"})
    side: Side = "counter"


@dataclass(frozen=True)
class Loop:
    """A closed loop: its states in words, where it begins, where it ends, its steps."""

    states: Mapping[str, str]
    first: str
    final: frozenset[str]
    steps: Mapping[str, LoopStep]


class TicketEvent(Frozen):
    """One step that was done; ``op_id`` of the operation that told it makes it unique."""

    op_id: str
    step: str
    at: str
    by: str
    note: str = Field(default="", max_length=MAX_NOTE)
    outcome: dict[str, str] = Field(default_factory=dict)


class TicketStep(Frozen):
    """Body of ``rating.step`` and ``appeal.step``: somebody did a step of the loop."""

    step: str = Field(min_length=1, max_length=40)
    done_at: str
    note: str = Field(default="", max_length=MAX_NOTE)
    outcome: dict[str, str] = Field(default_factory=dict)


class Ticket(Frozen):
    """A ticket as both ends keep it; ``subject`` is the low rating or the 诉求 as JSON."""

    kind: TicketKind
    ticket_id: str
    number: str
    opened_at: str
    subject: dict[str, Any]
    clocks: tuple[CaseClock, ...] = ()
    events: tuple[TicketEvent, ...] = ()


def joined(ticket: Ticket, mine: Iterable[TicketEvent]) -> Ticket:
    """Return the ticket with events of this counter that the centre has not told yet."""
    told = {event.op_id for event in ticket.events}
    added = tuple(event for event in mine if event.op_id not in told)
    return ticket.model_copy(update={"events": (*ticket.events, *added)}) if added else ticket


def state_of(ticket: Ticket, loop: Loop) -> str:
    """Return the state its events lead to; an unknown or impossible step changes nothing."""
    state = loop.first
    for event in ticket.events:
        step = loop.steps.get(event.step)
        if step is not None and state in step.before and step.after:
            state = step.after
    return state


def check_step(
    ticket: Ticket, loop: Loop, step: TicketStep, *, side: Side, roles: frozenset[str]
) -> None:
    """Refuse a step that the loop does not allow here and now.

    Raises:
        NotAllowedError: ``TICKET-STEP``, ``TICKET-ROLE``.
        DomainError: ``TICKET-NEEDS``.
    """
    declared = loop.steps.get(step.step)
    state = state_of(ticket, loop)
    if declared is None or declared.side != side or state not in declared.before:
        word = declared.word if declared else step.step
        raise NotAllowedError(
            code="TICKET-STEP",
            what=f"「{loop.states[state]}」的工单现在不能「{word}」。",
            safe="工单没有改动。",
        )
    if side == "counter" and not roles & declared.roles:
        raise NotAllowedError(
            code="TICKET-ROLE",
            what=f"您的岗位不能「{declared.word}」。",
            safe="工单没有改动。",
            todo="请找值班长。",
        )
    for need in declared.needs:
        given = step.note if need == "note" else step.outcome.get(need, "")
        if not given.strip():
            words = "办理情况" if need == "note" else "办理结果"
            raise DomainError(
                code="TICKET-NEEDS",
                what=f"「{declared.word}」要写明{words}。",
                safe="工单没有改动。",
                field=need,
            )


def open_steps(ticket: Ticket, loop: Loop, roles: frozenset[str]) -> tuple[str, ...]:
    """Return the names of the steps these roles may do at a counter now, in declared order."""
    state = state_of(ticket, loop)
    return tuple(
        name
        for name, step in loop.steps.items()
        if step.side == "counter" and state in step.before and roles & step.roles
    )


def met_at(ticket: Ticket, loop: Loop, clock: str) -> str:
    """Return when a clock was met for the first time, '' while it was not."""
    for event in ticket.events:
        step = loop.steps.get(event.step)
        if step is not None and clock in step.meets:
            return event.at
    return ""


def is_late(clock: CaseClock, moment: str) -> bool:
    """Tell whether a moment (ISO 8601 with offset) is behind the clock's day or hour."""
    if not clock.due:
        return False
    if clock.unit == "hour":
        return datetime.fromisoformat(moment) > datetime.fromisoformat(clock.due)
    return moment[:10] > clock.due[:10]


def running(ticket: Ticket, loop: Loop) -> tuple[CaseClock, ...]:
    """Return the clocks nobody has met yet, the nearest first; none of a ticket that has ended."""
    if state_of(ticket, loop) in loop.final:
        return ()
    left = (clock for clock in ticket.clocks if not met_at(ticket, loop, clock.kind) and clock.due)
    return tuple(sorted(left, key=lambda clock: clock.due))


def overdue(ticket: Ticket, loop: Loop, now: str) -> tuple[str, ...]:
    """Return the clocks that ran out and were not met."""
    return tuple(clock.kind for clock in running(ticket, loop) if is_late(clock, now))


def in_time(ticket: Ticket, loop: Loop, clock: str, now: str) -> bool | None:
    """Tell whether a clock was met in time; ``None`` while it still runs or there is none."""
    found = next((one for one in ticket.clocks if one.kind == clock), None)
    if found is None:
        return None
    met = met_at(ticket, loop, clock)
    if met:
        return not is_late(found, met)
    return False if is_late(found, now) else None
