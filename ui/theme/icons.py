# SPDX-License-Identifier: MulanPSL-2.0
"""Icons and marks, drawn from one SVG set in the colour asked for.

Marks such as ✓ ✗ ▸ are drawn, not written: no font that we may meet has all of them.
"""

from functools import cache, lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from ui.theme.tokens import RESOURCES

MARKS = {"ok": "check", "warn": "dot", "danger": "warn", "accent": "info", "neutral": "ring"}
"""The mark that goes with a tone, so that colour never speaks alone."""


@cache
def _source(name: str) -> str:
    return (RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=256)
def pixmap(name: str, colour: str, size: int, ratio: float = 1.0) -> QPixmap:
    """A square picture of an icon.

    Args:
        name: file name in `resources/icons` without `.svg`.
        colour: `#RRGGBB` put in the place of `currentColor`.
        size: edge in logical pixels.
        ratio: device pixels per logical pixel of the screen.

    Raises:
        FileNotFoundError: no such icon.
    """
    drawn = QPixmap(round(size * ratio), round(size * ratio))
    drawn.fill(Qt.GlobalColor.transparent)
    text = _source(name).replace("currentColor", colour)
    painter = QPainter(drawn)
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(drawn.rect()))
    painter.end()
    drawn.setDevicePixelRatio(ratio)
    return drawn


def icon(name: str, colour: str, size: int = 24) -> QIcon:
    """The same for buttons, menus and item views, sharp at 100 % and 200 %."""
    made = QIcon(pixmap(name, colour, size))
    made.addPixmap(pixmap(name, colour, size, 2.0))
    return made
