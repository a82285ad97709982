# SPDX-License-Identifier: MulanPSL-2.0
"""What the screen may know of the worker: frozen, made anew at each change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from counter.ports.sync_store import QueueCounts
from sync.client.link import LinkView, Sample
from sync.client.manners import PagesNote, Profile
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
    pages_note: PagesNote | None = None
    notes: tuple[str, ...] = ()  # what happened since the start that people should know
    ahead: timedelta | None = None  # the centre's clock before ours; None before its first word

    @property
    def idle(self) -> bool:
        """Whether nothing is left that this worker could send."""
        counts = self.counts
        return counts.local_only == 0 and counts.pages_pending == 0 and self.sending == 0


def repairs(renewed: int, resent: int) -> tuple[str, ...]:
    """Return what was put right by itself, in words (§1): nobody has to do a thing, but to know.

    Args:
        renewed: New epochs taken: this disk was put back or copied.
        resent: Operations settled here that the centre did not have any more.
    """
    found = []
    if renewed:
        found.append(
            "这台电脑的数据像是恢复过旧的，或者被复制过：已自动换了新编号，照常收件，凭证有效。"
            "有疑问的由中心的人核对，不会丢也不会重。请告诉值班长。"
        )
    if resent:
        found.append(
            f"中心缺了已经报过的 {resent} 笔（可能恢复过旧数据）：本机都存着，已自动补报，"
            "只算一次，不用重做。"
        )
    return tuple(found)


def cost_words(counts: QueueCounts, up_speed: float) -> str:
    """Return e.g. ``文字 14 件约 1 分钟（15 KB），图片 31 页约 24 分钟（4.8 MB）``.

    The time only when the speed was measured.
    """
    parts = []
    if counts.local_only:
        parts.append(_part(f"文字 {counts.local_only} 件", counts.local_only * OP_BYTES, up_speed))
    if counts.pages_pending:
        parts.append(_part(f"图片 {counts.pages_pending} 页", counts.bytes_pending, up_speed))
    return "，".join(parts) or "没有要传的"


def _part(what: str, size: int, up_speed: float) -> str:
    took = _duration(size / up_speed) if up_speed else ""
    return f"{what}{took}（{_amount(size)}）"


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
