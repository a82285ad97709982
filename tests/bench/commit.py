# SPDX-License-Identifier: MulanPSL-2.0
"""What the commit rule costs: one case with five pages of 200 KB beside the bare disk work.

Ours is what the program does: five ``StorePage`` (each page is safe when it was captured, a
transaction each) and one ``ReceiveCase`` through the command bus, journal included. The check of
the picture itself is left out: it is work on pixels, and the bytes here are random on purpose.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from counter.app.bus import Bus
from counter.app.commands import Command, Receipt, ReceiveCase, SaveDraft, StorePage
from counter.app.handlers.registry import all_handlers
from counter.app.work import Surroundings
from counter.bootstrap.core import Core
from counter.domain.materials import Page
from counter.ports.devices import CheckedPage
from counter.security.receipts import DeviceReceiptSigner
from counter.security.sealing import sealer
from counter.storage.engine import raw_connection
from tests.storage.kit import KEY
from tests.storage.site import do, enrolled, ready

SPACE = Path("build/bench")  # on the real disk, and where git does not look
ROUNDS = 15
STORED = (1, 10, 100)
PAGES = 5
PAGE_BYTES = 200_000


@dataclass
class Bare:
    """The same bytes with the same durability and nothing else.

    ``least`` is the cheapest way to keep them: five synced files and one commit. ``steps`` has as
    many points of no return as the rule demands: a commit behind each page, and the journal.
    """

    folder: Path
    row_bytes: int
    least: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.connection = raw_connection(self.folder / "bare.db", KEY)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute("CREATE TABLE x (a BLOB)")
        self.journal = (self.folder / "bare.journal").open("ab")

    def once(self, number: int, pages: list[bytes]) -> None:
        """Do both ways; milliseconds go into the lists."""
        row = os.urandom(self.row_bytes)
        began = time.perf_counter()
        for place, data in enumerate(pages):
            self._file(f"{number}-{place}", data)
        self._commit(row)
        between = time.perf_counter()
        self.least.append((between - began) * 1000)
        for place, data in enumerate(pages):
            self._file(f"{number}-{place}-s", data)
            self._commit(row[:400])
        self._commit(row)
        self.journal.write(row[: self.row_bytes // 2])
        self.journal.flush()
        os.fsync(self.journal.fileno())
        self.steps.append((time.perf_counter() - between) * 1000)

    def _file(self, name: str, data: bytes) -> None:
        with (self.folder / name).open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def _commit(self, row: bytes) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.execute("INSERT INTO x VALUES (?)", (row,))
        self.connection.execute("COMMIT")

    def close(self) -> None:
        """Close the database and the file."""
        self.journal.close()
        self.connection.close()


class Clerk:
    """Takes cases through the bus of an opened core."""

    def __init__(self, core: Core) -> None:
        self.core = core
        around = Surroundings(
            identity=core.identity,
            clock=core.clock,
            blob_files=core.blob_files,
            check_page=lambda data: CheckedPage(data, "image/jpeg", 1240, 1754),
            sign_receipt=DeviceReceiptSigner(core.identity.key, core.identity.certificate),
            seal=sealer(core.identity.seal_recipient),
            shipped={},
        )
        self.bus = Bus(core._store.unit_of_work, all_handlers(), around)

    def take(self, pages: list[bytes]) -> tuple[float, float]:
        """Take one case; return milliseconds of the five pages and of the press on 收件."""
        draft = ready(self.core)
        draft.duplicate_reason = "基准"
        began = time.perf_counter()
        stored = [self._do(StorePage(data, "simulated")) for data in pages]
        between = time.perf_counter()
        kept = tuple(page for page in stored if isinstance(page, Page))
        if kept:
            given = draft.materials["id_card"]
            draft.materials["id_card"] = given.model_copy(update={"pages": kept})
        do(self.core, SaveDraft(draft))
        pressed = time.perf_counter()
        receipt = self._do(ReceiveCase(draft))
        done = time.perf_counter()
        if not isinstance(receipt, Receipt):
            raise TypeError
        return (between - began) * 1000, (done - pressed) * 1000

    def _do(self, command: Command) -> object:
        core = self.core
        return core.execution.run(lambda: self.bus.handle(command, core.session)).value


def _pages() -> list[bytes]:
    return [os.urandom(PAGE_BYTES) for _ in range(PAGES)]


def _curve(clerk: Clerk) -> list[dict[str, float]]:
    """The press with so many cases stored before it: it must not grow with them."""
    curve, there = [], 0
    for stored in STORED:
        while there < stored:
            clerk.take([])
            there += 1
        presses = [clerk.take([])[1] for _ in range(5)]
        there += len(presses)
        curve.append(
            {"stored": stored, "receive_no_pages_ms": round(statistics.median(presses), 1)}
        )
    return curve


def run() -> dict[str, Any]:
    """Return medians and the ratio of the same round."""
    ours: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(dir=SPACE) as folder:
        root = Path(folder)
        (root / "bare").mkdir()
        with enrolled(root / "site").core() as core:
            clerk = Clerk(core)
            clerk.take(_pages())
            # What one case leaves in the database and the journal, measured once: ~20 KB.
            bare = Bare(root / "bare", 20_000)
            for number in range(ROUNDS):
                pages = _pages()
                bare.once(number, pages)
                ours.append(clerk.take(pages))
            curve = _curve(clerk)
        bare.close()
    whole = [a + b for a, b in ours]
    receive = sorted(b for _, b in ours)
    return {
        "raw_s": round(statistics.median(bare.least) / 1000, 4),
        "commit_s": round(statistics.median(whole) / 1000, 4),
        "ratio": round(statistics.median(a / b for a, b in zip(whole, bare.least, strict=True)), 2),
        "raw_same_steps_s": round(statistics.median(bare.steps) / 1000, 4),
        "ratio_same_steps": round(
            statistics.median(a / b for a, b in zip(whole, bare.steps, strict=True)), 2
        ),
        "pages_ms": round(statistics.median(a for a, _ in ours), 1),
        "receive_ms": round(statistics.median(receive), 1),
        "receive_p95_ms": round(receive[int(ROUNDS * 0.95)], 1),
        "rounds": ROUNDS,
        "curve": curve,
    }
