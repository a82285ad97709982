# SPDX-License-Identifier: MulanPSL-2.0
"""One run of the program with a window: lock, logs, hooks, theme, event loop."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QApplication, QMessageBox

from counter.bootstrap import Home
from counter.domain.errors import KnownError
from counter.infra.crash import CrashReports, install_hooks
from counter.infra.logs import start_logs
from counter.infra.paths import Paths
from counter.infra.single_instance import SingleInstance
from ui.app import App
from ui.notify import set_crash_reporter
from ui.theme import apply_theme
from ui.version import program_version

TRAINING_FOLDER = "training-990123"


def make_application() -> QApplication:
    """Make the one QApplication, in Chinese, with the theme of the counter."""
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus)
    app = QApplication(sys.argv[:1])
    QLocale.setDefault(QLocale(QLocale.Language.Chinese, QLocale.Country.China))
    app.setApplicationName("一窗柜台")
    apply_theme(app)
    return app


def home_of(folder: Path | None, *, training: bool) -> Home:
    """Return the home: training always has a folder of its own, so nothing can leak."""
    if folder is not None:
        return Home(Paths(folder.absolute()))
    default = Paths.default()
    return Home(Paths(default.home / TRAINING_FOLDER) if training else default)


def run(folder: Path | None, *, training: bool) -> int:
    """Show the program until it is closed; returns the exit code."""
    app = make_application()
    home = home_of(folder, training=training)
    guard = SingleInstance(home.paths.lock)
    try:
        guard.take()
    except KnownError as error:
        QMessageBox.information(None, "一窗柜台", str(error))
        return 3
    start_logs(home.paths.logs)
    reports = CrashReports(home.paths.crash, program_version)
    install_hooks(reports, lambda _: None)
    set_crash_reporter(lambda error: reports.write(error, "ui"))
    program = App(home, training=training)
    try:
        program.start()
        return app.exec()
    finally:
        program.close()
        program.dispose()
        guard.release()
        app.shutdown()
