# SPDX-License-Identifier: MulanPSL-2.0
"""The sync worker as the screens see it: frozen pictures in, a kick and a switch out."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Qt, Signal, Slot

from counter.app.timekeeping import MAX_JUMP
from ui.operations.line import LaneStatus, LineStatus, LinkState
from ui.signals import app_signals

if TYPE_CHECKING:
    from counter.app.changes import Changes
    from counter.ports.clock import Clock
    from sync.client.status import LaneView, SyncStatus
    from sync.client.transport import Link
    from sync.client.worker import SyncWorker

_STATES: dict[str, LinkState] = {
    "unknown": "checking",
    "online": "online",
    "offline": "offline",
    "blocked": "blocked",
    "refused": "refused",
    "clock": "clock",
}
_SAME_S = 0.5
"""A difference no receipt shows."""
_NARROW_WORDS = "已连上中心，线路较慢：文字先传，图片夜里传。"
_SHORT = {
    "PORTAL": "网络被拦",
    "PROXY": "代理不通",
    "DNS": "找不到中心",
    "DOWN": "中心没有开着",
    "EDGE": "只到本厅主机",
    "TLS": "证书不可信",
    "WRONG-KEY": "对方不是中心",
    "TLS-CLOCK": "本机时间不对",
    "DEVICE": "中心不认本机",
    "EPOCH": "正在换新编号",
}
"""Trouble by its cause, where two that look alike are mended by different people."""
_LANES: dict[str, Literal["ops", "blobs", "pull"]] = {
    "push": "ops",
    "blobs": "blobs",
    "pull": "pull",
}


class WorkerLine(QObject):
    """Bridges the worker's threads to the GUI thread; made before the worker, closed after it.

    However often the lanes report, at most one wake-up is under way.
    """

    _told = Signal()

    def __init__(self, link: Link, clock: Clock, *, training: bool) -> None:
        """Make the bridge; ``attach`` gives it the worker."""
        super().__init__()
        self.training = training
        self._link = link
        self._clock = clock
        self._worker: SyncWorker | None = None
        self._changes: list[Changes] = []
        self._told.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._pending = False

    def attach(self, worker: SyncWorker) -> None:
        """Say which worker it is; before the worker starts."""
        self._worker = worker

    # -- called by the lanes ---------------------------------------------

    def on_status(self, _status: SyncStatus) -> None:
        """Any thread: something of the line changed."""
        self._wake()

    def on_changes(self, changes: Changes) -> None:
        """Any thread: rows changed."""
        self._changes.append(changes)
        self._wake()

    def _wake(self) -> None:
        if not self._pending:
            self._pending = True
            self._told.emit()

    @Slot()
    def _tell(self) -> None:
        self._pending = False
        found, self._changes = self._changes, []
        if found:
            whole = found[0]
            for one in found[1:]:
                whole |= one
            app_signals().changes.emit(whole)
        app_signals().status.emit(self.status())

    # -- called by the screens -------------------------------------------

    def status(self) -> LineStatus:
        """Return the newest picture."""
        if self._worker is None:
            return LineStatus("checking", "正在检查网络。", self._clock.now().isoformat(), ())
        return picture(self._worker.status, self._clock.now(), time.monotonic())

    def kick(self, *, pages: bool = False) -> None:
        """Try everything now; ``pages``: also those the line would keep for later."""
        if self._worker is not None:
            self._worker.kick(person=True, pages=pages)

    def wake(self) -> None:
        """A new operation was committed: send it without waiting for the next look."""
        if self._worker is not None:
            self._worker.kick()

    def set_link(self, *, enabled: bool) -> None:
        """Unplug or plug the line: training hall only."""
        if self.training:
            self._link.enabled = enabled

    @property
    def link_enabled(self) -> bool:
        """Whether the line is plugged in."""
        return self._link.enabled


def picture(seen: SyncStatus, now: datetime, mono: float) -> LineStatus:
    """Return the worker's state at a moment (wall and monotonic seconds) in the screens' words."""

    def wall(at: float) -> str:
        return (now - timedelta(seconds=max(0.0, mono - at))).isoformat()

    traffic, cause = seen.traffic, seen.link.cause
    rtts = [s.rtt_ms for s in seen.history if s.rtt_ms is not None]
    narrow = seen.link.state == "online" and seen.profile == "narrow"
    state = "checking" if cause == "EPOCH" else _STATES[seen.link.state]  # mends itself
    return LineStatus(
        link="narrow" if narrow else state,
        words=_NARROW_WORDS if narrow else seen.link.words,
        short=_SHORT.get(cause, ""),
        since=wall(seen.link.since),
        lanes=tuple(_lane(lane, now) for lane in seen.lanes),
        cost_words=seen.cost,
        pages_words=seen.pages_note.words if seen.pages_note else "",
        pages_askable=bool(seen.pages_note and seen.pages_note.askable),
        speed_kbit_s=(traffic.up_speed or 0.0) * 8 / 1000,
        rtt_ms=float(rtts[-1]) if rtts else 0.0,
        history=tuple(
            (wall(s.at), -1.0 if s.rtt_ms is None else float(s.rtt_ms)) for s in seen.history
        ),
        notes=seen.notes,
        skew_words=skew_words(seen.ahead),
        clock_off=abs(seen.ahead or timedelta(0)) > MAX_JUMP,
    )


def skew_words(ahead: timedelta | None) -> str:
    """Return how far our clock is from the centre's, '' before the centre was heard."""
    if ahead is None:
        return ""
    off = abs(ahead).total_seconds()
    if off < _SAME_S:
        return "与中心一致"
    amount = f"{off:.1f} 秒" if off < 60 else f"{off / 60:.0f} 分钟"
    if abs(ahead) <= MAX_JUMP:
        return f"与中心差 {amount}"
    return f"比中心{'慢' if ahead > timedelta(0) else '快'} {amount}，请核对电脑的日期和时间"


def _lane(view: LaneView, now: datetime) -> LaneStatus:
    next_try = (now + timedelta(seconds=view.next_try_s)).isoformat() if view.next_try_s else ""
    return LaneStatus(_LANES[view.name], view.what, next_try, view.code)
