# SPDX-License-Identifier: MulanPSL-2.0
"""Making the knowledge ready for work: opening a store that holds so many items.

What counts is what a clerk waits for: the list of frequent items and the first search. Items stay
text in the database; one is parsed when it is first chosen, which is measured as well. Installing
(search terms and all) happens once per catalogue version, in the background, and is told apart.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from counter.storage.store import Store
from tests.storage.kit import Home
from tests.unit.catalog_kit import FOLDER

COUNTS = (200, 2_000, 20_000)
ROUNDS = 5
SPACE = Path("build/bench")
PROMISE_MS = 300.0


def _bodies() -> list[dict[str, Any]]:
    files = sorted((FOLDER / "items").glob("*.json"))
    return [json.loads(path.read_text("utf-8")) for path in files]


def _fill(store: Store, first: int, last: int, bodies: list[dict[str, Any]]) -> float:
    began = time.perf_counter()
    with store.unit_of_work() as work:
        for number in range(first, last):
            body = bodies[number % len(bodies)]
            code = f"{body['item_code']}_{number}"
            version = str(body["task_version"])
            names = {"item_code": code, "task_name": f"{body['task_name']}第{number}类"}
            work.reference.put("item", code, version, {**body, **names})
        work.commit()
    return time.perf_counter() - began


def _ready(home: Home) -> tuple[float, float]:
    """Return milliseconds until lists and search answer, and of the first use of one item."""
    began = time.perf_counter()
    with home.open() as store:
        queries = store.queries(lambda: date(2026, 11, 23))
        frequent = queries.frequent_items("sample")
        hits = queries.search_items("gljt")
        ready = (time.perf_counter() - began) * 1000
        if not frequent or not hits:
            raise AssertionError("nothing found")
        began = time.perf_counter()
        queries.item(hits[0].item_code)
        return ready, (time.perf_counter() - began) * 1000


def run() -> dict[str, Any]:
    """Return medians for each number of items."""
    bodies, curve, there = _bodies(), [], 0
    SPACE.mkdir(parents=True, exist_ok=True)  # on the real disk, and where git does not look
    with tempfile.TemporaryDirectory(dir=SPACE) as folder:
        home = Home(Path(folder))
        for count in COUNTS:
            with home.open() as store:
                installed = _fill(store, there, count, bodies)
            there, rounds = count, [_ready(home) for _ in range(ROUNDS)]
            curve.append(
                {
                    "items": count,
                    "ready_ms": round(statistics.median(r for r, _ in rounds), 1),
                    "first_item_ms": round(statistics.median(f for _, f in rounds), 1),
                    "install_s": round(installed, 1),
                }
            )
    at_2000 = curve[1]["ready_ms"]
    return {"promise_ms": PROMISE_MS, "held": at_2000 <= PROMISE_MS, "curve": curve}
