# SPDX-License-Identifier: MulanPSL-2.0
"""Notices of the frame: they cover nothing, hide nothing that has the keys, and go with Esc."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui import notify
from ui.shell.entries import NavEntry
from ui.shell.main_window import MainWindow
from ui.theme import apply_theme
from ui.widgets.banner import Banner


class LowScreen(QWidget):
    """A long page that scrolls, with the field that has the keys at its end."""

    def __init__(self) -> None:
        super().__init__()
        column, page = QVBoxLayout(self), QWidget()
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setWidget(page)
        column.addWidget(self.area)
        self.last = QLineEdit(page)
        page.setMinimumHeight(3000)
        self.last.setGeometry(0, 2900, 200, 44)

    def activate(self) -> None:
        self.last.setFocus()


@pytest.fixture
def window(qtbot: QtBot, look: QApplication) -> Iterator[MainWindow]:
    made = MainWindow([NavEntry("low", "长页", LowScreen)])
    qtbot.addWidget(made)
    made.resize(1280, 800)
    with qtbot.waitActive(made):
        made.show()
    made.navigate("low")
    yield made
    apply_theme(look, "light", care=False)


def front(window: MainWindow) -> LowScreen:
    screen = window.stack.front
    assert isinstance(screen, LowScreen)
    return screen


def escape(window: MainWindow) -> None:
    QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Escape)


def test_notices_show_once_and_close_with_esc(window: MainWindow) -> None:
    notify.notify("草稿已保存在本机", "ok")
    notify.notify("草稿已保存在本机", "ok")
    assert window.notices.texts == ["草稿已保存在本机"]
    assert window.notices.isVisible()
    escape(window)
    assert window.notices.texts == []
    assert not window.notices.isVisible()
    for number in range(5):
        notify.notify(f"第 {number} 条", seconds=0)
    assert window.notices.texts == ["第 4 条", "第 3 条", "第 2 条"]


@pytest.mark.expected_log("ui: unexpected OSError, report")
def test_a_notice_stands_in_a_strip_of_its_own(window: MainWindow) -> None:
    notify.present_error(OSError("disk"))
    QApplication.processEvents()
    area = window.notices
    assert area.isVisible()
    room = area.layout()
    assert room is not None
    assert area.height() >= room.heightForWidth(area.width()) > 60
    assert area.geometry().top() > window.stack.geometry().bottom()
    assert front(window).last.hasFocus()


def test_what_has_the_keys_stays_in_sight_above_a_notice(window: MainWindow, qtbot: QtBot) -> None:
    screen = front(window)
    bar = screen.area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 2000)
    bar.setValue(2900 + 44 - screen.area.viewport().height())
    notify.notify("已连上中心，线路恢复。", "ok")
    assert window.notices.isVisible()
    qtbot.waitUntil(lambda: screen.last.visibleRegion().boundingRect() == screen.last.rect())


@pytest.mark.parametrize("care", [False, True])
def test_notices_never_push_the_window_out_of_its_size(
    window: MainWindow, look: QApplication, *, care: bool
) -> None:
    apply_theme(look, "light", care=care)
    front(window).setMinimumHeight(500)
    for number in range(3):
        notify.notify(f"第 {number} 条：{'很长的话，' * 40}", seconds=0)
    QApplication.processEvents()
    assert window.height() == 800
    banners = [one for one in window.notices.findChildren(Banner) if one.isVisible()]
    assert 0 < len(banners) < 3
    assert min(banners, key=lambda one: one.y()).text.startswith("第 2 条")
    escape(window)
    assert window.notices.texts[0].startswith("第 1 条")
