# SPDX-License-Identifier: MulanPSL-2.0
"""诉求 at the centre: a ticket with the clocks of its class, urgency and unit."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from counter.domain.appeals import Appeal, AppealTables, appeal_clocks
from counter.domain.clocks import CaseClock, extend_clock, pause_clock, resume_clock
from counter.domain.errors import DomainError
from counter.domain.tickets import Ticket, TicketStep
from sync.hub.handlers import tickets
from sync.hub.handlers.calendars import calendar_for
from sync.hub.handlers.effects import Act, body_of, missing
from sync.hub.handlers.verdict import Verdict, refused
from sync.hub.service_tables import service_tables
from sync.hub.storage.engine import Tx
from sync.protocol import errors

_MAX_DIGITS = 3
_HOURS = 24


def appeal_tables(tx: Tx) -> AppealTables:
    """Return types, classes, dangers and times of 诉求 in force."""
    return AppealTables.model_validate(service_tables(tx, "appeals"))


def appeal_registered(act: Act) -> Verdict:
    """A 诉求: its clocks by the centre's calendar and tables, from the moment it was taken."""
    appeal, hall = body_of(act, Appeal), act.device.hall_code
    calendar = calendar_for(act.tx, hall)
    start, tables = datetime.fromisoformat(appeal.taken_at), appeal_tables(act.tx)
    ticket = Ticket(
        kind="appeal",
        ticket_id=act.op.entity_id,
        number=appeal.number,
        opened_at=appeal.taken_at,
        subject=appeal.model_dump(mode="json"),
        clocks=appeal_clocks(appeal, start, tables, calendar) if calendar else (),
    )
    if tickets.find(act.tx, hall, "appeal", ticket.ticket_id) is not None:
        raise refused("conflict", errors.CASE_EXISTS, "中心已有同一编号的诉求，请人工核对。")
    rev = tickets.put(act.centre, act.tx, hall, ticket)
    return Verdict(
        "applied", rev=rev, human_no=appeal.number, missing_blobs=missing(act.tx, act.op)
    )


def appeal_step(act: Act) -> Verdict:
    """A step of the loop of a 诉求, with what it does to the clocks."""

    def move(ticket: Ticket, step: TicketStep) -> tuple[CaseClock, ...]:
        return _clocks_after(act.tx, act.device.hall_code, ticket, step)

    return tickets.told_step(act, "appeal", move)


def _clocks_after(
    tx: Tx, hall_code: str, ticket: Ticket, step: TicketStep
) -> tuple[CaseClock, ...]:
    """Move the clocks of a 诉求: by its unit, by an extension, by 挂账 and its end."""
    calendar = calendar_for(tx, hall_code)
    if calendar is None:
        return ticket.clocks
    day = date.fromisoformat(step.done_at[:10])
    if step.step == "dispatch":
        appeal = Appeal.model_validate(ticket.subject)
        start = datetime.fromisoformat(ticket.opened_at)
        unit = step.outcome["unit"]
        return appeal_clocks(appeal, start, appeal_tables(tx), calendar, unit)
    if step.step not in {"extend", "shelve", "resume"}:
        return ticket.clocks

    def moved(clock: CaseClock) -> CaseClock:
        if clock.kind not in {"rectify", "answer"}:
            return clock
        if step.step == "extend":
            days = step.outcome["days"]
            if not (days.isascii() and days.isdigit() and len(days) <= _MAX_DIGITS):
                raise DomainError(code="TICKET-NEEDS", what="延期的天数应是数字。", field="days")
            return extend_clock(
                clock, int(days) * (_HOURS if clock.unit == "hour" else 1), calendar
            )
        if step.step == "shelve":
            return pause_clock(clock, day, step.note) if clock.unit != "hour" else clock
        return resume_clock(clock, day - timedelta(days=1), calendar) if clock.stands else clock

    return tuple(moved(clock) for clock in ticket.clocks)
