# SPDX-License-Identifier: MulanPSL-2.0
"""Step 事项: find by any words, take with Enter or a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout

from counter.domain.catalog import STATE_WORDS
from ui.forms.controls import TextControl, as_typed
from ui.forms.enter_walk import EnterWalk
from ui.forms.option_rows import OptionRows
from ui.operations import intake
from ui.runner import Latest
from ui.screens.intake.presenter import NO_ITEM, IntakePresenter
from ui.screens.intake.step import StepPage
from ui.screens.intake.theme_card import ThemeCard
from ui.widgets.banner import Banner
from ui.widgets.base import label
from ui.widgets.card import Card

if TYPE_CHECKING:
    from counter.app.queries import ItemHit

_TYPES = {"1": "当场办", "2": "承诺办", "9": ""}


class _SearchLine(TextControl):
    """The search line: digits choose while it is empty, arrows go into the list."""

    def __init__(self, rows: OptionRows) -> None:
        super().__init__(as_typed, placeholder="事项名称、拼音、首字母或平常的话，例如 老年钱")
        self._rows = rows

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.text() and event.text().isdigit() and self._rows.pick(int(event.text())):
            return
        if event.key() == Qt.Key.Key_Down and self._rows.rows:
            self._rows.rows[0].setFocus(Qt.FocusReason.TabFocusReason)
            return
        super().keyPressEvent(event)


class ItemStep(StepPage):
    """Search as you type; without words the frequent ones on 1–9."""

    def __init__(self, presenter: IntakePresenter) -> None:
        super().__init__(presenter, "事项")
        self._latest = Latest()
        self._hits: list[ItemHit] = []
        self.warning = Banner("danger", "")
        self.warning.hide()
        self.rows = OptionRows()
        self.rows.edited.connect(self._chosen)
        self.search = _SearchLine(self.rows)
        self.search.setAccessibleName("搜索事项")
        self.search.textEdited.connect(lambda text: self._ask(text.strip()))
        self.search.entered.connect(lambda: presenter.at("item"))
        self._walk = EnterWalk(self)
        self._walk.watch(self.search)
        self._walk.onward.connect(lambda _one: self._take_first())
        self._walk.back.connect(lambda _one: presenter.move(-1))
        self.list_card = Card("常办事项", note="按数字键直接选")
        self.list_card.add(self.rows)
        self._none = label(
            "没有找到。换个说法试试，或只输几个字的首字母。", tone="muted", wrap=True
        )
        self._none.hide()
        self.list_card.add(self._none)
        self.about = Card("")
        self._about = label("", wrap=True)
        self._condition = label("", tone="muted", wrap=True)
        words = QVBoxLayout()
        words.addWidget(self._about)
        words.addWidget(self._condition)
        self.about.add(words)
        self.theme = ThemeCard(presenter)
        self.theme.hide()
        self.stopped = Banner("warn", "", closable=True)
        self.stopped.hide()
        presenter.versions.refused.connect(self._refused)
        for part in (
            self.stopped,
            self.warning,
            self.search,
            self.list_card,
            self.theme,
            self.about,
        ):
            self.column.addWidget(part)
        self.column.addStretch(1)

    def open_new(self) -> None:
        self.stopped.hide()
        self.search.clear()
        self._ask("")

    def _ask(self, text: str) -> None:
        intake.search_items(self.presenter.desk, text, self._have, owner=self, latest=self._latest)

    def _have(self, hits: list[ItemHit]) -> None:
        self._hits = hits
        found = bool(self.search.text().strip())
        self.list_card.set_title(
            "找到的事项" if found else "常办事项", "回车选第一个" if found else "按数字键直接选"
        )
        options = [(hit.item_code, self._words(hit)) for hit in hits[:9]]
        off = {hit.item_code for hit in hits if hit.task_state != "在用"}
        self.rows.set_options(options, off)
        for row in self.rows.rows:
            self.keep_visible(row)
            self._walk.watch(row)
        draft = self.presenter.draft
        self.rows.set_value(draft.taken if draft else "")
        self._none.setVisible(found and not hits)

    def _words(self, hit: ItemHit) -> str:
        kind = "几件事一起办" if hit.kind == "theme" else _TYPES.get(hit.project_type, "")
        alias = f"（{hit.matched}）" if hit.matched and hit.matched not in hit.name else ""
        if stopped := STATE_WORDS[hit.task_state]:
            return f"{stopped} · {hit.name}"  # first, so that a long name cannot hide it
        return f"{hit.name}{alias}" + (f" · {kind}" if kind else "")

    def _refused(self, words: str) -> None:
        draft = self.presenter.draft
        self.rows.set_value(draft.taken if draft else "")
        self.presenter.go("item")
        self.stopped.set_message("warn", words)
        self.stopped.show()
        self.stopped.speak()
        self.reveal(self.stopped)

    def _chosen(self, code: object) -> None:
        self.stopped.hide()
        self.presenter.choose_item(str(code))

    def _take_first(self) -> None:
        here = self.rows.rows
        held = next((row for row in here if row.hasFocus()), None)
        if held is not None:
            self.presenter.choose_item(held.key)
        elif self.search.text().strip():
            if self._hits:
                self.presenter.choose_item(self._hits[0].item_code)
        elif self.presenter.item is not NO_ITEM:
            self.presenter.move(1)
        elif here:
            here[0].setFocus(Qt.FocusReason.TabFocusReason)

    def show_view(self) -> None:
        item, draft = self.presenter.item, self.presenter.draft
        chosen = item is not NO_ITEM
        self.about.setVisible(chosen)
        self.set_note(f"已选：{item.short_name}" if chosen else "")
        self.rows.set_value(draft.taken if draft else "")
        self.theme.setVisible(bool(draft and draft.theme))
        self.theme.show_view()
        if chosen:
            self.about.set_title(item.task_name)
            self._about.setText(f"办理条件：{item.accept_condition}")
            fee = "、".join(f"{f.fee_name} {f.fee_stand}" for f in item.fees)
            fee = fee if item.is_fee else "不收费"
            given = f" · 办成后给：{item.result_name}" if item.result_name else ""
            self._condition.setText(f"{item.dept_name} · {fee}{given}")
        blocked = chosen and item.agent_forbidden
        self.warning.setVisible(blocked)
        if blocked:
            why = item.agent_forbidden_reason or "必须本人到场"
            self.warning.set_message(
                "danger" if draft and draft.agent else "warn",
                f"这个事项不能代办：{why}。来不了的可以预约上门。",
            )

    def focus_at(self, focus: str) -> None:
        if focus == "theme" and self.theme.rows:
            self.keep_visible(self.theme)
            self.theme.focus_first()
            return
        self.search.setFocus(Qt.FocusReason.TabFocusReason)
