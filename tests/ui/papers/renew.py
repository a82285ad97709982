# SPDX-License-Identifier: MulanPSL-2.0
"""Writes the golden files of the papers anew; look at every difference before keeping it."""

import os

from PySide6.QtGui import QGuiApplication

from tests.ui.papers.golden_kit import renew

if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    running = QGuiApplication([])
    renew()
