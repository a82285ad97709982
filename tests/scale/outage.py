# SPDX-License-Identifier: MulanPSL-2.0
"""One outage from start to figures: a hub in processes, its herd, and what the centre kept."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from sync.hub.centre import Centre, open_centre
from sync.hub.handlers import policies
from sync.hub.storage import oplog
from tests.fakes.hub_process import HubProcess
from tests.fakes.postgres import PostgresServer
from tests.scale.herd import Herd, Tally
from tests.scale.population import VirtualCounter, populate


@dataclass(frozen=True)
class Outage:
    """What is tried."""

    devices: int
    workers: int = 1
    postgres: bool = False
    durable: bool = True
    most_ops: int = 2  # 1 to so many wait at each
    within_s: float = 10.0  # all are back so soon; the back-off of real counters takes 15 minutes
    window_s: int = 60  # the policy "spread" of the centre
    give_up_s: float = 240.0
    pushes: int = 0  # taken at the same time; 0 = what the hub chooses


def run(outage: Outage) -> dict[str, Any]:
    """Return the figures of one outage; ``starved`` are those not done when it was given up."""
    server = PostgresServer(durable=outage.durable) if outage.postgres else None
    try:
        with tempfile.TemporaryDirectory(prefix="scale-") as folder:
            url = server.new_database() if server else ""
            _set_window(Path(folder), url, outage.window_s)
            hub = HubProcess(
                Path(folder), workers=outage.workers, database=url, pushes=outage.pushes
            )
            try:
                return _figures(outage, hub)
            finally:
                hub.stop()
    finally:
        if server:
            server.stop()


def _set_window(data: Path, database: str, window_s: int) -> None:
    """Set the policy before the hub starts: a running one looks for a new one every 10 s."""
    centre = open_centre(data, database=database)
    policies.set_policy(centre, "spread", {"window_s": window_s})
    centre.close()


def _figures(outage: Outage, hub: HubProcess) -> dict[str, Any]:
    began = time.monotonic()
    counters = populate(hub.centre, outage.devices, outage.most_ops)
    prepared, before, size = time.monotonic() - began, _cpu_s(hub), _bytes(hub.centre)
    herd = Herd(hub.url, hub.centre.keys.signing.public_hex, counters)
    tally = asyncio.run(herd.come_back(outage.within_s, outage.give_up_s))
    spent, grown = _cpu_s(hub) - before, _bytes(hub.centre) - size
    with hub.centre.database.read() as tx:
        kept = oplog.counts(tx)
    return {
        **vars(outage),
        **_outcome(counters, tally, kept),
        "prepared_s": round(prepared, 1),
        "hub_cpu_s": round(spent, 1),
        "db_bytes": grown,
        "cores": os.cpu_count(),
    }


def _outcome(counters: list[VirtualCounter], tally: Tally, kept: dict[str, int]) -> dict[str, Any]:
    ops = sum(len(one.op_ids) for one in counters)
    statuses = Counter(status for one in counters for status in one.statuses.values())
    waits = sorted(tally.waits) or [0.0]
    busy = max(tally.last_push - tally.began, 0.001)
    turned = {"200", "429", "503"}  # 429 and 503 are answers: come later
    return {
        "ops": ops,
        "applied": kept.get("applied", 0),
        "statuses": dict(statuses),
        "lost": max(0, sum(statuses.values()) - kept.get("applied", 0)),  # answered, not kept
        "unsent": ops - kept.get("applied", 0),  # still safe at its counter
        "starved": sum(not one.done for one in counters),
        "answers": dict(sorted(tally.answers.items())),
        "errors": {k: n for k, n in tally.answers.items() if k.split(" ")[1] not in turned},
        "told_later": sum(n for k, n in tally.answers.items() if k.endswith((" 503", " 429"))),
        "too_many_429": sum(n for k, n in tally.answers.items() if k.endswith(" 429")),
        "most_tries": max(tally.tries, default=0),
        "wait_s": {
            "median": round(statistics.median(waits), 1),
            "p99": round(waits[int(len(waits) * 0.99)], 1) if len(waits) > 1 else 0.0,
            "worst": round(waits[-1], 1),
        },
        "ops_s": round(kept.get("applied", 0) / busy, 1),
        "bytes_up": tally.up,
        "bytes_down": tally.down,
    }


def _cpu_s(hub: HubProcess) -> float:
    """Return the processor seconds of the hub's processes, without the database's (Linux)."""
    if sys.platform != "linux":
        return 0.0
    ticks = 0
    for pid in {hub.process.pid, *hub.workers()}:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])  # utime and stime, proc(5)
    return ticks / os.sysconf("SC_CLK_TCK")


def _bytes(centre: Centre) -> int:
    """Return how big the database is."""
    embedded = centre.data / "hub.db"
    if embedded.exists():
        return embedded.stat().st_size
    with centre.database.read() as tx:
        return int(tx.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
