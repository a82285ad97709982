# SPDX-License-Identifier: MulanPSL-2.0
"""交接单: which cases may stand on it, the paper of those chosen, the note that it was printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from counter.app.commands import NotePrint
from counter.app.papers.content import RowPart
from counter.app.papers.lists import (
    PAPERS,
    RESULTS,
    ListWish,
    handover_part,
    list_content,
    paper_row,
    result_row,
    supplied_days,
)
from counter.app.papers.prints import again
from counter.domain.papers import Print
from ui.papers.pages import Paper

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from counter.app.queries import CaseFilter, CaseRow, Queries
    from ui.operations.desk import Desk
    from ui.runner import Latest

DAYS = 7
"""How far back papers may wait to be handed over."""
SUPPLIED = "case.supplemented"
_MOST, _PAGE = 500, 100


@dataclass(frozen=True)
class Listed:
    """What of a case may stand on a list; `before` counts the lists it stood on already.

    `title` is what the timeline calls the list: papers supplied later have a line of their own.
    """

    case_id: str
    day: str
    department: str
    row: RowPart
    before: int = 0
    title: str = ""


def load(
    desk: Desk,
    code: str,
    on_done: Callable[[tuple[Listed, ...]], object],
    on_error: Callable[[BaseException], object],
    *,
    owner: QObject,
    latest: Latest,
) -> None:
    """Read the cases for a list, newest first: `PAPERS` of the last days, or `RESULTS` to fetch."""
    title = desk.papers.kind(code).title
    today, window = desk.clock.now().date(), f"{desk.hall.counter_no:02}"

    def ask(q: Queries) -> tuple[Listed, ...]:
        if code == RESULTS:
            return listed(q, _rows(q, "results"), code, title)
        found = (*listed(q, received(q, today, window), code, title), *supplied(q, today, title))
        return tuple(sorted(found, key=lambda one: one.day, reverse=True))

    desk.read(ask, on_done, on_error, owner=owner, latest=latest)


def received(q: Queries, today: date, window: str) -> Iterator[CaseRow]:
    """Return the cases received at this window (``03``) in the last days, newest first."""
    since = (today - timedelta(days=DAYS - 1)).isoformat()
    for row in _rows(q, "all"):
        if row.received_at[:10] < since:
            return
        if row.receipt_no.split("-")[1:2] == [window]:
            yield row


def _rows(q: Queries, which: CaseFilter) -> Iterator[CaseRow]:
    after, read = "", 0
    while read < _MOST:
        page = q.cases("", which, after, _PAGE)
        yield from page.rows
        after, read = page.next_key, read + len(page.rows)
        if not after:
            return


def listed(q: Queries, rows: Iterable[CaseRow], code: str, title: str) -> tuple[Listed, ...]:
    """Return those that have something to hand over. Database thread."""
    found = (_listed(q, row, code, title) for row in rows)
    return tuple(one for one in found if one is not None)


def _listed(q: Queries, row: CaseRow, code: str, title: str) -> Listed | None:
    detail = q.case(row.case_id)
    item = q.item(detail.case.item_code, detail.case.item_version) if detail else None
    if detail is None or item is None:
        return None
    case = detail.case
    later = any(op.kind == SUPPLIED for op in detail.ops)  # those pages have lines of their own
    first = "" if later else None
    line = result_row(case, item) if code == RESULTS else paper_row(case, item, first)
    if line is None:
        return None
    before = again((event.what for event in detail.events), title, "a4")
    return Listed(case.case_id, case.received_at[:10], item.dept_name, line, before, title)


def supplied(q: Queries, today: date, title: str) -> tuple[Listed, ...]:
    """Return the papers this counter took in after the receipt in the last days (补交).

    The receipt may be older, and at another window. Database thread.
    """
    since = (today - timedelta(days=DAYS - 1)).isoformat()
    found = []
    for case_id in q.supplied_here(since):
        detail = q.case(case_id)
        item = q.item(detail.case.item_code, detail.case.item_version) if detail else None
        if detail is None or item is None:
            continue
        for day in supplied_days(detail.case):
            row = paper_row(detail.case, item, day)
            if day < since or row is None:
                continue
            own = f"{title}（{date.fromisoformat(day):%m-%d} 补交）"
            before = again((event.what for event in detail.events), own, "a4")
            found.append(Listed(case_id, day, item.dept_name, row, before, own))
    return tuple(found)


def paper(desk: Desk, code: str, chosen: Sequence[Listed]) -> Paper:
    """Return the list of those chosen, all of one department. GUI thread.

    Raises:
        KnownError: ``PAPER-TEMPLATE``.
    """
    kind = desk.papers.kind(code)
    wish = ListWish(kind, "a4", desk.hall, desk.session, desk.clock.now())
    part = handover_part(wish, chosen[0].department, tuple(one.row for one in chosen))
    html = desk.papers.render(list_content(wish, handover=part))
    return Paper(html, kind.title, "a4", part.number)


def note(desk: Desk, code: str, chosen: Sequence[Listed], *, owner: QObject) -> None:
    """Note in each case's timeline that it stands on a list."""
    for one in chosen:
        made = Print(code, one.title, "a4", one.before)
        desk.write(NotePrint(one.case_id, made), lambda _done: None, owner=owner)


__all__ = [
    "DAYS",
    "PAPERS",
    "RESULTS",
    "Listed",
    "listed",
    "load",
    "note",
    "paper",
    "received",
    "supplied",
]
