# SPDX-License-Identifier: MulanPSL-2.0
"""A real counter and a real hub that bundles go between, as copies of one world at rest."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from counter.bootstrap import Home
from counter.bootstrap.core import Core
from counter.infra.paths import Paths
from counter.ports.sync_store import OutboxRow
from sync.client.bundle import Courier, Exported, export
from sync.client.bundle_return import import_return
from sync.client.training import SYNC_LOCK, TrainingHall, feed_of
from sync.client.transport import Transport
from sync.client.worker import Pace, SyncWorker
from sync.hub.commands import RESOURCES
from sync.hub.handlers import publish
from sync.hub.handlers.bundle import Imported, import_bundle, write_return
from sync.hub.storage import feed, oplog, tables
from sync.hub.storage.engine import Database, parse_url
from tests.contract.client.counter import wait_until
from tests.fakes.hub import RunningHub
from tests.fakes.keyring import FakeKeyring


@dataclass(frozen=True)
class World:
    """A hub and a counter with unsent cases, both at rest; tests work on copies."""

    hub: Path
    home: Path
    keyring: FakeKeyring

    @contextmanager
    def copy(self, folder: Path, database: str = "") -> Iterator[Pair]:
        """Copy both; with ``database`` the rows of the hub go to that PostgreSQL."""
        shutil.copytree(self.hub, folder / "hub")
        shutil.copytree(self.home, folder / "home")
        (folder / "stick").mkdir()
        if database:
            _rows_to(folder / "hub", database)
        with RunningHub(folder / "hub", database=database) as hub:
            hall = TrainingHall(Home(Paths(folder / "home"), self.keyring), hub.url)
            core = hall.sign_in()
            try:
                yield Pair(hub, hall, core, folder / "stick")
            finally:
                core.close()


@dataclass(frozen=True)
class Pair:
    hub: RunningHub
    hall: TrainingHall
    core: Core
    stick: Path

    @property
    def courier(self) -> Courier:
        core = self.core
        return Courier(core.sync_store, core.execution, core.identity, core.clock.now)

    def export(self, **more: Any) -> Exported:
        return export(self.courier, self.stick, **more)

    def deliver(self, path: Path) -> Imported:
        """Carry one part there and its answer back."""
        done = import_bundle(self.hub.centre, path)
        back = path.with_suffix(".ycr")
        write_return(self.hub.centre, done, back)
        import_return(self.courier, back)
        return done

    def online(self, url: str = "") -> None:
        """Let the line (to ``url``, else the hub) do the rest, and follow the feed to its end."""
        core = self.core
        transport = Transport(url or self.hub.url, core.identity.key)
        worker = SyncWorker(
            core.sync_store,
            core.execution,
            core.identity,
            transport,
            core.clock,
            lambda _: None,
            lambda _: None,
            lock_file=core.paths.home / SYNC_LOCK,
            pace=Pace(push_s=0.2, blobs_s=0.2, pull_s=0.2),
        )
        worker.start()
        try:
            assert wait_until(self.sent, 30)
        finally:
            assert worker.stop()

    def sent(self) -> bool:
        counts = self.core.execution.run(self.core.sync_store.counts)
        return counts.local_only == 0 and counts.pages_pending == 0

    def pull(self) -> dict[str, str]:
        engine, channel = feed_of(self.core, self.hall.transport(self.core))
        try:
            while engine.step().more:
                pass
        finally:
            channel.close()
        assert (engine.repairs, engine.ignored) == (0, 0)
        return self.core.execution.run(self.core.sync_store.checksums)

    def waiting(self) -> list[OutboxRow]:
        return self.core.execution.run(self.core.sync_store.exportable)

    def at_the_centre(self) -> dict[str, Any]:
        """Everything the road must not change: cases, operations, pages, feed checksums."""
        c = tables.cases.c
        columns = (c.case_id, c.receipt_no, c.item_code, c.state, c.rev, c.body, c.claimed_at)
        with self.hub.centre.database.read() as tx:
            hall = feed.hall_scope(self.core.identity.hall.hall_code)
            mine = feed.device_scope(self.core.identity.device_id)
            return {
                "cases": [tuple(r) for r in tx.execute(select(*columns).order_by(c.case_id))],
                "ops": sorted((op.op_id, op.op_hash, op.status) for op in oplog.all_ops(tx)),
                "pages": sorted(tx.scalars(select(tables.blobs.c.blob_id))),
                "sums": {scope: feed.checksum(tx, scope) for scope in (hall, mine)},
                "alarms": oplog.alarms(tx),
            }


def _rows_to(data: Path, database: str) -> None:
    """Move the rows of a hub at rest: same keys, same content, another store."""
    old = Database(data / "hub.db")
    new = Database(parse_url(database))
    with old.read() as source, new.write() as target:
        for table in tables.metadata.sorted_tables:
            rows = [dict(row) for row in source.execute(select(table)).mappings()]
            target.execute(table.delete())
            if rows:
                target.execute(table.insert(), rows)
    old.close()
    new.close()
    for path in data.glob("hub.db*"):
        path.unlink()


def give_calendar(hub: RunningHub) -> None:
    """Give the centre what a counter needs to compute the date of the answer."""
    found = [one for one in publish.read_folder(RESOURCES) if one.kind != "item"]
    publish.publish(hub.centre, found)
