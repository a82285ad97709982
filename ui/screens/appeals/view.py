# SPDX-License-Identifier: MulanPSL-2.0
"""诉求: take one (danger first), and follow those there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from counter.app.commands import NoteDangerCall
from counter.domain.appeal_draft import AppealDraft
from counter.domain.appeals import (
    Appeal,
    AppealTables,
    Confirmation,
    Danger,
    declared_danger,
    spot_danger,
    three_rates,
)
from counter.domain.errors import CounterError
from counter.domain.ids import uuid7
from counter.domain.tickets import Ticket
from counter.ports.storage import CallMark
from ui.dialogs.ask import AskDialog
from ui.models.ticket_words import rates_words
from ui.models.words import clock_words
from ui.notify import describe_error, notify
from ui.operations import voice
from ui.screens.appeals.danger import DangerDialog
from ui.screens.appeals.form import AppealForm
from ui.screens.appeals.keeping import Keeping
from ui.screens.appeals.pages import AppealPages
from ui.theme import px
from ui.tickets.board import TicketBoard
from ui.widgets.banner import Banner
from ui.widgets.base import label
from ui.widgets.buttons import PrimaryButton, SecondaryButton

if TYPE_CHECKING:
    from ui.operations.desk import Desk

_DENIED = "窗口核实：不是正在发生的危险"


class AppealsScreen(QWidget):
    """The list of 诉求; a press on 登记诉求 opens the form in its place."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._tables: AppealTables | None = None
        self._ticket_id = uuid7()
        self._call: CallMark | None = None
        self._denied = ""
        self.dialog: DangerDialog | None = None
        self.board = TicketBoard(desk, "appeal", "还没有诉求。群众来反映问题时，点「登记诉求」。")
        self.form = AppealForm()
        self.banner = Banner("danger", "")
        self.banner.hide()
        self.new = PrimaryButton("登记诉求")
        self.pages = AppealPages(desk, self)
        self.photo, self.attach = self.pages.photo, self.pages.attach
        self.rates = label("", tone="muted", wrap=True)
        self.rates.setToolTip("响应率：按时联系本人；解决率、满意率：回访时本人说的。没到期的不算")
        self.rates.hide()
        self.save = PrimaryButton("登记", "F9")
        self.cancel = SecondaryButton("回到列表", "Esc")
        self.discard = SecondaryButton("清空重填…", danger=True)
        self._asked = False
        self.keeping = Keeping(desk, self._draft, self)
        self.kept = self.keeping.line
        self._pages = QStackedWidget()
        self._build()
        self.board.came.connect(self._count)
        self.pages.changed.connect(self.keeping.touch)
        self.pages.failed.connect(self._failed)
        self.form.category.currentIndexChanged.connect(self._class_chosen)
        self.form.content.left.connect(self._words_said)
        self.form.changed.connect(self._changed)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(*(px("l"),) * 4)
        column.setSpacing(px("m"))
        head = QHBoxLayout()
        head.addWidget(label("诉求", "title"), 1)
        head.addWidget(self.new)
        self.new.clicked.connect(self.begin)
        column.addLayout(head)
        column.addWidget(self.rates)
        column.addWidget(self.banner)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.form)
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(area, 1)
        line = QHBoxLayout()
        line.setSpacing(px("m"))
        line.addWidget(self.cancel)
        line.addWidget(self.discard)
        line.addWidget(self.kept)
        self.discard.clicked.connect(self._ask_discard)
        line.addStretch(1)
        line.addWidget(self.attach)
        line.addWidget(self.photo)
        line.addWidget(self.save)
        box.addLayout(line)
        self._pages.addWidget(self.board)
        self._pages.addWidget(page)
        column.addWidget(self._pages, 1)
        self.save.clicked.connect(self.register)
        for key, button in (("F7", self.photo), ("F9", self.save)):
            QShortcut(QKeySequence(key), page, button.click)
        self.cancel.clicked.connect(self.show_list)

    # -- the shell --------------------------------------------------------------------

    def title(self) -> str:
        """Name of the screen."""
        return "诉求"

    def refresh(self, changes: object | None) -> None:
        """Read again if a ticket may have changed."""
        kinds = getattr(changes, "kinds", None)
        if kinds is None or "ticket" in kinds or "case" in kinds:
            self.board.load()
        voice.read_appeal_tables(self._desk, self._have_tables, owner=self)

    def zones(self) -> list[QWidget]:
        """What is in front."""
        return [self._pages]

    def go_back(self) -> bool:
        """Esc in the form: back to the list; what is typed stays."""
        if self._pages.currentIndex() == 0:
            return False
        self.show_list()
        return True

    def _count(self, tickets: tuple[Ticket, ...]) -> None:
        """三率 above the list, for the leader."""
        shown = bool(tickets) and "leader" in self._desk.session.roles
        if shown:
            now = self._desk.clock.now().isoformat()
            self.rates.setText(rates_words(three_rates(tickets, now)))
        self.rates.setVisible(shown)

    def _have_tables(self, tables: AppealTables) -> None:
        self._tables = tables
        self.form.offer(tables)

        if not self._asked:
            self._asked = True
            voice.read_appeal_draft(self._desk, self._restore, self._failed, owner=self)

    # -- the unfinished one -------------------------------------------------------------

    def _draft(self) -> AppealDraft:
        return AppealDraft(
            ticket_id=self._ticket_id,
            values=self.form.typed(),
            signed=self.pages.signed,
            pages=self.pages.attached,
            denied=self._denied,
        )

    def _changed(self) -> None:
        if self._pages.currentIndex() == 1:
            self.keeping.touch()

    def _restore(self, draft: AppealDraft) -> None:
        """What the same person typed before a lock, a sign-out or a power cut."""
        if self._pages.currentIndex() == 1:
            return
        self._ticket_id, self._denied = draft.ticket_id, draft.denied
        self.form.restore(draft.values)
        self.pages.show((draft.signed, draft.pages))
        self.new.setText("接着登记（有一件没登记完）")

    def _ask_discard(self) -> None:
        words = "已填的都会清掉，不能恢复；打过的电话仍有记录。"
        dialog = AskDialog("清空重填", words, "清空", parent=self)
        dialog.accepted.connect(self._discard)
        dialog.open()

    def _discard(self) -> None:
        self._begin_anew()
        voice.keep_appeal_draft(self._desk, None, lambda _done: None, self._failed, owner=self)

    def _begin_anew(self) -> None:
        """Nothing of the last person stays on the screen."""
        self._ticket_id, self._call, self._denied = uuid7(), None, ""
        self.form.clear()
        self.keeping.forget()
        self.pages.show((None, ()))
        self.new.setText("登记诉求")
        self.banner.hide()

    # -- taking one ---------------------------------------------------------------------

    def begin(self) -> None:
        """Open the form."""
        self._pages.setCurrentIndex(1)
        self.new.hide()
        self.form.type.setFocus()

    def show_list(self) -> None:
        """Back to the list; an unfinished form keeps what was typed."""
        self.keeping.flush()
        self._pages.setCurrentIndex(0)
        self.new.show()
        self.board.load()

    def _class_chosen(self) -> None:
        if self._tables is not None and self._call is None:
            found = declared_danger(str(self.form.category.currentData() or ""), self._tables)
            if found is not None:
                self._warn(found, hint_only=False)

    def _words_said(self) -> None:
        if self._tables is not None and self._call is None and not self._denied:
            found = spot_danger(self.form.content.toPlainText(), self._tables)
            if found is not None:
                self._warn(found, hint_only=True)

    def _warn(self, danger: Danger, *, hint_only: bool) -> None:
        if self.dialog is not None or self._tables is None:
            return
        dialog = DangerDialog(danger, self._tables.hotline, hint_only=hint_only, parent=self)
        self.dialog = dialog

        def called(number: str) -> None:
            command = NoteDangerCall(self._ticket_id, danger.code, number)
            voice.note_call(self._desk, command, self._called, self._failed, owner=self)

        dialog.called.connect(called)
        dialog.denied.connect(self._no_danger)
        dialog.finished.connect(self._answered)
        dialog.open()

    def _answered(self) -> None:
        self.dialog = None

    def _called(self, mark: CallMark) -> None:
        self._call = mark
        words = f"{clock_words(mark.called_at)} 已拨打 {mark.called}，已记下。这件诉求会排在所有上传的最前面。"
        self.banner.set_message("danger", words)
        self.banner.show()
        self.form.urgency.setCurrentIndex(max(0, self.form.urgency.findData("danger")))

    def _no_danger(self) -> None:
        self._denied = _DENIED
        self.keeping.touch()

    def register(self) -> None:
        """F9: keep it; errors are said at their field and nothing is lost."""
        form = self.form
        confirmed = {
            "method": form.method.currentData() or "signature",
            "page": self.pages.signed,
            "witnesses": tuple(form.witnesses.text().split()),
            "read_back": form.read_back.isChecked(),
        }
        try:
            appeal = Appeal.model_validate(
                {
                    **form.values(),
                    "number": "",
                    "taken_at": "",
                    "tables": "",
                    "danger_denied": self._denied,
                    "pages": self.pages.attached,
                    "confirmed": Confirmation.model_validate(confirmed),
                }
            )
        except ValidationError as error:
            field = str(error.errors()[0]["loc"][0])
            words = {
                "content": "请写下本人的原话。",
                "region": "区划代码是 12 位数字，不知道可以不填。",
            }
            form.say(field, words.get(field, "请选一项。"))
            return
        voice.register_appeal(
            self._desk, self._ticket_id, appeal, self._registered, self._failed, owner=self
        )

    def _registered(self, ticket: Ticket) -> None:
        notify(f"诉求已登记，已保存在本机。工单号 {ticket.number}", "ok", seconds=0)
        self.board.choose(ticket.ticket_id)
        self._begin_anew()
        self.show_list()

    def _failed(self, error: BaseException) -> None:
        told = describe_error(error)
        field = error.field if isinstance(error, CounterError) else None
        self.form.say(field or "", told.words)
        if self._tables is not None and getattr(error, "code", "") == "APPEAL-CALL":
            self._class_chosen()
            self._words_said()
        elif field not in self.form.rows:
            self.banner.set_message("warn", told.words, code=told.code)
            self.banner.show()
