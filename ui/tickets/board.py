# SPDX-License-Identifier: MulanPSL-2.0
"""Tickets of one kind: the list at the left, the chosen one with its steps at the right."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QResizeEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHeaderView,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from counter.app.commands import StepTicket
from counter.domain.tickets import Ticket, TicketKind, open_steps, state_of
from ui.models.ticket_words import LOOPS, Tables, events_of, facts_of, line_of
from ui.notify import notify, present_error
from ui.operations import voice
from ui.theme import px
from ui.tickets.step_dialog import StepDialog
from ui.widgets.base import label
from ui.widgets.buttons import ActionButton, Kind
from ui.widgets.card import Card
from ui.widgets.data_table import TONE_ROLE, DataTable
from ui.widgets.empty_state import EmptyState
from ui.widgets.flow_row import FlowRow
from ui.widgets.timeline import Timeline

if TYPE_CHECKING:
    from ui.operations.desk import Desk

_HEAD = ("时间", "内容", "时限", "状态")
_FOLD_EM = 60
_ID_ROLE = int(Qt.ItemDataRole.UserRole) + 9


class TicketBoard(QWidget):
    """Reads when told, keeps the chosen ticket chosen."""

    came = Signal(object)
    """The tickets as they were read, a tuple of `Ticket`."""

    def __init__(self, desk: Desk, kind: TicketKind, empty: str) -> None:
        super().__init__()
        self._desk, self._kind = desk, kind
        self._tickets: dict[str, Ticket] = {}
        self._tables: Tables | None = None
        self._chosen = ""
        self.model = QStandardItemModel(0, len(_HEAD), self)
        self.model.setHorizontalHeaderLabels(list(_HEAD))
        self.table = DataTable("工单")
        self.table.setModel(self.model)
        head = self.table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        self.empty = EmptyState(empty)
        self.steps: dict[str, ActionButton] = {}
        self._build()

    def _build(self) -> None:
        self._title = label("", "lead", wrap=True)
        self._facts = QGridLayout()
        self._facts.setColumnStretch(1, 1)
        self._facts.setHorizontalSpacing(px("m"))
        self._buttons = FlowRow()
        self._timeline = Timeline()
        card = Card("工单")
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, px("s"), 0)
        column.setSpacing(px("m"))
        column.addWidget(self._title)
        column.addLayout(self._facts)
        column.addWidget(label("经过", strong=True))
        column.addWidget(self._timeline)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        card.add(area, 1)
        card.add(self._buttons)
        self._detail = card
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(px("l"))
        self._row.addWidget(self.table, 3)
        self._row.addWidget(self.empty, 3)
        self._row.addWidget(card, 3)
        self.table.hide()
        card.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little width (关怀), the ticket stands below the list."""
        super().resizeEvent(event)
        narrow = self.width() < _FOLD_EM * px("body")
        down = QBoxLayout.Direction.TopToBottom
        self._row.setDirection(down if narrow else QBoxLayout.Direction.LeftToRight)
        self._row.setStretchFactor(self.table, 2 if narrow else 3)

    # -- reading ----------------------------------------------------------------------

    def load(self) -> None:
        """Read tables and tickets again."""
        if self._kind == "appeal":
            voice.read_appeal_tables(self._desk, self._have_tables, owner=self)
        else:
            voice.read_rating_tables(self._desk, self._have_tables, owner=self)

    def _have_tables(self, tables: Tables) -> None:
        self._tables = tables
        voice.read_tickets(self._desk, self._kind, self._show, present_error, owner=self)

    def _show(self, tickets: tuple[Ticket, ...]) -> None:
        tables = self._tables
        if tables is None:
            return
        self._tickets = {one.ticket_id: one for one in tickets}
        chosen, now = self._chosen, self._desk.clock.now()
        self.model.removeRows(0, self.model.rowCount())
        for ticket in tickets:
            line = line_of(ticket, tables, now)
            cells = [QStandardItem(one) for one in (line.opened, line.title, line.due, line.state)]
            cells[3].setData(line.tone, TONE_ROLE)
            cells[0].setData(line.ticket_id, _ID_ROLE)
            cells[1].setToolTip(line.title)
            self.model.appendRow(cells)
        self.came.emit(tickets)
        self.empty.setVisible(not tickets)
        self.table.setVisible(bool(tickets))
        self._detail.setVisible(bool(tickets))
        places = [one.ticket_id for one in tickets]
        if places:
            self.table.selectRow(places.index(chosen) if chosen in places else 0)
        self._show_chosen()

    def choose(self, ticket_id: str) -> None:
        """Show this one after the next reading."""
        self._chosen = ticket_id

    def _row_changed(self, now: QModelIndex, _before: QModelIndex) -> None:
        found = now.siblingAtColumn(0).data(_ID_ROLE) if now.isValid() else None
        if found:
            self._chosen = str(found)
            self._show_chosen()

    def _show_chosen(self) -> None:
        ticket, tables = self._tickets.get(self._chosen), self._tables
        if ticket is None or tables is None:
            return
        now, loop = self._desk.clock.now(), LOOPS[ticket.kind]
        self._title.setText(loop.states[state_of(ticket, loop)])
        while (item := self._facts.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for at, (name, words) in enumerate(facts_of(ticket, tables)):
            self._facts.addWidget(
                label(name, "small", tone="muted"), at, 0, Qt.AlignmentFlag.AlignTop
            )
            self._facts.addWidget(label(_breakable(words), wrap=True), at, 1)
        self._timeline.set_entries(events_of(ticket, now.date()))
        self._show_steps(ticket)

    def _show_steps(self, ticket: Ticket) -> None:
        loop = LOOPS[ticket.kind]
        self._buttons.clear()
        self.steps = {}
        for name in open_steps(ticket, loop, self._desk.session.roles):
            kind: Kind = "secondary" if self.steps else "primary"
            button = ActionButton(f"{loop.steps[name].word}…", kind=kind)
            button.clicked.connect(partial(self._ask, name))
            self._buttons.add(button)
            self.steps[name] = button

    # -- doing ------------------------------------------------------------------------

    def _ask(self, name: str) -> None:
        dialog = StepDialog(LOOPS[self._kind].steps[name], self)
        dialog.given.connect(partial(self.do_step, name))
        dialog.open()

    def do_step(self, name: str, note: str, outcome: dict[str, str]) -> None:
        """Do a step of the chosen ticket."""
        command = StepTicket(self._kind, self._chosen, name, note, outcome)
        voice.step_ticket(self._desk, command, self._done, present_error, owner=self)

    def _done(self, _result: object) -> None:
        notify("已保存在本机，有网就报到中心。", "ok")
        self.load()


def _breakable(words: str) -> str:
    """Let a long number break at its dashes."""
    return words.replace("-", "-\u200b")
