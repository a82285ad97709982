# SPDX-License-Identifier: MulanPSL-2.0
"""Cutting 「事项 · 人」 to a width: the item may be cut, whose it is may not."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

DOT = " · "
"""Stands between what something is and whose it is; masked names hold only a bare dot."""


def split_title(text: str) -> tuple[str, str]:
    """Return what it is and whose it is; without a person the second is empty."""
    what, dot, who = text.rpartition(DOT)
    return (what, who) if dot else (text, "")


def elide(metrics: QFontMetrics, text: str, room: int) -> str:
    """Return the text cut to `room` pixels; what stands behind the last dot goes last."""
    right = Qt.TextElideMode.ElideRight
    what, who = split_title(text)
    left = room - metrics.horizontalAdvance(DOT + who)
    if not who or metrics.horizontalAdvance(text) <= room or left < metrics.horizontalAdvance("…"):
        return metrics.elidedText(text, right, room)
    return f"{metrics.elidedText(what, right, left)}{DOT}{who}"
