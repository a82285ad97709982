# SPDX-License-Identifier: MulanPSL-2.0
"""What one keystroke costs: questions, form, conditions, materials, deadlines and 预判 anew.

The promise is a median of at most 5 ms on the largest item shipped (by fields and materials). The
curve shows items blown up by copies of their own rows: it must grow with the size, not faster.
"""

from __future__ import annotations

import statistics
import time
from random import Random
from typing import Any

from counter.domain.catalog import FormSection, Item, Material
from counter.domain.draft import Draft
from counter.domain.intake import intake_view
from counter.domain.sample import generate_valid, paths
from tests.unit.catalog_kit import ITEMS, NOW, TODAY, calendar, catalog, item

KEYS = 60
TIMES = (1, 2, 5, 10)
PROMISE_MS = 5.0


def size(one: Item) -> int:
    """Return how many rows a keystroke has to look at."""
    fields = sum(len(s.fields) for s in one.form)
    return fields + len(one.materials) + len(one.questions) + len(one.conditions)


def blown_up(one: Item, times: int) -> Item:
    """Return the item with so many copies of its sections and materials, under other names."""
    sections: list[FormSection] = []
    materials: list[Material] = []
    for copy in range(times):
        end = f"_c{copy}" if copy else ""
        for section in one.form:
            fields = tuple(f.model_copy(update={"code": f"{f.code}{end}"}) for f in section.fields)
            update = {"key": f"{section.key}{end}", "fields": fields}
            sections.append(section.model_copy(update=update))
        materials += [m.model_copy(update={"key": f"{m.key}{end}"}) for m in one.materials]
    return one.model_copy(update={"form": tuple(sections), "materials": tuple(materials)})


def keystrokes(one: Item, draft: Draft, keys: int = KEYS) -> list[float]:
    """Return the milliseconds of each of so many letters typed into one field."""
    lists, work = catalog().code_lists, calendar()
    out = []
    for number in range(keys + 5):
        draft.form = {**draft.form, "address.residence": f"示例村{number}号"}
        began = time.perf_counter()
        intake_view(draft, one, work, NOW, lists)
        out.append((time.perf_counter() - began) * 1000)
    return out[5:]  # the first ones compile


def a_draft(one: Item) -> Draft:
    """Return a filled-in draft of the item, the same each time."""
    path = max(paths(one), key=len)
    return generate_valid(one, Random(3), TODAY, path=path, code_lists=catalog().code_lists)


def run() -> dict[str, Any]:
    """Return median and 95th percentile on the largest item, every item's median, the curve."""
    largest = max((item(code) for code in ITEMS), key=size)
    draft = a_draft(largest)
    times = sorted(keystrokes(largest, draft))
    every = {c: statistics.median(keystrokes(item(c), a_draft(item(c)), 9)) for c in ITEMS}
    slowest = max(every, key=every.__getitem__)
    curve = []
    for factor in TIMES:
        one = blown_up(largest, factor)
        median = statistics.median(keystrokes(one, draft.model_copy(deep=True), 15))
        curve.append({"rows": size(one), "ms": round(median, 2)})
    median = statistics.median(times)
    return {
        "item": largest.item_code,
        "rows": size(largest),
        "median_ms": round(median, 2),
        "p95_ms": round(times[int(len(times) * 0.95)], 2),
        "promise_ms": PROMISE_MS,
        "held": median <= PROMISE_MS,
        "slowest_item": slowest,
        "slowest_ms": round(every[slowest], 2),
        "curve": curve,
    }
