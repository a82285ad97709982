# SPDX-License-Identifier: MulanPSL-2.0
"""One operation of the queue: what the centre said, what is safe, what one can do."""

from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout

from counter.ports.sync_store import OutboxRow
from ui.models.queue_table import size_of, title_of, waits_for
from ui.models.words import NEEDS_PERSON, OP_STATES, due_words, long_day, moment_words
from ui.theme import px
from ui.widgets.badge import Badge
from ui.widgets.base import label, set_tone
from ui.widgets.buttons import PrimaryButton, SecondaryButton
from ui.widgets.card import Card

_SAFE = {
    "QUEUED": "已保存在本机，凭证有效；轮到就发，只报一次。",
    "WAIT_DEP": "已保存在本机；前一件到了中心才轮到它。",
    "APPLIED": "中心已签字确认收到，文字和图片都齐了。",
    "HELD": "中心收到了，等人决定；凭证有效，时限照算。",
    "CONFLICT": "中心收到了，和别处的记录对不上；等人决定。",
    "REJECTED": "凭证已给本人，须告知本人并更正；原来的内容都在本机。",
}
_ON_WAY = "中心已收到文字；图片传完才算齐。"


class OperationCard(Card):
    """Detail of the operation chosen in the queue."""

    open_case = Signal(str)
    close_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__("选一件看它在等什么")
        self._row: OutboxRow | None = None
        self._badge = Badge("neutral", "—")
        self._badge.hide()
        self.add_action(self._badge)
        self._name = label("", strong=True, wrap=True)
        self._said = label("", tone="danger", wrap=True)
        self._safe = label("", strong=True, wrap=True)
        self._facts = QGridLayout()
        self._facts.setColumnStretch(1, 1)
        self._facts.setHorizontalSpacing(px("m"))
        self._facts.setVerticalSpacing(px("xs"))
        self._open = PrimaryButton("打开这份办件")
        self._open.clicked.connect(self._ask_open)
        self._close = SecondaryButton("处理好了，关闭…")
        self._close.clicked.connect(self._ask_close)
        self._note = label("", "small", tone="muted", wrap=True)
        for part in (self._name, self._said, self._safe):
            self.add(part)
        self.add(self._facts)
        for button in (self._open, self._close, self._note):
            self.add(button)
        self._parts = (self._name, self._said, self._safe, self._open, self._close, self._note)
        self.show_nothing()

    def show_nothing(self) -> None:
        """No operation is chosen."""
        self._clear(None)
        self.set_title("选一件看它在等什么")

    def _clear(self, row: OutboxRow | None) -> None:
        self._row = row
        while (item := self._facts.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for part in (*self._parts, self._badge):
            part.setVisible(row is not None)

    def show_row(
        self,
        row: OutboxRow,
        place: int,
        places: dict[str, int],
        now: datetime,
        *,
        leader: bool,
    ) -> None:
        """Show an operation."""
        self._clear(row)
        word, tone = OP_STATES[row.state]
        self.set_title(f"第 {place} 件")
        self._name.setText(title_of(row))
        self._badge.set_state(tone, word)
        person = row.state in NEEDS_PERSON
        code = f"（{row.last_code}）" if row.last_code else ""
        said = row.last_message or ("没有写原因" if person else "")
        self._said.setText(f"中心说：{said}{code}" if said else "")
        self._said.setVisible(bool(said))
        set_tone(self._said, tone)
        self._safe.setText(
            _ON_WAY if row.state == "APPLIED" and row.blobs_pending else _SAFE[row.state]
        )
        self._show_facts(row, places, now)
        self._open.setVisible(row.kind.startswith("case."))
        self._close.setVisible(person)
        may = leader or row.state != "REJECTED"
        self._close.setEnabled(may)
        self._note.setText("" if may else "已给过凭证的办件被退回，只能由值班长关闭。")
        self._note.setVisible(person and not may)

    def _show_facts(self, row: OutboxRow, places: dict[str, int], now: datetime) -> None:
        soon = due_words(row.deadline, now.date())
        near = not soon.endswith("日")
        due = (
            (f"{long_day(row.deadline)}，{soon}" if near else long_day(row.deadline))
            if row.deadline
            else ""
        )
        tries = f"{row.attempts} 次" if row.attempts else "还没有"
        facts = [
            ("在等", waits_for(row, places, now)),
            ("时限", due or "—"),
            ("大小", size_of(row)),
            ("试过", f"{tries}，上次 {row.last_code}" if row.attempts and row.last_code else tries),
            ("下次", moment_words(row.next_try_at, now.date()) or "轮到就发"),
            ("操作号", f"第 {row.seq} 号"),
        ]
        if row.state in NEEDS_PERSON or row.state == "APPLIED":  # nothing is tried any more
            facts = [facts[1], facts[2], facts[5]]
        for at, (word, value) in enumerate(facts):
            self._facts.addWidget(label(word, "small", tone="muted"), at, 0)
            self._facts.addWidget(label(value, "small", wrap=True), at, 1)

    def _ask_open(self) -> None:
        if self._row is not None:
            self.open_case.emit(self._row.entity_id)

    def _ask_close(self) -> None:
        if self._row is not None:
            self.close_wanted.emit(self._row.op_id)
