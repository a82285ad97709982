# SPDX-License-Identifier: MulanPSL-2.0
"""改正后重报 by keyboard: which entries, what is said before it goes, what goes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from counter.app.case_commands import CorrectOperation
from tests.fakes.screen_data import case_record, two_issues
from tests.fakes.screen_desk import FakeQueries, ScreenDesk
from tests.ui.cases.test_acts import confirm, show
from tests.unit.catalog_kit import catalog
from ui.dialogs.correct import CorrectDialog
from ui.widgets.buttons import ActionButton


@pytest.fixture
def leader() -> Iterator[ScreenDesk]:
    made = ScreenDesk("clerk", "leader", queries=FakeQueries())
    yield made
    made.close()


def correcting(qtbot: QtBot, leader: ScreenDesk, form: dict[str, Any], field: str) -> CorrectDialog:
    leader.queries.issues = [replace(one, last_field=field) for one in two_issues()]
    case = case_record(1)
    leader.queries.put(replace(case, body={**case.body, "form": form}))
    leader.queries.offers = catalog().items["elder_allowance"]
    screen = show(qtbot, leader, at=1)
    {b.text(): b for b in screen.detail.findChildren(ActionButton)}["改正后重报…"].click()
    qtbot.waitUntil(lambda: bool(screen.findChildren(CorrectDialog)))
    asked = screen.findChildren(CorrectDialog)[0]
    asked.activateWindow()
    qtbot.waitUntil(asked.isActiveWindow)
    return asked


def test_a_wrong_entry_is_corrected_and_reported_again(
    qtbot: QtBot, look: QApplication, leader: ScreenDesk
) -> None:
    asked = correcting(qtbot, leader, {"contact.name": "wang"}, "")
    assert asked.which.hasFocus()
    QTest.keyClick(asked.which, Qt.Key.Key_Tab)
    assert asked.row is not None
    assert asked.row.control.hasFocus()
    QTest.keyClicks(asked.row.control, "wang lan")  # Tab selected the old value
    assert asked.which.currentText().endswith("（已改）")
    assert not asked.confirm.isEnabled(), "a reason is needed"
    QTest.keyClick(asked.row.control, Qt.Key.Key_Tab)
    QTest.keyClicks(asked.reason, "xie cuo")
    confirm(qtbot, asked)
    wanted = CorrectOperation("op-1", "xie cuo", {"form": {"contact.name": "wang lan"}})
    qtbot.waitUntil(lambda: leader.of(CorrectOperation) == [wanted])


def test_what_is_reported_is_said_in_one_line(
    qtbot: QtBot, look: QApplication, leader: ScreenDesk
) -> None:
    asked = correcting(qtbot, leader, {"contact.name": "wang", "account.no": "622202"}, "")
    asked._edited("account.no", "12")
    asked.which.setCurrentIndex(asked.which.findData("contact.name"))
    asked._edited("contact.name", "wang lan")
    assert asked.sum.text().startswith("这次改 2 项：")
    assert "卡号或账号" in asked.sum.text()
    tall = asked.height()
    asked.which.setCurrentIndex(asked.which.count() - 1)
    assert asked.sum.text().startswith("原样重报，刚才改的不报：")
    assert asked.height() < tall, "no empty room where the entry stood"


def test_the_entry_the_centre_pointed_at_stands_first_and_is_checked(
    qtbot: QtBot, look: QApplication, leader: ScreenDesk
) -> None:
    form = {"contact.name": "wang", "account.no": "6222020000000000000"}
    asked = correcting(qtbot, leader, form, "form.account.no")
    assert asked.which.currentData() == "account.no"
    asked.reason.setPlainText("照卡面改")
    assert asked.row is not None
    control = asked.row.control
    asked.which.setFocus()
    QTest.keyClick(asked.which, Qt.Key.Key_Tab)
    QTest.keyClicks(control, "62")
    assert asked.row.error, "what is wrong is said where it is"
    assert not asked.confirm.isEnabled()
    asked.which.setCurrentIndex(asked.which.findData("contact.name"))
    asked.row.control.setFocus()
    QTest.keyClick(asked.row.control, Qt.Key.Key_End)
    QTest.keyClicks(asked.row.control, "li")
    assert not asked.confirm.isEnabled(), "the account is still wrong"
    asked.which.setCurrentIndex(asked.which.findData("account.no"))
    asked.row.control.setFocus()
    QTest.keyClick(control, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(control, "6217000000000000004")
    confirm(qtbot, asked)
    right = {"contact.name": "wangli", "account.no": "6217000000000000004"}
    wanted = CorrectOperation("op-1", "照卡面改", {"form": right})
    qtbot.waitUntil(lambda: leader.of(CorrectOperation) == [wanted])
