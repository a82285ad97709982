# SPDX-License-Identifier: MulanPSL-2.0
"""Text-only operations over 32 kbit/s with 0.6 s round trip, in real time.

The operations are made-up cases of the shipped catalogue, without their pages. Every byte passes
the shaping proxy: each direction carries 4,000 bytes a second, shared by the three lanes.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from counter.domain.draft import Draft
from counter.domain.sample import SampleError, generate_valid
from counter.infra.catalog_files import Catalog, load_catalog
from counter.infra.clock import SystemClock
from counter.ports.storage import CaseRecord
from sync.client.embedded import EmbeddedHub
from sync.client.enrol import enrol
from sync.client.manners import LineWish
from sync.client.transport import Transport
from sync.client.worker import SyncWorker
from sync.hub.centre import open_centre
from sync.hub.handlers.enrol import new_code
from sync.hub.handlers.training import HALL
from tests.bench.wire import OUT, Counter, catch_up, identity_of
from tests.fakes.proxy import BadLine
from tests.storage.kit import case_record

RATE = 4000.0  # bytes/s: 32 kbit/s
ROUND_TRIP_S = 0.6
CURVE = (10, 100, 1000)
GOAL_S = 180.0
_LIMIT_S = 900.0
_FOLDER = Path(__file__).resolve().parents[2] / "resources" / "catalog"
_windows = itertools.count(60)


@dataclass
class TextCounter(Counter):
    """Takes cases as people fill them in, without pages."""

    pages: int = 0

    def _record(self, case_id: str, number: str, at: str) -> CaseRecord:
        draft = self._draft()
        record = case_record(case_id, number, draft.applicant.name, draft.applicant.id_no, at)
        materials = [
            {"key": key, "way": "scanned" if given.pages else given.way}
            for key, given in draft.materials.items()
        ]
        body = {
            **record.body,
            "item_code": draft.item_code,
            "item_version": draft.item_version,
            "applicant": draft.applicant.model_dump(mode="json"),
            "agent": draft.agent.model_dump(mode="json") if draft.agent else None,
            "answers": draft.answers,
            "form": draft.form,
            "materials": materials,
        }
        known = {"item_code": draft.item_code, "item_version": draft.item_version, "body": body}
        return CaseRecord(**{**vars(record), **known})

    def _draft(self) -> Draft:
        shelf = _catalogue()
        items = sorted(shelf.items.values(), key=lambda item: item.item_code)
        while True:
            item = self.rng.choice(items)
            try:
                return generate_valid(
                    item, self.rng, date(2026, 11, 23), code_lists=shelf.code_lists
                )
            except SampleError:
                continue


@cache
def _catalogue() -> Catalog:
    return load_catalog(_FOLDER)


def _measure(hub_data: Path, url: str, folder: Path, count: int) -> dict[str, Any]:
    parts = urlsplit(url)
    centre = open_centre(hub_data)
    try:
        code = new_code(centre, HALL.hall_code, next(_windows))
    finally:
        centre.close()
    folder.mkdir()
    facts = enrol(url, code, "bench")
    counter = TextCounter.open(folder, facts, count)
    try:
        with BadLine(str(parts.hostname), int(parts.port or 0)) as line:
            catch_up(counter, line)
            for _ in range(count):
                counter.receive()
            line.rate, line.round_trip_s = RATE, ROUND_TRIP_S
            return _send(counter, line, folder, count)
    finally:
        counter.close()


def _send(counter: Counter, line: BadLine, folder: Path, count: int) -> dict[str, Any]:
    store = counter.execution.run(counter.store.sync_store)
    identity = identity_of(counter.facts)
    worker = SyncWorker(
        store,
        counter.execution,
        identity,
        Transport(line.url, identity.key),
        SystemClock(),
        lambda _: None,
        lambda _: None,
        lock_file=folder / "sync.lock",
        wish=LineWish(judge=True),
    )
    up, down = line.bytes_up, line.bytes_down
    began = time.monotonic()
    worker.start()
    left = count
    while left and time.monotonic() < began + _LIMIT_S:
        time.sleep(0.1)
        left = counter.execution.run(store.counts).local_only
    seconds = time.monotonic() - began
    profile = worker.status.profile
    said: dict[str, Any] = {
        "n": count,
        "left": left,
        "seconds": round(seconds, 1),
        "up": line.bytes_up - up,
        "down": line.bytes_down - down,
        "profile": profile,
    }
    # Both ways at once, without a wait: what the line could do at best with these bytes.
    said["best_seconds"] = round(max(said["up"], said["down"]) / RATE, 1)
    line.rate = 0.0
    worker.stop()
    return said


def run() -> dict[str, Any]:
    """Return operations, bytes and seconds, and how they grow."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=OUT) as name:
        root = Path(name)
        with EmbeddedHub(root / "hub") as hub:
            url = hub.start().url
            curve = [_measure(root / "hub", url, root / f"n{n}", n) for n in CURVE]
    whole = curve[-1]
    return {
        "ops": whole["n"] - whole["left"],
        "bytes": whole["up"] + whole["down"],
        "bytes_up": whole["up"],
        "bytes_down": whole["down"],
        "seconds": whole["seconds"],
        "best_seconds": whole["best_seconds"],
        "goal_seconds": GOAL_S,
        "bytes_up_an_op": round(whole["up"] / whole["n"]),
        "bytes_down_an_op": round(whole["down"] / whole["n"]),
        "curve": curve,
    }
