# SPDX-License-Identifier: MulanPSL-2.0
"""What the screen may know of the worker: frozen, made anew at each change."""

from __future__ import annotations

from dataclasses import dataclass

from counter.ports.sync_store import QueueCounts
from sync.client.link import LinkView, Sample
from sync.client.manners import Profile
from sync.client.meter import Traffic

OP_BYTES = 800  # a signed operation, opened and packed, with the head of its request shared
_MB = 1_000_000


@dataclass(frozen=True)
class LaneView:
    """One lane.

    Attributes:
        name: push | blobs | pull.
        what: Words: what it does or waits for.
        next_try_s: Seconds until the next try, 0 while it works.
        failures: Failures in a row.
        code: Code of the last trouble, '' if the last step went well.
    """

    name: str
    what: str
    next_try_s: float
    failures: int
    code: str


@dataclass(frozen=True)
class SyncStatus:
    """The whole state of the line; ``cost`` is what sending by hand would take (§9)."""

    running: bool
    paused: bool
    link: LinkView
    lanes: tuple[LaneView, ...]
    counts: QueueCounts
    traffic: Traffic
    history: tuple[Sample, ...]
    cost: str
    sending: int
    ignored_results: int
    profile: Profile = "broad"

    @property
    def idle(self) -> bool:
        """Whether nothing is left that this worker could send."""
        counts = self.counts
        return counts.local_only == 0 and counts.pages_pending == 0 and self.sending == 0


def cost_words(counts: QueueCounts, up_speed: float) -> str:
    """Return e.g. ``14 件，约 3 分钟，0.9 MB``; the time only when the speed was measured."""
    size = counts.local_only * OP_BYTES + counts.bytes_pending
    if counts.local_only == 0 and counts.pages_pending == 0:
        return "没有要传的"
    parts = [f"{counts.local_only} 件"]
    if counts.pages_pending:
        parts.append(f"{counts.pages_pending} 页")
    if up_speed:
        parts.append(_duration(size / up_speed))
    parts.append(_amount(size))
    return "，".join(parts)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return "不到 1 分钟"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"约 {minutes} 分钟"
    return f"约 {minutes / 60:.1f} 小时"


def _amount(size: int) -> str:
    if size < 100_000:
        return f"{max(1, round(size / 1000))} KB"
    return f"{size / _MB:.1f} MB"
