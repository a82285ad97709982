# SPDX-License-Identifier: MulanPSL-2.0
"""The pages of a paper as pictures, laid out exactly as the printer will break them."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontDatabase, QImage, QPainter, QPen, QTextCursor, QTextDocument

from ui.papers.pages import INCH_MM, Layout, Paper

_DOTS_PER_METRE = 11811  # 300 dpi
_POINTS = 72.0
_LARGE_PX = 64.0
_STROKE = 26.0  # a stroke of 1/26 em looks like Qt's own thickening


def _canvas(wide: int, tall: int) -> QImage:
    image = QImage(QSize(wide, tall), QImage.Format.Format_RGB32)
    image.setDotsPerMeterX(_DOTS_PER_METRE)
    image.setDotsPerMeterY(_DOTS_PER_METRE)
    image.fill(0xFFFFFFFF)
    return image


def _embolden(doc: QTextDocument, family: str, dots: float) -> None:
    """Draw large bold type bold: Qt thickens a font without a bold face only below 64 pixels."""
    styles = QFontDatabase.styles(family)
    if any(QFontDatabase.bold(family, style) for style in styles):
        return
    cursor = QTextCursor(doc)
    block = doc.begin()
    while block.isValid():
        at = block.begin()
        while not at.atEnd():
            part = at.fragment()
            at += 1
            form = part.charFormat()
            edge = form.font().pointSizeF() * dots * INCH_MM / _POINTS
            if form.fontWeight() >= QFont.Weight.Bold and edge >= _LARGE_PX:
                cursor.setPosition(part.position())
                cursor.setPosition(part.position() + part.length(), cursor.MoveMode.KeepAnchor)
                form.setTextOutline(QPen(Qt.GlobalColor.black, edge / _STROKE))
                cursor.setCharFormat(form)
        block = block.next()


def page_images(paper: Paper, family: str, width: int, ratio: float = 1.0) -> list[QImage]:
    """Return one picture per page. GUI thread.

    Args:
        paper: the paper.
        family: font it is set in.
        width: width of a page in logical pixels.
        ratio: device pixels per logical pixel.
    """
    layout = Layout(paper, family, _canvas(1, 1))
    _embolden(layout.doc, family, layout.dots)
    wide, tall = (round(side * layout.dots) for side in layout.whole_mm)
    made = []
    for page in range(layout.pages):
        # Drawn at the printer's size and made smaller afterwards: a scaled painter smears bold.
        full = _canvas(wide, tall)
        painter = QPainter(full)
        painter.translate(layout.margin, layout.margin)
        layout.paint(painter, page)
        painter.end()
        smooth = Qt.TransformationMode.SmoothTransformation
        image = full.scaledToWidth(round(width * ratio), smooth)
        image.setDevicePixelRatio(ratio)
        made.append(image)
    return made
