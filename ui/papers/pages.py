# SPDX-License-Identifier: MulanPSL-2.0
"""HTML → QTextDocument → PDF or printer: A4, or a thermal roll as long as its text. GUI thread."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path

import qrcode
from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QMarginsF,
    QRectF,
    QSizeF,
    Qt,
)
from PySide6.QtGui import (
    QFont,
    QPageLayout,
    QPageSize,
    QPaintDevice,
    QPainter,
    QPdfWriter,
    QTextDocument,
    QTextFormat,
    QTextTable,
)
from PySide6.QtPrintSupport import QPrinter

from counter.domain.errors import KnownError
from counter.domain.papers import SheetSize
from ui.papers.glyphs import printable

_DPI = 300
INCH_MM = 25.4
_FEW_ROWS = 3
_FOOT_MM = 6.0  # kept free at the foot of every A4 page for 第 1 页，共 2 页


@dataclass(frozen=True)
class Sheet:
    """Width, height and margin in millimetres; height 0 grows with the text."""

    wide: float
    tall: float
    margin: float


SHEETS: dict[SheetSize, Sheet] = {
    "a4": Sheet(210.0, 297.0, 15.0),
    "large": Sheet(210.0, 297.0, 15.0),
    "roll": Sheet(80.0, 0.0, 4.0),  # thermal heads print 72 mm of the 80
}


@dataclass(frozen=True)
class Paper:
    """A paper ready to be laid out; ``foot`` stands beside the page number, no names in it."""

    html: str
    title: str
    size: SheetSize = "a4"
    foot: str = ""


def qr_data_url(text: str) -> str:
    """Return a QR code as a PNG data URL; low error correction, four modules quiet zone."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_L, box_size=4, border=4)
    code.add_data(text)
    code.make(fit=True)
    out = io.BytesIO()
    code.make_image().save(out)
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def document(html: str, family: str) -> QTextDocument:
    """Return the document; ``family`` is the CJK font all text is set in."""
    doc = QTextDocument()
    font = QFont(family, 11)
    # Localised digits are glyphs without a character: the text of the PDF would be unreadable.
    font.setFeature(QFont.Tag("locl"), 0)
    doc.setDefaultFont(font)
    doc.setDocumentMargin(0)
    doc.setHtml(printable(html, family))
    return doc


def _keep_whole(doc: QTextDocument, tall: float) -> None:
    """Move a table of few rows (signatures above all) to the next page rather than cut it."""
    for frame in doc.rootFrame().childFrames():
        if not isinstance(frame, QTextTable) or frame.rows() > _FEW_ROWS:
            continue
        box = doc.documentLayout().frameBoundingRect(frame)
        if box.top() // tall != (box.bottom() - 1) // tall:
            form = frame.format().toTableFormat()
            form.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
            frame.setFormat(form)


class Layout:
    """A paper broken into pages for one device; all sizes in the device's dots."""

    def __init__(self, paper: Paper, family: str, device: QPaintDevice) -> None:
        sheet = SHEETS[paper.size]
        self.dots = device.logicalDpiX() / INCH_MM
        self.margin = sheet.margin * self.dots
        self.wide = (sheet.wide - 2 * sheet.margin) * self.dots
        self.paper, self.family = paper, family
        self.doc = document(paper.html, family)
        self.doc.documentLayout().setPaintDevice(device)
        if sheet.tall:
            self.tall = (sheet.tall - 2 * sheet.margin - _FOOT_MM) * self.dots
            self.doc.setPageSize(QSizeF(self.wide, self.tall))
            _keep_whole(self.doc, self.tall)
            self.whole_mm = (sheet.wide, sheet.tall)
        else:
            self.doc.setTextWidth(self.wide)
            self.tall = self.doc.size().height()
            self.whole_mm = (sheet.wide, self.tall / self.dots + 2 * sheet.margin)
        self.pages = self.doc.pageCount() if sheet.tall else 1

    def paint(self, painter: QPainter, page: int) -> None:
        """Draw one page (from 0); the painter's origin is the corner of the margins."""
        top = page * self.tall
        painter.save()
        painter.translate(0, -top)
        self.doc.drawContents(painter, QRectF(0, top, self.wide, self.tall))
        painter.restore()
        if self.pages > 1:
            painter.setFont(QFont(self.family, 9))
            painter.setPen(Qt.GlobalColor.black)
            box = QRectF(0, self.tall, self.wide, _FOOT_MM * self.dots)
            number = f"第 {page + 1} 页，共 {self.pages} 页"
            words = "    ".join(
                part for part in (self.paper.title, self.paper.foot, number) if part
            )
            painter.drawText(
                box, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom), words
            )


def _page_layout(layout: Layout) -> QPageLayout:
    wide, tall = layout.whole_mm
    size = QPageSize(QSizeF(wide, tall), QPageSize.Unit.Millimeter)
    if SHEETS[layout.paper.size].tall:
        size = QPageSize(QPageSize.PageSizeId.A4)
    margin = SHEETS[layout.paper.size].margin
    return QPageLayout(
        size,
        QPageLayout.Orientation.Portrait,
        QMarginsF(margin, margin, margin, margin),
        QPageLayout.Unit.Millimeter,
    )


def _paint_all(layout: Layout, device: QPdfWriter | QPrinter) -> None:
    painter = QPainter(device)
    for page in range(layout.pages):
        if page:
            device.newPage()
        layout.paint(painter, page)
    painter.end()


def pdf_bytes(paper: Paper, family: str) -> bytes:
    """Return a PDF of the paper. Its title goes into the metadata: never a person's name."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DPI)
    writer.setTitle(paper.title)
    writer.setCreator("一窗柜台")
    layout = Layout(paper, family, writer)
    writer.setPageLayout(_page_layout(layout))
    _paint_all(layout, writer)
    del layout, writer
    buffer.close()
    return bytes(data.data())


def save_pdf(path: Path, paper: Paper, family: str) -> None:
    """Write the PDF of a paper to ``path`` (name it by number, never by person).

    Raises:
        KnownError: ``PAPER-SAVE``; the case is not touched.
    """
    try:
        path.write_bytes(pdf_bytes(paper, family))
    except OSError as error:
        raise KnownError(
            code="PAPER-SAVE",
            what="文件没有存成。",
            safe="办件已保存在本机，文书可以随时再打。",
            todo="请换一个文件夹再存，或直接打印。",
        ) from error


def print_on(printer: QPrinter, paper: Paper, family: str) -> None:
    """Print on a printer the person chose."""
    layout = Layout(paper, family, printer)
    printer.setPageLayout(_page_layout(layout))
    _paint_all(layout, printer)
