# SPDX-License-Identifier: MulanPSL-2.0
"""Fills the papers that are about no single case: the queue ticket, the hand-over lists (交接单)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from counter.app.papers.content import HandoverPart, PaperContent, RowPart, TicketPart
from counter.app.papers.head import bare_paper
from counter.app.papers.words import day_words, moment_words
from counter.app.session import Session
from counter.domain.bodies import CaseReceived
from counter.domain.case import CaseState
from counter.domain.catalog import Item
from counter.domain.masking import mask_name
from counter.domain.materials import Page
from counter.domain.papers import PaperKind, SheetSize
from counter.domain.queueing import QueueRow
from counter.ports.keys import Hall
from counter.ports.storage import CaseRecord

PAPERS, RESULTS = "SEN", "TRA"
"""National codes of the two lists: papers to the department, certificates back (domain §2)."""


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


def _came(case: CaseRecord, page: Page) -> str:
    """Return the day a page was taken in after the receipt, '' if it came with it."""
    return page.captured_at[:10] if page.captured_at > case.received_at else ""


def supplied_days(case: CaseRecord) -> tuple[str, ...]:
    """Return the days papers came in after the receipt (补交), oldest first."""
    body = CaseReceived.model_validate(case.body)
    scanned = [one for one in body.materials if one.way == "scanned"]
    days = {_came(case, page) for one in scanned for page in one.pages}
    return tuple(sorted(days - {""}))


def paper_row(case: CaseRecord, item: Item, day: str | None = None) -> RowPart | None:
    """Return a case's line of 受理交接单; ``None`` where nothing on paper was taken in.

    What was only looked at (已核原件) went back to the person and is not handed over.

    Args:
        case: The case.
        item: Its item, in the case's version.
        day: Only what was supplied on this day, '' only what came with the receipt, ``None`` all.
    """
    names = {row.key: row.material_name for row in item.materials}
    body = CaseReceived.model_validate(case.body)
    taken: dict[str, int] = {}
    for one in body.materials:
        pages = sum(day is None or _came(case, page) == day for page in one.pages)
        if one.way == "scanned" and (pages or not (one.pages or day)):
            taken[one.key] = pages
    if not taken:
        return None
    documents = "、".join(names.get(key, key) for key in taken)
    return _row(case, f"补交：{documents}" if day else documents, sum(taken.values()))


def result_row(case: CaseRecord, item: Item) -> RowPart:
    """Return a case's line of 证件交接单: what the department hands to the window."""
    name = item.result_name if case.state is CaseState.APPROVED else "决定书"
    return _row(case, name or "办结通知", 0)


def _row(case: CaseRecord, documents: str, pages: int) -> RowPart:
    return RowPart(
        receipt_no=case.receipt_no,
        item_name=case.item_name,
        applicant=mask_name(case.applicant_name),
        documents=documents,
        pages=str(pages or ""),
        project_no=case.project_no,
    )


def handover_part(wish: ListWish, department: str, rows: tuple[RowPart, ...]) -> HandoverPart:
    """Return one list between this window and a department.

    The number is the window's own: its moment to the second, so no counter has to be kept.
    """
    hall, at = wish.hall, wish.printed_at
    here = f"{wish.clerk.name}（{hall.window_name}）"
    giver, taker = (department, here) if wish.kind.code == RESULTS else (here, department)
    return HandoverPart(
        number=f"{hall.hall_code}-{hall.counter_no:02}-{at:%y%m%d}-J{at:%H%M%S}",
        giver=giver,
        taker=taker,
        day_words=day_words(at.date().isoformat()),
        rows=rows,
    )


def list_content(
    wish: ListWish, *, ticket: TicketPart | None = None, handover: HandoverPart | None = None
) -> PaperContent:
    """Return everything the template of such a paper may use."""
    bare = bare_paper(wish.kind, wish.size, wish.hall, wish.clerk, wish.printed_at)
    return replace(bare, ticket=ticket, handover=handover)
