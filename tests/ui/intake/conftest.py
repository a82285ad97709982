# SPDX-License-Identifier: MulanPSL-2.0
"""An intake screen on a desk in memory, driven by real key presses that are counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from counter.domain.draft import Draft
from tests.fakes.desk import FakeDesk
from ui.screens.intake.presenter import IntakePresenter
from ui.screens.intake.view import IntakeScreen
from ui.theme import apply_theme

PHONE = "13800001234"
REGION = "990123100201"
ACCOUNT = "6228480402564890018"


@dataclass
class Window:
    """The screen in a window, and hands that press keys."""

    fake: FakeDesk
    screen: IntakeScreen
    keys: int = 0
    typed: int = 0
    pressed: list[str] = field(default_factory=list)

    @property
    def presenter(self) -> IntakePresenter:
        return self.screen.presenter

    @property
    def draft(self) -> Draft:
        assert self.presenter.draft is not None
        return self.presenter.draft

    def settle(self, until: Callable[[], bool] | None = None, seconds: float = 5.0) -> None:
        """Let everything that is under way end."""
        end = time.monotonic() + seconds
        quiet = 0
        while time.monotonic() < end and quiet < 3:
            QApplication.processEvents()
            idle = self.fake.runner.pending == 0 and not self.presenter.pages.under_way
            quiet = quiet + 1 if idle and (until is None or until()) else 0
            time.sleep(0.001)
        assert until is None or until()

    def step(self) -> str:
        """Where the intake is (asked anew each time)."""
        return self.draft.step

    def focus(self) -> QWidget:
        focus = QApplication.focusWidget()
        return focus if focus is not None else self.screen

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press one key where the focus is; it counts."""
        self.keys += 1
        self.pressed.append(key.name)
        QTest.keyClick(self.focus(), key, held)
        self.settle()

    def keys_to(
        self,
        widget: QWidget,
        key: Qt.Key,
        held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        """Press one key in a dialog."""
        self.pressed.append(key.name)
        widget.activateWindow()
        QApplication.processEvents()
        QTest.keyClick(widget, key, held)
        self.settle()

    def type(self, text: str) -> None:
        """Type a value; counted apart."""
        self.typed += len(text)
        if text.isascii():
            QTest.keyClicks(self.focus(), text)
        else:  # as an input method delivers it
            event = QInputMethodEvent()
            event.setCommitString(text)
            QApplication.sendEvent(self.focus(), event)
        self.settle()

    def person(self) -> None:
        """F4, look, phone."""
        self.key(Qt.Key.Key_F4)
        self.key(Qt.Key.Key_Return)
        self.type(PHONE)
        self.key(Qt.Key.Key_Return)

    def to_form(self) -> None:
        """Person, first item, first application, social card."""
        self.person()
        self.key(Qt.Key.Key_1)
        self.key(Qt.Key.Key_1)
        self.key(Qt.Key.Key_1)
        self.key(Qt.Key.Key_Return)

    def to_materials(self) -> None:
        """The form filled in."""
        self.to_form()
        self.type(REGION)
        self.key(Qt.Key.Key_Return)
        self.key(Qt.Key.Key_2)
        self.key(Qt.Key.Key_1)
        self.type(ACCOUNT)
        self.key(Qt.Key.Key_Return)

    def to_review(self) -> None:
        """Three pages taken; the ID card counts by the chip."""
        self.to_materials()
        for _ in range(3):
            self.key(Qt.Key.Key_F7)
            self.key(Qt.Key.Key_Return)

    def to_receipt(self) -> None:
        """Signed paper under the camera, 收件."""
        self.to_review()
        self.key(Qt.Key.Key_F7)
        self.key(Qt.Key.Key_F9)


def open_window(qtbot: QtBot, *, care: bool = False, regret_minutes: int = 0) -> Window:
    """Make a desk and show the screen in the foreground."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    apply_theme(app, care=care)
    fake = FakeDesk(regret_minutes=regret_minutes)
    screen = IntakeScreen(fake.desk)
    screen.resize(1148, 722)  # what the frame leaves of 1280 × 800
    screen.show()
    screen.activateWindow()
    qtbot.waitUntil(screen.isActiveWindow)
    window = Window(fake, screen)
    window.settle()
    return window


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Window]:
    """The screen in 标准, an intake begun with F2."""
    made = open_window(qtbot)
    made.key(Qt.Key.Key_F2)
    yield made
    made.settle()
    made.screen.close()
    made.fake.close(made.screen)


@pytest.fixture
def care_window(qtbot: QtBot) -> Iterator[Window]:
    """The same in 关怀."""
    made = open_window(qtbot, care=True)
    made.key(Qt.Key.Key_F2)
    yield made
    made.settle()
    made.screen.close()
    made.fake.close(made.screen)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    apply_theme(app)
