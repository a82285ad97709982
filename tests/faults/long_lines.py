# SPDX-License-Identifier: MulanPSL-2.0
"""Two lines that take their time: 3 minutes of 32 kbit/s, and a file of 200 MB under the text.

Real store, worker, lanes and hub process. On the narrow line no byte of a page may travel before
the last waiting operation is at the centre; under the large file an operation waits for one piece
of it at most, and the file never lies in memory whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from counter.infra.clock import SystemClock
from sync.client.engine.chunks import LARGEST
from sync.client.enrol import enrol
from sync.client.manners import LineWish
from sync.client.worker import SyncWorker
from sync.hub.centre import open_centre
from sync.hub.handlers.enrol import new_code
from sync.hub.handlers.training import HALL
from tests.bench.narrow import RATE, ROUND_TRIP_S, TextCounter
from tests.bench.wire import Counter, catch_up, identity_of
from tests.fakes.proxy import BadLine
from tests.faults.watched import Notes, WatchedTransport, forget_peak, peak

NARROW_S = 180.0
NARROW_OPS = 600  # with a page each
NARROW_PAGE = 30_000
FILE_BYTES = 200_000_000
FILE_RATE = 8_000_000.0  # bytes/s each way
_TEXT_S = 2.0  # what a commit, a request and its answer may take on a busy machine
MEMORY = 48_000_000  # bytes above what was in use: a few pieces, their copies, the libraries


@dataclass
class Scene:
    """A counter on a line, its worker not yet started."""

    counter: Counter
    line: BadLine
    worker: SyncWorker
    notes: Notes

    def waiting(self) -> int:
        """How many operations are not at the centre."""
        store = self.counter.execution.run(self.counter.store.sync_store)
        return self.counter.execution.run(store.counts).local_only

    def pages_left(self) -> int:
        """How many pages are not at the centre."""
        store = self.counter.execution.run(self.counter.store.sync_store)
        return self.counter.execution.run(store.counts).pages_pending


@contextmanager
def _scene(
    hub_data: Path, url: str, folder: Path, counter_of: Callable[..., Counter], window: int
) -> Iterator[Scene]:
    centre = open_centre(hub_data)
    try:
        code = new_code(centre, HALL.hall_code, window)
    finally:
        centre.close()
    folder.mkdir()
    facts = enrol(url, code, "faults")
    counter = counter_of(folder, facts, window)
    parts = urlsplit(url)
    try:
        with BadLine(str(parts.hostname), int(parts.port or 0)) as line:
            catch_up(counter, line)
            identity = identity_of(facts)
            transport = WatchedTransport(line.url, identity.key)
            transport.notes = Notes()
            worker = SyncWorker(
                counter.execution.run(counter.store.sync_store),
                counter.execution,
                identity,
                transport,
                SystemClock(),
                lambda _: None,
                lambda _: None,
                lock_file=folder / "sync.lock",
                wish=LineWish(judge=True),
            )
            try:
                yield Scene(counter, line, worker, transport.notes)
            finally:
                line.rate = line.round_trip_s = 0.0
                worker.stop()
    finally:
        counter.close()


def narrow(hub_data: Path, url: str, folder: Path, *, ops: int, limit_s: float) -> dict[str, Any]:
    """Let ``ops`` cases with pages wait, then give the counter a narrow line for ``limit_s``."""
    with _scene(hub_data, url, folder, TextCounter.open, 91) as here:
        here.counter.pages, here.counter.page_bytes = 1, NARROW_PAGE
        for _ in range(ops):
            here.counter.receive()
        here.line.rate, here.line.round_trip_s = RATE, ROUND_TRIP_S
        up, down = here.line.bytes_up, here.line.bytes_down
        began = time.monotonic()
        here.worker.start()
        left = ops
        while left and time.monotonic() < began + limit_s:
            time.sleep(0.05)
            left = here.waiting()
        now = time.monotonic()
        early = 0.0 < here.notes.first_page_at < now
        return {
            "ops": ops,
            "delivered": ops - left,
            "pages_waiting": here.pages_left(),
            "pages_before_text": int(early),
            "bytes_up": here.line.bytes_up - up,
            "bytes_down": here.line.bytes_down - down,
            "best_seconds": round(
                max(here.line.bytes_up - up, here.line.bytes_down - down) / RATE, 1
            ),
            "seconds": round(now - began, 1),
        }


def large_file(hub_data: Path, url: str, folder: Path, *, size: int) -> dict[str, Any]:
    """Send one file of ``size`` bytes; meanwhile operations come one by one."""
    with _scene(hub_data, url, folder, Counter.open, 92) as here:
        here.counter.pages, here.counter.page_bytes = 1, size
        here.counter.receive()
        here.counter.pages = 0
        here.line.rate, here.line.round_trip_s = FILE_RATE, 0.02
        before = forget_peak()
        began = time.monotonic()
        here.worker.start()
        end = began + 60 + 10 * size / FILE_RATE
        delays: list[float] = []
        while here.pages_left() and time.monotonic() < end:
            if not here.notes.pieces:
                time.sleep(0.02)
                continue
            delays.append(_one_operation(here, end))
            time.sleep(0.3)
        seconds = time.monotonic() - began
        pieces = list(here.notes.pieces)
        left = here.pages_left()
        return {
            "bytes": size,
            "pages_left": left,
            "seconds": round(seconds, 1),
            "pieces": len(pieces),
            "largest_piece": max((size for size, _ in pieces), default=0),
            "slowest_piece_s": round(max((took for _, took in pieces), default=0.0), 2),
            "ops": len(delays),
            "slowest_op_s": round(max(delays, default=0.0), 2),
            "allowed_op_s": round(LARGEST / FILE_RATE + _TEXT_S, 2),
            "peak_memory": max(0, peak() - before),
        }


def _one_operation(here: Scene, end: float) -> float:
    here.counter.receive()
    began = time.monotonic()
    here.worker.kick()
    while here.waiting() and time.monotonic() < end:
        time.sleep(0.005)
    return time.monotonic() - began


def faults_of(name: str, said: dict[str, Any]) -> list[str]:
    """Return what must not be, in words."""
    if name == "narrow3min":
        lost = said["ops"] - said["delivered"]
        found = [f"{name}: {lost} operations did not arrive in time"] if lost else []
        return found + (
            [f"{name}: a page travelled before the text"] if said["pages_before_text"] else []
        )
    found = [f"{name}: the file did not arrive"] if said["pages_left"] else []
    if said["slowest_op_s"] > said["allowed_op_s"] or not said["ops"]:
        found.append(f"{name}: an operation took {said['slowest_op_s']} s under the file")
    if said["peak_memory"] > MEMORY:
        found.append(f"{name}: {said['peak_memory']} bytes of memory for the file")
    return found
