# SPDX-License-Identifier: MulanPSL-2.0
"""Fills the status bar: link, unsent, deadlines, devices, key mode, clock (ux.md §2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from ui.models.words import link_words
from ui.runner import Latest
from ui.shell.status_bar import Segment, StatusPart
from ui.signals import app_signals

if TYPE_CHECKING:
    from counter.app.queries import Workbench
    from counter.ports.devices import Devices, DeviceStatus
    from ui.operations.desk import Desk
    from ui.operations.line import LineStatus
    from ui.shell.main_window import MainWindow
    from ui.widgets.base import Tone

_TICK_MS = 20_000


@dataclass(frozen=True)
class DeviceWords:
    """State of the devices, read off the GUI thread."""

    rows: tuple[tuple[str, DeviceStatus | None], ...]


def since_words(since: str, now: datetime) -> str:
    """Return e.g. ``2小时13分`` for how long something lasts; under a minute ``不到1分``."""
    minutes = max(0, int((now - datetime.fromisoformat(since)).total_seconds() // 60))
    hours, rest = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    if days:
        return f"{days}天{hours_left}小时"
    if hours:
        return f"{hours}小时{rest}分"
    return f"{rest}分钟" if rest else "不到1分"


def link_part(status: LineStatus, now: datetime) -> StatusPart:
    """Return the line's part; offline says for how long."""
    tone, words = link_words(status)
    if status.link == "offline":
        words = f"{words} {since_words(status.since, now)}"
    return StatusPart("link", (Segment(words, tone, icon="dot", strong=True),), "sync")


def clock_part(status: LineStatus, now: datetime) -> StatusPart:
    """Return the time, and whether it can be right."""
    if status.link == "clock" or status.clock_off:
        return StatusPart("clock", (Segment(f"时钟 {now:%H:%M} 不准", "danger", icon="warn"),))
    return StatusPart("clock", (Segment(f"时钟 {now:%H:%M}", "ok"),))


def unsent_part(bench: Workbench) -> StatusPart:
    """Return how many cases are only here, and since when."""
    counts = bench.counts
    if not counts.local_only:
        words = "全部已传" if not counts.pages_pending else f"还有 {counts.pages_pending} 页待传"
        return StatusPart("unsent", (Segment(words),), "sync")
    words = f"未传 {counts.local_only} 件"
    if counts.oldest_at:
        oldest = datetime.fromisoformat(counts.oldest_at)
        words += f"·最早 {oldest:%H:%M}"
    return StatusPart("unsent", (Segment(words),), "sync")


def deadline_part(bench: Workbench) -> StatusPart:
    """Return how many deadlines fall today or have passed."""
    late = sum(row.level == "overdue" for row in bench.radar)
    red = sum(row.level == "red" for row in bench.radar)
    if late:
        return _deadline(f"时限：已超期 {late} 件", "danger")
    if red:
        return _deadline(f"时限：{red} 件将到期", "danger")
    return _deadline("时限：无急件", None)


def _deadline(words: str, tone: Tone | None) -> StatusPart:
    return StatusPart("deadlines", (Segment(words, tone, strong=tone is not None),), "workbench")


def device_part(words: DeviceWords) -> StatusPart:
    """Return reader, camera and printer with a mark and, where it fails, a word.

    That they are simulated is said once, by the hall's name (练习), not three times here.
    """
    segments = []
    for name, status in words.rows:
        if status is None or status.state in {"absent", "failed"}:
            segments.append(Segment(f"{name}未连接", "danger", icon="cross", behind=True))
        else:
            segments.append(Segment(name, "ok", icon="check", behind=True))
    return StatusPart("devices", tuple(segments))


def _look_at(devices: Devices) -> DeviceWords:
    """Worker thread: ask each device how it is."""
    rows = (("读卡器", devices.reader), ("高拍仪", devices.camera), ("打印机", devices.printer))
    return DeviceWords(tuple((name, None if one is None else one.status()) for name, one in rows))


class StatusFeed(QObject):
    """Keeps the bar true: at every change, at every word of the line, and by the clock."""

    def __init__(self, main: MainWindow, desk: Desk) -> None:
        """Wire it; ``start`` fills the bar."""
        super().__init__(main)
        self._main = main
        self._desk = desk
        self._latest = Latest()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Fill the bar and keep it."""
        app_signals().changes.connect(self._read)
        app_signals().status.connect(self._show_line)
        self._read(None)
        self._tick()
        self._timer.start()
        if self._desk.key_mode != "keyring":
            part = StatusPart("keys", (Segment("仅口令保护", "warn", icon="lock"),))
            self._main.set_status(part)

    def stop(self) -> None:
        """Let go."""
        self._timer.stop()
        app_signals().changes.disconnect(self._read)
        app_signals().status.disconnect(self._show_line)

    def _tick(self) -> None:
        self._show_line(self._desk.line.status())
        devices = self._desk.devices
        self._desk.runner.run_io(lambda: _look_at(devices), self._show_devices, owner=self)

    def _show_devices(self, words: DeviceWords) -> None:
        self._main.set_status(device_part(words))

    def _show_line(self, status: object) -> None:
        line: LineStatus = status  # type: ignore[assignment] # Qt signals carry objects
        now = self._desk.clock.now()
        self._main.set_status(link_part(line, now))
        self._main.set_status(clock_part(line, now))

    def _read(self, _changes: object) -> None:
        who = self._desk.session.operator_id
        self._desk.read(
            lambda q: q.workbench(who), self._show_bench, owner=self, latest=self._latest
        )

    def _show_bench(self, bench: Workbench) -> None:
        self._main.set_status(unsent_part(bench))
        self._main.set_status(deadline_part(bench))
        self._main.set_badge("workbench", len(bench.attention))
        self._main.set_badge("sync", bench.counts.needs_person)
