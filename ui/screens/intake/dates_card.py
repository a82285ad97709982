# SPDX-License-Identifier: MulanPSL-2.0
"""现在收件: the promised and the legal day if the case is received now, and why it is that day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counter.domain.deadline_words import day_words, explain
from counter.domain.intake import legal_limit
from ui.screens.intake.presenter import NO_ITEM, IntakePresenter
from ui.screens.intake.summary import promise_words
from ui.widgets.base import label
from ui.widgets.buttons import LinkButton
from ui.widgets.card import Card

if TYPE_CHECKING:
    from datetime import date

    from counter.domain.deadlines import Deadline

WHY = "为什么是这天"


def _day(deadline: Deadline, today: date) -> str:
    maybe = "，暂定" if deadline.provisional else ""
    return f"{day_words(deadline.date, today)}{maybe}"


class DatesCard(Card):
    """One sentence before 收件; the reasons unfold on demand."""

    def __init__(self, presenter: IntakePresenter) -> None:
        super().__init__("现在收件")
        self._presenter = presenter
        self._words = label("", wrap=True)
        self._why = label("", "small", tone="muted", wrap=True)
        self._why.hide()
        self.toggle = LinkButton(WHY)
        self.toggle.clicked.connect(self._unfold)
        self.add_action(self.toggle)
        self.add(self._words)
        self.add(self._why)

    def show_view(self) -> None:
        """Show the days as of now."""
        presenter, view = self._presenter, self._presenter.view
        data = presenter.reference.data
        self.setVisible(view is not None and data is not None and presenter.item is not NO_ITEM)
        if view is None or data is None or presenter.item is NO_ITEM:
            return
        today, times = presenter.today().date(), view.clocks
        words = [f"最晚{_day(times.answer, today)}，答复是否受理。"]
        why = ["答复：", *explain(times.answer)]
        if times.promise_amount:
            day = _day(times.promise, today)
            words.append(f"受理后承诺{promise_words(view)}，到最后一天才受理的话是{day}。")
            why += ["承诺：", *explain(times.promise)]
        else:
            words.append("受理后当场办结。")
        # Of a theme each case has its own limit; none of them is that of the whole.
        limit = None
        if presenter.themes.bundle is None:
            limit = legal_limit(presenter.item, view.facts, times.answer.date, data.calendar)
        if limit is not None:
            words.append(f"法律规定最晚{_day(limit, today)}。")
            why += ["法定：", *explain(limit)]
        self._words.setText("\n".join(words))
        self._why.setText("\n".join(why))

    def _unfold(self) -> None:
        shown = self._why.isHidden()
        self._why.setVisible(shown)
        self.toggle.setText("收起" if shown else WHY)
