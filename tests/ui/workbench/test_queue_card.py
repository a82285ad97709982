# SPDX-License-Identifier: MulanPSL-2.0
"""叫号 on the workbench: who is next, who was called, who was faster."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from counter.app.changes import Changes
from counter.app.queue_commands import CallNumber, EndNumber, TakeNumber
from counter.domain.queueing import QueueRow
from tests.fakes.screen_data import HALL
from tests.fakes.screen_desk import FakeQueries, ScreenDesk
from ui.notify import Notice, notice_center
from ui.screens.workbench.queueing import QueueCard
from ui.screens.workbench.view import WorkbenchScreen

AT = "2026-11-22T09:05:00+08:00"
MINE = QueueRow("t-2", "B03-002", "B", AT, 3, "called", HALL.counter_no, AT)
WAITING = [QueueRow("t-1", "A01-001", "A", AT, 1), QueueRow("t-3", "A03-003", "A", AT, 3)]


def show(qtbot: QtBot, *rows: QueueRow) -> tuple[ScreenDesk, WorkbenchScreen]:
    fake = ScreenDesk(queries=FakeQueries(queued=list(rows)))
    screen = WorkbenchScreen(fake.desk)
    qtbot.addWidget(screen)
    screen.resize(1148, 720)
    screen.show()
    screen.refresh(None)
    qtbot.waitUntil(lambda: fake.runner.pending == 0)
    screen.activateWindow()
    return fake, screen


def texts(card: QueueCard) -> str:
    return "|".join(one.text() for one in card.findChildren(QLabel) if one.isVisible())


def press(card: QueueCard, text: str) -> None:
    button = next(b for b in card.findChildren(QPushButton) if b.text() == text)
    QTest.keyClick(button, Qt.Key.Key_Return)


def test_an_empty_hall(qtbot: QtBot, look: QApplication) -> None:
    fake, screen = show(qtbot)
    assert "正在叫" not in texts(screen.queue)
    assert "没有人在等" in texts(screen.queue)
    assert not screen.queue.next.isEnabled()
    press(screen.queue, "优先")
    qtbot.waitUntil(lambda: fake.of(TakeNumber) == [TakeNumber("B")])
    fake.close()


def test_call_serve_and_miss(qtbot: QtBot, look: QApplication) -> None:
    fake, screen = show(qtbot, MINE, *WAITING)
    assert "正在叫 B03-002" in texts(screen.queue)
    assert "等候 2 人：普通 2" in texts(screen.queue)
    QTest.keyClick(screen, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    press(screen.queue, "再叫")
    qtbot.waitUntil(lambda: fake.of(CallNumber) == [CallNumber(""), CallNumber("t-2")])
    press(screen.queue, "过号")
    qtbot.waitUntil(lambda: fake.of(EndNumber) == [EndNumber("t-2", missed=True)])
    fake.close()


def test_another_window_was_faster(qtbot: QtBot, look: QApplication) -> None:
    fake, screen = show(qtbot, MINE)
    told: list[Notice] = []
    notice_center().posted.connect(told.append)
    fake.queries.queued[:] = [QueueRow("t-2", "B03-002", "B", AT, 3, "called", 1, AT)]
    screen.refresh(Changes(frozenset({"queue"})))
    qtbot.waitUntil(lambda: bool(told))
    assert told[0].text == "B03-002 号由 01 号窗口先叫了，请叫下一位。"
    assert "正在叫" not in texts(screen.queue)
    calls = fake.queries.calls
    screen.refresh(Changes(frozenset({"queue"})))
    assert len(told) == 1
    assert fake.queries.calls == calls, "a call elsewhere does not read the whole workbench"
    fake.close()


def test_the_number_goes_into_the_intake(qtbot: QtBot, look: QApplication) -> None:
    fake, screen = show(qtbot, MINE)
    with qtbot.waitSignal(screen.serve) as got:
        screen.queue._served(MINE)
    assert got.args == ["B03-002"]
    fake.close()
