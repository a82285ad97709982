# SPDX-License-Identifier: MulanPSL-2.0
"""出件 by keyboard: find, the receiver's card, what is handed out, the 送达回证."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from counter.app.commands import DeliverResult
from counter.app.queries import CaseRow
from counter.domain.people import Person
from counter.ports.devices import CardData, DeviceStatus
from tests.fakes.screen_data import case_row, person
from tests.fakes.screen_desk import FakeQueries, ScreenDesk
from ui.dialogs.paper_preview import PaperPreview
from ui.screens.delivery.view import DeliveryScreen
from ui.theme import apply_theme
from ui.widgets.buttons import ActionButton
from ui.widgets.lines import LineButton

APPROVED = 3


class Reader:
    """A reader on which somebody's card lies."""

    def __init__(self, who: Person) -> None:
        self.who = who

    def status(self) -> DeviceStatus:
        return DeviceStatus("simulated", "模拟读卡器")

    def read(self) -> CardData:
        return CardData(self.who, simulated=True)


class OnePerson(FakeQueries):
    """Whose card it is has one case here, and it is ready."""

    def cases_of_person(self, id_no: str) -> list[CaseRow]:
        return [case_row(0), case_row(APPROVED)] if id_no == person(APPROVED).id_no else []


@pytest.fixture
def fake() -> Iterator[ScreenDesk]:
    made = ScreenDesk("clerk", queries=OnePerson())
    yield made
    made.close()


def show(qtbot: QtBot, fake: ScreenDesk, width: int = 1140) -> DeliveryScreen:
    screen = DeliveryScreen(fake.desk)
    qtbot.addWidget(screen)
    screen.resize(width, 700)
    screen.show()
    screen.refresh(None)
    qtbot.waitUntil(lambda: bool(screen.list.lines))
    screen.activateWindow()
    qtbot.waitUntil(screen.isActiveWindow)
    screen.activate()
    return screen


def chosen(qtbot: QtBot, screen: DeliveryScreen, at: int) -> None:
    screen.choose(f"case-{at}")
    qtbot.waitUntil(lambda: f"{9999 - at}-DQQ" in words(screen))


def words(screen: DeliveryScreen) -> str:
    return "\n".join(one.text() for one in screen.side.findChildren(QLabel))


def test_own_card_finds_and_proves(qtbot: QtBot, look: QApplication, fake: ScreenDesk) -> None:
    """F4 finds the case, F4 again proves the receiver, F9 hands out: three keys."""
    fake.desk = replace(
        fake.desk, devices=replace(fake.desk.devices, reader=Reader(person(APPROVED)))
    )
    screen = show(qtbot, fake)
    QTest.keyClick(screen.search, Qt.Key.Key_F4)
    qtbot.waitUntil(screen.confirm.isVisible)
    QTest.keyClick(screen.form.relation, Qt.Key.Key_F4)
    qtbot.waitUntil(lambda: "证件号和申请人一致" in words(screen))
    QTest.keyClick(screen, Qt.Key.Key_F9)
    qtbot.waitUntil(lambda: bool(fake.of(DeliverResult)))
    sent = fake.of(DeliverResult)[0]
    assert sent.case_id == f"case-{APPROVED}"
    given = sent.delivery
    assert (given.receiver, given.relation, given.method) == (
        person(APPROVED).name,
        "本人",
        "direct",
    )
    assert (given.documents, given.deliverers) == (("准予决定书",), ("张敏",))
    qtbot.waitUntil(lambda: bool(screen.findChildren(PaperPreview)))


def test_somebody_elses_card_is_not_the_applicant(
    qtbot: QtBot, look: QApplication, fake: ScreenDesk
) -> None:
    screen = show(qtbot, fake)
    chosen(qtbot, screen, APPROVED)
    screen.form.take_card(CardData(person(6)))
    assert screen.form.relation.currentText() == "", "who it is has to be said"
    screen.form.relation.setCurrentText("本人")
    screen.form.id_no.setText(person(6).id_no)
    assert "不是本人" in words(screen)
    assert not screen.confirm.isEnabled()
    QTest.keyClick(screen, Qt.Key.Key_F9)
    assert not fake.of(DeliverResult)
    screen.form.relation.setCurrentText("子女")
    screen.form.receiver.setText("吴某")
    assert screen.form.method.value() == "agent", "somebody else takes it: 代领"
    assert screen.confirm.isEnabled()
    QTest.keyClick(screen, Qt.Key.Key_F9)
    qtbot.waitUntil(lambda: bool(fake.of(DeliverResult)))
    assert fake.of(DeliverResult)[0].delivery.method == "agent"


def test_post_needs_its_number_and_left_a_witness(
    qtbot: QtBot, look: QApplication, fake: ScreenDesk
) -> None:
    screen = show(qtbot, fake)
    chosen(qtbot, screen, APPROVED)
    form = screen.form
    assert not form.post_no.isVisible()
    for method, control in (("post", form.post_no), ("left", form.witness)):
        form.method.set_value(method)
        assert control.isVisible()
        assert not screen.confirm.isEnabled()
        control.setText("X1")
        assert screen.confirm.isEnabled()
    form.documents.clear()
    assert not screen.confirm.isEnabled(), "what is handed out must be named"


def test_what_is_not_ready_says_so(qtbot: QtBot, look: QApplication, fake: ScreenDesk) -> None:
    screen = show(qtbot, fake)
    QTest.keyClicks(screen.search, "9999")
    qtbot.waitUntil(lambda: len(screen.list.lines) == 1)
    QTest.keyClick(screen.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "中心还没有给出结果" in words(screen))
    assert not screen.confirm.isVisible()
    assert screen.go_back(), "Esc clears the search"
    assert screen.search.hasFocus()
    assert not screen.go_back()


def test_by_arrows(qtbot: QtBot, look: QApplication, fake: ScreenDesk) -> None:
    screen = show(qtbot, fake)
    qtbot.waitUntil(lambda: all(b.isVisible() for b in screen.list.findChildren(LineButton)))
    QTest.keyClick(screen.search, Qt.Key.Key_Down)
    first = screen.focusWidget()
    assert isinstance(first, LineButton)
    QTest.keyClick(first, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(screen.presenter.case_id))


def test_empty(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk(queries=FakeQueries(empty=True))
    screen = DeliveryScreen(fake.desk)
    qtbot.addWidget(screen)
    screen.show()
    screen.refresh(None)
    qtbot.waitUntil(
        lambda: any("没有等着领的" in one.text() for one in screen.list.findChildren(QLabel))
    )
    fake.close()


@pytest.mark.parametrize("care", [False, True])
def test_no_button_is_cut(qtbot: QtBot, look: QApplication, fake: ScreenDesk, care: bool) -> None:
    apply_theme(look, "light", care=care)
    screen = show(qtbot, fake)
    chosen(qtbot, screen, APPROVED)
    qtbot.waitUntil(lambda: screen.confirm.height() >= 44)
    for button in screen.findChildren(ActionButton):
        if button.isVisible():
            assert button.width() >= button.minimumSizeHint().width(), button.text()
