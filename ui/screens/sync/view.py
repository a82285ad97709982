# SPDX-License-Identifier: MulanPSL-2.0
"""同步: the honest screen: what is only here, what is at the centre, what the centre accepted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ui.dialogs.reason import ReasonDialog
from ui.models.delegates import ID_ROLE, RowDelegate, sentence_lines
from ui.models.queue_table import WAITS, QueueTableModel
from ui.models.words import NEEDS_PERSON, clock_words, link_words, size_words
from ui.screens.sync.cost import CostCard
from ui.screens.sync.detail import OperationCard
from ui.screens.sync.lanes import LanesCard, SettledCard
from ui.screens.sync.line_words import LineWords
from ui.screens.sync.presenter import SyncPresenter
from ui.shell.screen import KeyLine
from ui.signals import app_signals
from ui.theme import current, px
from ui.widgets.badge import Badge
from ui.widgets.banner import READ_KEY
from ui.widgets.base import Tone, label
from ui.widgets.buttons import PrimaryButton, SecondaryButton
from ui.widgets.data_table import DataTable
from ui.widgets.empty_state import EmptyState
from ui.widgets.side_by_side import SideBySide
from ui.widgets.stat import Stat
from ui.widgets.table_card import TableCard

if TYPE_CHECKING:
    from counter.ports.sync_store import QueueCounts
    from ui.operations.desk import Desk
    from ui.operations.sync import Queue

_MARKS: dict[Tone, str] = {"ok": "check", "warn": "dot", "neutral": "ring", "danger": "warn"}
_WIDTHS_EM = (2.4, 0, 7.9, 6.2, 0, 6.6)
_CLOSE = ("已电话告知本人并约好更正", "已当面告知本人", "和另一窗核对，确认不是重复")
_CONSEQUENCE = "关闭只表示有人处理过：办件和传送状态都不变，中心的决定也不变；原因会记入经过。"


class SyncScreen(QWidget):
    """Queue and line."""

    open_case = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter = SyncPresenter(self, desk, self)
        self.model = QueueTableModel(self._presenter.now, self)
        self.operation = OperationCard()
        self.lanes = LanesCard()
        self.settled = SettledCard()
        self._chosen = ""
        self._unsent = 0
        self._build()
        self._connect()
        self._show_line()

    # -- building ---------------------------------------------------------------------

    def _build(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(px("l"), px("l"), px("l"), px("l"))
        whole.setSpacing(px("m"))
        whole.addLayout(self._head())
        self.line_words = LineWords()
        whole.addWidget(self.line_words)
        main = QWidget()
        column = QVBoxLayout(main)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px("m"))
        column.addLayout(self._stats())
        self.cost = CostCard()
        column.addWidget(self.cost)
        self._list = self._table_card()
        column.addWidget(self._list, 1)
        self.pair = SideBySide(main, self._side(), side_em=21, fold_em=66)
        self.pair.back_wanted.connect(self.go_back)
        whole.addWidget(self.pair, 1)

    def _head(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(px("m"))
        line.addWidget(label("同步", "title"))
        self.link = Badge("neutral", "正在看线路", icon="ring")
        line.addWidget(self.link)
        line.addStretch(1)
        self.plug = SecondaryButton("培训：拔掉网线")
        self.plug.setToolTip("只在培训厅有：假装断网，练习离线收件")
        self.plug.setCheckable(True)
        self.plug.setVisible(False)
        self.more = SecondaryButton("线路与结果")
        self.more.setVisible(False)
        self.stick = SecondaryButton("用U盘送…", "Ctrl+U")
        self.send = PrimaryButton("立即发送", "Ctrl+Enter")
        for button in (self.plug, self.more, self.stick, self.send):
            line.addWidget(button)
        return line

    def _stats(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(px("m"))
        self.local = Stat("只在本机")
        self.sent = Stat("已到中心")
        self.accepted = Stat("中心已受理")
        for stat in (self.local, self.sent, self.accepted):
            line.addWidget(stat, 1)
        return line

    def _table_card(self) -> TableCard:
        self.table = DataTable("发送队列")
        self.table.setModel(self.model)
        self.table.setItemDelegate(RowDelegate(self.table))
        self.table.horizontalHeader().sectionResized.connect(
            partial(_fit_rows, self.table, self.model)
        )
        self.empty = EmptyState(
            "没有等着发的。", "新收的件会先出现在这里，连上就发。", icon="check"
        )
        self.table.set_widths(_WIDTHS_EM)
        return TableCard(self.table, self.empty)

    def _side(self) -> QScrollArea:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px("m"))
        for card in (self.operation, self.lanes, self.settled):
            column.addWidget(card)
        column.addStretch(1)
        area = QScrollArea()
        area.setAccessibleName("这一件、线路、结果")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        return area

    def _connect(self) -> None:
        self.send.clicked.connect(self._presenter.send)
        for key in ("Ctrl+Return", "Ctrl+Enter"):
            made = QShortcut(QKeySequence(key), self, self.send.click)
            made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.cost.pages_wanted.connect(self._presenter.send_pages)
        made = QShortcut(QKeySequence("Alt+T"), self, self.cost.send.click)
        made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        made = QShortcut(QKeySequence(READ_KEY), self, self.line_words.repaired.close_banner)
        made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.stick.clicked.connect(self._open_stick)
        self.stick.setVisible(self._presenter.courier)
        made = QShortcut(QKeySequence("Ctrl+U"), self, self.stick.click)
        made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.plug.toggled.connect(self._plugged)
        self.plug.setVisible(self._presenter.training)
        self.more.clicked.connect(self.pair.show_side)
        self.pair.folded_changed.connect(self.more.setVisible)
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        self.table.opened.connect(self._opened)
        self.operation.open_case.connect(self.open_case)
        self.operation.close_wanted.connect(self._close_issue)
        app_signals().status.connect(self._status_came)

    # -- the shell --------------------------------------------------------------------

    def refresh(self, changes: object | None) -> None:
        """Read again; F5 and opening come here too."""
        self._show_line()
        self._presenter.refresh(changes)

    def activate(self) -> None:
        """The queue takes the keys."""
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def zones(self) -> list[QWidget]:
        """Queue, then the detail with the line."""
        return [self.pair.main, self.pair.side]

    def go_back(self) -> bool:
        """Esc: from the detail back to the queue."""
        if self.pair.on_side:
            self.pair.show_main()
            self.table.setFocus()
            return True
        return False

    def keys(self) -> list[KeyLine]:
        """Keys of this screen."""
        return [
            KeyLine("Ctrl+Enter", "立即发送"),
            KeyLine("Alt+T", "图片也现在发（线路窄时）"),
            KeyLine("Ctrl+U", "用U盘送"),
            KeyLine("Enter", "看这一件"),
            KeyLine(READ_KEY, "自动处理的提示：看过了，收起（「线路」里还在）"),
        ]

    # -- the presenter ------------------------------------------------------------------

    def show_queue(self, queue: Queue) -> None:
        """Show the queue and its numbers; the row chosen stays chosen."""
        held, scroll = self._chosen, self.table.verticalScrollBar().value()
        self.model.show_rows(queue.rows)
        _fit_rows(self.table, self.model)
        self._list.show_table(bool(queue.rows))
        found = self.model.find(held)
        if found.isValid():
            self.table.setCurrentIndex(found)
        self.table.verticalScrollBar().setValue(scroll)
        self._show_operation()
        self._show_counts(queue.counts)
        self.settled.show_rows(queue.settled)

    def _show_counts(self, counts: QueueCounts) -> None:
        size = size_words(counts.bytes_pending) if counts.bytes_pending else "0 KB"
        oldest = f"，最早 {clock_words(counts.oldest_at)}" if counts.oldest_at else ""
        waits = counts.local_only or counts.pages_pending
        note = f"{counts.pages_pending} 页，{size}{oldest}" if waits else "没有积压"
        if counts.exported:  # a stick is not the centre: never counted as sent
            note = f"其中已拷U盘 {counts.exported} 件；{note}"
        if there := at_host_words(counts):
            note = f"{there}；{note}"
        self._unsent = counts.local_only
        self.local.set_value(
            f"{counts.local_only:,} 件", note, tone="warn" if counts.local_only else None
        )
        waiting = (
            f"其中 {counts.needs_person} 件要处理" if counts.needs_person else "中心签字确认收到"
        )
        self.sent.set_value(f"{counts.at_centre:,} 件", waiting)
        self.accepted.set_value(f"{counts.accepted:,} 件", "已核对中心签名")
        self._show_send()

    # -- inside -----------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "table"):
            self.table.set_widths(_WIDTHS_EM)

    def _status_came(self, _status: object) -> None:
        if self.isVisible():
            self._show_line()

    def _show_line(self) -> None:
        status = self._presenter.status()
        tone, words = link_words(status)
        self.link.set_state(tone, words, icon=_MARKS[tone])
        self.line_words.show_status(status)
        self.cost.show_status(status)
        self._show_send()
        self.lanes.show_status(status, self._presenter.now())

    def _show_send(self) -> None:
        """The button says what it sends: on a line where pages wait, the text alone."""
        what = "立即发送文字" if self._presenter.status().pages_words else "立即发送"
        self.send.setText(f"{what} {self._unsent} 件" if self._unsent else what)
        self.send.updateGeometry()

    def _row_changed(self, now: QModelIndex, _before: QModelIndex) -> None:
        op_id = now.data(ID_ROLE)
        if isinstance(op_id, str):
            self._chosen = op_id
            self._show_operation()

    def _show_operation(self) -> None:
        place = self.model.place(self._chosen)
        row = self.model.row(place - 1) if place else None
        places = {one.op_id: at for at, one in enumerate(self.model.rows, 1)}
        now, leader = self._presenter.now(), self._presenter.leader
        if row is None:
            self.operation.show_nothing()
        else:
            self.operation.show_row(row, place, places, now, leader=leader)

    def _opened(self, _index: QModelIndex) -> None:
        if self.pair.folded:
            self.pair.show_side()
        self.operation.setFocus()

    def _open_stick(self) -> None:
        self._presenter.stick_dialog(self._unsent, self).open()

    def _plugged(self, out: bool) -> None:
        self.plug.setText("培训：插上网线" if out else "培训：拔掉网线")
        self.plug.updateGeometry()
        self._presenter.plug(enabled=not out)

    def _close_issue(self, op_id: str) -> None:
        asked = ReasonDialog("关闭这一条", _CONSEQUENCE, "关闭", frequent=_CLOSE, parent=self)
        asked.given.connect(partial(self._presenter.close_issue, op_id))
        asked.open()


def at_host_words(counts: QueueCounts) -> str:
    """Return what lies at the hall's host: never counted as sent."""
    parts = [f"{counts.at_edge} 件"] if counts.at_edge else []
    parts += [f"{counts.pages_at_edge} 页"] if counts.pages_at_edge else []
    return f"其中已到本厅主机 {'、'.join(parts)}，未到中心" if parts else ""


def _fit_rows(table: DataTable, model: QueueTableModel, *_resized: int) -> None:
    """A row whose sentence needs more than two lines becomes as high as it needs."""
    metrics, tall = QFontMetrics(current().font("small")), px("touch")
    room = table.columnWidth(WAITS) - 2 * px("s")
    for at, row in enumerate(model.rows):
        if row.state in NEEDS_PERSON:
            lines = sentence_lines(metrics, str(model.index(at, WAITS).data()), room, 4)
            need = max(tall, len(lines) * metrics.height() + px("s"))
            if need != table.rowHeight(at):
                table.setRowHeight(at, need)
