# SPDX-License-Identifier: MulanPSL-2.0
"""The number given last: offered as a slip, on the roll or A4; the queue never waits for it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from counter.app.papers.prints import refusal
from counter.domain.errors import CounterError
from counter.domain.papers import SheetSize
from ui.dialogs.paper_preview import PrinterChoice, ask_printer
from ui.notify import notify, present_error
from ui.operations import devices
from ui.operations import queueing as op
from ui.papers.pages import Paper, print_on
from ui.theme.fonts import text_family
from ui.widgets.base import label
from ui.widgets.buttons import LinkButton, SecondaryButton
from ui.widgets.flow_row import FlowRow

if TYPE_CHECKING:
    from counter.domain.queueing import QueueRow
    from ui.operations.desk import Desk

PRINT_KEY = "F8"
_NONE = "没有连打印机，没有打小票。号码照样有效，请写给或念给来人。"


class TicketLine(QWidget):
    """Which number was given, and its slip for whoever wants one."""

    def __init__(self, desk: Desk, *, choose_printer: PrinterChoice = ask_printer) -> None:
        super().__init__()
        self._desk = desk
        self.choose_printer = choose_printer
        self._given: tuple[QueueRow, str, int] | None = None
        self._words = label("", wrap=True)
        self.roll = SecondaryButton("打小票", PRINT_KEY, icon="print")
        self.roll.clicked.connect(partial(self.print_slip, "roll"))
        self.sheet = LinkButton("用 A4 纸打")
        self.sheet.clicked.connect(partial(self.print_slip, "a4"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._words)
        column.addWidget(FlowRow((self.roll, self.sheet)))
        self.hide()

    def show_number(self, row: QueueRow, name: str, ahead: int) -> None:
        """Offer the slip of a number just given."""
        self._given = (row, name, ahead)
        before = f"前面 {ahead} 人" if ahead else "前面没有人"
        self._words.setText(f"刚取 {row.number}（{name}），{before}")
        self.show()

    def drop(self, ticket_id: str) -> None:
        """That number is called or over: its slip is of no use any more."""
        if self._given is not None and self._given[0].ticket_id == ticket_id:
            self._given = None
            self.hide()

    @property
    def ticket_id(self) -> str:
        """The number offered, '' for none."""
        return self._given[0].ticket_id if self._given is not None else ""

    def print_slip(self, size: SheetSize = "roll") -> None:
        """F8: print it if there is a printer; without one say so and go on."""
        if self._given is None:
            return
        kind = self._desk.papers.kind(op.TICKET)
        if shut := refusal(kind, self._desk.session, 0):
            notify(shut, "warn")
            return
        try:
            paper = op.ticket_paper(self._desk, *self._given, size)
        except CounterError as error:
            present_error(error)
            return
        devices.printer_ready(self._desk, lambda ready: self._out(paper, ready=ready), owner=self)

    def _out(self, paper: Paper, *, ready: bool) -> None:
        if not ready:
            notify(_NONE, "info")
            return
        printer = self.choose_printer(self)
        if printer is not None:
            print_on(printer, paper, text_family())
            notify(f"{paper.foot} 的小票已交给打印机。", "ok")
