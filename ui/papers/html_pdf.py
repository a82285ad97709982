# SPDX-License-Identifier: MulanPSL-2.0
"""Entry point ``counter.printing: pdf``: turns HTML into PDF for the command line, no window."""

from __future__ import annotations

import os
import sys

from PySide6.QtGui import QGuiApplication

from ui.papers.pages import Paper, pdf_bytes
from ui.theme.fonts import text_family


def html_to_pdf(html: str, title: str) -> bytes:
    """Return an A4 PDF; starts Qt without a display where there is none. Main thread only."""
    if QGuiApplication.instance() is None:
        if sys.platform == "linux" and not (
            os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        ):
            os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        _keep.append(QGuiApplication([]))
    return pdf_bytes(Paper(html, title, foot=title), text_family())


_keep: list[QGuiApplication] = []  # Qt needs the application until the process ends
