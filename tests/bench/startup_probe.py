# SPDX-License-Identifier: MulanPSL-2.0
"""The program itself with a timer of ours in its event loop, which types as a person does.

Every moment is CLOCK_MONOTONIC, as the parent's; one JSON line comes out.
"""

from __future__ import annotations

import json
import sys
import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

import ui.__main__
import ui.start
from tests.bench.startup_bare import TICK_MS, resident_mb, type_text

THINK_S = 2.0
"""A person needs this long from seeing the window to having typed a password."""
GIVE_UP_S = 60.0


class _Person:
    """Types into the program from a timer of its event loop."""

    def __init__(self, app: QApplication, password: str) -> None:
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
        field = self._app.focusWidget()
        password = QLineEdit.EchoMode.Password
        return field if isinstance(field, QLineEdit) and field.echoMode() == password else None

    def _wait_field(self) -> None:
        field = self._field()
        if field is None:
            return
        type_text(field, "a")
        if field.text() == "a":
            self.said["ready_at"] = time.monotonic()
            self.said["rss_sign_in_mb"] = resident_mb()
            field.clear()
            self._next = self._think

    def _think(self) -> None:
        field = self._field()
        if field is None or time.monotonic() - self.said["ready_at"] < THINK_S:
            return
        type_text(field, self._password)
        self.said["entered_at"] = time.monotonic()
        type_text(field, "\r")
        self._next = self._wait_workbench

    def _wait_workbench(self) -> None:
        module = sys.modules.get("ui.screens.workbench.view")
        if module is None:
            return
        for widget in self._app.allWidgets():
            if isinstance(widget, module.WorkbenchScreen) and widget.isVisible():
                shown = {number.text() for number in widget.today.findChildren(QLabel)}
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


def main(home: str, password: str) -> int:
    """Run the program as ``python -m ui --home`` does, with the person in its event loop."""
    people: list[_Person] = []
    make = ui.start.make_application

    def made() -> QApplication:
        app = make()
        people.append(_Person(app, password))
        return app

    ui.start.make_application = made
    return ui.__main__.main(["--home", home])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
