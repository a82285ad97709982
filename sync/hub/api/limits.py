# SPDX-License-Identifier: MulanPSL-2.0
"""How much one caller may ask; in memory, bounded."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable


class RateLimiter:
    """A token bucket per caller."""

    def __init__(
        self,
        per_second: float,
        burst: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        callers: int = 10_000,
    ) -> None:
        """Allow ``burst`` at once and ``per_second`` in the long run."""
        self._rate = per_second
        self._burst = burst
        self._clock = clock
        self._callers = callers
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_for(self, caller: str) -> float:
        """Take one token; return 0, or the seconds until there is one."""
        now = self._clock()
        with self._lock:
            tokens, then = self._buckets.pop(caller, (float(self._burst), now))
            tokens = min(float(self._burst), tokens + (now - then) * self._rate)
            short = max(0.0, 1.0 - tokens)
            self._buckets[caller] = (tokens if short else tokens - 1, now)
            while len(self._buckets) > self._callers:
                self._buckets.popitem(last=False)
        return short / self._rate
