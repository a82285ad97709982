# SPDX-License-Identifier: MulanPSL-2.0
"""HTML → QTextDocument → PDF or printer; A4, margins 15 mm. GUI thread only."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import qrcode
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QSizeF
from PySide6.QtGui import QFont, QPageLayout, QPageSize, QPdfWriter, QTextDocument
from PySide6.QtPrintSupport import QPrinter

_DPI = 300
_MARGIN_MM = 15.0
_SCREEN_DPI = 96.0


def qr_data_url(text: str) -> str:
    """Return a QR code as a PNG data URL; medium error correction, four modules quiet zone."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_L, box_size=4, border=4)
    code.add_data(text)
    code.make(fit=True)
    out = io.BytesIO()
    code.make_image().save(out)
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def document(html: str, family: str) -> QTextDocument:
    """Return the laid-out document; ``family`` is the CJK font all text is set in."""
    doc = QTextDocument()
    doc.setDefaultFont(QFont(family, 11))
    doc.setDocumentMargin(0)
    doc.setHtml(html)
    return doc


def _page_layout() -> QPageLayout:
    return QPageLayout(
        QPageSize(QPageSize.PageSizeId.A4),
        QPageLayout.Orientation.Portrait,
        QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM),
        QPageLayout.Unit.Millimeter,
    )


def pdf_bytes(html: str, title: str, family: str) -> bytes:
    """Return a PDF of the paper. ``title`` goes into the metadata: never a person's name."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setPageLayout(_page_layout())
    writer.setResolution(_DPI)
    writer.setTitle(title)
    writer.setCreator("一窗柜台")
    doc = document(html, family)
    _fit(doc, writer)
    doc.print_(writer)
    del writer
    buffer.close()
    return bytes(data.data())


def _fit(doc: QTextDocument, device: QPdfWriter | QPrinter) -> None:
    """Set the page size in the document's own pixels, so that no default margin is added."""
    doc.documentLayout().setPaintDevice(device)
    doc.setPageSize(QSizeF(float(device.width()), float(device.height())))


def save_pdf(path: Path, html: str, title: str, family: str) -> None:
    """Write the PDF of a paper to ``path`` (name it by number, never by person)."""
    path.write_bytes(pdf_bytes(html, title, family))


def print_on(printer: QPrinter, html: str, family: str) -> None:
    """Print on a printer the person chose."""
    printer.setPageLayout(_page_layout())
    doc = document(html, family)
    _fit(doc, printer)
    doc.print_(printer)
