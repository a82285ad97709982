# SPDX-License-Identifier: MulanPSL-2.0
"""Every item on every path of its situations: taken, each lawful paper rendered, decided.

About ten paths a second; all of the shipped catalogue (2,100) take some minutes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path as Folder
from random import Random
from typing import Any

from counter.domain.catalog import Item
from counter.domain.errors import CounterError
from counter.domain.sample import Path, SampleError, paths
from tests.fakes.all_items import ALWAYS, AllItems
from tests.unit.catalog_kit import ITEMS, item


def run(work: Folder, *, seconds: float, seed: int) -> dict[str, Any]:
    """Walk the items in turn, a path of each, so that a short run sees all of them."""
    work.mkdir(parents=True, exist_ok=True)
    world, rng, end = AllItems(work / "centre"), Random(seed), time.monotonic() + seconds
    done = papers = 0
    stopped: list[str] = []
    for one, path in _every():
        if time.monotonic() > end:
            break
        done += 1
        try:
            shown = list(world.take(one, path, rng))
            assert shown[0].papers.keys() >= ALWAYS, "收件凭证打不出来"
            assert "SAL" in shown[-1].papers, "决定书打不出来"
            papers += sum(len(state.papers) for state in shown)
        except (AssertionError, CounterError, SampleError) as error:
            stopped.append(f"{one.item_code} {path}: {error}")
    world.centre.close()
    return {"items": len(ITEMS), "paths": done, "papers": papers, "undone": stopped}


def _every() -> Iterator[tuple[Item, Path]]:
    items = [item(code) for code in ITEMS]
    for row in zip_longest(*(paths(one) for one in items)):
        for one, path in zip(items, row, strict=True):
            if path is not None:
                yield one, path
