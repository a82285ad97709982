# SPDX-License-Identifier: MulanPSL-2.0
"""Operations a second at the centre, with signatures, beside bare INSERT transactions.

Each operation is a signed case.received of a real item, verified, judged, written and answered with
a signed result in a transaction of its own; the bare figure commits one row of the same bytes. Both
on the same database with the same durability, in the same run, one after the other.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import text

from counter.domain.catalog import Item
from sync.hub.centre import Centre, open_centre
from sync.hub.commands import RESOURCES
from sync.hub.handlers import push, training
from sync.hub.handlers.enrol import enrol, new_code
from sync.hub.storage import halls, oplog, reference
from sync.protocol.wire import EnrolRequest, PushRequest
from tests.fakes.device import FakeDevice, uuid7
from tests.fakes.postgres import PostgresServer

ITEM = "elder_allowance"
DEVICES, BATCH, ROUNDS = 4, 10, 5
_OPS = DEVICES * BATCH
CURVE = (280, 400)


def run() -> dict[str, Any]:
    """Return ops a second on both stores, the bare figures, the ratios, and a curve."""
    with tempfile.TemporaryDirectory(prefix="bench-hub-") as folder:
        sqlite = _measure(open_centre(Path(folder) / "sqlite"))
        server = PostgresServer(durable=True)
        try:
            url = server.new_database()
            postgres = _measure(open_centre(Path(folder) / "postgres", database=url))
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
        "errors": sqlite["errors"] + postgres["errors"],
        "curve": {"sqlite": sqlite["curve"], "postgres": postgres["curve"]},
        "goal": "ratio ≥ 0.3",
    }


def _measure(centre: Centre) -> dict[str, Any]:
    try:
        training.seed(centre, RESOURCES)
        bench = _Bench(centre)
        took = [bench.push() for _ in range(ROUNDS)]
        bare = [bench.bare() for _ in range(ROUNDS)]
        curve = {str(size): round(bench.push_until(size), 1) for size in CURVE}
        with centre.database.read() as tx:
            counts = oplog.counts(tx)
    finally:
        centre.close()
    ops, plain = _OPS / statistics.median(took), _OPS / statistics.median(bare)
    return {
        "ops_s": round(ops, 1),
        "bare_ops_s": round(plain, 1),
        "ratio": round(ops / plain, 3),
        "errors": sum(count for status, count in counts.items() if status != "applied"),
        "curve": curve,
    }


class _Bench:
    """Devices with signed operations ready to be pushed."""

    def __init__(self, centre: Centre) -> None:
        self._centre, self._chance, self._done = centre, Random(7), 0
        with centre.database.read() as tx:
            found = reference.latest(tx, "item")[ITEM]
            lists = reference.latest(tx, "dicts")["dicts"]
        self._item = Item.model_validate(found)
        self._lists = {k: v for k, v in lists.get("lists", lists).items() if isinstance(v, dict)}
        self._devices = [self._enrolled() for _ in range(DEVICES)]

    def _enrolled(self) -> FakeDevice:
        device = FakeDevice("")
        code = new_code(self._centre, training.HALL.hall_code, training.WINDOW)
        device.enrolment = enrol(self._centre, EnrolRequest.model_validate(device.enrol_body(code)))
        device.epoch = device.enrolment.epoch
        return device

    def push(self) -> float:
        """Push a batch from every device at once; return the seconds."""
        requests = [self._request(device) for device in self._devices]
        threads = [threading.Thread(target=self._send, args=one) for one in requests]
        return _seconds(lambda: _all(threads))

    def _request(self, device: FakeDevice) -> tuple[str, PushRequest]:
        ops = [device.received(self._item, self._lists, self._chance) for _ in range(BATCH)]
        tokens = tuple(op.sign(device.key) for op in ops)
        self._done += BATCH
        ask = PushRequest(device_id=device.device_id, epoch=device.epoch, ops=tokens)
        return device.device_id, ask

    def _send(self, device_id: str, ask: PushRequest) -> None:
        with self._centre.database.read() as tx:
            device = halls.device(tx, device_id)
        assert device is not None
        for line in push.push(self._centre, device, ask):
            line.model_dump_json(exclude_defaults=True)

    def push_until(self, size: int) -> float:
        """Push until the centre has so many; return the operations a second of the last round."""
        took = 0.0
        while self._done < size:
            took = self.push()
        return _OPS / took if took else 0.0

    def bare(self) -> float:
        """Commit as many single rows of the same bytes; return the seconds."""
        words = self._request(self._devices[0])[1].ops[0]
        self._done -= BATCH
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


def _all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
