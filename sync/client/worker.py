# SPDX-License-Identifier: MulanPSL-2.0
"""The one worker of a device: ops up, blobs up, pull – three lanes that never block each other."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from counter.app.changes import Changes
from counter.ports.clock import Clock
from counter.ports.execution import Execution
from counter.ports.keys import DeviceIdentity
from counter.ports.sync_store import QueueCounts, SyncStore
from sync.client.centre import Centre
from sync.client.engine.blobs import BlobEngine
from sync.client.engine.checkin import EpochKeeper
from sync.client.engine.hall_queue import EVERY_S, QueueEngine
from sync.client.engine.pull import PullEngine
from sync.client.engine.push import PushEngine
from sync.client.engine.step import Engine, Kit, Step
from sync.client.lane import Lane, LanePlan
from sync.client.link import SOON, LanePolicy, LinkMonitor
from sync.client.lock import SyncLock
from sync.client.manners import Hold, LineWish, Manners, Polite
from sync.client.month import MonthMeter
from sync.client.outcomes import Offline
from sync.client.status import SyncStatus, cost_words, repairs
from sync.client.transport import SWITCHED_OFF, Channel, Transport
from sync.protocol.policy import OF_HALL, PagesPolicy, checked

JOIN_S = 5.0
_COUNT_S = 0.5
_NO_COUNTS = QueueCounts(0, 0, 0, 0, 0, 0, "")
_chance = random.SystemRandom()


@dataclass(frozen=True)
class Pace:
    """Seconds between looks when nobody kicks."""

    push_s: float = 20.0
    blobs_s: float = 20.0
    pull_s: float = 20.0


class SyncWorker:
    """Start it once after sign-in, stop it before the core closes. Methods are thread-safe.

    Callbacks come from lane threads: they must be quick and must not call back into ``stop``.
    """

    def __init__(  # noqa: PLR0917 - the order of docs/contracts.md
        self,
        store: SyncStore,
        execution: Execution,
        identity: DeviceIdentity,
        transport: Transport,
        clock: Clock,
        on_status: Callable[[SyncStatus], None],
        on_changes: Callable[[Changes], None],
        *,
        lock_file: Path,
        pace: Pace | None = None,
        wish: LineWish | None = None,
        month: MonthMeter | None = None,
        chance: Callable[[], float] = _chance.random,
    ) -> None:
        """Wire the lanes; nothing runs and nothing is sent yet.

        Args:
            store: Outbox, blobs and feed; called on the database thread only.
            execution: The database thread.
            identity: Who we are and whose signatures count.
            transport: The line.
            clock: Wall time for ``next_try_at`` and skew.
            on_status: Told at every change of the status.
            on_changes: Told what rows changed.
            lock_file: Locked while the worker runs: one worker per device.
            pace: Idle intervals.
            wish: What people set for the line; without it a hub on this machine is never narrow.
            month: Bytes of the month, fed by the transport's meter; kept when the worker stops.
            chance: Random numbers in [0, 1) for the jitter.
        """
        self._store = store
        self._execution = execution
        self._identity = identity
        self._transport = transport
        self._clock = clock
        self._on_status = on_status
        self._on_changes = on_changes
        self._lock = SyncLock(lock_file)
        self._centre = Centre(identity.centre_keys)
        self._monitor = LinkMonitor(time.monotonic, self._line_back)
        self._guard = threading.Lock()
        self._counts = _NO_COUNTS
        self._counted_at = 0.0
        self._running = False
        self._paused = False
        self._chance = chance
        self._push: PushEngine | None = None
        self._pace = pace or Pace()
        self._month = month
        self.manners = Manners(
            wish or LineWish(judge=not transport.local),
            transport.meter.traffic,
            lambda: month.used if month else 0,
            clock.now,
            time.monotonic,
        )
        self._lanes: tuple[Lane, ...] = ()
        transport.link.watch(self._switched)

    def start(self) -> None:
        """Take the lock and start the three threads.

        Raises:
            KnownError: ``SYNC-TWICE``.
        """
        self._lock.take()
        self._obey()
        pace = self._pace
        plans = (
            LanePlan("push", "正在上传办件", pace.push_s, self._make_push, edge=True),
            LanePlan("blobs", "正在上传材料", pace.blobs_s, self._make_blobs, edge=True),
            LanePlan(
                "pull",
                "正在接收中心消息",
                pace.pull_s,
                self._make_pull,
                edge=True,
                proves=True,
            ),
            LanePlan("queue", "", EVERY_S, self._make_queue, edge=True, behind=True),
        )
        self._lanes = tuple(self._lane(plan) for plan in plans)
        self._running = True
        for lane in self._lanes:
            lane.start()

    def stop(self) -> bool:
        """End the threads; whether all are gone (a name look-up that hangs may outlive this).

        Nothing is lost: what was not settled is sent again, what was uploaded is continued.
        """
        self._running = False
        for lane in self._lanes:
            lane.ask_to_stop()
        end = time.monotonic() + JOIN_S
        gone = [lane.join(max(0.0, end - time.monotonic())) for lane in self._lanes]
        self._lock.release()
        if self._month is not None:
            self._month.save()
        return all(gone)

    def kick(self, *, person: bool = False, pages: bool = False) -> None:
        """Work now: a new operation, or (``person``) somebody pressed the button.

        ``pages``: the person wants the pages too, though the line is narrow or paid by the byte.
        """
        if pages:
            self.manners.by_hand()
        for lane in self._lanes:
            lane.wake(person=person)

    def pause(self, paused: bool) -> None:
        """Hold all lanes, or let them go on."""
        self._paused = paused
        for lane in self._lanes:
            lane.pause(paused=paused)
        self._publish()

    @property
    def status(self) -> SyncStatus:
        """The present state; cheap, any thread."""
        with self._guard:
            counts = self._counts
        traffic = self._transport.meter.traffic()
        push = self._push
        cost = cost_words(counts, traffic.up_speed)
        return SyncStatus(
            running=self._running,
            paused=self._paused,
            link=self._monitor.view(),
            lanes=tuple(lane.view() for lane in self._lanes if not lane.plan.behind),
            counts=counts,
            traffic=traffic,
            history=self._monitor.history(),
            cost="；".join(filter(None, (cost, self.manners.month_words()))),
            sending=len(push.sending) if push else 0,
            ignored_results=push.counters.ignored if push else 0,
            profile=self.manners.profile,
            pages_note=self.manners.pages_note() if counts.pages_pending else None,
            notes=repairs(push.renewed, push.counters.resent) if push else (),
            ahead=self._transport.ahead,
        )

    def _kit(self, channel: Channel) -> Kit:
        return Kit(
            self._store,
            self._execution.run,
            channel,
            self._centre,
            self._clock.now,
            time.monotonic,
        )

    def _make_push(self, channel: Channel) -> Engine:
        who = self._identity
        kit = self._kit(channel)
        self._push = PushEngine(kit, who.device_id, who.epoch, EpochKeeper(kit, who))
        return self._push

    def _doubt_epoch(self) -> None:
        """Any thread; a push lane that does not run yet asks when it starts."""
        if self._push is not None:
            self._push.doubt_epoch()

    def _make_blobs(self, channel: Channel) -> Engine:
        return Polite(BlobEngine(self._kit(channel)), self._hold_pages)

    def _make_pull(self, channel: Channel) -> Engine:
        who = self._identity
        kit = self._kit(channel)
        engine = PullEngine(kit, who.device_id, who.hall.hall_code, self._doubt_epoch)
        return Polite(engine, lambda: self.manners.hold_pull(text_waits=self._text_waits()))

    def _make_queue(self, channel: Channel) -> Engine:
        return QueueEngine(self._kit(channel), self._identity.hall.counter_no)

    def _hold_pages(self) -> Hold | None:
        hold = self.manners.hold_pages(text_waits=self._text_waits())
        if hold is not None and self._execution.run(self._store.counts).pages_pending == 0:
            return None  # nothing to hold: the step finds nothing to do
        return hold

    def _text_waits(self) -> bool:
        """Whether operations travel or are about to; one lane in trouble holds up no other."""
        return any(lane.eager() for lane in self._lanes if lane.plan.name == "push")

    def _lane(self, plan: LanePlan) -> Lane:
        return Lane(
            plan,
            self._transport,
            self._centre,
            self._monitor,
            policy=LanePolicy(self._chance, SOON if plan.behind else None),
            mono=time.monotonic,
            on_step=lambda step: self._after(plan.name, step),
        )

    def _after(self, lane: str, step: Step | None) -> None:
        """Tell what changed; new results may bring blobs to send and rows to pull."""
        if lane == "queue":
            if step is not None and step.moved:
                self._on_changes(Changes(frozenset({"queue"})))
            return
        changed = self._recount(busy=step is not None and step.more)
        if lane == "blobs" and step == Step():
            self.manners.pages_done()
        if lane == "push" and (step is None or not step.more):
            for other in self._lanes:
                other.wake(yielded=True)
        if step is not None and step.moved:
            if lane == "pull":
                self._obey()
            if lane == "push":
                self._wake("blobs", "pull")
            self._on_changes(_changes(lane, step))
        elif changed:
            self._on_changes(Changes(frozenset({"outbox"})))
        self._publish()

    def _obey(self) -> None:
        """Go by the centre's rule for pages, that of this hall before the general one."""

        def read() -> dict[str, Any]:
            find = self._store.reference
            return find("policy", OF_HALL["pages"]) or find("policy", "pages") or {}

        rule = checked("pages", self._execution.run(read))
        self.manners.obey(rule if isinstance(rule, PagesPolicy) else PagesPolicy())

    def _recount(self, *, busy: bool) -> bool:
        """Read the counts anew, in mid work not more often than a person can follow."""
        with self._guard:
            if busy and time.monotonic() - self._counted_at < _COUNT_S:
                return False
            self._counted_at = time.monotonic()
        counts = self._execution.run(self._store.counts)
        with self._guard:
            changed = counts != self._counts
            self._counts = counts
        return changed

    def _wake(self, *names: str) -> None:
        for lane in self._lanes:
            if lane.plan.name in names:
                lane.wake()

    def _line_back(self) -> None:
        for lane in self._lanes:
            lane.wake(line_back=True)

    def _switched(self, enabled: bool) -> None:
        if not self._running:
            return
        if enabled:
            self.kick(person=True)
        else:
            self._monitor.failed(Offline(SWITCHED_OFF, detail="SWITCH"))
        self._publish()

    def _publish(self) -> None:
        self._on_status(self.status)


def _changes(lane: str, step: Step) -> Changes:
    if lane == "pull":
        return Changes(frozenset({"case", "reference", "outbox", "operator"}), step.ids)
    if lane == "push":
        return Changes(frozenset({"outbox", "case"}), step.ids)
    return Changes(frozenset({"outbox"}), step.ids)
