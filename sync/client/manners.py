# SPDX-License-Identifier: MulanPSL-2.0
"""What may travel now: text first, pages as the line allows (sync-protocol §5, §9)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sync.client.engine.step import Engine, Step
from sync.client.meter import Traffic
from sync.protocol.policy import PagesPolicy

Profile = Literal["narrow", "metered", "broad"]

NARROW_SPEED = 4000.0  # bytes/s: 32 kbit/s (§9)
NARROW_RTT_S = 0.8
_BETTER = 1.25  # a line is called broad again only when it is clearly above the mark
NIGHT = (22, 6)  # hours of the counter's own clock
TRIAL_S = 15 * 60.0  # on a narrow line one page part each: useful, and tells when it got better
_YIELD_S = 1.0  # look again; the end of the text wakes the pages earlier
_LATER_S = 60.0
_PULL_EVERY_S = 60.0


@dataclass(frozen=True)
class LineWish:
    """What people set for this line.

    Attributes:
        metered: Paid by the byte: pages by hand only.
        monthly_bytes: What pages may cost a month on a metered line, 0 = no limit. Operations
            always travel.
        judge: Whether a measured line may be called narrow; not for a hub on this machine.
    """

    metered: bool = False
    monthly_bytes: int = 0
    judge: bool = True


@dataclass(frozen=True)
class PagesNote:
    """Why pages do not go by themselves now; ``askable`` when a person may send them all the same."""

    words: str
    askable: bool


@dataclass(frozen=True)
class Hold:
    """A lane waits so many seconds, for a reason in words."""

    seconds: float
    words: str


class Manners:
    """Decides for the lanes. Thread-safe; nothing here touches the network."""

    def __init__(
        self,
        wish: LineWish,
        traffic: Callable[[], Traffic],
        used: Callable[[], int],
        now: Callable[[], datetime],
        mono: Callable[[], float],
    ) -> None:
        """Take where to look.

        Args:
            wish: What people set.
            traffic: Measured speeds.
            used: Bytes of this month.
            now: Local time, for the night.
            mono: Monotonic seconds.
        """
        self._wish, self._traffic, self._used = wish, traffic, used
        self._now, self._mono = now, mono
        self._guard = threading.Lock()
        self._rule = PagesPolicy()
        self._narrow = False
        self._by_hand = False
        self._trial_at = mono()
        self._pulled_at = mono() - _PULL_EVERY_S

    @property
    def profile(self) -> Profile:
        """How the line is treated."""
        if self._wish.metered:
            return "metered"
        return "narrow" if self._is_narrow() else "broad"

    def obey(self, rule: PagesPolicy) -> None:
        """Go by what the centre set for pages."""
        with self._guard:
            self._rule = rule

    def by_hand(self) -> None:
        """Somebody asked for it: all pages that wait now may go."""
        with self._guard:
            self._by_hand = True

    def pages_done(self) -> None:
        """No page is left: what comes later is not meant by the last press."""
        with self._guard:
            self._by_hand = False

    def hold_pages(self, *, text_waits: bool) -> Hold | None:
        """Return why pages wait now, ``None`` when one chunk may go."""
        if text_waits:
            return Hold(_YIELD_S, "文字先传，图片随后")
        profile = self.profile
        if words := self._month_is_full():
            return Hold(_LATER_S, words)
        rule = self._rule
        with self._guard:
            if self._by_hand:
                return None
            if not rule.open_at(self._now().hour):
                words = f"中心规定图片 {_hours(rule)} 传；急用点「图片也现在发」"
                return Hold(_LATER_S, words)
            if profile == "broad":
                return None
            if profile == "metered":
                return Hold(_LATER_S, "按流量计费，点「图片也现在发」才传")
            hour = self._now().hour
            if hour >= NIGHT[0] or hour < NIGHT[1]:
                return None
            if self._mono() - self._trial_at >= TRIAL_S:
                self._trial_at = self._mono()
                return None
        return Hold(_LATER_S, "线路较慢，夜里自动传；急用点「图片也现在发」")

    def pages_note(self) -> PagesNote | None:
        """Return why pages stay behind the text now, ``None`` when they go by themselves."""
        profile, rule = self.profile, self._rule
        if self._month_is_full():
            return PagesNote("本月流量已到上限，图片先不发", askable=False)
        with self._guard:
            if self._by_hand:
                return None
        if not rule.open_at(self._now().hour):
            return PagesNote(f"图片先不发，中心规定 {_hours(rule)} 自动发", askable=True)
        if profile == "broad":
            return None
        if profile == "metered":
            return PagesNote("按流量计费，图片先不发", askable=True)
        hour = self._now().hour
        if hour >= NIGHT[0] or hour < NIGHT[1]:
            return None
        return PagesNote("图片先不发，今晚自动发", askable=True)

    def month_words(self) -> str:
        """Return what a line with a price or a limit carried this month, '' on any other line."""
        limit, _ = self._month_limit()
        if not (self._wish.metered or limit):
            return ""
        words = f"本月已用 {self._used() / 1e6:.1f} MB"
        return words + (f"，上限 {limit // 1_000_000} MB" if limit else "")

    def _month_limit(self) -> tuple[int, str]:
        """Return the smaller limit in bytes, 0 = none, and who can raise it."""
        ours = self._wish.monthly_bytes if self._wish.metered else 0
        centre = self._rule.monthly_mb * 1_000_000
        if centre and (not ours or centre < ours):
            return centre, "中心"
        return ours, "值班长"

    def _month_is_full(self) -> str:
        limit, who = self._month_limit()
        if not limit or self._used() < limit:
            return ""
        return f"本月流量已到上限 {limit // 1_000_000} MB，文字照常传，图片等下月或{who}调上限"

    def hold_pull(self, *, text_waits: bool) -> Hold | None:
        """Return why receiving waits now: on a narrow line text goes first, for a minute at most."""
        with self._guard:
            recent = self._mono() - self._pulled_at < _PULL_EVERY_S
        if text_waits and recent and self._is_narrow():
            return Hold(_YIELD_S, "文字先传，随后接收")
        with self._guard:
            self._pulled_at = self._mono()
        return None

    def _is_narrow(self) -> bool:
        if not self._wish.judge:
            return False
        seen = self._traffic()
        with self._guard:
            slack = _BETTER if self._narrow else 1.0
            slow = seen.samples >= 3 and seen.up_speed <= NARROW_SPEED * slack
            self._narrow = slow or seen.rtt_s > NARROW_RTT_S / slack
            return self._narrow


def _hours(rule: PagesPolicy) -> str:
    next_day = "次日 " if rule.until_hour <= rule.from_hour else ""
    return f"{rule.from_hour}:00–{next_day}{rule.until_hour}:00"


class Polite:
    """An engine that asks before each step whether it may."""

    def __init__(self, engine: Engine, hold: Callable[[], Hold | None]) -> None:
        """Wrap an engine."""
        self._engine, self._hold = engine, hold

    def step(self) -> Step:
        """Do one step of the engine, or none and say why.

        Raises:
            LineError: nothing came of it.
        """
        hold = self._hold()
        if hold is not None:
            return Step(wait_s=hold.seconds, held=hold.words)
        return self._engine.step()
