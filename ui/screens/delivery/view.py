# SPDX-License-Identifier: MulanPSL-2.0
"""出件: results that wait, who takes one, the 送达回证."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from ui.dialogs.paper_preview import PaperPreview
from ui.models.words import LEVEL_TONES, STATE_TONES, due_words, moment_words, short_no
from ui.notify import notify
from ui.operations.delivery import Handing, deliverable
from ui.screens.delivery.form import DeliveryForm
from ui.screens.delivery.presenter import DeliveryPresenter
from ui.shell.screen import KeyLine
from ui.theme import px
from ui.widgets.badge import Badge
from ui.widgets.base import label
from ui.widgets.buttons import PrimaryButton, SecondaryButton
from ui.widgets.card import Card
from ui.widgets.empty_state import EmptyState
from ui.widgets.flow_row import FlowRow
from ui.widgets.lines import Line, LineCard
from ui.widgets.side_by_side import SideBySide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from counter.app.queries import CaseRow
    from counter.ports.devices import CardData
    from ui.operations.desk import Desk
    from ui.operations.papers import ReceiptToken

_TYPING_MS = 120
RECEIPT = "RCH"


class DeliveryScreen(QWidget):
    """Find, check, hand out, sign."""

    def __init__(
        self, desk: Desk, receipt_token: ReceiptToken | None = None, parent: QWidget | None = None
    ) -> None:
        """Make the screen.

        Args:
            desk: the desk.
            receipt_token: makes a receipt's QR token again for papers that carry one.
            parent: owner.
        """
        super().__init__(parent)
        self._desk, self._token = desk, receipt_token
        self.presenter = DeliveryPresenter(self, desk, self)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._ask)
        self._handing: Handing | None = None
        self._build()
        for key, act in (("F4", self.read_card), ("F9", self.deliver), ("F8", self.print_receipt)):
            made = QShortcut(QKeySequence(key), self, act)
            made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    # -- building -------------------------------------------------------------------------

    def _build(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px("m"))
        head = QHBoxLayout()
        head.addWidget(label("出件", "title"))
        self._count = label("", tone="muted")
        head.addWidget(self._count)
        head.addStretch(1)
        column.addLayout(head)
        self.search = QLineEdit()
        self.search.setPlaceholderText("扫凭证上的码，或输入凭证号、姓名、拼音、身份证后四位……")
        self.search.setAccessibleName("查找要领的办件")
        self.search.setClearButtonEnabled(True)
        self.search.installEventFilter(self)
        self.search.textEdited.connect(self._typed)
        self.search.textChanged.connect(self._cleared)
        card_button = SecondaryButton("读身份证", "F4")
        card_button.clicked.connect(self.read_card)
        line = QHBoxLayout()
        line.setSpacing(px("s"))
        line.addWidget(self.search, 1)
        line.addWidget(card_button)
        column.addLayout(line)
        self.list = LineCard(
            "等着领的", "现在没有等着领的结果。中心办结以后，会自动出现在这里。", most=50
        )
        self.list.chosen.connect(self.choose)
        holder = QWidget()
        stacked = QVBoxLayout(holder)
        stacked.setContentsMargins(0, 0, 0, 0)
        stacked.addWidget(self.list)
        stacked.addStretch(1)
        column.addWidget(_scroll(holder, "等着领的办件"), 1)
        self.side = self._side()
        self.pair = SideBySide(left, self.side, side_em=28, fold_em=68)
        self.pair.back_wanted.connect(self.go_back)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(px("l"), px("l"), px("l"), px("l"))
        whole.addWidget(self.pair)

    def _side(self) -> Card:
        card = Card()
        card.setAccessibleName("送达")
        self._nothing = EmptyState(
            "选一件等着领的办件。", "扫凭证、按 F4 读身份证，或输入名字。", icon="search"
        )
        card.add(self._nothing, 1)
        self._inner = QWidget()
        column = QVBoxLayout(self._inner)
        column.setContentsMargins(0, 0, px("s"), 0)
        column.setSpacing(px("s"))
        self._title = label("", "lead", wrap=True)
        self._badges = FlowRow()
        self._number = label("", "small", tone="muted", wrap=True)
        self._reason = label("", "small", wrap=True)
        self._why_not = label("", strong=True, tone="warn", wrap=True)
        self.form = DeliveryForm()
        self.form.changed.connect(self._judge)
        for part in (self._title, self._badges, self._number, self._reason, self._why_not):
            column.addWidget(part)
        column.addWidget(self.form)
        column.addStretch(1)
        self._area = _scroll(self._inner, "送达")
        card.add(self._area, 1)
        self.confirm = PrimaryButton("送达，打印回证", "F9")
        self.confirm.clicked.connect(self.deliver)
        self.again = SecondaryButton("送达回证…", "F8", icon="print")
        self.again.clicked.connect(self.print_receipt)
        card.add(self.form.check)
        card.add(self.confirm)
        card.add(self.again)
        for hidden in (self._area, self.form.check, self.confirm, self.again):
            hidden.hide()
        return card

    # -- the shell ----------------------------------------------------------------------------

    def refresh(self, changes: object | None) -> None:
        """Read again; what is being filled in stays."""
        self.presenter.refresh(changes)

    def activate(self) -> None:
        """A scanner types into the search."""
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)
        self.search.selectAll()

    def zones(self) -> list[QWidget]:
        """Search and list, then the hand-out."""
        return [self.pair.main, self.side]

    def go_back(self) -> bool:
        """Esc: from the hand-out to the list, then the search is cleared."""
        if self.pair.on_side or self.side.isAncestorOf(self.focusWidget() or self):
            self.pair.show_main()
            self.search.setFocus()
            return True
        if self.search.text():
            self.search.clear()
            return True
        return False

    def keys(self) -> list[KeyLine]:
        """Keys of this screen."""
        return [
            KeyLine("F4", "读身份证：先找办件，选好以后读领取人"),
            KeyLine("Enter", "只有一件时打开它"),
            KeyLine("F9", "送达，打印回证"),
            KeyLine("F8", "打印送达回证"),
            KeyLine("Esc", "从送达回列表；清空查找"),
        ]

    def choose(self, case_id: str) -> None:
        """Bring a case to the hand-out, from the list or from another screen."""
        self.presenter.choose(case_id)

    # -- the presenter ----------------------------------------------------------------------------

    def show_rows(self, rows: Sequence[CaseRow], total: int) -> None:
        """Show what was found; what is ready comes first."""
        today = self.presenter.today()
        ordered = sorted(rows, key=lambda row: not deliverable(row))
        searching = bool(self.presenter.text)
        self._count.setText(f"找到 {total:,} 件" if searching else "")
        self.list.show_lines(
            [
                Line(
                    row.case_id,
                    f"{row.applicant} · {row.item_name}",
                    _sub(row, due_words(row.due, today), moment_words(row.received_at, today)),
                    STATE_TONES.get(row.state, "neutral")
                    if row.due_level in {"none", "yellow"}
                    else LEVEL_TONES[row.due_level],
                    row.state_word,
                )
                for row in ordered
            ]
        )
        if searching:
            self.list.set_title("找到的")

    def show_handing(self, handing: Handing | None) -> None:
        """Show a case; the same one again leaves the fields as they are."""
        old = self._handing.detail.case if self._handing else None
        same = old is not None and handing is not None and old == handing.detail.case
        self._handing = handing
        self._nothing.setVisible(handing is None)
        self._area.setVisible(handing is not None)
        if handing is None:
            for part in (self.form.check, self.confirm, self.again):
                part.hide()
            return
        row = handing.detail.row
        self._title.setText(f"{row.applicant} · {row.item_name}")
        self._badges.clear()
        self._badges.add(Badge(STATE_TONES.get(row.state, "neutral"), row.state_word))
        self._number.setText(f"凭证号 {row.receipt_no}")
        self._reason.setText(f"理由：{handing.reason}" if handing.reason else "")
        self._reason.setVisible(bool(handing.reason))
        self._why_not.setText(handing.why_not)
        self._why_not.setVisible(bool(handing.why_not))
        self.form.setVisible(not handing.why_not)
        self.form.check.setVisible(not handing.why_not)
        self.confirm.setVisible(not handing.why_not)
        gone = handing.detail.case.state.value in {"delivered", "rated", "archived"}
        self.again.setVisible(gone)
        if not same:
            self.form.show_handing(handing)
            self.pair.show_side()
            if not handing.why_not:
                self.form.relation.setFocus(Qt.FocusReason.TabFocusReason)
        self._judge()

    def take_card(self, card: CardData) -> None:
        """The receiver's card."""
        self.form.take_card(card)
        target = self.confirm if self.confirm.isEnabled() else self.form.relation
        target.setFocus(Qt.FocusReason.TabFocusReason)

    def delivered(self, case_id: str) -> None:
        """Offer the paper to sign, and be ready for the next person."""
        PaperPreview(self._desk, case_id, RECEIPT, self._token, self).open()
        self.presenter.choose(case_id)

    # -- inside -------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent):
            if event.type() != QEvent.Type.KeyPress:
                return False
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.list.lines:
                self.choose(self.list.lines[0].id)
                return True
            if event.key() == Qt.Key.Key_Down:
                return self.list.focus_first()
        return super().eventFilter(watched, event)

    def _typed(self) -> None:
        self._typing.start()

    def _cleared(self, text: str) -> None:
        if not text:
            self._typing.stop()
            self._ask()

    def _ask(self) -> None:
        self.presenter.ask(self.search.text().strip())

    def _judge(self) -> None:
        ready = self.form.delivery(self.presenter.deliverer) is not None
        self.confirm.setEnabled(ready and not self.form.wrong_person)

    def read_card(self) -> None:
        """F4."""
        handing = self._handing
        self.presenter.read_card(receiver=handing is not None and not handing.why_not)

    def deliver(self) -> None:
        """F9: refused in words while something is missing."""
        handing = self._handing
        if handing is None or handing.why_not:
            notify("先选一件等着领的办件。", "warn")
            return
        made = self.form.delivery(self.presenter.deliverer)
        if made is None:
            notify("还没写全：谁来领、领取人姓名、领走什么。", "warn")
        elif self.form.wrong_person:
            notify("证件号和申请人不一致，不能按本人领取。", "warn")
        else:
            self.presenter.deliver(made)

    def print_receipt(self) -> None:
        """F8: the 送达回证 of a case handed out."""
        if self._handing is not None and self.again.isVisible():
            case_id = self._handing.detail.case.case_id
            PaperPreview(self._desk, case_id, RECEIPT, self._token, self).open()


def _sub(row: CaseRow, due: str, received: str) -> str:
    number = short_no(row.receipt_no)
    if row.due_kind == "delivery":
        return f"{number}　送达期限 {due}"
    return f"{number}　收件 {received}"


def _scroll(inner: QWidget, name: str) -> QScrollArea:
    area = QScrollArea()
    area.setAccessibleName(name)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inner)
    return area
