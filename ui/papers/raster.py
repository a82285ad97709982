# SPDX-License-Identifier: MulanPSL-2.0
"""The pages of a paper as pictures, laid out exactly as the printer will break them."""

from PySide6.QtCore import QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter

from ui.papers.pages import document

_INCH_MM = 25.4
_A4_MM = (210.0, 297.0)
_MARGIN_MM = 15.0
_LAYOUT_DPI = 300
_DOTS_PER_METRE = 11811  # 300 dpi


def page_images(html: str, family: str, width: int, ratio: float = 1.0) -> list[QImage]:
    """Return one picture per page. GUI thread.

    Args:
        html: the paper.
        family: font it is set in.
        width: width of a page in logical pixels.
        ratio: device pixels per logical pixel.
    """
    meter = QImage(1, 1, QImage.Format.Format_RGB32)
    meter.setDotsPerMeterX(_DOTS_PER_METRE)
    meter.setDotsPerMeterY(_DOTS_PER_METRE)
    doc = document(html, family)
    doc.documentLayout().setPaintDevice(meter)
    dots = _LAYOUT_DPI / _INCH_MM
    wide, tall = ((side - 2 * _MARGIN_MM) * dots for side in _A4_MM)
    doc.setPageSize(QSizeF(wide, tall))
    made = []
    for page in range(doc.pageCount()):
        # Drawn at the printer's size and made smaller afterwards: a scaled painter smears bold.
        size = QSize(round(_A4_MM[0] * dots), round(_A4_MM[1] * dots))
        full = QImage(size, QImage.Format.Format_RGB32)
        full.setDotsPerMeterX(_DOTS_PER_METRE)
        full.setDotsPerMeterY(_DOTS_PER_METRE)
        full.fill(0xFFFFFFFF)
        painter = QPainter(full)
        painter.translate(_MARGIN_MM * dots, _MARGIN_MM * dots - page * tall)
        doc.drawContents(painter, QRectF(0, page * tall, wide, tall))
        painter.end()
        smooth = Qt.TransformationMode.SmoothTransformation
        image = full.scaledToWidth(round(width * ratio), smooth)
        image.setDevicePixelRatio(ratio)
        made.append(image)
    return made
