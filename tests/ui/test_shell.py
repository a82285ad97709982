# SPDX-License-Identifier: MulanPSL-2.0
"""The frame by keyboard: where keys lead, what is refreshed, what stays."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui.runner import Runner
from ui.shell.entries import NavEntry
from ui.shell.keys import KeyMap
from ui.shell.main_window import MainWindow
from ui.shell.palette import PaletteEntry
from ui.shell.screen import KeyLine
from ui.shell.status_bar import Segment, StatusPart
from ui.signals import app_signals
from ui.theme import current

T = TypeVar("T")


class FakeScreen(QWidget):
    """A screen with two fields that writes down what it is asked."""

    def __init__(self, log: list[str], name: str) -> None:
        super().__init__()
        self.log, self.name = log, name
        self.free = True
        self.inner = 0
        column = QVBoxLayout(self)
        self.first, self.second = QLineEdit(), QLineEdit()
        column.addWidget(self.first)
        column.addWidget(self.second)
        log.append(f"made {name}")

    def title(self) -> str:
        return f"{self.name}页"

    def activate(self) -> None:
        self.log.append(f"activate {self.name}")
        self.first.setFocus()

    def refresh(self, changes: object | None) -> None:
        self.log.append(f"refresh {self.name} {changes}")

    def zones(self) -> list[QWidget]:
        return [self.first, self.second]

    def can_leave(self) -> bool:
        return self.free

    def go_back(self) -> bool:
        self.inner -= 1
        return self.inner >= 0

    def keys(self) -> Sequence[KeyLine]:
        return [KeyLine("F7", "拍一页")]


class Frame:
    """The window under test with its log."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.pool = ThreadPoolExecutor(1)
        self.runner = Runner(self.submit)
        names = [("work", "工作台", ""), ("intake", "受理", "F2"), ("cases", "办件", "F3")]
        entries = [NavEntry(i, name, self.factory(i), key) for i, name, key in names]
        entries.append(NavEntry("plain", "无名", QWidget, hidden=True))
        self.window = MainWindow(
            entries, runner=self.runner, hall="柳河镇便民服务中心", window="3 号窗", operator="张敏"
        )

    def submit(self, job: Callable[[], T], /) -> Future[T]:
        return self.pool.submit(job)

    def factory(self, name: str) -> Callable[[], QWidget]:
        return lambda: FakeScreen(self.log, name)

    @property
    def front(self) -> FakeScreen:
        front = self.window.stack.front
        assert isinstance(front, FakeScreen)
        return front


@pytest.fixture
def frame(qtbot: QtBot, look: QApplication) -> Iterator[Frame]:
    made = Frame()
    qtbot.addWidget(made.window)
    made.window.resize(1280, 800)
    with qtbot.waitActive(made.window):
        made.window.show()
    made.window.navigate("work")
    yield made
    made.runner.close()
    made.pool.shutdown(wait=True)
    made.runner.deleteLater()


