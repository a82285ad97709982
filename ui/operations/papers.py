# SPDX-License-Identifier: MulanPSL-2.0
"""Papers of a case: which may be printed, their contents, and the note that one was printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counter.app.commands import NotePrint
from counter.app.papers import PaperWish, paper_context
from counter.app.queries import CaseDetail
from counter.domain.errors import KnownError
from ui.papers.pages import pdf_bytes, qr_data_url
from ui.theme.fonts import text_family

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from counter.app.commands import Done
    from counter.app.queries import Queries
    from counter.domain.catalog import Item
    from ui.operations.desk import Desk

ReceiptToken = Callable[[CaseDetail], str]
"""Makes the token of a receipt's QR again (sync-protocol §11); called on the database thread."""


@dataclass(frozen=True)
class PaperChoice:
    """A paper and whether it may be printed now; `why_not` says why not."""

    code: str
    title: str
    why_not: str = ""


@dataclass(frozen=True)
class PaperData:
    """Everything a paper of one case is made of."""

    detail: CaseDetail
    item: Item
    token: str
    printed_before: bool


def choices(desk: Desk, detail: CaseDetail) -> tuple[PaperChoice, ...]:
    """All papers of a case; one that would claim what has not happened is shut, with the reason."""
    found = []
    for kind in desk.papers.kinds():
        early = kind.code == "ACP" and not detail.case.centre.get("accepted_at")
        why = "中心还没有受理，受理后才能打印；收件凭证一直有效。" if early else ""
        found.append(PaperChoice(kind.code, kind.title, why))
    return tuple(found)


def load(
    desk: Desk,
    case_id: str,
    code: str,
    token: ReceiptToken | None,
    on_done: Callable[[PaperData], object],
    on_error: Callable[[BaseException], object] | None = None,
    *,
    owner: QObject | None = None,
) -> None:
    """Read what a paper needs; without `token` the paper has no QR."""
    title = desk.papers.kind(code).title
    desk.read(lambda q: _data(q, case_id, title, token), on_done, on_error, owner=owner)


def _data(q: Queries, case_id: str, title: str, token: ReceiptToken | None) -> PaperData:
    detail = q.case(case_id)
    item = q.item(detail.case.item_code, detail.case.item_version) if detail else None
    if detail is None or item is None:
        raise KnownError(
            code="PAPER-DATA",
            what="这份办件的事项资料不在本机，暂时不能打印。",
            safe="办件已保存，不受影响。",
            todo="请联网更新目录后再打印。",
        )
    printed = {f"打印{title}", f"补打{title}"}
    before = any(event.what.startswith(tuple(printed)) for event in detail.events)
    return PaperData(detail, item, token(detail) if token else "", before)


def paper_html(desk: Desk, data: PaperData, code: str, *, large: bool, reprint: bool) -> str:
    """Return the HTML of a paper. GUI thread.

    Raises:
        DomainError: ``PAPER-EARLY``; KnownError: ``PAPER-TEMPLATE``.
    """
    kind = desk.papers.kind(code)
    wish = PaperWish(
        code=code,
        title=kind.title,
        qr=qr_data_url(data.token) if data.token else "",
        printed_at=desk.clock.now(),
        large=large,
        reprint=reprint,
    )
    context = paper_context(wish, data.detail.case, data.item, desk.hall, desk.session)
    return desk.papers.render(code, context)


def render_paper(desk: Desk, data: PaperData, code: str, *, large: bool, reprint: bool) -> bytes:
    """Return the PDF of a paper. GUI thread."""
    html = paper_html(desk, data, code, large=large, reprint=reprint)
    return pdf_bytes(html, desk.papers.kind(code).title, text_family())


def note_print(
    desk: Desk,
    case_id: str,
    code: str,
    on_done: Callable[[Done], object],
    *,
    large: bool,
    reprint: bool,
    owner: QObject | None = None,
) -> None:
    """Note in the timeline and the audit that a paper left the printer or was saved."""
    command = NotePrint(case_id, code, large=large, reprint=reprint)
    desk.write(command, on_done, owner=owner)
