# SPDX-License-Identifier: MulanPSL-2.0
"""The two processes that ``startup`` compares; every moment is CLOCK_MONOTONIC, as the parent's.

``bare`` shows a window with a line edit and PySide6 alone; ``real`` runs the program itself with
a timer of ours in its event loop, which types as a person does. One JSON line comes out.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QLineEdit

TICK_MS = 2
THINK_S = 2.0
"""A person needs this long from seeing the window to having typed a password."""
GIVE_UP_S = 60.0


def _type(field: QLineEdit, text: str) -> None:
    from PySide6.QtCore import QCoreApplication, QEvent, Qt
    from PySide6.QtGui import QKeyEvent

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


def bare() -> None:
    """Show a window that takes typing; say when it took a character."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow

    app = QApplication([])
    window = QMainWindow()
    field = QLineEdit()
    window.setCentralWidget(field)
    window.show()
    field.setFocus()
    timer = QTimer()

    def look() -> None:
        if field.hasFocus():
            _type(field, "a")
            if field.text() == "a":
                print(json.dumps({"ready_at": time.monotonic(), "rss_mb": resident_mb()}))
                app.quit()

    timer.timeout.connect(look)
    timer.start(TICK_MS)
    app.exec()


class _Person:
    """Types into the program from a timer of its event loop."""

    def __init__(self, app: QApplication, password: str) -> None:
        from PySide6.QtCore import QTimer

        self._app, self._password = app, password
        self.said: dict[str, float] = {}
        self._began = time.monotonic()
        self._next = self._wait_field
        self._timer = QTimer()
        self._timer.timeout.connect(self._look)
        self._timer.start(TICK_MS)

    def _look(self) -> None:
        if time.monotonic() - self._began > GIVE_UP_S:
            self._app.exit(1)
            return
        self._next()

    def _field(self) -> QLineEdit | None:
        from PySide6.QtWidgets import QLineEdit

        field = self._app.focusWidget()
        password = QLineEdit.EchoMode.Password
        return field if isinstance(field, QLineEdit) and field.echoMode() == password else None

    def _wait_field(self) -> None:
        field = self._field()
        if field is None:
            return
        _type(field, "a")
        if field.text() == "a":
            self.said["ready_at"] = time.monotonic()
            self.said["rss_sign_in_mb"] = resident_mb()
            field.clear()
            self._next = self._think

    def _think(self) -> None:
        field = self._field()
        if field is None or time.monotonic() - self.said["ready_at"] < THINK_S:
            return
        _type(field, self._password)
        self.said["entered_at"] = time.monotonic()
        _type(field, "\r")
        self._next = self._wait_workbench

    def _wait_workbench(self) -> None:
        module = sys.modules.get("ui.screens.workbench.view")
        if module is None:
            return
        for widget in self._app.allWidgets():
            if isinstance(widget, module.WorkbenchScreen) and widget.isVisible():
                shown = {number.text() for number in widget.today.findChildren(_label())}
                if "今日收件" in shown or "收件" in shown:
                    self.said["shown_at"] = time.monotonic()
                    self._next = self._settle
                return

    def _settle(self) -> None:
        if time.monotonic() - self.said["shown_at"] > 1.0:
            self.said["rss_workbench_mb"] = resident_mb()
            print(json.dumps(self.said), flush=True)
            self._timer.stop()
            for window in self._app.topLevelWidgets():
                window.close()


def _label() -> type:
    from PySide6.QtWidgets import QLabel

    return QLabel


def real(home: str, password: str) -> int:
    """Run the program as ``python -m ui --home`` does, with the person in its event loop."""
    import ui.__main__
    import ui.start

    people: list[_Person] = []
    make = ui.start.make_application

    def made() -> QApplication:
        app = make()
        people.append(_Person(app, password))
        return app

    ui.start.make_application = made
    return ui.__main__.main(["--home", home])


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        bare()
    else:
        sys.exit(real(sys.argv[2], sys.argv[3]))
