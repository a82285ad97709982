# SPDX-License-Identifier: MulanPSL-2.0
"""Step 凭证: the number, where the case is, what to tell the person, the papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from counter.domain.case import FINAL, STATE_WORDS, CaseState
from counter.domain.papers import SheetSize
from ui.citizen.ask_rating import RatingButton
from ui.notify import describe_error
from ui.operations import intake
from ui.screens.intake import summary
from ui.screens.intake.material_row import day_short
from ui.screens.intake.presenter import IntakePresenter
from ui.screens.intake.printing import NEXT_STEP, RECEIPT, Made, Printing
from ui.screens.intake.regret import RegretBar
from ui.screens.intake.step import StepPage
from ui.theme import current, px
from ui.widgets.badge import Badge
from ui.widgets.banner import Banner
from ui.widgets.base import announce, label
from ui.widgets.buttons import PrimaryButton, SecondaryButton
from ui.widgets.card import Card
from ui.widgets.flow_row import FlowRow
from ui.widgets.mark import Mark

if TYPE_CHECKING:
    from counter.app.commands import Receipt
    from counter.app.queries import CaseDetail

_STAGES = ("保存在本机", "到中心", "中心受理", "办结")
_AT_CENTRE = {"sent", "centre"}


class NumberLabel(QLabel):
    """The receipt number as large as there is room, never cut."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        font = current().font("display", bold=True)
        room = self.width()
        while QFontMetrics(font).horizontalAdvance(self.text()) > room and font.pixelSize() > 13:
            font.setPixelSize(font.pixelSize() - 1)
        painter = QPainter(self)
        painter.setFont(font)
        painter.setPen(current().colour("text"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, self.text())


class StageStrip(QWidget):
    """Four stages, never one tick for all: here, at the centre, accepted, finished."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(px("s"))
        self._badges: list[Badge] = []
        self._notes: list[QLabel] = []
        self._cells: list[QWidget] = []
        for name in _STAGES:
            cell = QWidget()
            column = QVBoxLayout(cell)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(px("xs"))
            badge = Badge("neutral", name, icon="ring")
            note = label(" ", "small", tone="muted")
            column.addWidget(badge)
            column.addWidget(note)
            self._badges.append(badge)
            self._notes.append(note)
            self._cells.append(cell)
        self._across = 0
        self._place(2)

    def _place(self, across: int) -> None:
        if across == self._across:
            return
        self._across = across
        for at, cell in enumerate(self._cells):
            self._grid.addWidget(cell, at // across, at % across)
        for column in range(len(_STAGES)):
            self._grid.setColumnStretch(column, int(column < across))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        widest = max(badge.sizeHint().width() for badge in self._badges)
        self._place(4 if self.width() >= 4 * (widest + px("s")) else 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def show_stages(self, stages: list[tuple[bool, str]]) -> None:
        """Show for each stage whether it is reached, and a note."""
        for name, badge, note, (done, words) in zip(
            _STAGES, self._badges, self._notes, stages, strict=True
        ):
            badge.set_state("ok" if done else "neutral", name, icon="check" if done else "ring")
            badge.setAccessibleName(f"{name}：{'已到' if done else '还没到'}，{words}")
            note.setText(words or " ")


class ReceiptStep(StepPage):
    """Made visible only after the commit rule."""

    next_person = Signal()
    same_person = Signal()
    preview = Signal(object)
    """A `Made` for the panel at the right."""

    def __init__(self, presenter: IntakePresenter) -> None:
        super().__init__(presenter, "凭证")
        self.done = Card(tone="ok")
        head = QHBoxLayout()
        head.addWidget(Mark("check", "ok", size="lead"))
        self._saved = label("", "lead", tone="ok", wrap=True)
        head.addWidget(self._saved, 1)
        self.number = NumberLabel()
        self.number.setProperty("role", "display")
        self._lasting = label(
            "凭证号一直有效；联网后另有官方办件编号，两个号都能查。", tone="muted", wrap=True
        )
        self.done.add(head)
        self.done.add(self.number)
        self._together = label("", wrap=True)
        self._together.hide()
        self.done.add(self._together)
        self.done.add(self._lasting)
        self.stages = StageStrip()
        where = Card("现在到哪一步")
        where.add(self.stages)
        talk = Card("给群众的话")
        self._talk = label("", "lead", wrap=True)
        talk.add(self._talk)
        self.also = Card("您可能还能办")
        self._also_words = label("", wrap=True)
        self.also.add(self._also_words)
        self.also.hide()
        self._also: tuple[str, ...] = ()
        self.banner = Banner("ok", "", closable=True)
        self.banner.hide()
        buttons = self._paper_buttons()
        self.regret = RegretBar(presenter.desk)
        self.regret.withdrawn.connect(self.ask_case)
        for part in (self.done, self.banner, buttons, self.regret, where, talk, self.also):
            self.column.addWidget(part)
        self.column.addStretch(1)
        self._case_id = self._previewed = ""
        self.printing = Printing(presenter.desk, self)
        self.printing.made.connect(self._made)
        self.printing.told.connect(self._told)
        self.printing.failed.connect(self._failed)
        presenter.received.connect(self._received)

    def _paper_buttons(self) -> FlowRow:
        self.print_button = PrimaryButton("打印凭证", "F8", icon="print")
        self.print_button.clicked.connect(self.print_standard)
        self.large_button = SecondaryButton("大字版", "Shift+F8")
        self.large_button.clicked.connect(self.print_large)
        self.roll_button = SecondaryButton("热敏小票")
        self.roll_button.clicked.connect(lambda: self._print_other(RECEIPT, "roll"))
        self.next_button = SecondaryButton("下一步卡")
        self.next_button.setToolTip("一页大字：做什么、什么时候、在哪里、带什么、打谁的电话")
        self.next_button.clicked.connect(lambda: self._print_other(NEXT_STEP, "large"))
        self.rate_button = RatingButton(self.presenter.desk)
        papers = (self.print_button, self.large_button, self.next_button, self.roll_button)
        return FlowRow((*papers, self.rate_button))

    def print_standard(self) -> None:
        """F8."""
        if self._case_id:
            self.printing.print()

    def print_large(self) -> None:
        """Shift+F8."""
        if self._case_id:
            self.printing.print(RECEIPT, "large")

    def _print_other(self, code: str, size: SheetSize) -> None:
        if self._case_id:
            self.printing.print(code, size)

    def _received(self, receipt: Receipt) -> None:
        presenter = self.presenter
        draft, view = presenter.draft, presenter.view
        if draft is None or view is None:
            return
        self._case_id = receipt.case_id
        self.rate_button.set_case(receipt.case_id)
        self.banner.hide()
        self._saved.setText("已收件，已保存在本机")
        number = receipt.theme_no or receipt.receipt_no
        self.number.setText(number)
        self.number.setAccessibleName(f"凭证号 {number}")
        self._together.setText(summary.together_lines(receipt, presenter.themes.names()))
        self._together.setVisible(bool(receipt.together))
        phone = presenter.desk.hall.phone
        self._talk.setText(summary.with_receipt(draft, receipt, view, phone))
        self._also = presenter.library.may_also(draft, view, presenter.reference.hints)
        self._also_words.setText("\n".join(self._also))
        self.also.setVisible(bool(self._also))
        self._show_stages(receipt, None)
        self.regret.begin(receipt, intake.regret_of(presenter.desk, draft))
        self.print_button.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, f"已收件，已保存在本机。凭证号 {number}", urgent=True)
        self.ask_case()

    def _show_stages(self, receipt: Receipt, detail: CaseDetail | None) -> None:
        """Each stage comes from its own fact: disk, delivery, centre's word, centre's end."""
        delivery = detail.row.delivery if detail else "local"
        word = detail.row.delivery_word if detail else "只在本机"
        state = detail.case.state if detail else CaseState.RECEIVED
        centre = detail.case.centre if detail else {}
        accepted = bool(centre.get("accepted_at"))
        finished = state in FINAL
        due = day_short(receipt.answer_due)
        promise = receipt.promise_estimate[:10]
        about = f"约 {day_short(promise)}" if promise else ""
        here = delivery in _AT_CENTRE
        self.stages.show_stages(
            [
                (True, receipt.received_at[11:16]),
                (here or accepted, word if here or delivery == "attention" else "有网就发"),
                (accepted, "中心已受理" if accepted else f"最晚 {due}"),
                (finished, STATE_WORDS[state] if finished else about),
            ]
        )

    def ask_case(self) -> None:
        """Read how the case stands; called again when something about it changed."""
        if self._case_id:
            intake.read_case(self.presenter.desk, self._case_id, self._have_case, owner=self)

    def _have_case(self, detail: CaseDetail | None) -> None:
        receipt, item = self.presenter.receipt, self.presenter.item
        if detail is None or receipt is None or detail.case.case_id != self._case_id:
            return
        self._show_stages(receipt, detail)
        if self._previewed != self._case_id:
            self._previewed = self._case_id
            whole = self.presenter.themes.on_paper(detail.case, receipt, self.presenter.view)
            self.printing.take(*(whole or (detail.case, receipt, item)), also=self._also)

    def open_new(self) -> None:
        """Nothing of the last person stays on the screen."""
        self._case_id = ""
        self._together.hide()
        self.regret.clear()
        self._also = ()
        self.also.hide()
        for part in (self._saved, self.number, self._talk, self._also_words):
            part.setText("")

    def _made(self, paper: Made) -> None:
        self.preview.emit(paper)

    def _told(self, tone: str, words: str) -> None:
        self.banner.set_message("ok" if tone == "ok" else "warn", words)
        self.banner.show()

    def _failed(self, error: object) -> None:
        if isinstance(error, BaseException):
            told = describe_error(error)
            self.banner.set_message("warn", told.words, code=told.code)
            self.banner.show()

    def focus_at(self, focus: str) -> None:
        self.print_button.setFocus(Qt.FocusReason.TabFocusReason)
