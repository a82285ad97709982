# SPDX-License-Identifier: MulanPSL-2.0
"""一件事 in the intake, without pixels: which items are taken together, and the one view of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from counter.domain.draft import Draft, ThemeChoice
from counter.domain.intake import IntakeView
from counter.domain.theme import ThemeStep, offered
from counter.domain.theme_parts import Bundle, make_bundle
from counter.domain.theme_view import theme_view, union_item

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from counter.app.commands import Receipt
    from counter.domain.catalog import Item
    from counter.domain.library import LibraryPaper
    from counter.ports.storage import CaseRecord
    from ui.operations.intake import IntakeData


class ThemeIntake:
    """The theme of the draft on the screen; empty while a single item is taken. GUI thread only.

    Attributes:
        whole: The theme with all its items that this counter has, or None.
        bundle: The theme with the chosen items, or None.
    """

    def __init__(self) -> None:
        self.whole: Bundle | None = None
        self.bundle: Bundle | None = None

    def forget(self) -> None:
        """A single item, or nothing yet."""
        self.whole = self.bundle = None

    def open(self, whole: Bundle, draft: Draft) -> None:
        """Show the theme a draft is about."""
        self.whole = whole
        self._join(draft)

    def take(self, whole: Bundle, today: date) -> Callable[[Draft], None]:
        """Return the change that makes a draft one of this theme, with all that is offered."""

        def change(draft: Draft) -> None:
            same = draft.theme is not None and draft.theme.theme_code == whole.theme.theme_code
            if not same:
                draft.answers, draft.duplicate_reason = {}, ""
                draft.item_code = draft.item_version = ""
                self._choose(draft, whole, [s.item for s in offered(whole.theme, draft, today)])
            self.open(whole, draft)

        return change

    def toggle(self, item_code: str) -> Callable[[Draft], None]:
        """Return the change that takes an item along or leaves it out; one always stays."""

        def change(draft: Draft) -> None:
            if self.whole is None or draft.theme is None:
                return
            chosen = set(draft.theme.items) ^ {item_code}
            if chosen:
                self._choose(draft, self.whole, chosen)
                self._join(draft)

        return change

    def following(self, change: Callable[[Draft], object], today: date) -> Callable[[Draft], None]:
        """Return a change after which the choice fits what is offered now.

        What an answer newly offers is taken along, what it rules out is left out; a choice the
        clerk made among the rest stays.
        """

        def both(draft: Draft) -> None:
            before = self.offers(draft, today)
            change(draft)
            if self.whole is None or draft.theme is None:
                return
            now = self.offers(draft, today)
            codes, old = {s.item for s in now}, {s.item for s in before}
            if codes != old:
                wanted = (set(draft.theme.items) & codes) | (codes - old)
                self._choose(draft, self.whole, wanted or codes)
                self._join(draft)

        return both

    def offers(self, draft: Draft, today: date) -> tuple[ThemeStep, ...]:
        """Return the steps that may be chosen now and that this counter has."""
        if self.whole is None:
            return ()
        here = {p.item.item_code for p in self.whole.parts}
        return tuple(s for s in offered(self.whole.theme, draft, today) if s.item in here)

    def item(self) -> Item | None:
        """Return the chosen items as one, for names and papers; None outside of a theme."""
        return union_item(self.bundle) if self.bundle else None

    def view(
        self, draft: Draft, data: IntakeData, now: datetime, library: Sequence[LibraryPaper]
    ) -> IntakeView | None:
        """Return the one view of all chosen items; None outside of a theme."""
        if self.bundle is None:
            return None
        lists = data.code_lists
        seen = theme_view(draft, self.bundle, data.calendar, now, lists, library=library)
        return seen.joined

    def _choose(self, draft: Draft, whole: Bundle, wanted: Sequence[str] | set[str]) -> None:
        draft.theme = ThemeChoice(
            theme_code=whole.theme.theme_code,
            theme_version=whole.theme.task_version,
            items={
                p.item.item_code: p.item.task_version
                for p in whole.parts
                if p.item.item_code in wanted
            },
        )

    def _join(self, draft: Draft) -> None:
        if self.whole is None or draft.theme is None:
            return
        items = {p.item.item_code: p.item for p in self.whole.parts}
        self.bundle = make_bundle(self.whole.theme, items, tuple(draft.theme.items))

    def names(self) -> tuple[str, ...]:
        """Return the short names of the chosen items in order; () outside of a theme."""
        return tuple(p.item.short_name for p in self.bundle.parts) if self.bundle else ()

    def on_paper(
        self, case: CaseRecord, receipt: Receipt, view: IntakeView | None
    ) -> tuple[CaseRecord, Receipt, Item, tuple[str, ...]] | None:
        """Return what the one receipt of all cases is printed from; None outside of a theme.

        It carries every paper that was given, once, and the first day an answer is due.
        """
        item = self.item()
        if item is None or view is None:
            return None
        rows = [
            m.given.model_copy(update={"due": m.due} if m.way == "tolerated" else {})
            for m in view.needed_materials
            if m.given
        ]
        body = {
            **case.body,
            "materials": [r.model_dump(mode="json") for r in rows],
            "answer_due": min(one.answer_due for one in receipt.together),
        }
        return replace(case, body=body), receipt, item, self.names()
