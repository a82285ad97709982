# SPDX-License-Identifier: MulanPSL-2.0
"""Operations a second at the centre, with signatures, beside bare INSERT transactions.

Each operation is a signed case.received of a real item, verified, judged, written and answered with
a signed result, those of one push in a commit (ADR 0014); the bare figure commits one row of the
same bytes. Both on the same database with the same durability, in the same run, one after the other.
Each is served by as many processes as ``counter hub serve --workers`` would have: one a core.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import text

from counter.domain.catalog import Item
from sync.hub import serve, workers
from sync.hub.centre import Centre, open_centre, push_places
from sync.hub.commands import RESOURCES
from sync.hub.handlers import push, training
from sync.hub.handlers.enrol import enrol, new_code
from sync.hub.storage import halls, oplog, reference
from sync.protocol.wire import EnrolRequest, PushRequest
from tests.fakes.device import FakeDevice, uuid7
from tests.fakes.postgres import PostgresServer

ITEM = "elder_allowance"
BATCH, ROUNDS, WARM = 10, 7, 2
DEVICES = push_places()  # as many as the hub takes pushes from at the same time
_OPS = DEVICES * BATCH
WORKERS = os.cpu_count() or 1
CURVE = {"sqlite": (50, 500, 5_000), "postgres": (50, 500)}
Asked = tuple[str, PushRequest]


def run() -> dict[str, Any]:
    """Return ops a second on both stores, the bare figures, the ratios, and a curve."""
    with tempfile.TemporaryDirectory(prefix="bench-hub-") as folder:
        fsync_ms = _fsync_ms(Path(folder) / "probe")
        sqlite = _measure(Path(folder) / "sqlite", "")
        server = PostgresServer(durable=True)
        try:
            postgres = _measure(Path(folder) / "postgres", server.new_database())
        finally:
            server.stop()
    return {
        "sqlite_ops_s": sqlite["ops_s"],
        "postgres_ops_s": postgres["ops_s"],
        "bare_ops_s": sqlite["bare_ops_s"],
        "bare_postgres_ops_s": postgres["bare_ops_s"],
        "ratio": sqlite["ratio"],
        "ratio_postgres": postgres["ratio"],
        "devices": DEVICES,
        "workers": WORKERS,
        "errors": sqlite["errors"] + postgres["errors"],
        "fsync_ms": fsync_ms,
        "curve": {"sqlite": sqlite["curve"], "postgres": postgres["curve"]},
        "goal": "ratio ≥ 0.3",
    }


def _fsync_ms(path: Path) -> float:
    """Return what a flush to this disk costs: half of a small commit, and what shared ones save."""
    took = []
    with path.open("wb", buffering=0) as file:
        for _ in range(50):
            file.write(bytes(4096))
            took.append(_seconds(lambda: os.fsync(file.fileno())))
    return round(statistics.median(took) * 1000, 3)


def _measure(data: Path, url: str) -> dict[str, Any]:
    centre = open_centre(data, database=url)
    try:
        training.seed(centre, RESOURCES)
        bench = _Bench(centre, data, url)
        try:
            took = [bench.push(BATCH) for _ in range(WARM + ROUNDS)][WARM:]
            bare = [bench.bare() for _ in range(ROUNDS)]
            sizes = CURVE["postgres" if url else "sqlite"]
            curve = {str(size): round(bench.push_until(size), 1) for size in sizes}
        finally:
            bench.close()
        with centre.database.read() as tx:
            counts = oplog.counts(tx)
    finally:
        centre.close()
    ops, plain = _OPS / statistics.median(took), _OPS / statistics.median(bare)
    return {
        "ops_s": round(ops, 1),
        "bare_ops_s": round(plain, 1),
        "ratio": round(ops / plain, 3),
        "errors": bench.asked - counts.get("applied", 0),
        "curve": curve,
    }


class _Bench:
    """Devices with signed operations ready to be pushed, and who takes them."""

    def __init__(self, centre: Centre, data: Path, url: str) -> None:
        self._centre, self._chance, self.asked = centre, Random(7), 0
        with centre.database.read() as tx:
            found = reference.latest(tx, "item")[ITEM]
            lists = reference.latest(tx, "dicts")["dicts"]
        self._item = Item.model_validate(found)
        self._lists = {k: v for k, v in lists.get("lists", lists).items() if isinstance(v, dict)}
        self._devices = [self._enrolled() for _ in range(DEVICES)]
        self._workers = [_Worker(data, url, place) for place in range(WORKERS)]

    def close(self) -> None:
        """End the worker processes."""
        for worker in self._workers:
            worker.close()

    def _enrolled(self) -> FakeDevice:
        device = FakeDevice("")
        code = new_code(self._centre, training.HALL.hall_code, training.WINDOW)
        device.enrolment = enrol(self._centre, EnrolRequest.model_validate(device.enrol_body(code)))
        device.epoch = device.enrolment.epoch
        return device

    def push(self, batch: int) -> float:
        """Push a batch from every device at once; return the seconds."""
        asked = [self._request(device, batch) for device in self._devices]
        for place, worker in enumerate(self._workers):
            worker.tell(asked[place :: len(self._workers)])
        return _seconds(self._go)

    def _go(self) -> None:
        for worker in self._workers:
            worker.go()
        for worker in self._workers:
            worker.end()

    def _request(self, device: FakeDevice, batch: int) -> Asked:
        ops = [device.received(self._item, self._lists, self._chance) for _ in range(batch)]
        tokens = tuple(op.sign(device.key) for op in ops)
        self.asked += batch
        ask = PushRequest(device_id=device.device_id, epoch=device.epoch, ops=tokens)
        return device.device_id, ask

    def push_until(self, size: int) -> float:
        """Push until the centre has so many; return the operations a second of the last ones."""
        while self.asked + ROUNDS * _OPS < size:
            self.push(min(50, (size - self.asked) // DEVICES))
        return _OPS / statistics.median([self.push(BATCH) for _ in range(ROUNDS)])

    def bare(self) -> float:
        """Commit as many single rows of the same bytes; return the seconds."""
        words = self._request(self._devices[0], BATCH)[1].ops[0]
        self.asked -= BATCH
        database = self._centre.database
        with database.write() as tx:
            tx.execute(
                text("CREATE TABLE IF NOT EXISTS bare (id VARCHAR(64) PRIMARY KEY, jws TEXT)")
            )

        def rows() -> None:
            for _ in range(_OPS):
                with database.write() as tx:
                    values = {"id": uuid7(), "jws": words}
                    tx.execute(text("INSERT INTO bare VALUES (:id, :jws)"), values)

        return _seconds(rows)


class _Worker:
    """A process that takes pushes, as one of ``counter hub serve --workers`` does."""

    def __init__(self, data: Path, url: str, place: int) -> None:
        self._pipe, there = multiprocessing.Pipe()
        spawn = multiprocessing.get_context("spawn")
        self._process = spawn.Process(target=_work, args=(data, url, place, there))
        self._process.start()

    def tell(self, asked: list[Asked]) -> None:
        """Hand over the next pushes; returns when the process has read them."""
        self._pipe.send(asked)
        self._pipe.recv()

    def go(self) -> None:
        """Let it take them."""
        self._pipe.send(True)

    def end(self) -> None:
        """Wait until it took them."""
        self._pipe.recv()

    def close(self) -> None:
        """End the process."""
        self._pipe.send(None)
        self._process.join()


def _work(data: Path, url: str, place: int, pipe: Connection) -> None:
    if not url:
        workers.keep_to_core(place)
    centre = open_centre(data, database=url)
    serve.settle()
    while asked := pipe.recv():
        pipe.send(True)
        pipe.recv()
        _serve(centre, asked)
        pipe.send(True)
    centre.close()


def _serve(centre: Centre, asked: list[Asked]) -> None:
    with ThreadPoolExecutor(len(asked)) as threads:
        # Each is asked how it went: a push that failed took no time, and would count as fast.
        for sent in [threads.submit(_send, centre, *one) for one in asked]:
            sent.result()


def _send(centre: Centre, device_id: str, ask: PushRequest) -> None:
    with centre.database.read() as tx:
        device = halls.device(tx, device_id)
    assert device is not None
    for line in push.push(centre, device, ask):
        line.model_dump_json(exclude_defaults=True)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
