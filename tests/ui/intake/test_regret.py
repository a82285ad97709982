# SPDX-License-Identifier: MulanPSL-2.0
"""An elder may think again: nothing goes for ten minutes, by keyboard it goes or is withdrawn."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from counter.app.commands import EndRegret, ReceiveCase, WithdrawCase
from tests.fakes.clock import FakeClock
from tests.ui.intake.conftest import Window, open_window
from ui.dialogs.reason import ReasonDialog


@pytest.fixture
def elder(qtbot: QtBot) -> Iterator[Window]:
    """A hall that gives elders ten minutes; the card is an elder's."""
    made = open_window(qtbot, regret_minutes=10)
    made.key(Qt.Key.Key_F2)
    made.to_receipt()
    qtbot.waitUntil(made.screen.receipt.regret.isVisible)
    yield made
    made.settle()
    made.screen.close()
    made.fake.close(made.screen)


def said(window: Window) -> str:
    return "".join(one.text() for one in window.screen.receipt.regret.findChildren(QLabel))


def test_it_waits_and_says_until_when(elder: Window) -> None:
    assert [c.regret_minutes for c in elder.fake.commands if isinstance(c, ReceiveCase)] == [10]
    assert "还有约 10 分钟" in said(elder)
    assert "凭证已经有效" in said(elder)
    clock = elder.fake.hall.clock
    assert isinstance(clock, FakeClock)
    clock.advance(8 * 60)
    elder.screen.receipt.regret.show_left()
    assert "还有约 2 分钟" in said(elder)
    clock.advance(3 * 60)
    elder.screen.receipt.regret.show_left()
    assert "时间已过" in said(elder)
    assert not elder.screen.receipt.regret.running


def test_content_it_goes_now(qtbot: QtBot, elder: Window) -> None:
    elder.key(Qt.Key.Key_F9, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: not elder.screen.receipt.regret.running)
    assert [len(c.case_ids) for c in elder.fake.commands if isinstance(c, EndRegret)] == [1]
    assert "排队传到中心" in said(elder)
    assert not [op for op in elder.fake.hall.store.tables.ops if op[3]], "nothing is held back"


def test_second_thoughts_withdraw(qtbot: QtBot, elder: Window) -> None:
    elder.screen.receipt.regret.undo.click()
    asked = elder.screen.findChildren(ReasonDialog)[0]
    assert not asked.confirm.isEnabled()
    asked.text.setPlainText("老人改主意了，不办了")
    asked.confirm.click()
    qtbot.waitUntil(lambda: not elder.screen.receipt.regret.running)
    assert [c.reason for c in elder.fake.commands if isinstance(c, WithdrawCase)]
    assert "已按本人意思撤回" in said(elder)


def test_the_next_person_sees_nothing_of_it(elder: Window) -> None:
    elder.key(Qt.Key.Key_F2)
    assert not elder.screen.receipt.regret.running
    assert not elder.screen.receipt.regret.isVisible()


def test_in_care_print_the_papers_are_above_the_fold(qtbot: QtBot) -> None:
    made = open_window(qtbot, care=True, regret_minutes=10)
    made.key(Qt.Key.Key_F2)
    made.to_receipt()
    step = made.screen.receipt
    qtbot.waitUntil(step.regret.isVisible)
    made.settle()
    for button in (step.print_button, step.large_button):
        assert button.visibleRegion().boundingRect() == button.rect()
    made.screen.close()
    made.fake.close(made.screen)
