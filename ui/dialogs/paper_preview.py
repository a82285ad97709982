# SPDX-License-Identifier: MulanPSL-2.0
"""The papers of a case before they are printed: which, 普通 大字 or 热敏, print, save as PDF."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QPixmap, QShortcut
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from counter.domain.errors import CounterError, KnownError
from counter.domain.papers import SIZE_WORDS, Print, SheetSize
from ui.notify import describe_error, notify
from ui.operations import papers as op
from ui.papers.pages import print_on, save_pdf
from ui.papers.raster import page_images
from ui.theme import px
from ui.theme.fonts import text_family
from ui.widgets.badge import Badge
from ui.widgets.banner import Banner
from ui.widgets.base import label
from ui.widgets.buttons import PrimaryButton, SecondaryButton
from ui.widgets.skeleton import Skeleton

if TYPE_CHECKING:
    from ui.operations.desk import Desk
    from ui.operations.papers import PaperData, ReceiptToken
    from ui.papers.pages import Paper

PrinterChoice = Callable[[QWidget], "QPrinter | None"]
FileChoice = Callable[[QWidget, str], "Path | None"]


def ask_printer(parent: QWidget) -> QPrinter | None:
    """The system's own dialog; `None` when the person cancels."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    asked = QPrintDialog(printer, parent)
    return printer if asked.exec() == QDialog.DialogCode.Accepted else None


def ask_file(parent: QWidget, name: str) -> Path | None:
    """Where to save; `None` when the person cancels."""
    chosen, _ = QFileDialog.getSaveFileName(parent, "存为 PDF", name, "PDF (*.pdf)")
    return Path(chosen) if chosen else None


