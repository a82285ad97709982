# SPDX-License-Identifier: MulanPSL-2.0
"""What the commit rule costs: one case with five pages of 200 KB against the bare disk work."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

from counter.storage.engine import raw_connection
from counter.storage.store import Store
from tests.storage.kit import KEY, Home, put_case

ROUNDS = 40
PAGES = 5
PAGE_BYTES = 200_000


class Bare:
    """The same bytes with the same durability and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.connection = raw_connection(folder / "bare.db", KEY)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute("CREATE TABLE x (a TEXT)")

    def once(self, number: int, pages: list[bytes]) -> float:
        """Write synced files and one committed row; return milliseconds."""
        began = time.perf_counter()
        for place, data in enumerate(pages):
            with (self.folder / f"{number}-{place}").open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.execute("INSERT INTO x VALUES (?)", ("a" * 8000,))
        self.connection.execute("COMMIT")
        return (time.perf_counter() - began) * 1000


def ours(store: Store, pages: list[bytes]) -> tuple[float, float]:
    """Store the pages as capture does, then receive; return milliseconds of both."""
    began = time.perf_counter()
    blobs = store.blob_files.put_many([(data, "image/jpeg") for data in pages])
    with store.unit_of_work() as work:
        for blob in blobs:
            work.blobs.add(blob)
        work.commit()
    stored = time.perf_counter()
    with store.unit_of_work() as work:
        put_case(work, blobs=tuple(blobs))
        work.commit()
    return (stored - began) * 1000, (time.perf_counter() - stored) * 1000


def run() -> dict[str, float]:
    """Return medians; ``receive`` is the press on 收件, including the signature."""
    bare: list[float] = []
    both: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        plain = Bare(Path(folder))
        with Home(Path(folder) / "home").open() as store:
            for number in range(ROUNDS):
                pages = [os.urandom(PAGE_BYTES) for _ in range(PAGES)]
                bare.append(plain.once(number, pages))
                both.append(ours(store, pages))
        plain.connection.close()
    receive = sorted(second for _, second in both)
    return {
        "bare_ms": round(statistics.median(bare), 1),
        "pages_ms": round(statistics.median(first for first, _ in both), 1),
        "receive_ms": round(statistics.median(receive), 1),
        "receive_p95_ms": round(receive[int(ROUNDS * 0.95)], 1),
    }
