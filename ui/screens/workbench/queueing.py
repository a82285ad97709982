# SPDX-License-Identifier: MulanPSL-2.0
"""叫号: whom this window called, who waits in the hall, and new numbers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal

from counter.domain.queueing import ahead_of
from ui.models.words import clock_words
from ui.notify import notify
from ui.operations import queueing as op
from ui.operations.queueing import HallQueue
from ui.runner import Latest
from ui.screens.workbench.ticket import PRINT_KEY, TicketLine
from ui.shell.screen import KeyLine
from ui.theme import px
from ui.widgets.base import announce, label
from ui.widgets.buttons import LinkButton, SecondaryButton
from ui.widgets.card import Card
from ui.widgets.flow_row import FlowRow

if TYPE_CHECKING:
    from counter.domain.queueing import QueueRow
    from ui.operations.desk import Desk

CALL_KEY = "Ctrl+J"
_TAKE_KEYS = 9
"""So many categories have a key, Ctrl and their place."""
_MISSED = 4


class QueueCard(Card):
    """The hall's queue at this window; quiet where no numbers are given."""

    serve = Signal(str)
    """The called person sits down: begin an intake with this number."""

    told = Signal()
    """A number was called or given: it has to be seen."""

    def __init__(self, desk: Desk) -> None:
        super().__init__("叫号")
        self._desk = desk
        self._latest = Latest()
        self._table = op.categories()
        self._names = {one.code: one.short or one.name for one in self._table.categories}
        self._mine: QueueRow | None = None
        self._gone_rows: tuple[QueueRow, ...] = ()
        self._waiting = label("", "small", tone="muted", wrap=True)
        self._now = label("", "lead")
        self._about = label("", "small", tone="muted")
        self.next = SecondaryButton("叫下一位", CALL_KEY)
        self.next.clicked.connect(partial(self._call, ""))
        self._serve = SecondaryButton("办理")
        self._serve.clicked.connect(partial(self._end, missed=False))
        self._again = SecondaryButton("再叫")
        self._again.clicked.connect(self._call_again)
        self._missed = SecondaryButton("过号")
        self._missed.setToolTip("叫了没有来；来了还可以再叫")
        self._missed.clicked.connect(partial(self._end, missed=True))
        self._deeds = FlowRow((self._serve, self._again, self._missed))
        for widget in (self._waiting, self._now, self._about, self._deeds, self.next):
            self.add(widget)
        self._waiting.hide()
        self._back = FlowRow()
        self.add(self._back)
        self.takers: dict[str, LinkButton] = {}
        """The buttons that give a number, by key."""
        self.add(self._takers())
        self.ticket = TicketLine(desk)
        self.add(self.ticket)
        self._back.hide()
        self._queue = HallQueue((), desk.hall.counter_no)
        self._show_mine(None)

    def _takers(self) -> FlowRow:
        self._word = label("取号", tone="muted")
        self._word.setFixedHeight(px("touch"))  # as high as the links beside it
        row = FlowRow((self._word,))
        for place, one in enumerate(self._table.categories, 1):
            key = f"Ctrl+{place}" if place <= _TAKE_KEYS else ""
            button = LinkButton(self._names[one.code], key)
            button.setAccessibleName(f"取号 {one.name}")
            button.setToolTip(f"给一个“{one.name}”号")
            button.clicked.connect(partial(self._take, one.code))
            row.add(button)
            if key:
                self.takers[key] = button
        return row

    def keys(self) -> list[KeyLine]:
        """Keys of the queue: the next one, and a new number of each kind."""
        given = [KeyLine(key, button.accessibleName()) for key, button in self.takers.items()]
        return [KeyLine(CALL_KEY, "叫下一位"), *given, KeyLine(PRINT_KEY, "打刚取的号的小票")]

    def load(self) -> None:
        """Read again."""
        op.load(self._desk, self._show, owner=self, latest=self._latest)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_word"):
            self._word.setFixedHeight(px("touch"))

    # -- inside -----------------------------------------------------------------------

    def _show(self, queue: HallQueue) -> None:
        lost = self._mine
        if lost is not None and (found := _lost_to(lost, queue)) is not None:
            notify(f"{lost.number} 号由 {found:02} 号窗口先叫了，请叫下一位。", "warn")
        self._queue = queue
        self._show_mine(queue.mine)
        self._show_missed(queue.missed())
        self._keep_slip(queue)
        total = queue.waiting()
        parts = [
            f"{name} {count}"
            for code, name in self._names.items()
            if (count := queue.waiting(code))
        ]
        self.set_title("叫号", f"等候 {total} 人" if total else "没有人在等")
        self._waiting.setText("，".join(parts))
        self._waiting.setVisible(bool(parts))
        self.next.setEnabled(bool(total))

    def _show_mine(self, row: QueueRow | None) -> None:
        self._mine = row
        self._now.setText(f"正在叫 {row.number}" if row else "")
        self._now.setVisible(row is not None)
        name = self._names.get(row.category, "") if row else ""
        self._about.setText(f"{name} · {clock_words(row.taken_at)} 取号" if row else "")
        self._about.setVisible(row is not None)
        self._deeds.setVisible(row is not None)

    def _show_missed(self, rows: tuple[QueueRow, ...]) -> None:
        """Numbers that were called in vain: who comes after all is called by a press."""
        if rows[:_MISSED] == self._gone_rows:
            return
        self._gone_rows = rows[:_MISSED]
        self._back.clear()
        word = label("过号", tone="muted")
        word.setFixedHeight(px("touch"))
        self._back.add(word)
        for row in self._gone_rows:
            button = LinkButton(row.number)
            button.setAccessibleName(f"再叫过号的 {row.number}")
            button.setToolTip("来了：叫到本窗口")
            button.clicked.connect(partial(self._call, row.ticket_id))
            self._back.add(button)
        self._back.setVisible(bool(rows))

    def _keep_slip(self, queue: HallQueue) -> None:
        over = {row.ticket_id for row in queue.rows if row.state != "waiting"}
        if self.ticket.ticket_id in over:
            self.ticket.drop(self.ticket.ticket_id)

    def _take(self, code: str) -> None:
        op.take(self._desk, code, self._taken, owner=self)

    def _taken(self, row: QueueRow | None) -> None:
        if row is None:
            return
        name = self._names[row.category]
        notify(f"号码 {row.number}（{name}），请告诉来人。", "ok")
        ahead = ahead_of(self._queue.rows, row, self._table.first())
        self.ticket.show_number(row, name, ahead)
        self.told.emit()

    def _call(self, ticket_id: str) -> None:
        op.call(self._desk, ticket_id, self._called, owner=self)

    def _call_again(self) -> None:
        if self._mine is not None:
            self._call(self._mine.ticket_id)

    def _called(self, row: QueueRow | None) -> None:
        if row is None:
            notify("没有人在等。", "info")
            return
        announce(self, f"请 {row.number} 号", urgent=True)
        self._show_mine(row)
        self._serve.setFocus()  # what comes next, and it shows whom to expect
        self.told.emit()

    def _end(self, *, missed: bool) -> None:
        if self._mine is not None:
            done = self._gone if missed else self._served
            op.end(self._desk, self._mine.ticket_id, done, missed=missed, owner=self)

    def _gone(self, _row: QueueRow | None) -> None:
        self.next.setFocus()

    def _served(self, row: QueueRow | None) -> None:
        if row is not None:
            self.serve.emit(row.number)


def _lost_to(mine: QueueRow, queue: HallQueue) -> int | None:
    """Return the window that turned out to have called the same number first."""
    now = next((row for row in queue.rows if row.ticket_id == mine.ticket_id), None)
    held = now is not None and now.state == "called" and now.caller != queue.window
    return now.caller if held and now is not None else None
