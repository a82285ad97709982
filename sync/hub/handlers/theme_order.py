# SPDX-License-Identifier: MulanPSL-2.0
"""Precedence among cases taken together (一件事): what may not be decided yet, and why."""

from __future__ import annotations

from counter.domain.case import CaseState
from counter.domain.errors import NotAllowedError
from counter.domain.theme_place import Member, ThemePlace, wait_words
from sync.hub.storage import cases, reference
from sync.hub.storage.cases import CaseRow
from sync.hub.storage.engine import Tx


def place_of(case: CaseRow) -> ThemePlace | None:
    """Return the place of a case in its theme, as the centre knows it now."""
    found = case.view.get("theme")
    return ThemePlace.model_validate(found) if found else None


def members(tx: Tx, theme_no: str) -> list[Member]:
    """Return the cases of a theme that have come, in their order."""
    found = []
    for row in cases.of_theme(tx, theme_no):
        place = place_of(row)
        if place is not None:
            found.append(_member(tx, row, place))
    return sorted(found, key=lambda m: m.place.position)


def _member(tx: Tx, row: CaseRow, place: ThemePlace) -> Member:
    item = reference.find(tx, "item", row.item_code, row.item_version) or {}
    name = str(item.get("short_name") or row.item_code)
    return Member(row.case_id, row.receipt_no, name, CaseState(row.state), place)


def why_waiting(tx: Tx, case: CaseRow) -> str:
    """Return why a case may not be decided in favour yet; '' when nothing holds it back."""
    place = place_of(case)
    if place is None or not place.waits_for:
        return ""
    others = [m for m in members(tx, place.theme_no) if m.case_id != case.case_id]
    states = {m.case_id: m.state.value for m in others}
    names = {m.case_id: m.item_name for m in others}
    return wait_words(_member(tx, case, place), states, names)


def check_order(tx: Tx, case: CaseRow) -> None:
    """Refuse a favourable decision that would overtake an earlier item.

    Acceptance and every unfavourable end stay free: the legal answer clock runs for each case.

    Raises:
        NotAllowedError: THEME-WAIT.
    """
    why = why_waiting(tx, case)
    if why:
        raise NotAllowedError(
            code="THEME-WAIT",
            what=f"这是一件事里的一项，{why}，现在不能办结。",
            safe="办件没有改动，可以先受理。",
            todo="前面的事项办好后会自动放行；确实不用等的，写明理由放行。",
        )
