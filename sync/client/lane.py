# SPDX-License-Identifier: MulanPSL-2.0
"""One lane: a thread with its own connection, its own backoff and one engine."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from sync.client.centre import Centre
from sync.client.engine.step import Engine, Step
from sync.client.link import LanePolicy, LinkMonitor
from sync.client.outcomes import (
    AtEdge,
    BadDictionary,
    Cut,
    LineError,
    Outcome,
    ProbeError,
    ServerBusy,
    TimedOut,
    TooLarge,
)
from sync.client.probe import probe
from sync.client.status import LaneView
from sync.client.transport import Channel, Transport

_log = logging.getLogger("counter.sync")
HANGS_S = 30.0  # a batch is made for 20 s
_BUG_WORDS = "程序出错，稍后自动再试。"
_ITS_OWN_MATTER = (ServerBusy, TooLarge, BadDictionary)  # says nothing about the line


@dataclass(frozen=True)
class LanePlan:
    """What distinguishes a lane."""

    name: str  # push | blobs | pull
    working: str  # words while it works
    idle_s: float  # look again after so many seconds without a kick
    make: Callable[[Channel], Engine]
    edge: bool = False  # goes on where only the hall's edge host answers
    behind: bool = False  # not shown; neither proves the line nor says anything of it
    proves: bool = False  # an empty step is a signed round trip: as good as a ping


class Lane:
    """Runs one engine until stopped; a failure of one lane never touches another."""

    def __init__(
        self,
        plan: LanePlan,
        transport: Transport,
        centre: Centre,
        monitor: LinkMonitor,
        *,
        policy: LanePolicy,
        mono: Callable[[], float],
        on_step: Callable[[Step | None], None],
    ) -> None:
        """Prepare; ``on_step`` is told after every try (``None`` = failed)."""
        self.plan = plan
        self._transport = transport
        self._centre = centre
        self._monitor = monitor
        self._policy = policy
        self._mono = mono
        self._on_step = on_step
        self._wakeup = threading.Condition()
        self._stopping = False
        self._paused = False
        self._waits_for_line = False
        self._words = ""
        self._code = ""
        self._busy = False
        self._held = False
        self._began = mono()
        self._channel: Channel | None = None
        self._thread = threading.Thread(target=self._loop, name=f"sync-{plan.name}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Tell the thread to end and break what it waits for."""
        with self._wakeup:
            self._stopping = True
            channel = self._channel
            self._wakeup.notify_all()
        if channel is not None:
            channel.abort()

    def join(self, seconds: float) -> bool:
        """Wait for the end; whether the thread is gone."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def wake(self, *, person: bool = False, line_back: bool = False, yielded: bool = False) -> None:
        """Work soon; ``line_back`` and ``yielded`` wake only a lane that waits for just that."""
        with self._wakeup:
            if (line_back and not self._waits_for_line) or (yielded and not self._held):
                return
            self._policy.wake(self._mono(), person=person)
            self._wakeup.notify_all()

    def pause(self, *, paused: bool) -> None:
        """Stop or resume working; the thread stays."""
        with self._wakeup:
            self._paused = paused
            self._wakeup.notify_all()

    def view(self) -> LaneView:
        """Return what to show."""
        with self._wakeup:
            wait = 0.0 if self._busy else self._policy.wait(self._mono())
            words = "已暂停" if self._paused else self._words
            return LaneView(self.plan.name, words, wait, self._policy.failures, self._code)

    def eager(self) -> bool:
        """Whether it works or would begin at once; a request that hangs is not worth waiting for."""
        with self._wakeup:
            now = self._mono()
            if self._paused or self._stopping:
                return False
            if self._busy:
                return now - self._began < HANGS_S
            return self._policy.wait(now) <= 0

    def _loop(self) -> None:
        channel = self._transport.open()
        if not self.plan.behind:
            channel.gate = lambda: self._prove(channel)
        engine = self.plan.make(channel)
        with self._wakeup:
            self._channel = channel
        try:
            while self._wait():
                self._turn(engine)
        finally:
            channel.close()

    def _wait(self) -> bool:
        """Wait until there is work; false when it is time to end."""
        with self._wakeup:
            self._busy = False
            while not self._stopping:
                wait = self._policy.wait(self._mono())
                if wait <= 0 and not self._paused:
                    self._busy = True
                    return True
                self._wakeup.wait(None if self._paused else wait)
            return False

    def _turn(self, engine: Engine) -> None:
        started = self._mono()
        with self._wakeup:
            self._began = started
        try:
            step = engine.step()
        except LineError as error:
            self._failed(error.outcome, probe=isinstance(error, ProbeError))
        except Exception as error:  # noqa: BLE001 - one of the three places of design §7
            # Only the class: the text of an exception may hold what a person said.
            if not self._stopping:
                _log.error("lane %s: %s", self.plan.name, type(error).__name__)
            self._note(_BUG_WORDS, "BUG", waits=False)
            with self._wakeup:
                self._policy.failed(self._mono())
            self._tell(None)
        else:
            answered = not step.more and not step.ids and not step.held and step.trouble is None
            if self.plan.proves and answered:
                self._monitor.verified(self._mono() - started)
            self._went(step)

    def _went(self, step: Step) -> None:
        if step.trouble is not None:
            self._failed(step.trouble, probe=False, step=step)
            return
        words = step.held or (self.plan.working if step.more else "没有要做的")
        self._note(words, "", waits=False)
        with self._wakeup:
            self._held = bool(step.held)
            idle = step.wait_s or (0.0 if step.more else self.plan.idle_s)
            self._policy.succeeded(self._mono(), idle)
        self._tell(step)

    def _failed(self, outcome: Outcome, *, probe: bool, step: Step | None = None) -> None:
        if self.plan.behind:
            pass
        elif isinstance(outcome, Cut | TimedOut):
            self._monitor.doubt()
        elif not probe and not isinstance(outcome, _ITS_OWN_MATTER):
            self._monitor.failed(outcome)
        self._note(outcome.words, outcome.code, waits=probe)
        with self._wakeup:
            if step is not None and step.moved:
                self._policy.succeeded(self._mono(), 0.0)  # what came counts as progress
            self._policy.failed(self._mono(), outcome.retry_after_s)
        self._tell(step)

    def _prove(self, channel: Channel) -> None:
        """Before a request: the line must have led to the centre within the last minute."""
        if self._monitor.fresh():
            return
        try:
            seconds, server_time = probe(channel, self._centre)
        except LineError as error:
            self._monitor.failed(error.outcome)
            if self.plan.edge and isinstance(error.outcome, AtEdge):
                return  # operations may at least lie on the hall's host
            raise ProbeError(error.outcome) from error
        self._transport.heard(server_time)
        self._monitor.verified(seconds)

    def _note(self, words: str, code: str, *, waits: bool) -> None:
        with self._wakeup:
            self._words, self._code, self._waits_for_line = words, code, waits

    def _tell(self, step: Step | None) -> None:
        if not self._stopping:
            self._on_step(step)