def press(
    qtbot: QtBot,
    frame: Frame,
    key: Qt.Key,
    with_: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    QTest.keyClick(QApplication.focusWidget() or frame.window, key, with_)


def test_screens_are_made_at_the_first_visit_only(frame: Frame, qtbot: QtBot) -> None:
    assert frame.log == ["made work", "refresh work None", "activate work"]
    press(qtbot, frame, Qt.Key.Key_F2)
    press(qtbot, frame, Qt.Key.Key_F3)
    press(qtbot, frame, Qt.Key.Key_F2)
    assert [line for line in frame.log if line.startswith("made")] == [
        "made work",
        "made intake",
        "made cases",
    ]
    assert frame.window.windowTitle() == "intake页 · 一窗柜台"


def test_alt_numbers_go_by_place(frame: Frame, qtbot: QtBot) -> None:
    press(qtbot, frame, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert frame.window.stack.here == "cases"
    press(qtbot, frame, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    assert frame.window.stack.here == "work"


def test_esc_goes_back_first_inside_the_screen(frame: Frame, qtbot: QtBot) -> None:
    press(qtbot, frame, Qt.Key.Key_F2)
    frame.front.inner = 1
    press(qtbot, frame, Qt.Key.Key_Escape)
    assert frame.window.stack.here == "intake"
    press(qtbot, frame, Qt.Key.Key_Escape)
    assert frame.window.stack.here == "work"
    press(qtbot, frame, Qt.Key.Key_Escape)
    assert frame.window.stack.here == "work"


def test_a_screen_may_refuse_to_be_left(frame: Frame, qtbot: QtBot) -> None:
    frame.front.free = False
    press(qtbot, frame, Qt.Key.Key_F2)
    assert frame.window.stack.here == "work"
    assert "made intake" not in frame.log
    assert not frame.window.navigate("nowhere")


def test_changes_reach_the_screen_in_front_and_make_the_others_stale(
    frame: Frame, qtbot: QtBot
) -> None:
    press(qtbot, frame, Qt.Key.Key_F2)
    frame.log.clear()
    app_signals().changes.emit("case")
    assert frame.log == ["refresh intake case"]
    assert frame.window.stack.is_stale("work")
    frame.log.clear()
    press(qtbot, frame, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    assert frame.log == ["refresh work None", "activate work"]
    assert not frame.window.stack.is_stale("work")
    press(qtbot, frame, Qt.Key.Key_F5)
    assert frame.log[-1] == "refresh work None"


def test_f6_walks_through_the_zones_and_the_frame(frame: Frame, qtbot: QtBot) -> None:
    frame.window.set_status(StatusPart("link", (Segment("离线", "warn", "dot"),), "work"))
    screen = frame.front
    assert screen.first.hasFocus()
    press(qtbot, frame, Qt.Key.Key_F6)
    assert screen.second.hasFocus()
    press(qtbot, frame, Qt.Key.Key_F6)
    link = frame.window.status.part_button("link")
    assert link is not None
    assert link.hasFocus()
    press(qtbot, frame, Qt.Key.Key_F6)
    focus = QApplication.focusWidget()
    assert focus is not None
    assert frame.window.nav.isAncestorOf(focus)
    press(qtbot, frame, Qt.Key.Key_F6)
    assert screen.first.hasFocus()
    press(qtbot, frame, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert frame.window.nav.isAncestorOf(QApplication.focusWidget() or screen)


def test_arrows_and_enter_work_in_the_navigation(frame: Frame, qtbot: QtBot) -> None:
    frame.window.nav._buttons["work"].setFocus()
    press(qtbot, frame, Qt.Key.Key_Down)
    press(qtbot, frame, Qt.Key.Key_Return)
    assert frame.window.stack.here == "intake"


def test_help_lists_exactly_the_registered_keys(frame: Frame, qtbot: QtBot) -> None:
    press(qtbot, frame, Qt.Key.Key_F1)
    listed = [line.key for line in frame.window._help.lines]
    assert listed == ["F7", *[line.key for line in frame.window.keys.lines]]
    assert {"F2", "F3", "Alt+1", "Esc", "F1", "F5", "F6", "Ctrl+K", "Ctrl+L"} <= set(listed)
    press(qtbot, frame, Qt.Key.Key_Tab)
    focus = QApplication.focusWidget()
    assert focus is not None
    assert frame.window._help.isAncestorOf(focus)
    press(qtbot, frame, Qt.Key.Key_Escape)
    assert not frame.window._help.isVisible()
    assert frame.front.first.hasFocus()


def test_a_key_cannot_have_two_meanings(frame: Frame) -> None:
    with pytest.raises(ValueError, match="taken"):
        frame.window.keys.add("F2", "另一个", print)
    assert KeyMap(frame.window).lines == []


def test_the_palette_finds_screens_and_goes_there(frame: Frame, qtbot: QtBot) -> None:
    press(qtbot, frame, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    box = frame.window.palette_box.box
    assert box.hasFocus()
    box.setText("办件")
    press(qtbot, frame, Qt.Key.Key_Return)
    assert frame.window.stack.here == "cases"
    assert not frame.window.palette_box.isVisible()


def test_the_palette_asks_elsewhere_and_drops_late_answers(frame: Frame, qtbot: QtBot) -> None:
    gates = {"高": threading.Event()}
    threads: set[int] = set()
    done: list[str] = []

    def people(query: str) -> list[PaletteEntry]:
        threads.add(threading.get_ident())
        if query in gates:
            gates[query].wait(5)
        return [PaletteEntry(f"人 {query}", "办件", action=lambda: done.append(query))]

    palette = frame.window.palette_box
    palette.add_provider(people, "io")
    frame.window.open_palette()
    palette.box.setText("高")
    palette._ask_all()
    palette.box.setText("高龄")
    palette._ask_all()
    qtbot.waitUntil(lambda: palette.titles == ["人 高龄"])
    gates["高"].set()
    qtbot.wait(30)
    assert palette.titles == ["人 高龄"]
    assert threading.get_ident() not in threads
    press(qtbot, frame, Qt.Key.Key_Down)
    press(qtbot, frame, Qt.Key.Key_Return)
    assert done == ["高龄"]


def test_esc_closes_the_palette_before_anything_else(frame: Frame, qtbot: QtBot) -> None:
    press(qtbot, frame, Qt.Key.Key_F2)
    press(qtbot, frame, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    press(qtbot, frame, Qt.Key.Key_Escape)
    assert not frame.window.palette_box.isVisible()
    assert frame.window.stack.here == "intake"
    assert frame.front.first.hasFocus()


def test_ctrl_l_asks_for_the_lock_and_keeps_the_screen(frame: Frame, qtbot: QtBot) -> None:
    frame.front.first.setText("写了一半")
    with qtbot.waitSignal(app_signals().locked):
        press(qtbot, frame, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert frame.front.first.text() == "写了一半"


def test_the_menu_changes_the_look_at_once(frame: Frame, qtbot: QtBot) -> None:
    menu = frame.window.header._menu
    with qtbot.waitSignal(frame.window.look_changed) as heard:
        next(one for one in menu.actions() if one.text().startswith("关怀")).trigger()
    assert heard.args == ["light", True]
    assert current().care
    assert frame.window.nav._buttons["work"].sizeHint().height() == 60
    next(one for one in menu.actions() if one.text() == "深色").trigger()
    assert (current().mode, current().care) == ("dark", True)


def test_status_parts_are_buttons_in_words(frame: Frame, qtbot: QtBot) -> None:
    window = frame.window
    window.set_status(StatusPart("clock", (Segment("时钟", "ok", "check"),)))
    window.set_status(StatusPart("unsent", (Segment("未传 14 件"),), "cases"))
    window.set_status(StatusPart("link", (Segment("离线", "warn", "dot"),), "work"))
    link, unsent = window.status.part_button("link"), window.status.part_button("unsent")
    clock = window.status.part_button("clock")
    assert link is not None
    assert unsent is not None
    assert clock is not None
    QApplication.processEvents()
    assert link.x() < unsent.x() < clock.x()
    assert clock.accessibleName() == "时钟正常"
    window.set_status(StatusPart("unsent", (Segment("未传 15 件"),), "cases"))
    assert unsent.accessibleName() == "未传 15 件"
    unsent.setFocus()
    QTest.keyClick(unsent, Qt.Key.Key_Space)
    assert window.stack.here == "cases"


def test_tab_follows_the_eye(frame: Frame, qtbot: QtBot) -> None:
    window = frame.window
    window.set_status(StatusPart("unsent", (Segment("未传 14 件"),), "cases"))
    window.set_status(StatusPart("link", (Segment("离线", "warn", "dot"),), "work"))
    press(qtbot, frame, Qt.Key.Key_F2)
    press(qtbot, frame, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    press(qtbot, frame, Qt.Key.Key_F2)
    screen = frame.front
    order: list[QWidget] = [screen.first, screen.second]
    order += [part for name in ("link", "unsent") if (part := window.status.part_button(name))]
    order += [window.header.search, window.header.operator, window.nav._buttons["intake"]]
    for expected in [*order[1:], screen.first]:
        press(qtbot, frame, Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is expected


def test_a_plain_widget_is_a_screen_too(frame: Frame, qtbot: QtBot) -> None:
    assert frame.window.navigate("plain")
    app_signals().changes.emit("case")
    press(qtbot, frame, Qt.Key.Key_F6)
    assert frame.window.windowTitle() == "无名 · 一窗柜台"


def test_badges_are_heard(frame: Frame) -> None:
    frame.window.set_badge("work", 3)
    assert frame.window.nav._buttons["work"].accessibleName() == "工作台，3 件要处理"
    frame.window.set_badge("nowhere", 3)
