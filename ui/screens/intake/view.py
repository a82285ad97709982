# SPDX-License-Identifier: MulanPSL-2.0
"""The intake screen: steps at the left, the step in the middle, what follows from it at the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from counter.domain.draft import STEPS
from ui import notify
from ui.screens.intake.footer import Footer
from ui.screens.intake.form_step import FormStep
from ui.screens.intake.item_step import ItemStep
from ui.screens.intake.materials_step import MaterialsStep
from ui.screens.intake.person_step import PersonStep
from ui.screens.intake.presenter import IntakePresenter
from ui.screens.intake.receipt_step import ReceiptStep
from ui.screens.intake.review_step import ReviewStep
from ui.screens.intake.side_panel import SidePanel
from ui.screens.intake.situation_step import SituationStep
from ui.screens.intake.slip import Slip
from ui.screens.intake.step import StepPage
from ui.screens.intake.step_pane import StepPane
from ui.screens.intake.version_bar import VersionBar
from ui.shell.screen import KeyLine
from ui.signals import app_signals
from ui.theme import px

if TYPE_CHECKING:
    from counter.app.commands import Receipt
    from ui.operations.desk import Desk

_KEYS = (
    KeyLine("F2", "新收一件；收件后是下一位", "受理"),
    KeyLine("Shift+F3", "可能重复时，打开那份办件看（草稿留着）", "受理"),
    KeyLine("F4", "读身份证", "受理"),
    KeyLine("F6 / Shift+F6", "下一步 / 上一步", "受理"),
    KeyLine("F7", "拍一页", "受理"),
    KeyLine("F8 / Shift+F8", "打印凭证 / 大字版", "受理"),
    KeyLine("F9", "收件", "受理"),
    KeyLine("Shift+F9", "老人满意离开，现在就传到中心", "受理"),
    KeyLine("F11", "事项有新版时，看变化", "受理"),
    KeyLine("Ctrl+S", "现在就保存草稿", "受理"),
    KeyLine("Enter / Shift+Enter", "下一处要填的 / 上一处", "受理"),
    KeyLine("1–9", "选选项、选材料的办法", "受理"),
)
_SURE_MS = 4000
"""A second F2 within this time begins another intake."""


class IntakeScreen(QWidget):
    """The heart of the counter (受理). Give it a desk; it starts with F2, `start` or `open_draft`."""

    received = Signal(str)
    """Case id, after 收件 is on the disk."""
    open_case = Signal(str)
    """An earlier case of the same person is to be looked at; the draft is kept."""
    left = Signal()
    """Esc in the first step: the shell may go back; the draft is kept."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("surface")
        self.setAccessibleName("受理")
        self.presenter = IntakePresenter(desk, self)
        self._sure = QTimer(self)
        self._sure.setSingleShot(True)
        self._sure.setInterval(_SURE_MS)
        self._make_steps()
        self._lay_out()
        self._wire()
        self.footer.show_step("person")
        self.left_pane.show_steps()

    def _make_steps(self) -> None:
        p = self.presenter
        self.person, self.item = PersonStep(p), ItemStep(p)
        self.situation, self.form = SituationStep(p), FormStep(p)
        self.materials, self.review = MaterialsStep(p), ReviewStep(p)
        self.receipt = ReceiptStep(p)
        pages: tuple[StepPage, ...] = (
            self.person,
            self.item,
            self.situation,
            self.form,
            self.materials,
            self.review,
            self.receipt,
        )
        self.pages: dict[str, StepPage] = dict(zip(STEPS, pages, strict=True))
        self.stack = QStackedWidget()
        for page in pages:
            self.stack.addWidget(page)

    def _lay_out(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(px("l"), px("l"), px("l"), px("l"))
        line.setSpacing(px("l"))
        self.left_pane = StepPane(self.presenter)
        middle = QVBoxLayout()
        middle.setSpacing(px("m"))
        self.footer = Footer()
        self.version = VersionBar(self.presenter)
        middle.addWidget(self.version)
        middle.addWidget(self.stack, 1)
        middle.addWidget(self.footer)
        self.side = SidePanel(self.presenter)
        self.slip = Slip(self.presenter)
        self.right = QStackedWidget()
        self.right.addWidget(self.side)
        self.right.addWidget(self.slip)
        line.addWidget(self.left_pane, 22)
        line.addLayout(middle, 57)
        line.addWidget(self.right, 29)
        for part in (self.left_pane, self.stack, self.right):
            part.setMinimumWidth(0)

    def _wire(self) -> None:
        p = self.presenter
        p.opened.connect(self._opened)
        p.changed.connect(self._changed)
        p.stepped.connect(self._stepped)
        p.focus_wanted.connect(self._focus)
        p.earlier.found.connect(self.side.show_hints)
        p.library.found.connect(self.side.show_hints)
        p.stepped.connect(lambda _step: self.side.show_hints())
        p.received.connect(self._received)
        p.versions.changed.connect(self._changed)
        p.received.connect(lambda _receipt: self.version.show_state())
        p.commit.busy_changed.connect(self.footer.set_busy)
        p.commit.busy_changed.connect(lambda _busy: self._changed())
        p.pages.progress.connect(lambda _words, _open: self._changed())
        self.left_pane.steps.chosen.connect(p.go)
        self.review.jump.connect(p.go)
        self.review.open_case.connect(self.open_case)
        self.receipt.preview.connect(lambda paper: self.slip.show_qr(paper.qr))
        self.footer.back.connect(lambda: p.move(-1))
        self.footer.onward.connect(lambda: p.move(1))
        self.footer.receive.connect(p.receive)
        self.footer.next_person.connect(self.start)
        self.footer.same_person.connect(p.again)
        app_signals().locked.connect(p.flush)
        app = QApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(p.flush)

    # -- what the shell calls -------------------------------------------------

    def title(self) -> str:
        """Title of the window."""
        return "受理"

    def activate(self) -> None:
        """In front again: go on where one was; without a draft begin one."""
        if self.presenter.draft is None:
            self.start()
        else:
            self._focus(self.presenter.draft.focus)

    def refresh(self, changes: object | None) -> None:
        """Something changed: only the delivery state and reference data matter here."""
        kinds = getattr(changes, "kinds", None)
        if kinds is None or kinds & {"case", "outbox"}:
            self.receipt.ask_case()
        if kinds is None or "reference" in kinds:
            self.presenter.reference.reload()
            self.presenter.versions.ask()

    def zones(self) -> list[QWidget]:
        """Zones in reading order; F6 itself goes from step to step here."""
        return [self.left_pane, self.version, self.stack, self.footer, self.right]

    def can_leave(self) -> bool:
        """Always; every change is handed to the database first."""
        self.presenter.flush()
        return True

    def go_back(self) -> bool:
        """Esc: one step back; nothing typed is lost."""
        draft = self.presenter.draft
        if draft is None or self.presenter.receipt is not None or draft.step == "person":
            self.presenter.flush()
            self.left.emit()
            return False
        self.presenter.move(-1)
        return True

    def keys(self) -> Sequence[KeyLine]:
        """Keys of this screen for the help overlay."""
        return _KEYS

    # -- beginning ---------------------------------------------------------------

    def start(self, queue_no: str = "") -> None:
        """New intake (F2); a begun one stays as a draft."""
        self.presenter.start(queue_no if isinstance(queue_no, str) else "")

    def open_draft(self, draft_id: str) -> None:
        """Go on with a draft: its step, its field."""
        self.presenter.open_draft(draft_id)

    def _new(self) -> None:
        """F2 here: the next person after 收件; a begun intake is not left by a slip."""
        p = self.presenter
        begun = p.draft is not None and p.receipt is None and bool(p.draft.applicant.name)
        if begun and not self._sure.isActive():
            self._sure.start()
            notify.notify("这一件还没收完，已存为草稿。要另收一件，请再按一次 F2。", seconds=4)
            return
        self.start()

    # -- showing -------------------------------------------------------------------

    def _opened(self) -> None:
        for page in self.pages.values():
            page.open_new()
            page.show_view()
        self.slip.show_receipt()
        self.right.setCurrentWidget(self.side)
        self.side.show_hints()
        self.left_pane.say("草稿已保存在本机", safe=True)
        self._changed()

    def _changed(self) -> None:
        draft = self.presenter.draft
        if draft is None:
            return
        self.pages[draft.step].show_view()
        self.side.show_view(draft.step)
        waits = self.presenter.pages.under_way > 0
        self.footer.set_ready(ready=not self.presenter.problems() and not waits)
        self.left_pane.show_steps()

    def _stepped(self, step: str) -> None:
        leaving = self.stack.currentWidget()
        if leaving is self.form and step != "form":
            self.form.check_all()
        self.stack.setCurrentWidget(self.pages[step])
        self.footer.show_step(step)
        self._changed()

    def _focus(self, focus: str) -> None:
        draft = self.presenter.draft
        if draft is not None:
            self.pages[draft.step].focus_at(focus)

    def _received(self, receipt: Receipt) -> None:
        self.slip.show_receipt()
        self.right.setCurrentWidget(self.slip)
        self.left_pane.tell("已收件，已保存在本机", "这份草稿已经成为办件")
        self.received.emit(receipt.case_id)

    # -- keys --------------------------------------------------------------------------

    def _shortcut(self, event: QKeyEvent) -> bool:
        """Act on one of the screen's own keys."""
        key, held = Qt.Key(event.key()), event.modifiers()
        shift = bool(held & Qt.KeyboardModifier.ShiftModifier)
        step = self.presenter.draft.step if self.presenter.draft else ""
        if key == Qt.Key.Key_S and held == Qt.KeyboardModifier.ControlModifier:
            self.presenter.flush()
        elif held & ~Qt.KeyboardModifier.ShiftModifier:
            return False
        elif key == Qt.Key.Key_F2 and not shift:
            self._new()
        elif key == Qt.Key.Key_F3 and shift and step == "review":
            self.review.open_earlier()
        elif key == Qt.Key.Key_F4 and step == "person":
            self.person.read_card()
        elif key == Qt.Key.Key_F6:
            self.presenter.move(-1 if shift else 1)
        elif key == Qt.Key.Key_F7 and step in {"materials", "review"}:
            self.materials.capture() if step == "materials" else self.review.capture()
        elif key == Qt.Key.Key_F8:
            self.receipt.print_large() if shift else self.receipt.print_standard()
        elif key == Qt.Key.Key_F9:
            self.receipt.regret.let_go() if shift else self.presenter.receive()
        elif key == Qt.Key.Key_F11:
            self.version.act()
        else:
            return False
        return True

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            # The window has F2 and F6 too; while the focus is in here they are ours.
            mine = {Qt.Key.Key_F2, Qt.Key.Key_F4, Qt.Key.Key_F6, Qt.Key.Key_F7, Qt.Key.Key_F8}
            if event.key() in {*mine, Qt.Key.Key_F9, Qt.Key.Key_F11}:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._shortcut(event):
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.presenter.flush()
        super().hideEvent(event)
