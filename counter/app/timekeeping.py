# SPDX-License-Identifier: MulanPSL-2.0
"""Time evidence of an operation and the rule when a clock is doubtful (sync-protocol §8).

Order is ``seq``, never a clock: the evidence is for people who must judge a deadline.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from counter.domain.operations import TimeEvidence
from counter.ports.clock import Clock
from counter.ports.storage import Reference

KIND = "clock"
ANCHOR = "anchor"  # the last operation's time, written by ``stamp``
CENTRE = "centre"  # {"centre_time", "skew_ms"}, written by storage when the centre answers
MAX_JUMP = timedelta(minutes=5)  # domain brief §3.8: from here on the centre's time wins


def is_doubtful(
    wall: datetime,
    boot_id: str,
    mono_ms: int,
    anchor: dict[str, Any],
    last_centre_time: str,
    skew_ms: int = 0,
) -> bool:
    """Tell whether the wall clock must not be trusted.

    It is doubtful before the last centre time or the last operation, when it differed from the
    centre's at the last contact, or when it moved against the monotonic clock within one boot: each
    by more than 5 minutes. A clock some seconds behind is an ordinary clock, and the measured skew
    travels with every operation.
    """
    if abs(skew_ms) > MAX_JUMP / timedelta(milliseconds=1):
        return True
    if last_centre_time and wall < datetime.fromisoformat(last_centre_time) - MAX_JUMP:
        return True
    if not anchor:
        return False
    last = datetime.fromisoformat(anchor["wall"])
    if wall < last - MAX_JUMP:
        return True
    if anchor["boot_id"] != boot_id:
        return False
    passed = timedelta(milliseconds=mono_ms - int(anchor["mono_ms"]))
    return abs((wall - last) - passed) > MAX_JUMP


def evidence(reference: Reference, clock: Clock, wall: datetime) -> TimeEvidence:
    """Return what the device knows of the time now."""
    centre = reference.get(KIND, CENTRE) or {}
    anchor = reference.get(KIND, ANCHOR) or {}
    last_centre = str(centre.get("centre_time", ""))
    boot_id, mono_ms = clock.boot_id(), clock.mono_ms()
    skew_ms = int(centre.get("skew_ms", 0))
    doubtful = is_doubtful(wall, boot_id, mono_ms, anchor, last_centre, skew_ms)
    return TimeEvidence(
        wall=wall.isoformat(),
        boot_id=boot_id,
        mono_ms=mono_ms,
        last_centre_time=last_centre,
        skew_ms=skew_ms,
        clock="doubtful" if doubtful else "ok",
    )


def stamp(reference: Reference, clock: Clock, wall: datetime) -> TimeEvidence:
    """Return the evidence and remember this moment as that of the last operation."""
    found = evidence(reference, clock, wall)
    anchor = {"wall": found.wall, "boot_id": found.boot_id, "mono_ms": found.mono_ms}
    reference.put(KIND, ANCHOR, "", anchor)
    return found
