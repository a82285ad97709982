# SPDX-License-Identifier: MulanPSL-2.0
"""What the screens may know of, and do to, the line to the centre."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

LinkState = Literal["online", "narrow", "offline", "blocked", "clock", "refused", "checking"]
"""``blocked``: what answers is not the centre, ``clock``: our time is wrong, ``refused``: the
centre itself does not take this device."""


@dataclass(frozen=True)
class LaneStatus:
    """One of the three lanes: what it does, when it tries again (ISO, '' = now), trouble's code."""

    name: Literal["ops", "blobs", "pull"]
    doing: str
    next_try_at: str = ""
    code: str = ""


@dataclass(frozen=True)
class LineStatus:
    """Immutable picture of the line; ``words`` says it whole, ``short`` in a word or two."""

    link: LinkState
    words: str
    since: str
    lanes: tuple[LaneStatus, ...]
    cost_words: str = ""  # 文字 14 件约 1 分钟（15 KB），图片 31 页约 24 分钟（4.8 MB）
    pages_words: str = ""  # why pages stay behind the text, '' when they go by themselves
    pages_askable: bool = False  # a person may send them all the same
    speed_kbit_s: float = 0.0
    rtt_ms: float = 0.0
    history: tuple[tuple[str, float], ...] = field(
        default=()
    )  # (ISO time, round trip in ms; <0 = failed)
    skew_words: str = ""  # 与中心差 0.3 秒
    clock_off: bool = False  # so much that dates may be wrong
    short: str = ""
    notes: tuple[str, ...] = ()  # what was put right by itself since the start


class Line(Protocol):
    """The sync worker behind the screen; callable from the GUI thread, never blocks."""

    training: bool

    def status(self) -> LineStatus:
        """Return the newest picture."""
        ...

    def kick(self, *, pages: bool = False) -> None:
        """Try everything now (立即发送); ``pages``: also those the line would keep for later."""
        ...

    def set_link(self, *, enabled: bool) -> None:
        """Unplug or plug the line: training hall only."""
        ...
