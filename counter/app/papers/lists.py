# SPDX-License-Identifier: MulanPSL-2.0
"""Fills the papers that are about no single case: the queue ticket (排队号)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from counter.app.papers.content import ClerkPart, PaperContent, TicketPart
from counter.app.papers.from_case import hall_part
from counter.app.papers.sizes import SIZES
from counter.app.papers.words import day_words, moment_words
from counter.app.session import Session
from counter.domain.papers import PaperKind, SheetSize
from counter.domain.queueing import QueueRow
from counter.ports.keys import Hall


@dataclass(frozen=True)
class ListWish:
    """Which paper, in which size, where, by whom and when."""

    kind: PaperKind
    size: SheetSize
    hall: Hall
    clerk: Session
    printed_at: datetime


def ticket_part(row: QueueRow, category: str, ahead: int) -> TicketPart:
    """Return what a ticket says; it names nobody, and how many wait is said as of now."""
    return TicketPart(row.number, category, str(ahead), moment_words(row.taken_at))


def list_content(wish: ListWish, *, ticket: TicketPart | None = None) -> PaperContent:
    """Return everything the template of such a paper may use."""
    kind, hall, clerk = wish.kind, wish.hall, wish.clerk
    return PaperContent(
        title=kind.title,
        code=kind.code,
        copies=kind.copies,
        signs=kind.signs,
        seal=kind.seal,
        draft=kind.draft,
        size=SIZES[wish.size],
        hall=hall_part(hall),
        clerk=ClerkPart(clerk.name, clerk.job_no),
        printed_at=f"{wish.printed_at:%Y-%m-%d %H:%M}",
        today_words=day_words(wish.printed_at.date().isoformat()),
        training=hall.training,
        ticket=ticket,
    )
