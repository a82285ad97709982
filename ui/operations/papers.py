# SPDX-License-Identifier: MulanPSL-2.0
"""Papers of a case: which may be printed, their contents, and the note that one was printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counter.app.commands import NotePrint
from counter.app.papers.content import PaperContent, ThemePart, TogetherPart
from counter.app.papers.from_case import PaperWish, paper_content
from counter.app.papers.lawful import belongs, why_not
from counter.app.papers.prints import again, refusal
from counter.app.papers.words import day_words
from counter.app.queries import CaseDetail
from counter.domain.errors import DomainError, KnownError
from counter.domain.papers import PaperKind, Print, SheetSize
from counter.domain.ratings import RatingTables
from counter.infra.service_files import shipped_tables
from ui.papers.pages import Paper, qr_data_url

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from counter.app.commands import Done
    from counter.app.queries import Queries
    from counter.domain.catalog import Item
    from ui.operations.desk import Desk

RECEIPT = "REC"
ReceiptToken = Callable[[CaseDetail], str]
"""Makes the token of a receipt's QR again (sync-protocol §11); called on the database thread."""


@dataclass(frozen=True)
class PaperChoice:
    """A paper and whether it may be printed now; `why_not` says why not."""

    code: str
    title: str
    why_not: str = ""
    main: bool = False


@dataclass(frozen=True)
class PaperData:
    """Everything the papers of one case are made of."""

    detail: CaseDetail
    item: Item
    token: str
    newest_version: str = ""
    ratings: RatingTables | None = None
    theme: ThemePart | None = None  # with the cases taken together

    def again(self, title: str, size: SheetSize) -> int:
        """Return how often this paper was printed in this size."""
        return again((event.what for event in self.detail.events), title, size)


def choices(desk: Desk, detail: CaseDetail, item: Item | None) -> tuple[PaperChoice, ...]:
    """Papers of a case in its state; one that would claim what has not happened says why not."""
    found = []
    for kind in desk.papers.kinds():
        if not belongs(kind, detail.case.state, detail.case.life.outcome):
            continue
        why = "事项资料不在本机，联网更新目录后才能打印。"
        if item is not None:
            content = _content(desk, PaperData(detail, item, ""), kind, "a4", 0)
            why = why_not(kind, detail.case.state, content, detail.case.life.outcome)
        found.append(PaperChoice(kind.code, kind.title, why, kind.main))
    return tuple(found)


def load(
    desk: Desk,
    case_id: str,
    token: ReceiptToken | None,
    on_done: Callable[[PaperData], object],
    on_error: Callable[[BaseException], object] | None = None,
    *,
    owner: QObject | None = None,
) -> None:
    """Read what the papers of a case need; without `token` they have no QR."""
    desk.read(lambda q: paper_data(q, case_id, token), on_done, on_error, owner=owner)


def paper_data(q: Queries, case_id: str, token: ReceiptToken | None) -> PaperData:
    """Return what the papers of a case are made of. Database thread.

    Raises:
        KnownError: ``PAPER-DATA``: the item is not on this counter.
    """
    detail = q.case(case_id)
    item = q.item(detail.case.item_code, detail.case.item_version) if detail else None
    if detail is None or item is None:
        raise KnownError(
            code="PAPER-DATA",
            what="这份办件的事项资料不在本机，暂时不能打印。",
            safe="办件已保存，不受影响。",
            todo="请联网更新目录后再打印。",
        )
    newest = q.item(detail.case.item_code)
    version = newest.task_version if newest else ""
    ratings = RatingTables.model_validate(
        q.service_tables("ratings") or shipped_tables()["ratings"]
    )
    theme = _together(q, detail)
    return PaperData(detail, item, token(detail) if token else "", version, ratings, theme)


def _together(q: Queries, detail: CaseDetail) -> ThemePart | None:
    """Return the cases of a 一件事 for a receipt printed again; None until all of them are here."""
    rows = []
    for member in detail.theme:
        found = q.case(member.case_id)
        due = found.case.answer_due if found else ""
        rows.append(TogetherPart(member.item_name, member.receipt_no, day_words(due)))
    if not rows or len(rows) != detail.theme[0].place.count:
        return None
    return ThemePart(detail.theme[0].place.theme_no, tuple(rows))


def _content(
    desk: Desk, data: PaperData, kind: PaperKind, size: SheetSize, again_no: int
) -> PaperContent:
    wish = PaperWish(
        kind=kind,
        qr=qr_data_url(data.token) if data.token and kind.qr else "",
        printed_at=desk.clock.now(),
        size=size,
        reprint_no=again_no,
        newest_version=data.newest_version,
        ratings=data.ratings,
        theme=data.theme if kind.code == RECEIPT else None,
    )
    return paper_content(wish, data.detail.case, data.item, desk.hall, desk.session)


def make_paper(desk: Desk, data: PaperData, code: str, size: SheetSize = "a4") -> Paper:
    """Return a paper ready for the pages. GUI thread.

    Raises:
        DomainError: ``PAPER-EARLY`` if it would claim what has not happened;
        KnownError: ``PAPER-TEMPLATE``.
    """
    kind = desk.papers.kind(code)
    content = _content(desk, data, kind, size, data.again(kind.title, size))
    early = why_not(kind, data.detail.case.state, content, data.detail.case.life.outcome)
    if early:
        raise DomainError(code="PAPER-EARLY", what=early, safe="收件凭证仍然有效。")
    return Paper(desk.papers.render(content), kind.title, size, data.detail.case.receipt_no)


def shut_words(desk: Desk, data: PaperData, code: str, size: SheetSize) -> str:
    """Return why this session may not print it, '' if it may: asked before anything is printed."""
    kind = desk.papers.kind(code)
    return refusal(kind, desk.session, data.again(kind.title, size))


def note_print(
    desk: Desk,
    case_id: str,
    made: Print,
    on_done: Callable[[Done], object],
    *,
    owner: QObject | None = None,
) -> None:
    """Note in the timeline and the audit that a paper left the printer or was saved."""
    desk.write(NotePrint(case_id, made), on_done, owner=owner)
