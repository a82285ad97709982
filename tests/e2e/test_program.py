# SPDX-License-Identifier: MulanPSL-2.0
"""The program as a whole: closing and signing out lose nothing that was typed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from counter.bootstrap import Home
from counter.infra.paths import Paths
from sync.client.training import PASSWORD
from ui.app import App
from ui.screens.sign_in.view import SignInScreen
from ui.theme import apply_theme


def wait(done: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not happen"
        QApplication.processEvents()
        time.sleep(0.005)


@pytest.fixture
def program(qapp: QApplication, tmp_path: Path) -> Iterator[App]:
    apply_theme(qapp)
    made = App(Home(Paths(tmp_path / "home")), training=True)
    yield made
    made.close()
    made.window.close()
    made.window.deleteLater()
    QApplication.processEvents()


def sign_in(program: App) -> None:
    wait(lambda: isinstance(program.window.currentWidget(), SignInScreen))
    program.window.activateWindow()
    QApplication.processEvents()
    screen = program.window.currentWidget()
    assert isinstance(screen, SignInScreen)
    screen.activate()
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClicks(focus, PASSWORD)
    QTest.keyClick(focus, Qt.Key.Key_Return)
    wait(lambda: program.session is not None)


@pytest.mark.timeout(120)
def test_signing_out_at_once_keeps_the_last_typed_field(program: App) -> None:
    program.start()
    sign_in(program)
    assert program.workplace is not None
    program.workplace.start_intake()
    wait(lambda: bool(program.workplace and program.workplace.intake))
    intake = program.workplace.intake
    assert intake is not None
    wait(lambda: intake.presenter.draft is not None)
    intake.person.applicant.controls["name"].setFocus()
    name = QApplication.focusWidget()
    assert name is not None
    QTest.keyClicks(name, "Wang")
    program.sign_out()  # within the autosave's delay
    sign_in(program)
    session = program.session
    assert session is not None
    who = session.core.session.operator_id
    drafts = session.core.execution.run(lambda: session.core.queries.drafts(who))
    assert [d.applicant.name for d in drafts] == ["Wang"]
    assert drafts[0].focus == "person.name"
