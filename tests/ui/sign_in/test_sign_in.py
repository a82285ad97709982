# SPDX-License-Identifier: MulanPSL-2.0
"""Signing in by keyboard, honest errors, the lock-out, and the lock over the window."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QPlainTextEdit
from pytestqt.qtbot import QtBot

from counter.domain.errors import NotAllowedError
from ui.screens.sign_in.lock import LockCover
from ui.screens.sign_in.view import SignInScreen
from ui.signals import app_signals
from ui.widgets.banner import Banner
from ui.widgets.buttons import PrimaryButton

PEOPLE = [("op-1", "张敏", "0312"), ("op-2", "李强", "0313")]


class Door:
    """Stands for the core: keeps each try until the test answers it."""

    def __init__(self) -> None:
        self.tries: list[tuple[str, str]] = []
        self.good: Callable[[object], None] = print
        self.bad: Callable[[BaseException], None] = print

    def __call__(
        self,
        operator_id: str,
        password: str,
        good: Callable[[object], None],
        bad: Callable[[BaseException], None],
    ) -> None:
        self.tries.append((operator_id, password))
        self.good, self.bad = good, bad


def make(qtbot: QtBot, door: Door, *, key_mode: str = "keyring") -> SignInScreen:
    screen = SignInScreen(PEOPLE, "柳河镇", key_mode, "本机已登记", "有效到 12月6日", door)
    qtbot.addWidget(screen)
    screen.resize(1280, 800)
    screen.show()
    qtbot.waitExposed(screen)
    screen.activateWindow()
    qtbot.waitUntil(password_of(screen).hasFocus)
    return screen


def password_of(screen: SignInScreen) -> QLineEdit:
    return screen.findChildren(QLineEdit)[0]


def test_keyboard_only(qtbot: QtBot, look: QApplication) -> None:
    door = Door()
    screen = make(qtbot, door)
    box = password_of(screen)
    qtbot.waitUntil(box.hasFocus)
    QTest.keyClick(box, Qt.Key.Key_Down)
    QTest.keyClicks(box, "geheim12")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert door.tries == [("op-2", "geheim12")]
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert len(door.tries) == 1, "one try at a time"
    with qtbot.waitSignal(screen.signed_in) as told:
        door.good("core")
    assert told.args == ["core"]
    assert not box.text()


def test_error_and_lock_out(qtbot: QtBot, look: QApplication) -> None:
    door = Door()
    screen = make(qtbot, door)
    box = password_of(screen)
    QTest.keyClicks(box, "x")
    QTest.keyClick(box, Qt.Key.Key_Return)
    door.bad(NotAllowedError(code="SIGN-WAIT", what="连续输错次数太多，请等 60 秒 再试。"))
    assert any(b.isVisible() and "60 秒" in b.text for b in screen.findChildren(Banner))
    button = screen.findChildren(PrimaryButton)[0]
    assert "后可再试" in button.text()
    assert box.hasFocus()
    QTest.keyClicks(box, "y")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert len(door.tries) == 1, "no try while locked out"
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert button.text() == "登录", "the lock-out is of one person"
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert door.tries[-1] == ("op-2", "y")


def test_caps_lock_hint_and_passphrase_mode(qtbot: QtBot, look: QApplication) -> None:
    screen = make(qtbot, Door(), key_mode="passphrase-only")
    assert any("没有系统钥匙串" in banner.text for banner in screen.findChildren(Banner))
    box = password_of(screen)
    press = QEvent.Type.KeyPress
    shift = Qt.KeyboardModifier.ShiftModifier
    QApplication.sendEvent(box, QKeyEvent(press, Qt.Key.Key_A, shift, "A"))
    assert "大写" not in box.accessibleDescription()
    QApplication.sendEvent(box, QKeyEvent(press, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, "A"))
    assert "大写锁定" in box.accessibleDescription()


def test_lock_covers_and_gives_back(qtbot: QtBot, look: QApplication) -> None:
    window, work, door = QMainWindow(), QPlainTextEdit(), Door()
    window.setCentralWidget(work)
    qtbot.addWidget(window)
    fired: list[int] = []
    QShortcut(QKeySequence("F2"), window, lambda: fired.append(1))
    window.resize(1000, 700)
    window.show()
    qtbot.waitExposed(window)
    work.setPlainText("写到一半")
    work.setFocus()
    cover = LockCover(
        window, lambda: SignInScreen(PEOPLE[:1], "", "keyring", "", "", door, locked=True)
    )
    app_signals().locked.emit()
    assert cover.isVisible()
    assert cover.geometry() == window.rect()
    box = cover.findChildren(QLineEdit)[0]
    qtbot.waitUntil(box.hasFocus)
    QTest.keyClick(box, Qt.Key.Key_F2)
    assert not fired, "keys of the window sleep behind the cover"
    for _ in range(6):
        focus = QApplication.focusWidget()
        assert focus is not None
        assert cover.isAncestorOf(focus)
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    box.setText("pw")
    QTest.keyClick(box, Qt.Key.Key_Return)
    with qtbot.waitSignal(cover.unlocked):
        door.good("core")
    assert not cover.isVisible()
    assert work.toPlainText() == "写到一半"
    assert work.hasFocus()
    QTest.keyClick(work, Qt.Key.Key_F2)
    assert fired


@pytest.mark.slow
def test_sign_in_imports_nothing_heavy() -> None:
    code = (
        "import sys, ui.screens.sign_in.view, ui.screens.sign_in.lock\n"
        "heavy = {'pydantic', 'sqlalchemy', 'counter', 'sync', 'jinja2', 'requests'}\n"
        "print(sorted(heavy & {name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
