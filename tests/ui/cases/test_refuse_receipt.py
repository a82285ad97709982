# SPDX-License-Identifier: MulanPSL-2.0
"""不予收件 without a case, key by key: item, name, reason, where the person was sent."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from counter.app.case_commands import RefuseReceipt
from counter.app.queries import ItemHit
from tests.fakes.screen_desk import FakeQueries, ScreenDesk
from ui.dialogs.refuse_receipt import RefuseReceiptDialog
from ui.screens.cases.view import CasesScreen

HITS = [
    ItemHit("theme-1", "1", "新生儿出生", "zjd", "", "theme"),
    ItemHit("item-1", "1", "宅基地审批", "zjd", "2"),
    ItemHit("item-2", "1", "宅基地变更", "zjd", "2"),
]


@pytest.fixture
def fake() -> Iterator[ScreenDesk]:
    made = ScreenDesk("clerk", queries=FakeQueries(hits=HITS))
    yield made
    made.close()


def press(where: QWidget, key: Qt.Key, *, ctrl: bool = False) -> None:
    held = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
    QTest.keyClick(where, key, held)


def test_sent_away_without_a_case(qtbot: QtBot, look: QApplication, fake: ScreenDesk) -> None:
    screen = CasesScreen(fake.desk)
    qtbot.addWidget(screen)
    screen.resize(1140, 700)
    screen.show()
    screen.activateWindow()
    screen.refresh(None)
    qtbot.waitUntil(screen.isActiveWindow)
    screen.activate()
    press(screen.search, Qt.Key.Key_B, ctrl=True)
    asked = screen.findChildren(RefuseReceiptDialog)[0]
    asked.activateWindow()
    qtbot.waitUntil(asked.isActiveWindow)
    assert asked.search.hasFocus()
    QTest.keyClicks(asked.search, "zjd")
    qtbot.waitUntil(lambda: asked.items.currentRow() == 0)
    assert asked.items.count() == 2, "a theme is refused by its items"
    press(asked.search, Qt.Key.Key_Down)
    press(asked.search, Qt.Key.Key_Down)
    assert asked.items.currentRow() == 1
    assert not asked.confirm.isEnabled(), "a reason and an office are needed"
    for text in ("", "chen", "bu gui women", "xian ziran ziyuan ju"):
        focus = asked.focusWidget()
        assert focus is not None
        QTest.keyClicks(focus, text)
        if text != "xian ziran ziyuan ju":
            press(focus, Qt.Key.Key_Tab)
    assert asked.confirm.isEnabled()
    press(asked.office, Qt.Key.Key_Return, ctrl=True)
    qtbot.waitUntil(lambda: bool(fake.of(RefuseReceipt)))
    told = RefuseReceipt("item-2", "bu gui women", "xian ziran ziyuan ju", who="chen")
    assert list(fake.of(RefuseReceipt)) == [told]


def test_esc_tells_nothing(qtbot: QtBot, look: QApplication, fake: ScreenDesk) -> None:
    screen = CasesScreen(fake.desk)
    qtbot.addWidget(screen)
    screen.show()
    screen.refuse.click()
    asked = screen.findChildren(RefuseReceiptDialog)[0]
    asked.office.setText("xian")
    assert not asked.confirm.isEnabled()
    press(asked.search, Qt.Key.Key_Escape)
    assert not asked.isVisible()
    assert not fake.of(RefuseReceipt)