class PaperPreview(QDialog):
    """Preview of the papers of one case; `open()` shows it over the window."""

    def __init__(
        self,
        desk: Desk,
        case_id: str,
        code: str,
        token: ReceiptToken | None,
        parent: QWidget | None = None,
        *,
        size: SheetSize | None = None,
        choose_printer: PrinterChoice = ask_printer,
        choose_file: FileChoice = ask_file,
    ) -> None:
        """Make the dialog and read the case.

        Args:
            desk: the desk.
            case_id: the case.
            code: paper to begin with (REC, ACP…).
            token: makes the QR's token again; `None` prints without a QR.
            parent: the window.
            size: size to begin with; else the one chosen last for this paper.
            choose_printer: asks for the printer.
            choose_file: asks where the PDF goes.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._desk, self._case_id, self._code = desk, case_id, code
        self._token = token
        self._choose_printer, self._choose_file = choose_printer, choose_file
        self._data: PaperData | None = None
        self._paper: Paper | None = None
        if size is not None:
            desk.paper_sizes[code] = size
        self._build()
        QShortcut(QKeySequence("F8"), self, self.print_now)
        op.load(desk, case_id, token, self._loaded, self._failed, owner=self)

    # -- building ---------------------------------------------------------------------

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(px("l"), px("l"), px("l"), px("l"))
        row.setSpacing(px("l"))
        self._area = QScrollArea()
        self._area.setAccessibleName("预览")
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidget(Skeleton(12))
        row.addWidget(self._area, 1)
        side = QWidget()
        side.setFixedWidth(18 * px("body"))
        row.addWidget(side)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px("s"))
        self._name = label("", "title", wrap=True)
        self._number = label(" ", "small", tone="muted", wrap=True)
        self._papers = QComboBox()
        self._papers.setAccessibleName("文书，只列出现在可以打印的")
        self._papers.activated.connect(self._chosen)
        for part in (self._name, self._number, self._papers):
            column.addWidget(part)
        self._size_row(column)
        self._again = Badge("warn", "将标明“补打”")
        self._copies = label("", "small", tone="muted", wrap=True)
        self._problem = Banner("danger", "")
        for one in (self._again, self._copies, self._problem):
            column.addWidget(one)
        self._again.hide()
        self._problem.hide()
        column.addStretch(1)
        self._buttons(column)
        self._head()
        screen = self.screen().availableGeometry()
        self.resize(
            min(64 * px("body"), screen.width() - px("xxl")),
            min(48 * px("body"), screen.height() - px("xxl")),
        )

    def _size_row(self, column: QVBoxLayout) -> None:
        group = QButtonGroup(self)
        line = QHBoxLayout()
        line.setSpacing(px("s"))
        self._sizes: dict[SheetSize, SecondaryButton] = {}
        for size, word in SIZE_WORDS.items():
            button = SecondaryButton(word)
            button.setCheckable(True)
            button.clicked.connect(partial(self._resized, size))
            group.addButton(button)
            line.addWidget(button, 1)
            self._sizes[size] = button
        column.addLayout(line)

    def _buttons(self, column: QVBoxLayout) -> None:
        self._print = PrimaryButton("打印", "F8", icon="print")
        self._print.clicked.connect(self.print_now)
        self._save = SecondaryButton("存为 PDF…")
        self._save.clicked.connect(self.save)
        shut = SecondaryButton("关闭", "Esc")
        shut.clicked.connect(self.reject)
        for button in (self._print, self._save, shut):
            column.addWidget(button)
        self._allow(can=False)
        self._print.setDefault(True)

    def _allow(self, *, can: bool) -> None:
        self._print.setEnabled(can)
        self._save.setEnabled(can)

    # -- what is chosen -----------------------------------------------------------------

    def size_chosen(self) -> SheetSize:
        """普通, 大字 or 热敏; a size the paper does not come in falls back to its first."""
        sizes = self._desk.papers.kind(self._code).sizes
        last = self._desk.paper_sizes.get(self._code, sizes[0])
        return last if last in sizes else sizes[0]

    @property
    def reprint(self) -> int:
        """Which 补打 this is, 0 for the first print in this size."""
        title = self._desk.papers.kind(self._code).title
        return self._data.again(title, self.size_chosen()) if self._data is not None else 0

    def choose_paper(self, code: str) -> None:
        """Show another paper of the same case."""
        self._code = code
        self._head()
        self._show()

    def _chosen(self, at: int) -> None:
        self.choose_paper(str(self._papers.itemData(at)))

    def _resized(self, size: SheetSize) -> None:
        self._desk.paper_sizes[self._code] = size
        self._show()

    # -- what is shown ------------------------------------------------------------------

    def _head(self) -> None:
        kind = self._desk.papers.kind(self._code)
        self.setWindowTitle(kind.title)
        self._name.setText(kind.title)
        self._copies.setText(f"一式{len(kind.copies)}份：{'、'.join(kind.copies)}")
        for size, button in self._sizes.items():
            button.setVisible(size in kind.sizes)
            button.setChecked(size == self.size_chosen())

    def _loaded(self, data: PaperData) -> None:
        self._data = data
        self._number.setText(f"凭证号 {data.detail.case.receipt_no}")
        self._papers.clear()
        for one in op.choices(self._desk, data.detail, data.item):
            if not one.why_not:
                self._papers.addItem(one.title, one.code)
        self._papers.setCurrentIndex(self._papers.findData(self._code))
        self._show()

    def _show(self) -> None:
        if self._data is None:
            return
        self._problem.hide()
        self._again.setVisible(self.reprint > 0)
        self._again.set_state("warn", f"将标明“补打 第{self.reprint}次”")
        try:
            paper = op.make_paper(self._desk, self._data, self._code, self.size_chosen())
        except CounterError as error:
            self._paper = None
            self._area.setWidget(QWidget())
            self._allow(can=False)
            self._failed(error)
            return
        self._paper = paper
        self._show_pages(paper)
        shut = op.shut_words(self._desk, self._data, self._code, self.size_chosen())
        self._allow(can=not shut)
        if shut:
            self._problem.set_message("warn", shut)
            self._problem.show()
        elif not self._token and self._desk.papers.kind(self._code).qr:
            words = "这次没有二维码：本机暂时不能重新签名。凭证号照样能查。"
            self._problem.set_message("warn", words)
            self._problem.show()

    def _show_pages(self, paper: Paper) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setSpacing(px("m"))
        width = max(self._area.viewport().width() - 2 * px("xl"), 240)
        if paper.size == "roll":
            width = min(width, 24 * px("body"))
        images = page_images(paper, text_family(), width, self.devicePixelRatioF())
        for at, image in enumerate(images, 1):
            page = QLabel()
            page.setPixmap(QPixmap.fromImage(image))
            page.setAccessibleName(f"第 {at} 页，共 {len(images)} 页")
            column.addWidget(page, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self._area.setWidget(inner)

    def _failed(self, error: BaseException) -> None:
        told = describe_error(error)
        self._problem.set_message("danger", told.words, code=told.code)
        self._problem.show()

    # -- acts ----------------------------------------------------------------------------

    def print_now(self) -> None:
        """F8: ask for the printer and print; refused before, never after."""
        if self._paper is None or not self._print.isEnabled():
            return
        printer = self._choose_printer(self)
        if printer is not None:
            print_on(printer, self._paper, text_family())
            self._note("已交给打印机")

    def save(self) -> None:
        """Save a PDF; its name holds the number, never a person."""
        if self._data is None or self._paper is None or not self._save.isEnabled():
            return
        number = self._data.detail.case.receipt_no
        path = self._choose_file(self, f"{self._paper.title}-{number}.pdf")
        if path is None:
            return
        try:
            save_pdf(path, self._paper, text_family())
        except KnownError as error:
            self._failed(error)
            return
        self._note("PDF 已存好")

    def _note(self, words: str) -> None:
        title = self._desk.papers.kind(self._code).title
        made = Print(self._code, title, self.size_chosen(), self.reprint)
        notify(f"{title}：{words}。", "ok")
        self._allow(can=False)  # until the print is on record: the next one is a 补打
        op.note_print(self._desk, self._case_id, made, self._noted, owner=self)

    def _noted(self, _done: object) -> None:
        op.load(self._desk, self._case_id, self._token, self._loaded, self._failed, owner=self)
