# SPDX-License-Identifier: MulanPSL-2.0
"""Shared pieces of the catalogue tests: the shipped catalogue, a calendar, a good draft."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from random import Random

from counter.domain.calendar import WorkCalendar
from counter.domain.catalog import Item
from counter.domain.draft import Draft
from counter.domain.intake import IntakeView, intake_view
from counter.domain.sample import generate_valid, paths
from counter.infra.catalog_files import Catalog, load_catalog

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "resources" / "catalog"
TODAY = date(2026, 11, 23)  # a Monday
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=timezone(timedelta(hours=8)))
ITEMS = tuple(sorted(p.stem for p in (FOLDER / "items").glob("*.json")))


@lru_cache(maxsize=1)
def catalog() -> Catalog:
    """Return the shipped catalogue, read once."""
    return load_catalog(FOLDER)


@lru_cache(maxsize=1)
def calendar() -> WorkCalendar:
    """Return the shipped calendar."""
    files = sorted((ROOT / "resources" / "calendars").glob("cn-*.json"))
    return WorkCalendar.from_json(files[-1].read_bytes())


def item(code: str) -> Item:
    """Return a shipped item."""
    return catalog().items[code]


def good(code: str, **answers: str) -> Draft:
    """Return a valid draft on the first path with these answers, nothing left for later."""
    one = item(code)
    path = next(p for p in paths(one) if answers.items() <= p.items())
    for seed in range(7, 100):
        draft = generate_valid(one, Random(seed), TODAY, path=path, code_lists=catalog().code_lists)
        if all(given.way != "tolerated" for given in draft.materials.values()):
            return draft
    raise AssertionError(f"{code}: every sample leaves something for later")


def view(draft: Draft, code: str | None = None) -> IntakeView:
    """Return the view of a draft."""
    one = item(code or draft.item_code)
    return intake_view(draft, one, calendar(), NOW, catalog().code_lists)
