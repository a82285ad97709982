# SPDX-License-Identifier: MulanPSL-2.0
"""工单, marks of ratings, and calls in danger."""

from __future__ import annotations

import json

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from counter.domain.appeal_draft import AppealDraft
from counter.domain.tickets import Ticket, TicketEvent, TicketKind, joined
from counter.ports.storage import CallMark, RatingMark
from counter.storage import tables as t

KINDS = frozenset({"appeal", "rating_task"})
_NOT_DONE = ("REJECTED", "CONFLICT")


class SqlTickets:
    """``Tickets``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, kind: TicketKind, ticket_id: str) -> Ticket | None:
        """Return a ticket with the steps of this counter that the centre has not told yet."""
        c = t.tickets.c
        query = select(c.body, c.mine).where(c.kind == kind, c.ticket_id == ticket_id)
        row = self._connection.execute(query).first()
        return self._ticket(row.body, row.mine) if row else None

    def all(self, kind: TicketKind) -> list[Ticket]:
        """Return the tickets of a kind, newest first."""
        c = t.tickets.c
        query = select(c.body, c.mine).where(c.kind == kind).order_by(c.opened_at.desc())
        return [self._ticket(row.body, row.mine) for row in self._connection.execute(query)]

    def add(self, ticket: Ticket) -> None:
        """Add a ticket made here."""
        self._connection.execute(
            insert(t.tickets).values(
                kind=ticket.kind,
                ticket_id=ticket.ticket_id,
                opened_at=ticket.opened_at,
                body=ticket.model_dump_json(),
                mine="[]",
            )
        )

    def add_event(self, kind: TicketKind, ticket_id: str, event: TicketEvent) -> None:
        """Keep a step done here."""
        c = t.tickets.c
        here = (c.kind == kind) & (c.ticket_id == ticket_id)
        text = self._connection.scalar(select(c.mine).where(here)) or "[]"
        mine = [*json.loads(text), event.model_dump(mode="json")]
        self._connection.execute(
            update(t.tickets).where(here).values(mine=json.dumps(mine, ensure_ascii=False))
        )

    def take(self, ticket: Ticket) -> None:
        """Take in what the centre tells; own steps it does not tell yet stay (S7)."""
        new = upsert(t.tickets).values(
            kind=ticket.kind,
            ticket_id=ticket.ticket_id,
            opened_at=ticket.opened_at,
            body=ticket.model_dump_json(),
            mine="[]",
        )
        self._connection.execute(
            new.on_conflict_do_update(
                index_elements=["kind", "ticket_id"],
                set_={"body": new.excluded.body, "opened_at": new.excluded.opened_at},
            )
        )

    def drop(self, kind: str, ticket_id: str) -> None:
        """Remove a ticket that is no longer ours; one with unsent steps stays."""
        c = t.tickets.c
        self._connection.execute(
            delete(t.tickets).where(c.kind == kind, c.ticket_id == ticket_id, c.mine == "[]")
        )

    def rating(self, case_id: str, handling: str) -> RatingMark | None:
        """Return the mark of a handling."""
        c = t.rating_marks.c
        query = select(t.rating_marks).where(c.case_id == case_id, c.handling == handling)
        row = self._connection.execute(query).first()
        return RatingMark(*row) if row else None

    def put_rating(self, mark: RatingMark) -> None:
        """Keep the mark of a handling, replacing its earlier state."""
        new = upsert(t.rating_marks).values(**vars(mark))
        changed = {name: getattr(new.excluded, name) for name in ("invite", "state", "at")}
        self._connection.execute(
            new.on_conflict_do_update(index_elements=["case_id", "handling"], set_=changed)
        )

    def call(self, ticket_id: str) -> CallMark | None:
        """Return the call that was made for a 诉求."""
        query = select(t.danger_calls).where(t.danger_calls.c.ticket_id == ticket_id)
        row = self._connection.execute(query).first()
        return CallMark(*row) if row else None

    def note_call(self, mark: CallMark) -> None:
        """Keep a call; the first one stays."""
        values = {
            "ticket_id": mark.ticket_id,
            "danger": mark.danger,
            "called": mark.called,
            "called_at": mark.called_at,
            "noted_by": mark.by,
        }
        self._connection.execute(upsert(t.danger_calls).values(values).on_conflict_do_nothing())

    def keep_draft(self, operator_id: str, draft: AppealDraft | None, at: str) -> None:
        """Keep an operator's 诉求 as far as it is typed; ``None`` removes it."""
        d = t.appeal_drafts
        if draft is None:
            self._connection.execute(delete(d).where(d.c.operator_id == operator_id))
            return
        new = upsert(d).values(operator_id=operator_id, at=at, body=draft.model_dump_json())
        changed = {"at": new.excluded.at, "body": new.excluded.body}
        self._connection.execute(
            new.on_conflict_do_update(index_elements=["operator_id"], set_=changed)
        )

    def draft(self, operator_id: str) -> AppealDraft | None:
        """Return what an operator has not registered yet."""
        d = t.appeal_drafts.c
        text = self._connection.scalar(select(d.body).where(d.operator_id == operator_id))
        return AppealDraft.model_validate_json(text) if text else None

    def _ticket(self, body: str, own: str) -> Ticket:
        ticket = Ticket.model_validate_json(body)
        mine = [TicketEvent.model_validate(one) for one in json.loads(own)]
        if not mine:
            return ticket
        o = t.outbox.c
        refused = set(
            self._connection.scalars(
                select(o.op_id).where(
                    o.op_id.in_([one.op_id for one in mine]), o.state.in_(_NOT_DONE)
                )
            )
        )
        return joined(ticket, [one for one in mine if one.op_id not in refused])
