# SPDX-License-Identifier: MulanPSL-2.0
"""Ctrl+K over people, cases and items: what the palette may ask the core."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from counter.domain.catalog import STATE_WORDS
from ui.shell.palette import PaletteEntry

if TYPE_CHECKING:
    from counter.app.queries import CaseRow, ItemHit
    from ui.operations.desk import Desk
    from ui.shell.main_window import MainWindow

_LIMIT = 6


class Finder:
    """Adds cases and items to the palette; both are asked on the database thread."""

    def __init__(
        self,
        main: MainWindow,
        desk: Desk,
        open_case: Callable[[str], None],
        open_item: Callable[[str], None],
    ) -> None:
        """Register with the window's palette."""
        self._desk = desk
        self._open_case = open_case
        self._open_item = open_item
        main.palette_box.add_provider(self._items, "db")
        main.palette_box.add_provider(self._cases, "db")

    def _items(self, text: str) -> list[PaletteEntry]:
        if not text.strip():
            return []
        return [self._item(hit) for hit in self._desk.queries.search_items(text, _LIMIT)]

    def _cases(self, text: str) -> list[PaletteEntry]:
        if not text.strip():
            return []
        page = self._desk.queries.cases(text=text, limit=_LIMIT)
        return [self._case(row) for row in page.rows]

    def _item(self, hit: ItemHit) -> PaletteEntry:
        why = "" if hit.matched == hit.name else f" · {hit.matched}"
        kind = "一件事" if hit.kind == "theme" else "事项"
        can = STATE_WORDS[hit.task_state] or "回车开始受理"
        return PaletteEntry(
            hit.name, f"{kind}，{can}{why}", "", partial(self._open_item, hit.item_code)
        )

    def _case(self, row: CaseRow) -> PaletteEntry:
        return PaletteEntry(
            f"{row.applicant} · {row.item_name}",
            f"办件 {row.receipt_no} · {row.state_word} · {row.delivery_word}",
            "",
            partial(self._open_case, row.case_id),
        )
