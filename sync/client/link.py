# SPDX-License-Identifier: MulanPSL-2.0
"""When to try again and what to say of the line; pure policy, no network (sync-protocol §9)."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sync.client.outcomes import (
    DeviceRefused,
    EpochOld,
    Outcome,
    Portal,
    Proxy,
    TlsBad,
    TlsClock,
    WrongKey,
)

FIRST_S = 5.0
CAP_S = 15 * 60.0
FRESH_S = 60.0  # a verified answer counts as "connected" for so long
HISTORY = 120
LinkState = Literal["unknown", "online", "offline", "blocked", "refused", "clock"]


@dataclass(frozen=True)
class Backoff:
    """Full jitter: a random part of 5 s · 2ⁿ, at most 15 min, for ever."""

    first_s: float = FIRST_S
    cap_s: float = CAP_S

    def delay(self, failures: int, chance: float, floor_s: float = 0.0) -> float:
        """Return the seconds to wait after the ``failures``-th failure in a row.

        Args:
            failures: 1 for the first.
            chance: Random number in [0, 1).
            floor_s: The centre's Retry-After. It is unsigned, so it is bounded by the cap:
                nobody on the way can silence a counter for days.
        """
        # 2**30 is far beyond the cap; the bound keeps the power from growing without end.
        ceiling = min(self.cap_s, self.first_s * 2.0 ** min(max(failures - 1, 0), 30))
        return min(self.cap_s, max(ceiling * chance, floor_s))


SOON = Backoff(2.0, 20.0)  # over the hall's own network


class LanePolicy:
    """When one lane may work next. Not thread-safe: the worker guards it.

    Times are monotonic seconds. A lane never stops: ``due_at`` is always finite.
    """

    def __init__(self, chance: Callable[[], float], backoff: Backoff | None = None) -> None:
        """Take the source of randomness."""
        self._chance = chance
        self._backoff = backoff or Backoff()
        self._floor_until = 0.0
        self.failures = 0
        self.due_at = 0.0

    def succeeded(self, now: float, idle_s: float) -> None:
        """Plan the next look after ``idle_s`` (0: there is more to do)."""
        self.failures = 0
        self._floor_until = 0.0
        self.due_at = now + min(max(idle_s, 0.0), CAP_S)

    def failed(self, now: float, floor_s: float = 0.0) -> None:
        """Plan the next try after a failure.

        One that the centre told when to come has not failed: its next turn is not put off
        further, however often there was no room for it.
        """
        if floor_s < FIRST_S:
            self.failures += 1
        self.due_at = now + self._backoff.delay(self.failures, self._chance(), floor_s)
        self._floor_until = min(now + max(floor_s, 0.0), self.due_at)

    def wake(self, now: float, *, person: bool = False) -> None:
        """Bring the next try forward: a new operation, or the line is verified to be back.

        The centre's Retry-After stays a floor, except for a person's press.
        """
        if person:
            self._floor_until = 0.0
        self.failures = 0
        self.due_at = min(self.due_at, max(now, self._floor_until))

    def wait(self, now: float) -> float:
        """Return the seconds until the next try; 0 when it is due."""
        return max(0.0, self.due_at - now)


@dataclass(frozen=True)
class Sample:
    """One measured round trip for the sparkline; ``rtt_ms`` is ``None`` when it failed."""

    at: float  # monotonic seconds
    rtt_ms: int | None


@dataclass(frozen=True)
class LinkView:
    """What the screen may say of the line; ``cause`` is the outcome's own code (``PORTAL`` …)."""

    state: LinkState
    words: str
    since: float  # monotonic seconds
    code: str
    cause: str = ""


_UNKNOWN_WORDS = "正在检查网络。"
_ONLINE_WORDS = "已连上中心。"


class LinkMonitor:
    """What is known of the line: only a signed answer makes it online. Thread-safe."""

    def __init__(self, now: Callable[[], float], on_back: Callable[[], None]) -> None:
        """Take the monotonic clock and whom to call when the line is verified to be back."""
        self._now = now
        self._on_back = on_back
        self._guard = threading.Lock()
        self._view = LinkView("unknown", _UNKNOWN_WORDS, now(), "")
        self._verified_at: float | None = None
        self._history: deque[Sample] = deque(maxlen=HISTORY)

    def verified(self, rtt_s: float) -> None:
        """A signed answer came."""
        now = self._now()
        with self._guard:
            was = self._view.state
            self._verified_at = now
            self._history.append(Sample(now, round(rtt_s * 1000)))
            self._show("online", _ONLINE_WORDS, "")
        if was != "online":
            self._on_back()

    def failed(self, outcome: Outcome) -> None:
        """A request ended without a usable answer."""
        with self._guard:
            self._verified_at = None
            self._history.append(Sample(self._now(), None))
            code = outcome.detail or outcome.code
            self._show(_state_of(outcome), outcome.words, code, outcome.code)

    def doubt(self) -> None:
        """Something broke that may be the line: verify again before the next request."""
        with self._guard:
            self._verified_at = None

    def fresh(self) -> bool:
        """Whether a signed answer came within the last minute and nothing failed since."""
        with self._guard:
            return self._verified_at is not None and self._now() - self._verified_at < FRESH_S

    def view(self) -> LinkView:
        """Return what to say."""
        with self._guard:
            return self._view

    def history(self) -> tuple[Sample, ...]:
        """Return the last samples, oldest first."""
        with self._guard:
            return tuple(self._history)

    def _show(self, state: LinkState, words: str, code: str, cause: str = "") -> None:
        if (state, words) != (self._view.state, self._view.words):
            since = self._view.since if state == self._view.state else self._now()
            self._view = LinkView(state, words, since, code, cause)


def _state_of(outcome: Outcome) -> LinkState:
    match outcome:
        case Portal() | WrongKey() | TlsBad() | Proxy():
            return "blocked"
        case DeviceRefused() | EpochOld():
            return "refused"
        case TlsClock():
            return "clock"
        case _:
            return "offline"
