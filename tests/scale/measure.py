# SPDX-License-Identifier: MulanPSL-2.0
"""What one case costs the centre: processor time of one core, and bytes in each table.

Real items with valid forms on a PostgreSQL that flushes; the processor time is this process's own,
without the database's.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import text

from counter.domain.catalog import Item
from sync.hub.centre import Centre, open_centre
from sync.hub.commands import RESOURCES
from sync.hub.handlers import push, training
from sync.hub.handlers.enrol import enrol, new_code
from sync.hub.storage import halls, reference
from sync.hub.storage.layout import spread
from sync.protocol.wire import EnrolRequest, PushRequest
from tests.fakes.device import FakeDevice
from tests.fakes.postgres import PostgresServer

ITEM = "elder_allowance"
CASES, BATCH = 100, 10


def measure() -> dict[str, Any]:
    """Return milliseconds and bytes a case."""
    server = PostgresServer(durable=True)
    try:
        with tempfile.TemporaryDirectory(prefix="scale-") as folder:
            centre = open_centre(Path(folder), database=server.new_database())
            try:
                return _measure(centre)
            finally:
                centre.close()
    finally:
        server.stop()


def _measure(centre: Centre) -> dict[str, Any]:
    training.seed(centre, RESOURCES)
    device, requests = _requests(centre)
    before = _sizes(centre)
    cpu, clock = time.process_time(), time.perf_counter()
    sent = sum(len(token) for one in requests for token in one.ops)
    for request in requests:
        for line in push.push(centre, device, request):
            line.model_dump_json(exclude_defaults=True)
    cpu, clock = time.process_time() - cpu, time.perf_counter() - clock
    after = _sizes(centre)
    return {
        "item": ITEM,
        "cases": CASES,
        "cpu_ms": round(cpu / CASES * 1000, 1),
        "elapsed_ms": round(clock / CASES * 1000, 1),
        "op_bytes": round(sent / CASES),
        "db_bytes": {name: round((after[name] - before[name]) / CASES) for name in after},
    }


def _requests(centre: Centre) -> tuple[halls.Device, list[PushRequest]]:
    device, rng = FakeDevice(""), Random(7)
    code = new_code(centre, training.HALL.hall_code, training.WINDOW)
    device.enrolment = enrol(centre, EnrolRequest.model_validate(device.enrol_body(code)))
    device.epoch = device.enrolment.epoch
    with centre.database.read() as tx:
        item = Item.model_validate(reference.latest(tx, "item")[ITEM])
        lists = reference.latest(tx, "dicts")["dicts"]
        known = halls.device(tx, device.device_id)
    assert known is not None
    code_lists = {k: v for k, v in lists.get("lists", lists).items() if isinstance(v, dict)}
    tokens = [device.received(item, code_lists, rng).sign(device.key) for _ in range(CASES)]
    batches = [tuple(tokens[at : at + BATCH]) for at in range(0, CASES, BATCH)]
    return known, [
        PushRequest(device_id=device.device_id, epoch=device.epoch, ops=batch) for batch in batches
    ]


def _sizes(centre: Centre) -> dict[str, int]:
    """Return the bytes of each table that grows, with its indexes and long values."""
    with centre.database.read() as tx:
        return {
            name: int(
                tx.execute(text("SELECT pg_total_relation_size(:t)"), {"t": name}).scalar_one()
            )
            for name in spread()
        }
