# SPDX-License-Identifier: MulanPSL-2.0
"""The live panel at the right: time limits, material list, 预判, hints."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from counter.app.queries import CaseRow
from counter.domain.deadline_words import day_words, explain
from counter.domain.intake import IntakeView
from counter.domain.prejudge import PreJudge
from ui.screens.intake.material_row import state_badge
from ui.screens.intake.presenter import NO_ITEM, IntakePresenter
from ui.theme import px
from ui.widgets.badge import Badge
from ui.widgets.base import Tone, label
from ui.widgets.buttons import LinkButton
from ui.widgets.card import Card
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.mark import Mark

_UNITS = {"G": "个工作日", "Z": "天", "H": "小时"}
_STATUS: dict[str, tuple[Tone, str]] = {
    "holds": ("ok", "能核对的都符合"),
    "fails": ("warn", "转人工审核"),
    "unknown": ("warn", "暂不能判断"),
    "none": ("neutral", "没有秒批规则"),
}
_MARKS = {True: ("check", "ok"), False: ("cross", "danger"), None: ("question", "warn")}


def clear(column: QVBoxLayout) -> None:
    """Take everything out of a column."""
    while (held := column.takeAt(0)) is not None:
        if (widget := held.widget()) is not None:
            widget.hide()
            widget.deleteLater()


def marked_line(icon: str, tone: str, words: str) -> QWidget:
    """A mark and words that wrap."""
    line = QWidget()
    box = QHBoxLayout(line)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(px("s"))
    box.addWidget(Mark(icon, tone), 0, Qt.AlignmentFlag.AlignTop)
    box.addWidget(label(words, wrap=True), 1)
    return line


class SidePanel(QScrollArea):
    """Four cards that keep their place; only their content changes."""

    def __init__(self, presenter: IntakePresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._explained = False
        self._pre: PreJudge | None = None
        self._list_shape: tuple[tuple[str, str], ...] | None = None
        self.setAccessibleName("时限、材料、预判、提示")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, px("xs"), 0)
        column.setSpacing(px("m"))
        self.time = Card("时限")
        self._build_time()
        self.list = Card("材料清单")
        self._list = QVBoxLayout()
        self.list.add(self._list)
        self.pre = Card("秒批预判")
        self._pre_badge = Badge("neutral", "未开始")
        self.pre.add(self._pre_badge)
        self._pre_lines = QVBoxLayout()
        self.pre.add(self._pre_lines)
        self._pre_words = label("", "small", tone="muted", wrap=True)
        self.pre.add(self._pre_words)
        self.hints = Card("提示")
        self._hints = QVBoxLayout()
        self.hints.add(self._hints)
        for card in (self.time, self.list, self.pre, self.hints):
            column.addWidget(card)
        column.addStretch(1)
        self.setWidget(inner)
        self.show_hints()

    def _build_time(self) -> None:
        self._answer_name = label("收件后答复", "small", tone="muted", wrap=True)
        self._answer = label("—", "lead", wrap=True)
        self._why = LinkButton("为什么是这天")
        self._why.clicked.connect(self._toggle_why)
        self._explain = label("", "small", tone="muted", wrap=True)
        self._explain.hide()
        self._promise_name = label("受理后承诺办结", "small", tone="muted", wrap=True)
        self._promise = label("—", "lead", wrap=True)
        rule = QFrame()
        rule.setObjectName("rule")
        parts: tuple[QWidget | QLabel, ...] = (
            self._answer_name,
            self._answer,
            self._why,
            self._explain,
            rule,
            self._promise_name,
            self._promise,
        )
        for part in parts:
            self.time.add(part)

    def _toggle_why(self) -> None:
        self._explained = not self._explained
        self._explain.setVisible(self._explained)
        self._why.setText("收起" if self._explained else "为什么是这天")

    def show_view(self, step: str) -> None:
        """Show what follows from the draft; the list hides where the middle shows it."""
        view = self._presenter.view
        if view is None or self._presenter.item is NO_ITEM:
            self._answer_name.setText("选好事项后算出")
            self._answer.setText("—")
            self._why.hide()
            self._explain.hide()
            self._promise.setText("—")
            self.list.hide()
            self.pre.hide()
            return
        self._show_time(view)
        self.list.setVisible(step != "materials")
        self._show_list(view)
        self.pre.show()
        self._show_pre(view.prejudge)

    def _show_time(self, view: IntakeView) -> None:
        today = self._presenter.today().date()
        clocks = view.clocks
        days = self._presenter.item.answer_day
        self._answer_name.setText(f"收件后须答复（{days} 个工作日）")
        maybe = "暂定 " if clocks.answer.provisional else ""
        self._answer.setText(f"{maybe}{day_words(clocks.answer.date, today)}前")
        self._why.show()
        self._explain.setText("\n".join(explain(clocks.answer)))
        self._explain.setVisible(self._explained)
        amount, unit = clocks.promise_amount, _UNITS[clocks.promise_unit]
        if amount == 0:
            self._promise_name.setText("受理后")
            self._promise.setText("当场办结")
            return
        self._promise_name.setText(f"受理后承诺办结（{amount} {unit}）")
        self._promise.setText(f"约 {day_words(clocks.promise.date, today)}")

    def _show_list(self, view: IntakeView) -> None:
        shape = tuple((m.material.material_name, state_badge(m)[1]) for m in view.needed_materials)
        if shape == self._list_shape:
            return
        self._list_shape = shape
        clear(self._list)
        for state in view.needed_materials:
            tone, words, icon = state_badge(state)
            words = words.partition("，")[0]  # the date stands in the list of the step
            line = QWidget()
            box = QHBoxLayout(line)
            box.setContentsMargins(0, 0, 0, 0)
            box.addWidget(ElidedLabel(state.material.material_name), 1)
            box.addWidget(Badge(tone, words, icon=icon))
            self._list.addWidget(line)

    def _show_pre(self, pre: PreJudge) -> None:
        if pre == self._pre:
            return
        self._pre = pre
        tone, words = _STATUS[pre.status]
        self._pre_badge.set_state(tone, words)
        clear(self._pre_lines)
        for fact in pre.facts:
            icon, colour = _MARKS[fact.value]
            later = " — 联网后由中心核" if fact.value is None and fact.source == "platform" else ""
            self._pre_lines.addWidget(marked_line(icon, colour, f"{fact.label}{later}"))
        self._pre_words.setText(pre.text)

    def show_hints(self) -> None:
        """Show the earlier cases of the person."""
        clear(self._hints)
        rows = self._presenter.earlier.rows
        also = self._may_also()
        for words in also:
            self._hints.addWidget(marked_line("info", "accent", words))
        if not rows and also:
            return
        if not rows:
            words = "这里会提示这个人在办的事和可能的重复。"
            self._hints.addWidget(label(words, "small", tone="muted", wrap=True))
            return
        self._hints.addWidget(label(f"这个人在本机有 {len(rows)} 件", wrap=True))
        for row in rows[:5]:
            self._hints.addWidget(marked_line("info", "accent", self._earlier(row)))

    def _may_also(self) -> list[str]:
        p = self._presenter
        found = p.library.may_also(p.draft, p.view, p.reference.hints)
        return [f"您可能还能办：{words}" for words in found]

    def _earlier(self, row: CaseRow) -> str:
        return f"{row.item_name} · {row.state_word} · {row.received_at[:10]}"
