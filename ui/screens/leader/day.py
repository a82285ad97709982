# SPDX-License-Identifier: MulanPSL-2.0
"""The leader's day: alarms first, then clocks, gaps, what was sent back, doubles, identities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QVBoxLayout, QWidget

from counter.domain.masking import mask_name
from ui.dialogs.ask import AskDialog
from ui.dialogs.reason import ReasonDialog
from ui.models.queue_table import title_of
from ui.models.words import DUE_WORDS, LEVEL_TONES, OP_STATES, due_words, long_day, short_no
from ui.notify import notify
from ui.operations import leader as op
from ui.runner import Latest
from ui.theme import px
from ui.widgets.lines import Line, LineCard

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from counter.app.commands import Done
    from counter.app.queries import DueRow, LeaderView
    from ui.operations.desk import Desk
    from ui.operations.leader import LeaderDay

_FOLD_EM = 64
_CONCERNS = frozenset({"case", "outbox", "person", "calendar"})
_SECTIONS = (
    ("deemed", "视为受理，等您确认", "没有逾期未答复的办件。"),
    ("late", "时限", "没有今天到期或超期的办件。"),
    ("attention", "中心退回、等人决定", "没有被退回、也没有等人决定的。"),
    ("doubles", "可能重复", "中心没有发现重复的办件。"),
    ("agents", "一人代办多人（今天）", "今天没有人代办到要您同意的人数。"),
    ("gaps", "容缺补齐", "没有等着补的容缺材料。"),
    ("recheck", "补核验身份", "没有要补核验的人。"),
    ("refusals", "否定事项报备", "没有不予收件、不予受理、不予许可或退回的。"),
    ("moved", "日期有变", "放假安排没有改动办件的日期。"),
)
_HALF = 5


class DayBoard(QWidget):
    """Sections as cards; a line opens its case or asks what is to be done."""

    open_case = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk, self._latest = desk, Latest()
        self._day: LeaderDay | None = None
        self.cards = {key: LineCard(name, empty, most=8) for key, name, empty in _SECTIONS}
        self._lay_out()
        for key in ("deemed", "late", "attention", "doubles", "gaps", "refusals", "moved"):
            self.cards[key].chosen.connect(self._open)
        self.cards["recheck"].chosen.connect(self._prove)
        self.cards["agents"].chosen.connect(self._approve)

    def _lay_out(self) -> None:
        columns: list[QVBoxLayout] = []
        for keys in (list(self.cards)[:_HALF], list(self.cards)[_HALF:]):
            column = QVBoxLayout()
            column.setSpacing(px("l"))
            for key in keys:
                column.addWidget(self.cards[key])
            column.addStretch(1)
            columns.append(column)
        inner = QWidget()
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, inner)
        self._row.setContentsMargins(0, 0, px("s"), 0)
        self._row.setSpacing(px("l"))
        for column in columns:
            self._row.addLayout(column, 1)
        area = QScrollArea()
        area.setAccessibleName("值班长的一天")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < _FOLD_EM * px("body")
        down = QBoxLayout.Direction.TopToBottom
        self._row.setDirection(down if narrow else QBoxLayout.Direction.LeftToRight)

    def focus_first(self) -> None:
        """The first line there is."""
        for card in self.cards.values():
            if card.focus_first():
                return

    def refresh(self, changes: object | None) -> None:
        """Read again if the change concerns it."""
        kinds = getattr(changes, "kinds", None)
        if kinds is None or kinds & _CONCERNS:
            op.load(self._desk, self._show, owner=self, latest=self._latest)

    # -- showing --------------------------------------------------------------------------

    def _show(self, day: LeaderDay) -> None:
        self._day = day
        today, view, cards = self._desk.clock.now().date(), day.view, self.cards
        cards["deemed"].show_lines(_due(view.deemed, today), "danger")
        cards["late"].show_lines(_due(view.late, today), "danger")
        cards["gaps"].show_lines(_due(view.gaps, today))
        self._show_waiting(view)
        self._show_people(view)
        self._show_told(day)

    def _show_waiting(self, view: LeaderView) -> None:
        self.cards["attention"].show_lines(
            [
                Line(
                    row.entity_id,
                    f"{OP_STATES[row.state][0]}：{row.last_message or '没有写原因'}",
                    title_of(row),
                    OP_STATES[row.state][1],
                )
                for row in view.attention
            ],
            "danger",
        )
        self.cards["doubles"].show_lines(
            [
                Line(
                    row.case_id,
                    f"{row.item_name} · {row.applicant}",
                    short_no(row.receipt_no),
                    "warn",
                )
                for row in view.doubles
            ],
            "warn",
        )

    def _show_told(self, day: LeaderDay) -> None:
        self.cards["refusals"].show_lines(
            [
                Line(
                    "",  # a refusal is told, its case may be at another window
                    f"{row.act_word}：{row.reason}",
                    f"{row.item_name} · {row.who or '没有留名'}　{row.office}",
                    badge="" if row.sent else "还没传到中心",
                )
                for row in day.refusals
            ]
        )
        self.cards["moved"].show_lines(
            [
                Line(
                    row.case_id,
                    f"{row.item_name} · {row.applicant}",
                    f"{DUE_WORDS.get(row.kind, '')} {long_day(row.old_due)} 改到 "
                    f"{long_day(row.new_due)}",
                )
                for row in day.moved
            ]
        )

    def _show_people(self, view: LeaderView) -> None:
        self.cards["recheck"].show_lines(
            [
                Line(row.case.case_id, f"{row.case.applicant} · {row.case.item_name}", row.why)
                for row in view.recheck
            ]
        )
        self.cards["agents"].show_lines(
            [
                Line(
                    str(at),
                    f"{mask_name(row.agent.name)} 今天替 {row.people} 个人办",
                    "请核对每一份委托" if not row.approved else "今天已同意继续代办",
                    "ok" if row.approved else "warn",
                )
                for at, row in enumerate(view.agents)
            ]
        )

    # -- acts ---------------------------------------------------------------------------------

    def _open(self, found: str) -> None:
        """A line whose case is not here (不予收件) opens nothing."""
        if found:
            self.open_case.emit(found)

    def _prove(self, case_id: str) -> None:
        words = "看过本人和证件原件，人证一致，才能登记。登记后记下是谁、什么时候核验的。"
        asked = AskDialog("补核验身份", words, "已核验", parent=self)

        def done(_done: Done) -> None:
            notify("补核验已保存在本机，排队传到中心。", "ok")

        asked.accepted.connect(lambda: op.prove_identity(self._desk, case_id, done, owner=self))
        asked.confirm.setFocus()
        asked.open()

    def _approve(self, at: str) -> None:
        if self._day is None:
            return
        row = self._day.view.agents[int(at)]
        if row.approved:
            notify("今天已经同意过了。", "info")
            return
        asked = ReasonDialog(
            "同意代办",
            "核对过每一份委托、没有替人冒领的，才同意；同意只管今天。",
            "同意",
            frequent=("村里的代办员，委托书齐全", "一家人，户口簿核对过"),
            parent=self,
        )

        def done(_done: Done) -> None:
            notify("同意已保存在本机。", "ok")

        asked.given.connect(
            lambda reason: op.approve_agent(self._desk, row.agent, reason, done, owner=self)
        )
        asked.open()


def _due(rows: Iterable[DueRow], today: date) -> list[Line]:
    return [
        Line(
            row.case_id,
            row.title,
            f"{DUE_WORDS.get(row.kind, row.kind)}　{row.now_word}　{short_no(row.receipt_no)}",
            LEVEL_TONES[row.level],
            due_words(row.due, today),
        )
        for row in rows
    ]
