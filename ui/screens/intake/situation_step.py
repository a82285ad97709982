# SPDX-License-Identifier: MulanPSL-2.0
"""Step 情形: the few questions that decide; number keys answer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt

from counter.domain.draft import Draft
from counter.domain.facts import QuestionState
from ui.forms.enter_walk import EnterWalk
from ui.forms.option_rows import OptionRow, OptionRows
from ui.screens.intake.presenter import IntakePresenter
from ui.screens.intake.step import StepPage
from ui.widgets.banner import Banner
from ui.widgets.base import label
from ui.widgets.card import Card


class QuestionCard(Card):
    """One question with its options."""

    def __init__(self, key: str) -> None:
        super().__init__(" ")
        self.key = key
        self.help = label("", "small", tone="muted", wrap=True)
        self.options = OptionRows()
        self.error = label("", "small", tone="danger", wrap=True)
        self.add(self.help)
        self.add(self.options)
        self.add(self.error)

    def show_state(self, state: QuestionState, error: str) -> None:
        """Show the question as it stands."""
        self.set_title(state.question.text, "已自动判断，可以改" if state.derived else "")
        self.help.setText(state.question.help)
        self.help.setVisible(bool(state.question.help))
        self.options.set_options([(o.key, o.label) for o in state.options])
        self.options.set_value(state.answer)
        self.options.setAccessibleName(state.question.text)
        self.error.setText(error)
        self.error.setVisible(bool(error))


class SituationStep(StepPage):
    """All visible questions below each other; the next open one gets the focus."""

    def __init__(self, presenter: IntakePresenter) -> None:
        super().__init__(presenter, "情形")
        self.cards: dict[str, QuestionCard] = {}
        self._walk = EnterWalk(self)
        self._walk.onward.connect(lambda _one: self._onward())
        self._walk.back.connect(self._back)
        self.none = Banner("info", "这个事项没有要分的情形，直接填表。")
        self.none.hide()
        self.column.addWidget(self.none)
        self.column.addStretch(1)

    def open_new(self) -> None:
        for card in self.cards.values():
            card.hide()
            card.deleteLater()
        self.cards = {}

    def show_view(self) -> None:
        view = self.presenter.view
        if view is None:
            return
        shown = [state.question.key for state in view.questions]
        for at, state in enumerate(view.questions):
            key = state.question.key
            card = self.cards.get(key) or self._add(key)
            found = view.at(f"question.{key}")
            wrong = found.text if found and found.code != "SIT-UNANSWERED" else ""
            card.show_state(state, wrong)
            for row in card.options.rows:
                self._walk.watch(row)
                row.installEventFilter(self)
            if self.column.indexOf(card) != at + 1:
                self.column.insertWidget(at + 1, card)
        for key, card in self.cards.items():
            card.setVisible(key in shown)
        self.none.setVisible(not shown)
        left = [s for s in view.questions if not s.answer]
        self.set_note(f"还有 {len(left)} 个问题" if left else "都答好了，回车进入下一步")

    def _add(self, key: str) -> QuestionCard:
        card = QuestionCard(key)
        card.options.edited.connect(lambda value: self._answer(key, str(value)))
        card.options.picked.connect(self._onward_open)
        self.cards[key] = card
        return card

    def _answer(self, key: str, value: str) -> None:
        def change(draft: Draft) -> None:
            draft.answers = {**draft.answers, key: value}

        self.presenter.edit(change)

    def _open(self) -> str:
        view = self.presenter.view
        states = view.questions if view else ()
        return next((s.question.key for s in states if not s.answer), "")

    def _onward_open(self) -> None:
        """After a number key: to the next open question, if there is one."""
        if key := self._open():
            self._focus(key)

    def _onward(self) -> None:
        if key := self._open():
            self._focus(key)
        else:
            self.presenter.move(1)

    def _back(self, widget: object) -> None:
        shown = [k for k, c in self.cards.items() if c.isVisibleTo(self)]
        at = next((i for i, k in enumerate(shown) if widget in self.cards[k].options.rows), 0)
        if at:
            self._focus(shown[at - 1])
        else:
            self.presenter.move(-1)

    def _focus(self, key: str) -> None:
        rows = self.cards[key].options.rows
        target = next((row for row in rows if row.isChecked()), rows[0] if rows else None)
        if target is not None:
            target.setFocus(Qt.FocusReason.TabFocusReason)

    def focus_at(self, focus: str) -> None:
        key = focus.partition(".")[2]
        if not (key in self.cards and self.cards[key].isVisibleTo(self)):
            key = self._open() or next(iter(self.cards), "")
        if key:
            self._focus(key)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, OptionRow):
            card = next(c for c in self.cards.values() if c.isAncestorOf(watched))
            self.presenter.at(f"question.{card.key}")
            self.reveal(card)
            self.reveal(watched)
        return False
