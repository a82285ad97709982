# SPDX-License-Identifier: MulanPSL-2.0
"""The line itself: its three lanes, its quality over the last hours, what was settled last."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout

from counter.app.queries import CaseRow
from ui.models.words import DELIVERY_TONES, moment_words
from ui.operations.line import LineStatus
from ui.theme import px
from ui.widgets.badge import Badge
from ui.widgets.base import label
from ui.widgets.card import Card
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.link_chart import LinkChart

_LANES = {"ops": "文字", "blobs": "图片", "pull": "取回"}
_GOOD_MS = 200.0
"""A round trip this short fills the chart."""


class _GridCard(Card):
    """A card with one grid that is filled anew."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(px("m"))
        self.grid.setVerticalSpacing(px("xs"))
        self.grid.setColumnStretch(1, 1)
        self.add(self.grid)

    def clear(self) -> None:
        """Take everything out."""
        while (item := self.grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()


class LanesCard(_GridCard):
    """What each lane does and when it tries again."""

    def __init__(self) -> None:
        super().__init__("线路")
        self.chart = LinkChart("线路")
        self.add(self.chart)
        self._shown: LineStatus | None = None

    def show_status(self, status: LineStatus, now: datetime) -> None:
        """Show a picture of the line; the same one changes nothing."""
        if status == self._shown:
            return
        self._shown = status
        self.clear()
        at, told = 0, set[str]()
        for lane in status.lanes:
            again = moment_words(lane.next_try_at, now.date())
            # What stops the whole line stands above the page; each lane only waits for it.
            doing = "等线路" if lane.doing == status.words else lane.doing.rstrip("。")
            if again:  # nothing is tried where nothing failed
                doing = doing.removesuffix("，会自动再试")
                doing += f"，{again} {'再试' if lane.code else '再看'}"
            name = label(_LANES[lane.name], "small", tone="muted")
            self.grid.addWidget(name, at, 0, Qt.AlignmentFlag.AlignTop)
            self.grid.addWidget(label(doing, "small", wrap=True), at, 1)
            at += 1
            if lane.code and lane.code not in told:
                told.add(lane.code)
                words = f"代码 {lane.code}"
                self.grid.addWidget(label(words, "small", tone="warn", wrap=True), at, 1)
                at += 1
        if status.skew_words:
            self.grid.addWidget(label("时钟", "small", tone="muted"), at, 0)
            self.grid.addWidget(label(status.skew_words, "small", wrap=True), at, 1)
            at += 1
        for note in status.notes:  # the record: here also after it was read and put aside
            name = label("已自动处理", "small", tone="muted")
            self.grid.addWidget(name, at, 0, Qt.AlignmentFlag.AlignTop)
            self.grid.addWidget(label(note, "small", wrap=True), at, 1)
            at += 1
        samples = [None if v < 0 else min(1.0, _GOOD_MS / max(v, 1.0)) for _, v in status.history]
        since = moment_words(status.history[0][0], now.date()) if status.history else ""
        self.chart.set_samples(samples, since)


class SettledCard(_GridCard):
    """The last cases the centre has answered about."""

    def __init__(self) -> None:
        super().__init__("最近有了结果")
        self._shown: tuple[CaseRow, ...] | None = None

    def show_rows(self, rows: Sequence[CaseRow]) -> None:
        """Show cases with the words of their delivery."""
        if tuple(rows) == self._shown:
            return
        self._shown = tuple(rows)
        self.clear()
        for at, row in enumerate(rows):
            self.grid.addWidget(ElidedLabel(f"{row.item_name} · {row.applicant}", "small"), at, 1)
            tone = DELIVERY_TONES.get(row.delivery, "neutral")
            self.grid.addWidget(Badge(tone, row.delivery_word), at, 0)
        if not rows:
            words = "还没有传到中心的办件。连上以后，结果会出现在这里。"
            self.grid.addWidget(label(words, "small", tone="muted", wrap=True), 0, 0, 1, 2)
