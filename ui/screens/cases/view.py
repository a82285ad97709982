# SPDX-License-Identifier: MulanPSL-2.0
"""办件: filters, search, a table over any number of rows, and the case chosen beside it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from ui.citizen.rate_row import RateRow
from ui.dialogs.page_view import PageView
from ui.dialogs.paper_preview import PaperPreview
from ui.dialogs.reason import ReasonDialog
from ui.models.case_table import CaseTableModel
from ui.models.delegates import RowDelegate
from ui.screens.cases.acts import CaseActs
from ui.screens.cases.detail import CaseDetailPane
from ui.screens.cases.presenter import CasesPresenter
from ui.shell.screen import KeyLine
from ui.theme import px
from ui.widgets.base import label
from ui.widgets.buttons import SecondaryButton
from ui.widgets.data_table import DataTable
from ui.widgets.empty_state import EmptyState
from ui.widgets.flow_row import FlowRow
from ui.widgets.side_by_side import SideBySide
from ui.widgets.table_card import TableCard

if TYPE_CHECKING:
    from counter.app.queries import CaseFilter
    from ui.operations.desk import Desk
    from ui.operations.papers import ReceiptToken

_FILTERS: tuple[tuple[CaseFilter, str], ...] = (
    ("all", "全部"),
    ("today", "今天"),
    ("attention", "要处理"),
    ("due_soon", "快到期"),
    ("results", "待出件"),
)
_WIDTHS_EM = (6.9, 6.6, 6.0, 0, 7.2, 7.2, 5.4)
_TYPING_MS = 120
_CLOSE = ("已电话告知本人并约好更正", "已当面告知本人", "和另一窗核对，确认不是重复")


class CasesScreen(QWidget):
    """All cases this counter knows."""

    deliver_wanted = Signal(str)
    """送达 of a case, on the screen 出件."""

    def __init__(
        self,
        desk: Desk,
        receipt_token: ReceiptToken | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Make the screen.

        Args:
            desk: the desk.
            receipt_token: makes a receipt's QR token again; `None` prints reprints without a QR.
            parent: owner.
        """
        super().__init__(parent)
        self._desk, self._token = desk, receipt_token
        self._presenter = CasesPresenter(self, desk, self)
        self.model = CaseTableModel(self._presenter.more, self._presenter.today, self)
        self.detail = CaseDetailPane()
        self.rate = RateRow(desk)
        self.detail.add(self.rate)
        self._acts = CaseActs(desk, self)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._ask)
        self._chips: dict[CaseFilter, SecondaryButton] = {}
        self._build()
        self._connect()

    def _build(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px("m"))
        head = QHBoxLayout()
        head.setSpacing(px("s"))
        head.addWidget(label("办件", "title"))
        self._count = label("", tone="muted")
        head.addWidget(self._count)
        head.addStretch(1)
        self.refuse = SecondaryButton("登记不予收件…", "Ctrl+B")
        self.refuse.setAutoDefault(False)
        self.refuse.clicked.connect(self._acts.refuse_receipt)
        self.lists = SecondaryButton("交接单…", "Ctrl+H")
        self.lists.setAutoDefault(False)
        self.lists.clicked.connect(self._acts.hand_over)
        head.addWidget(self.lists)
        head.addWidget(self.refuse)
        chips = FlowRow()
        self._group = QButtonGroup(self)
        for which, word in _FILTERS:
            chip = SecondaryButton(word)
            chip.setCheckable(True)
            chip.setChecked(which == "all")
            chip.setAutoDefault(False)
            self._group.addButton(chip)
            self._chips[which] = chip
            chips.add(chip)
        self.search = QLineEdit()
        self.search.setPlaceholderText("姓名、拼音、身份证后四位、凭证号或办件编号……")
        self.search.setAccessibleName("查找办件")
        self.search.setClearButtonEnabled(True)
        self.search.installEventFilter(self)
        column.addLayout(head)
        column.addWidget(chips)
        column.addWidget(self.search)
        self._list = self._table_card()
        column.addWidget(self._list, 1)
        self.pair = SideBySide(left, self.detail, side_em=22, fold_em=68)
        self.pair.back_wanted.connect(self.go_back)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(px("l"), px("l"), px("l"), px("l"))
        whole.addWidget(self.pair)

    def _table_card(self) -> TableCard:
        self.table = DataTable("办件")
        self.table.setModel(self.model)
        self.table.setItemDelegate(RowDelegate(self.table))
        self.empty = EmptyState("还没有办件。", "按 F2 受理第一件；收件后就会出现在这里。")
        self.table.set_widths(_WIDTHS_EM)
        return TableCard(self.table, self.empty)

    def _connect(self) -> None:
        self._group.buttonClicked.connect(self._ask)
        self.search.textEdited.connect(self._typed)
        self.search.textChanged.connect(self._cleared)
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        self.table.opened.connect(self._opened)
        self.table.clicked.connect(self._opened)
        detail = self.detail
        detail.materials.wanted.connect(self._presenter.image)
        detail.materials.chosen.connect(self._show_page)
        detail.act_wanted.connect(self._act)
        self._acts.paper_offered.connect(self._paper_of)
        self._acts.deliver_wanted.connect(self.deliver_wanted)
        detail.paper_wanted.connect(self.open_paper)
        detail.shown.connect(self.rate.set_case)
        self.rate.paper_wanted.connect(self.open_paper)
        detail.close_wanted.connect(self._close_issue)
        detail.inform_wanted.connect(self._acts.inform)
        detail.correct_wanted.connect(lambda op_id: self._acts.correct(op_id, detail.picture))
        detail.reveal_wanted.connect(partial(self._presenter.reveal, detail.show_full))
        f8 = QShortcut(QKeySequence("F8"), self, lambda: self.open_paper("REC"))
        f8.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        for key, do in (("Ctrl+B", self._acts.refuse_receipt), ("Ctrl+H", self._acts.hand_over)):
            made = QShortcut(QKeySequence(key), self, do)
            made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    # -- the shell ------------------------------------------------------------------------

    def refresh(self, changes: object | None) -> None:
        """Read again, keeping place and selection."""
        self._presenter.refresh(changes)

    def activate(self) -> None:
        """The search takes what is typed; ↓ goes into the table."""
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def zones(self) -> list[QWidget]:
        """List and detail."""
        return [self.pair.main, self.detail]

    def go_back(self) -> bool:
        """Esc: from the detail to the list, then the search is cleared."""
        if self.pair.on_side:
            self.pair.show_main()
            self.table.setFocus()
            return True
        if self.detail.isAncestorOf(self.focusWidget() or self):
            self.table.setFocus()
            return True
        if self.search.text():
            self.search.clear()
            return True
        return False

    def keys(self) -> list[KeyLine]:
        """Keys of this screen."""
        return [
            KeyLine("↓", "从查找框到列表"),
            KeyLine("Enter", "打开选中的办件"),
            KeyLine("F8", "打印收件凭证"),
            KeyLine("Ctrl+B", "登记不予收件（没有办件的）"),
            KeyLine("Ctrl+H", "交接单：材料交部门、部门交来证件"),
            KeyLine("Esc", "从详情回列表；清空查找"),
        ]

    def show_case(self, case_id: str) -> None:
        """Open a case from elsewhere (workbench, palette, sync)."""
        found = self.model.find(case_id)
        if found.isValid():
            self.table.setCurrentIndex(found)
        self._presenter.choose(case_id)
        self.pair.show_side()

    # -- the presenter -----------------------------------------------------------------------

    def rows_came(self) -> None:
        """The top of the list is there."""
        total = self.model.total
        filtered = bool(self._presenter.text) or self._presenter.which != "all"
        self._count.setText(f"找到 {total:,} 件" if filtered else f"共 {total:,} 件")
        if filtered:
            self.empty.set_text("没有找到这样的办件。", "换个词，或按 Esc 清空；也可以选「全部」。")
        else:
            self.empty.set_text("还没有办件。", "按 F2 受理第一件；收件后就会出现在这里。")
        self._list.show_table(self.model.loaded > 0)

    def show_totals(self, totals: Mapping[CaseFilter, int]) -> None:
        """Show how many each filter holds."""
        for which, word in _FILTERS[1:]:
            self._chips[which].setText(f"{word} {totals.get(which, 0):,}")
            self._chips[which].updateGeometry()

    # -- inside ------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent):
            down = event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter}
            if event.type() == QEvent.Type.KeyPress and down and self.model.loaded:
                self.table.setFocus(Qt.FocusReason.TabFocusReason)
                if not self.table.currentIndex().isValid():
                    self.table.selectRow(0)
                return True
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "table"):
            self.table.set_widths(_WIDTHS_EM)

    def _typed(self) -> None:
        self._typing.start()

    def _cleared(self, text: str) -> None:
        if not text:
            self._typing.stop()
            self._ask()

    def _ask(self) -> None:
        checked = [w for w, chip in self._chips.items() if chip.isChecked()]
        which: CaseFilter = checked[0] if checked else "all"
        self._presenter.ask(self.search.text().strip(), which)

    def _row_changed(self, now: QModelIndex, _before: QModelIndex) -> None:
        row = self.model.row(now.row())
        if row is not None and row.case_id != self._presenter.case_id:
            self._presenter.choose(row.case_id)

    def _opened(self, index: QModelIndex) -> None:
        row = self.model.row(index.row())
        if row is None:
            return
        self._presenter.choose(row.case_id)
        if self.pair.folded:
            self.pair.show_side()
            self.detail.setFocus()

    def _show_page(self, title: str, picture: QPixmap) -> None:
        PageView(title, picture, self).open()

    # -- acts ----------------------------------------------------------------------------------

    def open_paper(self, code: str) -> None:
        """Preview a paper of the case chosen."""
        if self._presenter.case_id:
            PaperPreview(self._desk, self._presenter.case_id, code, self._token, self).open()

    def _paper_of(self, case_id: str, code: str) -> None:
        PaperPreview(self._desk, case_id, code, self._token, self).open()

    def _act(self, name: str) -> None:
        if self.detail.picture is not None:
            self._acts.ask(name, self.detail.picture)

    def _close_issue(self, op_id: str) -> None:
        picture = self.detail.picture
        issues = picture.issues if picture is not None else ()
        words = next((one.close.words for one in issues if one.op.op_id == op_id), "")
        asked = ReasonDialog("关闭这一条", words, "关闭", frequent=_CLOSE, parent=self)
        asked.given.connect(partial(self._presenter.close_issue, op_id))
        asked.open()
