# SPDX-License-Identifier: MulanPSL-2.0
"""No tofu on paper: a character the font lacks becomes 〓 with its code, to be written by hand."""

from __future__ import annotations

from PySide6.QtGui import QFont, QRawFont

_NOTE = "<p class='small'>〓 处是本机字库没有的字，请按证件用笔写上。</p>"


def missing(text: str, family: str) -> set[str]:
    """Return the characters the font (or what Qt falls back to for it) cannot show."""
    font = QRawFont.fromFont(QFont(family, 11))
    wide = {one for one in text if ord(one) > 0x7E}
    return {one for one in wide if not font.supportsCharacter(ord(one))}


def printable(html: str, family: str) -> str:
    """Return the HTML with every character that has no glyph marked, and a line that says so."""
    lacking = missing(html, family)
    if not lacking:
        return html
    for one in lacking:
        html = html.replace(one, f"〓（U+{ord(one):X}）")
    return html.replace("</body>", f"{_NOTE}</body>")
