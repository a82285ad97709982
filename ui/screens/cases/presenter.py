# SPDX-License-Identifier: MulanPSL-2.0
"""What the cases screen reads and does; every answer comes back in the GUI thread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject

from ui.notify import notify, present_error
from ui.operations import cases as op
from ui.operations import papers, sync
from ui.runner import Latest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from counter.app.commands import Done
    from counter.app.queries import CaseFilter, CasePage, CaseRow
    from ui.models.case_table import CaseTableModel
    from ui.operations.desk import Desk
    from ui.screens.cases.detail import CaseDetailPane
    from ui.screens.cases.materials import Thumbnail

PAGE = 50
_WHOLE = 200
_CONCERNS = frozenset({"case", "outbox"})


class CasesView(Protocol):
    """What the presenter needs of the view."""

    model: CaseTableModel
    detail: CaseDetailPane

    def rows_came(self) -> None: ...
    def show_totals(self, totals: Mapping[CaseFilter, int]) -> None: ...


class CasesPresenter(QObject):
    """State of the list and of the case chosen. GUI thread only."""

    def __init__(self, view: CasesView, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._view, self._desk = view, desk
        self._pages, self._more = Latest(), Latest()
        self._totals, self._detail = Latest(), Latest()
        self.text = ""
        self.which: CaseFilter = "all"
        self.case_id = ""

    def today(self) -> date:
        """The day at the counter."""
        return self._desk.clock.now().date()

    # -- the list -----------------------------------------------------------------------

    def ask(self, text: str, which: CaseFilter) -> None:
        """Another question: bars until its first rows come."""
        if (text, which) == (self.text, self.which) and not self._view.model.waiting:
            return
        self.text, self.which = text, which
        self._view.model.wait()
        self._read_top(PAGE, whole=True)

    def refresh(self, changes: object | None) -> None:
        """Read again what a change concerns; `None` means anything may have changed."""
        kinds = getattr(changes, "kinds", None)
        if kinds is not None and not kinds & _CONCERNS:
            return
        loaded = self._view.model.loaded
        whole = loaded <= _WHOLE
        self._read_top(max(PAGE, loaded) if whole else PAGE, whole=whole)
        ids: frozenset[str] = getattr(changes, "ids", frozenset())
        if not whole and ids:
            cases = frozenset(one for one in ids if self._view.model.find(one).isValid())
            op.load_rows(self._desk, cases, self._rows_again, owner=self)
        op.load_totals(self._desk, self._view.show_totals, owner=self, latest=self._totals)
        if self.case_id:
            self.choose(self.case_id)

    def more(self, after: str) -> None:
        """Read the page behind the last row; a newer question makes its answer late."""
        op.load_page(
            self._desk,
            self.text,
            self.which,
            self._more_came,
            self._more_failed,
            after=after,
            limit=2 * PAGE,
            owner=self,
            latest=self._more,
        )

    def _read_top(self, limit: int, *, whole: bool) -> None:
        self._more.cancel()
        op.load_page(
            self._desk,
            self.text,
            self.which,
            lambda page: self._top_came(page, whole=whole),
            limit=limit,
            owner=self,
            latest=self._pages,
        )

    def _top_came(self, page: CasePage, *, whole: bool) -> None:
        self._view.model.merge(page, whole=whole)
        self._view.rows_came()

    def _more_came(self, page: CasePage) -> None:
        self._view.model.append(page)

    def _more_failed(self, error: BaseException) -> None:
        self._view.model.give_up()
        present_error(error)

    def _rows_again(self, rows: list[CaseRow]) -> None:
        self._view.model.update_rows(rows)

    # -- one case -----------------------------------------------------------------------

    def choose(self, case_id: str) -> None:
        """Show a case beside the list."""
        self.case_id = case_id
        op.load_case(self._desk, case_id, self._case_came, owner=self, latest=self._detail)

    def _case_came(self, picture: op.CasePicture | None) -> None:
        if picture is None:
            self.case_id = ""
            self._view.detail.show_nothing()
            notify("这份办件不在本机。", "warn")
            return
        choices = papers.choices(self._desk, picture.detail, picture.item)
        self._view.detail.show_picture(picture, choices, self.today())

    def image(self, blob_id: str, thumb: Thumbnail) -> None:
        """Bring a page's picture; one that is lost says so in its place."""
        op.load_image(
            self._desk,
            blob_id,
            thumb.show_bytes,
            lambda _: thumb.show_lost("读不出"),
            owner=thumb,
        )

    # -- acts -----------------------------------------------------------------------------

    def reveal(self, show: Callable[[], object]) -> None:
        """显示完整信息: on record first; shown only if the same case is still in front then."""
        case_id = self.case_id

        def noted(_done: object) -> None:
            if self.case_id == case_id:
                show()

        if case_id:
            op.reveal(self._desk, case_id, noted, owner=self)

    def close_issue(self, op_id: str, reason: str) -> None:
        """Close an item of 要处理."""
        told = partial(self._told, "已关闭，原因记入了经过。")
        sync.close_issue(self._desk, op_id, reason, told, owner=self)

    def _told(self, words: str, _done: Done) -> None:
        notify(words, "ok")
