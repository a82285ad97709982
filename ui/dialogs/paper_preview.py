# SPDX-License-Identifier: MulanPSL-2.0
"""The paper before it is printed: its pages, 标准 or 大字版, print, save as PDF."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QPixmap, QShortcut
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import (
    QButtonGroup,
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
from ui.notify import describe_error, notify
from ui.operations import papers as op
from ui.papers.pages import print_on
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
    """Preview of one paper of one case; `open()` shows it over the window."""

    def __init__(
        self,
        desk: Desk,
        case_id: str,
        code: str,
        token: ReceiptToken | None,
        parent: QWidget | None = None,
        *,
        large: bool = False,
        choose_printer: PrinterChoice = ask_printer,
        choose_file: FileChoice = ask_file,
    ) -> None:
        """Make the dialog and read the paper.

        Args:
            desk: the desk.
            case_id: the case.
            code: paper code of the templates (REC, ACP).
            token: makes the QR's token again; `None` prints without a QR.
            parent: the window.
            large: begin with 大字版.
            choose_printer: asks for the printer.
            choose_file: asks where the PDF goes.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._desk, self._case_id, self._code = desk, case_id, code
        self._token = token
        self._choose_printer, self._choose_file = choose_printer, choose_file
        self._data: PaperData | None = None
        self._html = ""
        self._title = desk.papers.kind(code).title
        self.setWindowTitle(self._title)
        self._build(large=large)
        QShortcut(QKeySequence("F8"), self, self.print_now)
        op.load(desk, case_id, code, token, self._loaded, self._failed, owner=self)

    # -- building ---------------------------------------------------------------------

    def _build(self, *, large: bool) -> None:
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
        side.setFixedWidth(17 * px("body"))
        row.addWidget(side)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px("s"))
        column.addWidget(label(self._title, "title"))
        self._number = label(" ", "small", tone="muted", wrap=True)
        column.addWidget(self._number)
        self._sizes(column, large=large)
        self._again = Badge("warn", "将标明“补打”")
        self._again.hide()
        column.addWidget(self._again)
        copies = "、".join(self._desk.papers.kind(self._code).copies)
        column.addWidget(label(f"一式：{copies}", "small", tone="muted", wrap=True))
        self._problem = Banner("danger", "")
        self._problem.hide()
        column.addWidget(self._problem)
        column.addStretch(1)
        self._buttons(column)
        screen = self.screen().availableGeometry()
        self.resize(
            min(64 * px("body"), screen.width() - px("xxl")),
            min(48 * px("body"), screen.height() - px("xxl")),
        )

    def _sizes(self, column: QVBoxLayout, *, large: bool) -> None:
        group = QButtonGroup(self)
        line = QHBoxLayout()
        line.setSpacing(px("s"))
        self._normal, self._large = SecondaryButton("标准"), SecondaryButton("大字版")
        for button in (self._normal, self._large):
            button.setCheckable(True)
            group.addButton(button)
            line.addWidget(button, 1)
        (self._large if large else self._normal).setChecked(True)
        group.buttonClicked.connect(self._show)
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
        self._print.setEnabled(False)
        self._save.setEnabled(False)
        self._print.setDefault(True)

    # -- what is shown ------------------------------------------------------------------

    @property
    def large(self) -> bool:
        """Whether 大字版 is chosen."""
        return self._large.isChecked()

    @property
    def reprint(self) -> bool:
        """Whether the paper was printed before, so that this one says 补打."""
        return self._data is not None and self._data.printed_before

    def _loaded(self, data: PaperData) -> None:
        self._data = data
        self._number.setText(f"凭证号 {data.detail.case.receipt_no}")
        self._again.setVisible(data.printed_before)
        if not self._token:
            self._say(None, "这次没有二维码：本机暂时不能重新签名。凭证号照样能查。")
        self._show()

    def _show(self) -> None:
        if self._data is None:
            return
        try:
            self._html = op.paper_html(
                self._desk, self._data, self._code, large=self.large, reprint=self.reprint
            )
        except CounterError as error:
            self._failed(error)
            return
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setSpacing(px("m"))
        width = max(self._area.viewport().width() - 2 * px("xl"), 240)
        images = page_images(self._html, text_family(), width, self.devicePixelRatioF())
        for at, image in enumerate(images, 1):
            page = QLabel()
            page.setPixmap(QPixmap.fromImage(image))
            page.setAccessibleName(f"第 {at} 页，共 {len(images)} 页")
            column.addWidget(page, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self._area.setWidget(inner)
        self._print.setEnabled(True)
        self._save.setEnabled(True)

    def _failed(self, error: BaseException) -> None:
        self._say(error, "")

    def _say(self, error: BaseException | None, words: str) -> None:
        told = describe_error(error) if error is not None else None
        if told is not None:
            self._problem.set_message("danger", told.words, code=told.code)
        else:
            self._problem.set_message("warn", words)
        self._problem.show()

    # -- acts ----------------------------------------------------------------------------

    def print_now(self) -> None:
        """F8: ask for the printer and print."""
        if not self._print.isEnabled():
            return
        printer = self._choose_printer(self)
        if printer is not None:
            print_on(printer, self._html, text_family())
            self._note("已交给打印机")

    def save(self) -> None:
        """Save a PDF; its name holds the number, never a person."""
        if self._data is None:
            return
        number = self._data.detail.case.receipt_no
        path = self._choose_file(self, f"{self._title}-{number}.pdf")
        if path is None:
            return
        pdf = op.render_paper(
            self._desk, self._data, self._code, large=self.large, reprint=self.reprint
        )
        try:
            path.write_bytes(pdf)
        except OSError:
            self._failed(
                KnownError(
                    code="PAPER-SAVE",
                    what="文件没有存成。",
                    safe="办件不受影响。",
                    todo="请换一个文件夹再存，或直接打印。",
                )
            )
            return
        self._note("PDF 已存好")

    def _note(self, words: str) -> None:
        notify(f"{self._title}：{words}。", "ok")
        op.note_print(
            self._desk,
            self._case_id,
            self._code,
            self._noted,
            large=self.large,
            reprint=self.reprint,
            owner=self,
        )

    def _noted(self, _done: object) -> None:
        op.load(self._desk, self._case_id, self._code, self._token, self._loaded, owner=self)
