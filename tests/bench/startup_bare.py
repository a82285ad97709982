# SPDX-License-Identifier: MulanPSL-2.0
"""A bare window that takes typing, with PySide6 alone: what ``startup`` is measured against."""

from __future__ import annotations

import json
import time
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow

TICK_MS = 2


def type_text(field: QLineEdit, text: str) -> None:
    """Send key presses as a keyboard does."""
    for letter in text:
        key = Qt.Key.Key_Return if letter == "\r" else 0
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, letter)
            QCoreApplication.sendEvent(field, event)


def resident_mb(pid: str = "self") -> float:
    """Return the resident memory of a process in MB (10⁶ bytes)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) * 1024 / 1e6, 1)
    return 0.0


def main() -> None:
    """Show the window; say when it took a character (CLOCK_MONOTONIC, as the parent's)."""
    app = QApplication([])
    window = QMainWindow()
    field = QLineEdit()
    window.setCentralWidget(field)
    window.show()
    field.setFocus()
    timer = QTimer()

    def look() -> None:
        if field.hasFocus():
            type_text(field, "a")
            if field.text() == "a":
                print(json.dumps({"ready_at": time.monotonic(), "rss_mb": resident_mb()}))
                app.quit()

    timer.timeout.connect(look)
    timer.start(TICK_MS)
    app.exec()


if __name__ == "__main__":
    main()
