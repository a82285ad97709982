# SPDX-License-Identifier: MulanPSL-2.0
"""A whole counter side in a test: enrolled device, memory store, real worker, real hub."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from counter.app.changes import Changes
from counter.domain.ids import uuid7
from counter.domain.operations import Operation
from counter.ports.keys import DeviceIdentity, EnrolmentFacts
from sync.client.centre import Centre
from sync.client.engine.push import PushEngine
from sync.client.engine.step import Kit
from sync.client.manners import LineWish
from sync.client.status import SyncStatus
from sync.client.transport import Channel, Link, Transport
from sync.client.worker import Pace, SyncWorker
from tests.fakes.device import CLERK, FakeDevice
from tests.fakes.sync_store import DirectExecution, FakeStore, WallClock

FAST = Pace(push_s=0.2, blobs_s=0.2, pull_s=0.2)


def identity_of(facts: EnrolmentFacts) -> DeviceIdentity:
    return DeviceIdentity(
        facts.device_id, facts.epoch, facts.key, facts.certificate, facts.hall,
        facts.centre_keys, facts.seal_recipient, facts.recovery_recipient, facts.hub_url,
    )  # fmt: skip


@dataclass
class Counter:
    """``url`` is what it talks to: the hub itself or a bad line before it."""

    facts: EnrolmentFacts
    url: str
    folder: Path
    store: FakeStore = field(default_factory=FakeStore)
    link: Link = field(default_factory=Link)
    statuses: list[SyncStatus] = field(default_factory=list)
    changes: list[Changes] = field(default_factory=list)
    workers: list[SyncWorker] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    wish: LineWish | None = None
    ca_file: str = ""
    chance: Callable[[], float] = lambda: 0.02  # short waits, still from the real policy

    def __post_init__(self) -> None:
        self.device = FakeDevice(
            self.url, device_id=self.facts.device_id, key=self.facts.key, epoch=self.facts.epoch
        )
        self.identity = identity_of(self.facts)

    def note(self, **more: Any) -> Operation:
        """Commit a fact that needs no catalogue: a home visit."""
        body = {"note": "上门"}
        values = {"entity": "visit", "operator": CLERK, **more}
        op = self.device.operation("visit.recorded", uuid7(), body, **values)
        self.store.add(op, op.sign(self.facts.key))
        return op

    def applied(self, ops: list[Operation]) -> bool:
        return all(self.store.state(op.op_id) == "APPLIED" for op in ops)

    def worker(self, identity: DeviceIdentity | None = None) -> SyncWorker:
        who = identity or self.identity
        worker = SyncWorker(
            self.store,
            DirectExecution(),
            who,
            Transport(self.url, who.key, link=self.link, now=self.now, ca_file=self.ca_file),
            WallClock(),
            self.statuses.append,
            self.changes.append,
            lock_file=self.folder / "sync.lock",
            pace=FAST,
            chance=self.chance,
            wish=self.wish,
        )
        self.workers.append(worker)
        return worker

    def start(self) -> SyncWorker:
        worker = self.worker()
        worker.start()
        return worker

    def kit(self) -> Kit:
        """Tools for driving one engine by hand, without threads."""
        way = Transport(self.url, self.identity.key, link=self.link, ca_file=self.ca_file)
        channel = way.open()
        self.channels.append(channel)
        centre = Centre(self.identity.centre_keys)
        return Kit(
            self.store, DirectExecution().run, channel, centre, WallClock().now, time.monotonic
        )

    def push_engine(self) -> PushEngine:
        return PushEngine(self.kit(), self.facts.device_id, self.facts.epoch)

    def close(self) -> None:
        for channel in self.channels:
            channel.close()
        for worker in self.workers:
            assert worker.stop(), "a sync thread outlived stop()"


def wait_until(true: Callable[[], bool], seconds: float = 15.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.01)
    return true()
