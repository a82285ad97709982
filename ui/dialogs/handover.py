# SPDX-License-Identifier: MulanPSL-2.0
"""交接单: tick the cases whose papers go to a department, or whose certificates came back."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from counter.app.papers.prints import refusal
from counter.domain.errors import CounterError, KnownError
from ui.dialogs.paper_preview import FileChoice, PrinterChoice, ask_file, ask_printer
from ui.models.tick_table import TickRow, TickTable
from ui.models.words import long_day
from ui.notify import describe_error, notify
from ui.operations import handover as op
from ui.papers.pages import Paper, print_on, save_pdf
from ui.runner import Latest
from ui.theme import px
from ui.theme.fonts import text_family
from ui.widgets.banner import Banner
from ui.widgets.base import label
from ui.widgets.buttons import LinkButton, PrimaryButton, SecondaryButton

if TYPE_CHECKING:
    from ui.operations.desk import Desk
    from ui.operations.handover import Listed

_WIDE_EM, _TALL_EM = 52, 40
_HEADS = ("凭证号", "事项", "材料、证件", "页数", "列过")
_WIDTHS_EM = (7.8, 0, 0, 3.6, 4)
_KINDS = (
    (op.PAPERS, "材料交给部门", "本窗口收下的纸质材料。只核过原件的已当面退还，不在内。"),
    (op.RESULTS, "部门交来证件", "办结了、还没有送达的。当面点清再签字。"),
)
_EMPTY = {
    op.PAPERS: f"最近 {op.DAYS} 天本窗口没有收下纸质材料的办件。",
    op.RESULTS: "没有等着领的办理结果。",
}


class HandoverDialog(QDialog):
    """Space ticks, F8 prints, Esc closes; one list is for one department."""

    def __init__(
        self,
        desk: Desk,
        parent: QWidget | None = None,
        *,
        choose_printer: PrinterChoice = ask_printer,
        choose_file: FileChoice = ask_file,
    ) -> None:
        """Make the dialog and read the cases."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("交接单")
        self._desk, self._latest = desk, Latest()
        self._choose_printer, self._choose_file = choose_printer, choose_file
        self._code = op.PAPERS
        self._all: tuple[Listed, ...] = ()
        self._shown: list[Listed] = []
        self._build()
        QShortcut(QKeySequence("F8"), self, self.print_now)
        self._read()

    # -- building ---------------------------------------------------------------------

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(px("xl"), px("l"), px("xl"), px("l"))
        column.setSpacing(px("m"))
        column.addWidget(label("交接单", "lead"))
        column.addLayout(self._kinds())
        self._about = label("", tone="muted", wrap=True)
        self.day, self.department = QComboBox(), QComboBox()
        for box, name in ((self.day, "哪一天收的"), (self.department, "哪个部门")):
            box.setAccessibleName(name)
            box.activated.connect(self._filtered)
        line = QHBoxLayout()
        line.setSpacing(px("m"))
        line.addWidget(self.day)
        line.addWidget(self.department, 1)
        self.rows = TickTable("办件，空格打勾", _HEADS, _WIDTHS_EM, self)
        self.rows.changed.connect(self._summed)
        self._sum = label("", strong=True, wrap=True)
        self.every = LinkButton("全选 / 全不选", "Ctrl+A")
        self.every.clicked.connect(self.rows.tick_every)
        QShortcut(QKeySequence("Ctrl+A"), self, self.every.click)
        below = QHBoxLayout()
        below.addWidget(self._sum, 1)
        below.addWidget(self.every)
        self._problem = Banner("danger", "")
        self._problem.hide()
        column.addWidget(self._about)
        column.addLayout(line)
        column.addWidget(self.rows, 1)
        column.addLayout(below)
        column.addWidget(self._problem)
        column.addLayout(self._foot())
        room = self.screen().availableGeometry()
        self.resize(
            min(_WIDE_EM * px("body"), room.width() - px("xxl")),
            min(_TALL_EM * px("body"), room.height() - px("xxl")),
        )

    def _kinds(self) -> QHBoxLayout:
        group, line = QButtonGroup(self), QHBoxLayout()
        line.setSpacing(px("s"))
        for code, name, _about in _KINDS:
            button = SecondaryButton(name)
            button.setCheckable(True)
            button.setChecked(code == self._code)
            button.setAutoDefault(False)
            button.clicked.connect(partial(self.choose_kind, code))
            group.addButton(button)
            line.addWidget(button)
        line.addStretch(1)
        return line

    def _foot(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(px("m"))
        line.addStretch(1)
        shut = SecondaryButton("关闭", "Esc")
        shut.clicked.connect(self.reject)
        self.keep = SecondaryButton("存为 PDF…")
        self.keep.clicked.connect(self.save)
        self.print = PrimaryButton("打印", "F8", icon="print")
        self.print.clicked.connect(self.print_now)
        for button in (shut, self.keep, self.print):
            button.setAutoDefault(False)
            line.addWidget(button)
        return line

    # -- what is shown ------------------------------------------------------------------

    def choose_kind(self, code: str) -> None:
        """材料交给部门 or 部门交来证件."""
        self._code = code
        self._read()

    def _read(self) -> None:
        self._about.setText(next(about for code, _, about in _KINDS if code == self._code))
        self._problem.hide()
        op.load(self._desk, self._code, self._came, self._failed, owner=self, latest=self._latest)

    def _came(self, found: tuple[Listed, ...]) -> None:
        self._all = found
        today = self._desk.clock.now().date().isoformat()
        self.day.clear()
        for day in dict.fromkeys(one.day for one in found):
            self.day.addItem("今天" if day == today else long_day(day), day)
        self.day.setVisible(self._code == op.PAPERS and bool(found))
        self.department.clear()
        for name in dict.fromkeys(one.department for one in found):
            self.department.addItem(name, name)
        self.department.setVisible(bool(found))
        self._filtered()
        self.rows.setFocus()

    def _filtered(self) -> None:
        day, department = self.day.currentData(), self.department.currentData()
        self._shown = [
            one
            for one in self._all
            if one.department == department and (self._code == op.RESULTS or one.day == day)
        ]
        self.rows.show_rows([TickRow(_cells(one), not one.before) for one in self._shown])
        self._summed()

    def chosen(self) -> list[Listed]:
        """The cases ticked, the oldest first as they were received."""
        return [self._shown[at] for at in reversed(self.rows.ticked())]

    def _summed(self) -> None:
        chosen = self.chosen()
        pages = sum(int(one.row.pages or 0) for one in chosen)
        words = f"选了 {len(chosen)} 件" + (f"，{pages} 页" if pages else "")
        if not self._all:
            words = _EMPTY[self._code]
        elif not self._shown:
            words = "这一天没有这个部门的。"
        self._sum.setText(words)
        shut = refusal(self._desk.papers.kind(self._code), self._desk.session, 0)
        if shut:
            self._problem.set_message("warn", shut)
            self._problem.show()
        for button in (self.print, self.keep):
            button.setEnabled(bool(chosen) and not shut)
        self.every.setVisible(bool(self._shown))

    def _failed(self, error: BaseException) -> None:
        told = describe_error(error)
        self._problem.set_message("danger", told.words, code=told.code)
        self._problem.show()

    # -- acts ----------------------------------------------------------------------------

    def _paper(self) -> Paper | None:
        if not self.print.isEnabled():
            return None
        try:
            return op.paper(self._desk, self._code, self.chosen())
        except CounterError as error:
            self._failed(error)
            return None

    def print_now(self) -> None:
        """F8: ask for the printer and print those ticked."""
        paper = self._paper()
        printer = self._choose_printer(self) if paper is not None else None
        if paper is not None and printer is not None:
            print_on(printer, paper, text_family())
            self._out("已交给打印机")

    def save(self) -> None:
        """Save a PDF; its name holds the number of the list, never a person."""
        paper = self._paper()
        path = self._choose_file(self, f"{paper.title}-{paper.foot}.pdf") if paper else None
        if paper is None or path is None:
            return
        try:
            save_pdf(Path(path), paper, text_family())
        except KnownError as error:
            self._failed(error)
            return
        self._out("PDF 已存好")

    def _out(self, words: str) -> None:
        chosen = self.chosen()
        op.note(self._desk, self._code, chosen, owner=self)
        notify(f"交接单 {len(chosen)} 件：{words}。请双方当面点清、签字。", "ok")
        self._read()


def _cells(one: Listed) -> tuple[str, ...]:
    """The row of a case; a list it stood on before is said."""
    row = one.row
    again = f"{one.before} 次" if one.before else "—"
    title = f"{row.item_name} · {row.applicant}"
    return (row.receipt_no.split("-", 3)[-1], title, row.documents, row.pages or "—", again)
