# SPDX-License-Identifier: MulanPSL-2.0
"""What every paper has, whatever it is about: its kind, the hall, the clerk, the moment."""

from __future__ import annotations

from datetime import datetime

from counter.app.papers.content import ClerkPart, HallPart, PaperContent
from counter.app.papers.sizes import SIZES
from counter.app.papers.words import day_words
from counter.app.session import Session
from counter.domain.papers import PaperKind, SheetSize
from counter.ports.keys import Hall


def _hall(hall: Hall) -> HallPart:
    return HallPart(hall.name, hall.window_name, hall.phone, hall.supervise_phone, hall.address)


def bare_paper(
    kind: PaperKind, size: SheetSize, hall: Hall, clerk: Session, printed_at: datetime
) -> PaperContent:
    """Return a paper that is about nothing yet; ``dataclasses.replace`` says the rest."""
    return PaperContent(
        title=kind.title,
        code=kind.code,
        copies=kind.copies,
        signs=kind.signs,
        seal=kind.seal,
        draft=kind.draft,
        size=SIZES[size],
        hall=_hall(hall),
        clerk=ClerkPart(clerk.name, clerk.job_no),
        printed_at=f"{printed_at:%Y-%m-%d %H:%M}",
        today_words=day_words(printed_at.date().isoformat()),
        training=hall.training,
    )
