# SPDX-License-Identifier: MulanPSL-2.0
"""What the workbench shows, as lines and numbers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject

from counter.app.queries import DueAgain, MovedDate, Workbench
from counter.domain.deadline_words import day_words
from counter.domain.masking import mask_name
from ui.models.queue_table import title_of
from ui.models.words import OP_STATES, clock_words, moment_words, short_no
from ui.operations import workbench as op
from ui.runner import Latest
from ui.widgets.lines import Line

if TYPE_CHECKING:
    from counter.app.centre_wishes import Wish
    from counter.domain.draft import Draft
    from counter.ports.sync_store import OutboxRow
    from ui.operations.desk import Desk
    from ui.screens.workbench.numbers import NumbersCard
    from ui.screens.workbench.radar import RadarCard
    from ui.widgets.lines import LineCard

_STEPS = {
    "person": "人",
    "item": "事项",
    "situation": "情形",
    "form": "表单",
    "materials": "材料",
    "review": "核对签字",
    "receipt": "凭证",
}
VISITORS = frozenset({"leader", "helper"})
"""Who plans visits: the shift leader and the helpers in the villages (帮办代办)."""
_CONCERNS = frozenset({"draft", "case", "outbox", "reference"})


def attention_line(row: OutboxRow) -> Line:
    """An operation that waits for a person."""
    word, tone = OP_STATES[row.state]
    said = row.last_message or word
    return Line(row.entity_id, f"{word}：{said}", title_of(row), tone)


def draft_line(draft: Draft, item_name: str, today: date) -> Line:
    """A draft: what, who (masked), where the clerk was, when it was kept."""
    parts = [item_name or "未选事项"]
    if draft.applicant.name:
        parts.append(mask_name(draft.applicant.name))
    when = moment_words(draft.updated_at or draft.started_at, today)
    return Line(
        draft.draft_id, " · ".join(parts), f"{when} 自动保存在本机", badge=_STEPS[draft.step]
    )


def again_line(row: DueAgain, today: date) -> Line:
    """Somebody who has to come again: what, who (masked), the last day."""
    days = (date.fromisoformat(row.due) - today).days
    when = f"已过 {-days} 天" if days < 0 else "今天到期" if not days else f"还有 {days} 天"
    sub = f"最晚 {day_words(date.fromisoformat(row.due))}，上次 {row.last}"
    return Line(
        row.case_id,
        f"{row.item_name} · {row.applicant}",
        sub,
        "warn" if days < 0 else None,
        badge=when,
    )


class WorkbenchView(Protocol):
    """What the presenter fills."""

    radar: RadarCard
    attention: LineCard
    drafts: LineCard
    results: LineCard
    again: LineCard
    today: NumbersCard

    def show_moved(self, cases: int) -> None:
        """Show of how many cases a day moved; 0 takes the line away."""

    def show_moved_list(self, rows: list[MovedDate]) -> None:
        """Show which days moved and why."""

    def show_wishes(self, words: str) -> None:
        """Show what the centre wants said; nothing takes the line away."""


class WorkbenchPresenter(QObject):
    """Reads the workbench and hands it to the view. GUI thread only."""

    def __init__(self, view: WorkbenchView, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._view, self._desk = view, desk
        self._latest, self._again = Latest(), Latest()

    def today(self) -> date:
        """The day at the counter."""
        return self._desk.clock.now().date()

    def concerns(self, changes: object | None) -> bool:
        """Whether a change may alter what is shown; `None` means anything may have."""
        kinds = getattr(changes, "kinds", None)
        return kinds is None or bool(kinds & _CONCERNS)

    def load(self) -> None:
        """Read again."""
        op.load(self._desk, self._show, owner=self, latest=self._latest)
        op.read_wishes(self._desk, self._show_wishes, owner=self)
        if VISITORS & self._desk.session.roles:
            op.read_due_again(self._desk, self._show_again, owner=self, latest=self._again)

    def look_at_moved(self) -> None:
        """Read which days moved."""
        op.read_moved(self._desk, self._view.show_moved_list, owner=self)

    def moved_seen(self) -> None:
        """The list was read."""
        op.see_moved(self._desk, owner=self)

    def _show_wishes(self, wishes: tuple[Wish, ...]) -> None:
        self._view.show_wishes("\n".join(one.words for one in wishes))

    def _show_again(self, rows: tuple[DueAgain, ...]) -> None:
        card, today = self._view.again, self.today()
        card.show_lines([again_line(row, today) for row in rows])
        card.setVisible(bool(rows))

    def _show(self, bench: Workbench) -> None:
        today, view = self.today(), self._view
        view.show_moved(bench.moved_cases)
        view.radar.show_rows(bench.radar, today)
        view.attention.show_lines([attention_line(row) for row in bench.attention], "danger")
        view.drafts.show_lines([draft_line(one, name, today) for one, name in bench.drafts])
        results = [
            Line(row.case_id, f"{row.item_name} · {row.applicant}", short_no(row.receipt_no), "ok")
            for row in bench.results
        ]
        view.results.show_lines(results)
        counts = bench.counts
        oldest = f"最早 {clock_words(counts.oldest_at)}" if counts.oldest_at else ""
        view.today.show_numbers(
            [
                ("收件", str(bench.today_received), ""),
                ("已传到中心", str(bench.today_sent), ""),
                ("中心已受理", str(bench.today_accepted), ""),
                ("待出件", str(len(bench.results)), ""),
                ("只在本机", str(counts.local_only), oldest),
            ]
        )
