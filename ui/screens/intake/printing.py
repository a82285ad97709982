# SPDX-License-Identifier: MulanPSL-2.0
"""The papers of the receipt step: made as HTML off the GUI thread, printed or kept as PDF."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QWidget

from counter.app.papers.content import ThemePart, TogetherPart
from counter.app.papers.from_case import PaperWish, paper_content
from counter.app.papers.prints import check
from counter.app.papers.words import day_words
from counter.domain.errors import CounterError, KnownError
from counter.domain.papers import SIZE_WORDS, Print, SheetSize
from ui.operations import devices, intake, papers
from ui.papers import pages
from ui.papers.pages import print_on, qr_data_url, save_pdf
from ui.theme.fonts import text_family

if TYPE_CHECKING:
    from counter.app.commands import Receipt
    from counter.domain.catalog import Item
    from counter.ports.storage import CaseRecord
    from ui.operations.desk import Desk

RECEIPT = "REC"
NEXT_STEP = "NXT"
ChoosePath = Callable[[QWidget, str], str]


def ask_path(parent: QWidget, name: str) -> str:
    """Ask where to keep a PDF; '' when the person changes their mind."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    start = str(Path(folder) / name)
    chosen, _ = QFileDialog.getSaveFileName(parent, "没有打印机，存成 PDF", start, "PDF (*.pdf)")
    return chosen


@dataclass(frozen=True)
class Made:
    """A paper ready to be laid out, and what is noted when it left the printer."""

    case_id: str
    paper: pages.Paper
    qr: str
    note: Print

    @property
    def file_name(self) -> str:
        """Number, and what tells it from the receipt in A4; never a person."""
        parts = [self.paper.foot]
        if self.note.code != RECEIPT:
            parts.append(self.paper.title)
        if self.note.size != "a4":
            parts.append(SIZE_WORDS[self.note.size])
        return "-".join(parts) + ".pdf"


def theme_part(receipt: Receipt, names: Sequence[str]) -> ThemePart | None:
    """Return the list of cases on the one receipt of a theme; None for a single case."""
    rows = [
        TogetherPart(name, one.receipt_no, day_words(one.answer_due))
        for name, one in zip(names, receipt.together, strict=False)
    ]
    return ThemePart(receipt.theme_no, tuple(rows)) if rows else None


class Printing(QObject):
    """Makes the receipt of one case; printing itself is a dialog of the system."""

    made = Signal(object)
    """A `Made` for the preview."""
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
        self._names: tuple[str, ...] = ()
        self._also: tuple[str, ...] = ()
        self._printed: Counter[tuple[str, SheetSize]] = Counter()

    def take(
        self,
        case: CaseRecord,
        receipt: Receipt,
        item: Item,
        names: Sequence[str] = (),
        *,
        also: Sequence[str] = (),
    ) -> None:
        """Another case was received; its preview is made at once.

        Of a theme, ``names`` are its items in order: the paper is one for them all. ``also`` is
        what the person may be able to do besides; the 下一步 card says it.
        """
        self._names, self._also = tuple(names), tuple(also)
        self._case, self._receipt, self._item = case, receipt, item
        self._printed = Counter()
        self._make(RECEIPT, "a4", self.made.emit)

    def print(self, code: str = RECEIPT, size: SheetSize = "a4") -> None:
        """F8: on a printer if there is one, else as PDF; what may not be noted is not printed."""
        kind = self._desk.papers.kind(code)
        try:
            check(kind, self._desk.session, self._printed[code, size])
        except CounterError as error:
            self.failed.emit(error)
            return

        def have(made: object) -> None:
            if isinstance(made, Made):
                devices.printer_ready(
                    self._desk, lambda ready: self._out(made, ready=ready), owner=self
                )

        self._make(code, size, have)

    def _make(self, code: str, size: SheetSize, then: Callable[[object], object]) -> None:
        case, receipt, item = self._case, self._receipt, self._item
        if case is None or receipt is None or item is None:
            return
        desk = self._desk
        kind = desk.papers.kind(code)
        theme = theme_part(receipt, self._names)
        again, also = self._printed[code, size], self._also
        at = intake.now(desk)

        def job() -> Made:
            qr = qr_data_url(receipt.qr_token)
            wish = PaperWish(kind, qr, at, size, again, also=also, theme=theme)
            html = desk.papers.render(paper_content(wish, case, item, desk.hall, desk.session))
            paper = pages.Paper(html, kind.title, size, receipt.receipt_no)
            return Made(case.case_id, paper, qr, Print(code, kind.title, size, again))

        desk.runner.run_io(job, then, self.failed.emit, owner=self)

    def _out(self, made: Made, *, ready: bool) -> None:
        done = self._on_printer(made.paper) if ready else self._as_pdf(made)
        if done:
            self._printed[made.note.code, made.note.size] += 1
            papers.note_print(self._desk, made.case_id, made.note, lambda _done: None, owner=self)

    def _on_printer(self, paper: pages.Paper) -> bool:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        if QPrintDialog(printer, self._window).exec() != QPrintDialog.DialogCode.Accepted:
            return False
        print_on(printer, paper, text_family())
        self.told.emit("ok", "已送到打印机。")
        return True

    def _as_pdf(self, made: Made) -> bool:
        chosen = self.choose_path(self._window, made.file_name)
        if not chosen:
            return False
        try:
            save_pdf(Path(chosen), made.paper, text_family())
        except KnownError as error:
            self.failed.emit(error)
            return False
        self.told.emit("ok", f"没有打印机，已存成 PDF：{Path(chosen).name}")
        return True
