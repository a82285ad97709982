# SPDX-License-Identifier: MulanPSL-2.0
"""Reference data as the use cases need them: item, calendar, code lists."""

from __future__ import annotations

import datetime as dt
from typing import Any

from counter.app.work import Work
from counter.domain.appeals import AppealTables
from counter.domain.calendar import WorkCalendar, local_regions
from counter.domain.catalog import Dicts, Item
from counter.domain.draft import Draft
from counter.domain.errors import DomainError, KnownError
from counter.domain.ratings import RatingTables
from counter.domain.theme import Theme
from counter.domain.theme_parts import Bundle, join_theme
from counter.ports.storage import Reference

CALENDAR = ("calendar", "CN")  # local lists: ("calendar", region code)
HOURS = ("policy", "hours")  # {"closing": "17:30"}: later receipts count as the next working day
DICTS = ("dicts", "dicts")


def item_of(reference: Reference, item_code: str, version: str = "") -> Item:
    """Return an item version; an old one stays valid for ever.

    Raises:
        DomainError: ``ITEM-NONE`` if this counter does not have it.
    """
    text = reference.item_json(item_code, version) if item_code else None
    if text is None:
        raise DomainError(
            code="ITEM-NONE", what="还没有选定事项，或本机没有这个事项。", field="item"
        )
    return Item.model_validate_json(text)


def bundle_of(reference: Reference, draft: Draft) -> Bundle:
    """Return a theme's draft joined with the items it chose, all at their pinned versions.

    Raises:
        DomainError: ``THEME-NONE``, ``THEME-EMPTY`` without a chosen item, ``ITEM-NONE``.
    """
    chosen = draft.theme
    text = reference.theme_json(chosen.theme_code, chosen.theme_version) if chosen else None
    if text is None or chosen is None:
        raise DomainError(code="THEME-NONE", what="本机没有这个一件事。", field="item")
    if not chosen.items:
        raise DomainError(code="THEME-EMPTY", what="一项也没有选，请至少选一项。", field="item")
    theme = Theme.model_validate_json(text)
    return join_theme(theme, chosen.items, reference.item_json)


def calendar_of(reference: Reference, region: str) -> WorkCalendar:
    """Return the national calendar with the region's own holidays and the hall's office hours.

    Raises:
        KnownError: ``CAL-NONE`` if none was ever installed.
    """
    body = reference.get(*CALENDAR)
    if body is None:
        raise KnownError(
            code="CAL-NONE",
            what="本机还没有放假安排，算不出答复期限。",
            todo="请联网同步一次，或请值班长从 U 盘导入。",
        )
    calendar = WorkCalendar.model_validate(body)
    for code in local_regions(region):
        local = reference.get(CALENDAR[0], code)
        if local:
            calendar = calendar.merge(WorkCalendar.model_validate(local))
    return calendar.with_closing(closing_of(reference.get(*HOURS)))


def closing_of(hours: dict[str, Any] | None) -> dt.time | None:
    """Return the end of office hours of the policy record, None where the rule is off."""
    text = str((hours or {}).get("closing", ""))
    return dt.time.fromisoformat(text) if text else None


def code_lists_of(reference: Reference) -> dict[str, dict[str, str]]:
    """Return name of list → code → label, {} before a catalogue was installed."""
    body = reference.get(*DICTS)
    return Dicts.model_validate(body).plain() if body else {}


def rating_tables_of(work: Work) -> RatingTables:
    """Return levels and reasons in force: the centre's, else those that came with the program."""
    return RatingTables.model_validate(_service(work, "ratings"))


def appeal_tables_of(work: Work) -> AppealTables:
    """Return types, classes, dangers and times of 诉求 in force."""
    return AppealTables.model_validate(_service(work, "appeals"))


def _service(work: Work, name: str) -> dict[str, Any]:
    return work.uow.reference.get("service", name) or work.around.shipped[name]
