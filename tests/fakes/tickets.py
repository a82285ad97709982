# SPDX-License-Identifier: MulanPSL-2.0
"""Tickets, marks of ratings and drafts of 诉求 in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counter.domain.appeal_draft import AppealDraft
from counter.domain.tickets import Ticket, TicketEvent, TicketKind, joined
from counter.ports.storage import CallMark, RatingMark

if TYPE_CHECKING:
    from tests.fakes.storage import Tables


class FakeTickets:
    """``Tickets``."""

    def __init__(self, t: Tables) -> None:
        self._t = t

    def get(self, kind: TicketKind, ticket_id: str) -> Ticket | None:
        return self._t.tickets.get((kind, ticket_id))

    def all(self, kind: TicketKind) -> list[Ticket]:
        return [one for one in reversed(self._t.tickets.values()) if one.kind == kind]

    def add(self, ticket: Ticket) -> None:
        assert (ticket.kind, ticket.ticket_id) not in self._t.tickets
        self._t.tickets[ticket.kind, ticket.ticket_id] = ticket

    def add_event(self, kind: TicketKind, ticket_id: str, event: TicketEvent) -> None:
        found = self._t.tickets[kind, ticket_id]
        self._t.tickets[kind, ticket_id] = joined(found, [event])

    def rating(self, case_id: str, handling: str) -> RatingMark | None:
        return self._t.ratings.get((case_id, handling))

    def put_rating(self, mark: RatingMark) -> None:
        self._t.ratings[mark.case_id, mark.handling] = mark

    def call(self, ticket_id: str) -> CallMark | None:
        return self._t.calls.get(ticket_id)

    def note_call(self, mark: CallMark) -> None:
        self._t.calls.setdefault(mark.ticket_id, mark)

    def keep_draft(self, operator_id: str, draft: AppealDraft | None, at: str) -> None:
        del at
        if draft is None:
            self._t.appeal_drafts.pop(operator_id, None)
        else:
            self._t.appeal_drafts[operator_id] = draft

    def draft(self, operator_id: str) -> AppealDraft | None:
        return self._t.appeal_drafts.get(operator_id)
