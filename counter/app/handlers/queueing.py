# SPDX-License-Identifier: MulanPSL-2.0
"""取号 and 叫号 at this window; the hall hears of it through its host, when that can be reached."""

from __future__ import annotations

from counter.app.changes import Changes
from counter.app.queue_commands import CallNumber, EndNumber, TakeNumber
from counter.app.session import CAPTURE_ROLES
from counter.app.work import AuditNote, Outcome, Work
from counter.domain.errors import DomainError
from counter.domain.ids import uuid7
from counter.domain.queueing import (
    QueueEvent,
    QueueRow,
    QueueTable,
    What,
    make_number,
    next_of,
    queue_of,
)

CHANGED = Changes(frozenset({"queue"}))


def table_of(work: Work) -> QueueTable:
    """Return the categories of the hall."""
    return QueueTable.model_validate(work.around.shipped["queue"])


def take_number(command: TakeNumber, work: Work) -> Outcome:
    """Give the next number of this window.

    Raises:
        NotAllowedError: ``ROLE``.
        DomainError: ``QUEUE-KIND``, ``QUEUE-FULL``.
    """
    work.session.need(CAPTURE_ROLES, "取号")
    category = table_of(work).of(command.category)
    window = work.around.identity.hall.counter_no
    serial = work.uow.queue.next_serial(_day(work), window)
    number = make_number(category.code, window, serial)
    ticket_id = uuid7()
    _add(work, "taken", ticket_id, number=number, category=category.code)
    row = QueueRow(ticket_id, number, category.code, work.at, window)
    return Outcome(CHANGED, AuditNote("queue.taken", ticket_id), lambda: row)


def call_number(command: CallNumber, work: Work) -> Outcome:
    """Call one to this window.

    Raises:
        NotAllowedError: ``ROLE``.
        DomainError: ``QUEUE-GONE``: another window has called it, or it is over.
    """
    work.session.need(CAPTURE_ROLES, "叫号")
    rows = _rows(work)
    if command.ticket_id:
        row = next((one for one in rows if one.ticket_id == command.ticket_id), None)
    else:
        row = next_of(rows, table_of(work).first())
        if row is None:
            return Outcome(Changes(frozenset()), None, lambda: None)
    window = work.around.identity.hall.counter_no
    free = row is not None and (
        row.state in {"waiting", "missed"} or (row.state == "called" and row.caller == window)
    )
    if row is None or not free:
        raise DomainError(
            code="QUEUE-GONE",
            what="这个号已经被别的窗口叫走，或者已经办过了。",
            safe="没有叫号。",
            todo="请叫下一位。",
        )
    _add(work, "called", row.ticket_id)
    return _now(work, row.ticket_id, "queue.called")


def end_number(command: EndNumber, work: Work) -> Outcome:
    """Note that the called one is being served, or did not come.

    Raises:
        NotAllowedError: ``ROLE``.
        DomainError: ``QUEUE-GONE``: this window is not the one that called it.
    """
    work.session.need(CAPTURE_ROLES, "叫号")
    window = work.around.identity.hall.counter_no
    mine = [r for r in _rows(work) if r.state == "called" and r.caller == window]
    if command.ticket_id not in {row.ticket_id for row in mine}:
        raise DomainError(
            code="QUEUE-GONE", what="这个号不是本窗口叫的。", safe="没有改动。", todo="请先叫号。"
        )
    _add(work, "missed" if command.missed else "done", command.ticket_id)
    return _now(work, command.ticket_id, "queue.ended")


def _now(work: Work, ticket_id: str, action: str) -> Outcome:
    row = next(one for one in _rows(work) if one.ticket_id == ticket_id)
    return Outcome(CHANGED, AuditNote(action, ticket_id), lambda: row)


def _rows(work: Work) -> tuple[QueueRow, ...]:
    return queue_of(work.uow.queue.events(_day(work)))


def _add(work: Work, what: What, ticket_id: str, *, number: str = "", category: str = "") -> None:
    event = QueueEvent(
        event_id=uuid7(),
        what=what,
        ticket_id=ticket_id,
        day=_day(work),
        at=work.at,
        window=work.around.identity.hall.counter_no,
        number=number,
        category=category,
    )
    work.uow.queue.add(event)


def _day(work: Work) -> str:
    return work.now.date().isoformat()
