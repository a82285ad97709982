# SPDX-License-Identifier: MulanPSL-2.0
"""The papers of the receipt step: made as HTML off the GUI thread, printed or kept as PDF."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QWidget

from counter.app.papers import PaperWish, paper_context
from counter.domain.errors import KnownError
from ui.operations import devices, intake
from ui.papers.pages import print_on, qr_data_url, save_pdf
from ui.theme.fonts import text_family

if TYPE_CHECKING:
    from counter.app.commands import Receipt
    from counter.domain.catalog import Item
    from counter.ports.storage import CaseRecord
    from ui.operations.desk import Desk

RECEIPT = "REC"
ChoosePath = Callable[[QWidget, str], str]


def ask_path(parent: QWidget, name: str) -> str:
    """Ask where to keep a PDF; '' when the person changes their mind."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    start = str(Path(folder) / name)
    chosen, _ = QFileDialog.getSaveFileName(parent, "没有打印机，存成 PDF", start, "PDF (*.pdf)")
    return chosen


@dataclass(frozen=True)
class Paper:
    """A paper ready to be laid out."""

    case_id: str
    html: str
    qr: str
    title: str
    file_name: str
    large: bool


class Printing(QObject):
    """Makes the receipt of one case; printing itself is a dialog of the system."""

    made = Signal(object)
    """A `Paper` for the preview."""
    told = Signal(str, str)
    """Tone and words after printing or saving."""
    failed = Signal(object)

    def __init__(self, desk: Desk, window: QWidget, *, choose_path: ChoosePath = ask_path) -> None:
        super().__init__(window)
        self._desk, self._window = desk, window
        self.choose_path = choose_path
        self._case: CaseRecord | None = None
        self._receipt: Receipt | None = None
        self._item: Item | None = None
        self._printed: set[str] = set()

    def take(self, case: CaseRecord, receipt: Receipt, item: Item) -> None:
        """Another case was received; its preview is made at once."""
        self._case, self._receipt, self._item = case, receipt, item
        self._printed = set()
        self._make(large=False, then=self.made.emit)

    def print(self, *, large: bool = False) -> None:
        """F8: on a printer if there is one, else as PDF."""

        def have(paper: object) -> None:
            if isinstance(paper, Paper):
                devices.printer_ready(
                    self._desk, lambda ready: self._out(paper, ready=ready), owner=self
                )

        self._make(large=large, then=have)

    def _make(self, *, large: bool, then: Callable[[object], object]) -> None:
        case, receipt, item = self._case, self._receipt, self._item
        if case is None or receipt is None or item is None:
            return
        desk = self._desk
        reprint = (RECEIPT + "L" if large else RECEIPT) in self._printed
        at = intake.now(desk)

        def job() -> Paper:
            qr = qr_data_url(receipt.qr_token)
            wish = PaperWish(
                RECEIPT,
                desk.papers.kind(RECEIPT).title,
                qr,
                at,
                large=large,
                reprint=reprint,
            )
            html = desk.papers.render(
                RECEIPT, paper_context(wish, case, item, desk.hall, desk.session)
            )
            size = "-大字" if large else ""
            return Paper(
                case.case_id, html, qr, wish.title, f"{receipt.receipt_no}{size}.pdf", large
            )

        desk.runner.run_io(job, then, self.failed.emit, owner=self)

    def _out(self, paper: Paper, *, ready: bool) -> None:
        done = self._on_printer(paper) if ready else self._as_pdf(paper)
        if done:
            mark = RECEIPT + ("L" if paper.large else "")
            intake.note_print(
                self._desk,
                paper.case_id,
                RECEIPT,
                large=paper.large,
                reprint=mark in self._printed,
                owner=self,
            )
            self._printed.add(mark)

    def _on_printer(self, paper: Paper) -> bool:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        if QPrintDialog(printer, self._window).exec() != QPrintDialog.DialogCode.Accepted:
            return False
        print_on(printer, paper.html, text_family())
        self.told.emit("ok", "已送到打印机。")
        return True

    def _as_pdf(self, paper: Paper) -> bool:
        chosen = self.choose_path(self._window, paper.file_name)
        if not chosen:
            return False
        try:
            save_pdf(Path(chosen), paper.html, paper.title, text_family())
        except OSError:
            error = KnownError(
                code="PAPER-SAVE",
                what="PDF 没有存成。",
                safe="办件已保存在本机，凭证可以随时再打。",
                todo="请换一个位置再存一次。",
            )
            self.failed.emit(error)
            return False
        self.told.emit("ok", f"没有打印机，已存成 PDF：{Path(chosen).name}")
        return True
