# SPDX-License-Identifier: MulanPSL-2.0
"""Bytes that travelled and how fast; time-outs, chunk sizes and cost estimates come from here."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

BASE_TIMEOUT_S = 25.0  # sync-protocol §9
TIMEOUT_FACTOR = 1.5
_SMALLEST_SAMPLE = 4096  # below this the round trip hides the speed
_NEW = 0.4  # weight of the newest sample
SLOWEST = 500.0  # bytes/s; below it a line carries nothing useful and the sample is an accident
UNKNOWN_SPEED = 4000.0  # bytes/s, 32 kbit/s: the narrow profile until something was measured
_ROUND_TRIPS = 8  # the smallest of so many: what the line costs, without the centre's own time
_SAMPLES = 3  # one slow answer makes no narrow line


@dataclass(frozen=True)
class Traffic:
    """A snapshot: bytes since start and measured speed in bytes/s (0 = not measured)."""

    up: int
    down: int
    up_speed: float
    down_speed: float
    rtt_s: float = 0.0  # seconds, 0 = not measured
    samples: int = 0  # how often the speed upwards was measured, at most 3


class Meter:
    """Counts bytes and averages speeds. Thread-safe; shared by the three lanes."""

    def __init__(self, count: Callable[[int], None] = lambda _: None) -> None:
        """Begin at zero; ``count`` is told all bytes, e.g. to keep the sum of the month."""
        self._guard = threading.Lock()
        self._count = count
        self._trips: deque[float] = deque(maxlen=_ROUND_TRIPS)
        self._samples = 0
        self._up = 0
        self._down = 0
        self._up_speed = 0.0
        self._down_speed = 0.0

    def sent(self, size: int, seconds: float, *, measure: bool = True) -> None:
        """Count ``size`` bytes that went up; large ones also tell the speed."""
        self._count(size)
        with self._guard:
            self._up += size
            if not measure:
                return
            if size < _SMALLEST_SAMPLE:
                self._trips.append(seconds)
                return
            self._samples = min(_SAMPLES, self._samples + 1)
            trip = min(self._trips, default=0.0)
            # The round trip is no transfer; half is kept, it may have been measured on a bad moment.
            self._up_speed = _mix(self._up_speed, size, max(seconds - trip, seconds / 2))

    def received(self, size: int, seconds: float) -> None:
        """Count ``size`` bytes that came down."""
        self._count(size)
        with self._guard:
            self._down += size
            self._down_speed = _mix(self._down_speed, size, seconds)

    def traffic(self) -> Traffic:
        """Return the counters."""
        with self._guard:
            trip = min(self._trips, default=0.0)
            return Traffic(
                self._up, self._down, self._up_speed, self._down_speed, trip, self._samples
            )

    def timeout(self, size: int) -> float:
        """Return the seconds a request of ``size`` bytes may take."""
        with self._guard:
            speed = self._up_speed or UNKNOWN_SPEED
        return BASE_TIMEOUT_S + TIMEOUT_FACTOR * size / speed


def _mix(old: float, size: int, seconds: float) -> float:
    if size < _SMALLEST_SAMPLE:
        return old
    new = max(SLOWEST, size / max(seconds, 1e-4))
    return new if old == 0 else old + _NEW * (new - old)
