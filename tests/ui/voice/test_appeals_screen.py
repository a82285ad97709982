# SPDX-License-Identifier: MulanPSL-2.0
"""诉求 on the screen: danger first, then the record; the leader's list and its steps."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from counter.app.commands import Command, Done, StepTicket
from counter.app.session import Session
from counter.devices.simulator import SimulatedCamera
from counter.domain.appeals import LOOP
from counter.domain.clocks import CaseClock
from counter.domain.ratings import LowRating
from counter.domain.tickets import Ticket, TicketEvent
from counter.ports.devices import Devices
from tests.fakes.hall import FakeHall, session
from tests.fakes.screen_desk import ScreenDesk
from ui.screens.appeals.view import AppealsScreen
from ui.screens.leader.view import LeaderScreen
from ui.tickets.step_dialog import StepDialog


class VoiceDesk(ScreenDesk):
    """Screens over the real handlers and a store in memory."""

    def __init__(self, *roles: str) -> None:
        super().__init__(*roles)
        self.hall = FakeHall(session=session(*roles))

    def handle(self, command: Command, who: Session) -> Done:
        self.commands.append(command)
        return self.hall.bus.handle(command, who)

    def tickets(self) -> list[Ticket]:
        return list(self.hall.store.tables.tickets.values())


@pytest.fixture
def desk(look: QApplication) -> Iterator[VoiceDesk]:
    made = VoiceDesk("leader", "clerk")
    yield made
    made.close()


@pytest.fixture
def screen(desk: VoiceDesk, look: QApplication) -> Iterator[AppealsScreen]:
    made = AppealsScreen(desk.desk)
    made.resize(1100, 700)
    made.show()
    made.refresh(None)
    settle(look)
    yield made
    made.close()
    made.deleteLater()
    settle(look)


def settle(app: QApplication) -> None:
    for _ in range(8):
        app.processEvents()


def fill(screen: AppealsScreen, category: str, words: str) -> None:
    form = screen.form
    screen.begin()
    form.type.setCurrentIndex(form.type.findData("2"))
    form.content.setPlainText(words)
    form.lines["name"].setText("王桂兰")
    form.lines["phone"].setText("13900000000")
    form.read_back.setChecked(True)
    form.category.setCurrentIndex(form.category.findData(category))


def test_danger_is_asked_before_anything_goes_on(
    screen: AppealsScreen, desk: VoiceDesk, look: QApplication
) -> None:
    fill(screen, "gas", "楼道里有煤气味")
    dialog = screen.dialog
    assert dialog is not None
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert dialog.deny.isHidden()
    screen.register()
    settle(look)
    assert desk.tickets() == []
    dialog.buttons[0].click()
    settle(look)
    assert [one.called for one in desk.hall.store.tables.calls.values()] == ["119"]
    assert "已拨打 119" in screen.banner.accessibleName() or screen.banner.isVisible()
    screen.form.method.setCurrentIndex(screen.form.method.findData("oral"))
    screen.save.click()
    settle(look)
    [ticket] = desk.tickets()
    assert ticket.subject["danger"]["called"] == "119"
    assert screen.form.content.toPlainText() == ""
    assert screen.board.model.rowCount() == 1


def test_words_that_only_hint_may_be_answered_with_no(
    screen: AppealsScreen, desk: VoiceDesk, look: QApplication
) -> None:
    fill(screen, "gas_supply", "上个月的煤气味已经修好，要求退费")
    screen.form.content.left.emit()
    assert screen.dialog is not None
    screen.dialog.deny.click()
    settle(look)
    screen.save.click()
    settle(look)
    assert desk.tickets() == []  # nobody signed yet
    assert screen.form.rows["confirmed"].error
    screen.photo.click()
    settle(look)


def test_the_leader_follows_a_low_rating_step_by_step(desk: VoiceDesk, look: QApplication) -> None:
    low = LowRating(
        case_id="c-1", receipt_no="7K2QM-03-261122-0017-X4K", item_code="allowance_80",
        item_name="高龄津贴申领", level=4, reasons=("401",), given_at="2026-11-23T09:00:00+08:00",
    )  # fmt: skip
    clock = CaseClock(kind="contact", start="2026-11-20", amount=1, due="2026-11-21")
    ticket = Ticket(
        kind="rating_task", ticket_id="t-1", number=low.receipt_no,
        opened_at="2026-11-20T09:00:00+08:00", subject=low.model_dump(mode="json"), clocks=(clock,),
    )  # fmt: skip
    desk.hall.store.tables.tickets["rating_task", "t-1"] = ticket
    screen = LeaderScreen(desk.desk)
    screen.resize(1100, 700)
    screen.show()
    screen.refresh(None)
    settle(look)
    model = screen.board.model
    assert [model.index(0, at).data() for at in (1, 3)] == ["不满意 · 高龄津贴申领", "待联系"]
    assert "已超期" in model.index(0, 2).data()
    assert list(screen.board.steps) == ["contact"]
    screen.board.do_step("contact", "已电话联系", {})
    settle(look)
    assert desk.of(StepTicket)[-1].step == "contact"
    assert "dispute" in screen.board.steps
    screen.close()
    screen.deleteLater()
    settle(look)


def test_a_step_is_confirmed_only_when_all_it_needs_is_there(look: QApplication) -> None:
    dialog = StepDialog(LOOP.steps["dispatch"])
    assert not dialog.confirm.isEnabled()
    unit = dialog.answers["unit"]
    assert isinstance(unit, QLineEdit)
    unit.setText("镇城建办")
    assert dialog.confirm.isEnabled()
    told: list[object] = []
    dialog.given.connect(lambda note, outcome: told.append((note, outcome)))
    dialog.accept()
    assert told == [("", {"unit": "镇城建办"})]
    dialog.deleteLater()


def test_what_is_typed_survives_leaving_and_nothing_stays_after_it_is_thrown_away(
    screen: AppealsScreen, desk: VoiceDesk, look: QApplication
) -> None:
    fill(screen, "road", "村口的路灯坏了一个月")
    screen.keeping.flush()
    settle(look)
    assert "已保存在本机" in screen.kept.text()
    again = AppealsScreen(desk.desk)  # after a sign-out, or the machine went dark
    again.refresh(None)
    settle(look)
    assert again.new.text().startswith("接着登记")
    assert again.form.typed() == screen.form.typed()
    again._discard()
    settle(look)
    assert desk.hall.store.tables.appeal_drafts == {}
    assert again.form.content.toPlainText() == ""
    again.deleteLater()
    settle(look)


def test_attachments_are_stored_at_once_and_registered_with_it(
    look: QApplication, desk: VoiceDesk
) -> None:
    with_camera = replace(desk.desk, devices=Devices(None, SimulatedCamera(), None))
    screen = AppealsScreen(with_camera)
    screen.show()
    screen.refresh(None)
    settle(look)
    fill(screen, "road", "村口的路灯坏了一个月")
    for button, done in ((screen.attach, "再拍附件"), (screen.photo, "重拍签字页")):
        button.click()
        deadline = time.monotonic() + 5
        while not button.text().startswith(done) and time.monotonic() < deadline:
            look.processEvents()
            time.sleep(0.01)
    screen.keeping.flush()
    settle(look)
    [kept] = desk.hall.store.tables.appeal_drafts.values()
    assert len(kept.pages) == 1
    screen.save.click()
    settle(look)
    [ticket] = desk.tickets()
    assert ticket.subject["pages"] == [kept.pages[0].model_dump(mode="json")]
    assert desk.hall.store.tables.appeal_drafts == {}
    roles = {role for _owner, _blob, role, _needed in desk.hall.store.tables.refs}
    assert roles >= {"appeal.page", "appeal.confirmed"}
    assert screen.attach.text() == "拍附件"
    screen.close()
    screen.deleteLater()
    settle(look)


def test_the_rates_stand_above_the_list_for_the_leader(
    screen: AppealsScreen, desk: VoiceDesk, look: QApplication
) -> None:
    assert screen.rates.isHidden()  # nothing to count
    revisit = TicketEvent(
        op_id="o-1", step="revisit", at="2026-11-21T09:00:00+08:00", by="op-2",
        outcome={"solved": "1", "satisfied": "0"},
    )  # fmt: skip
    ticket = Ticket(
        kind="appeal", ticket_id="t-1", number="SQ-1", opened_at="2026-11-20T09:00:00+08:00",
        subject={"content": "路灯坏了"}, events=(revisit,),
    )  # fmt: skip
    desk.hall.store.tables.tickets["appeal", "t-1"] = ticket
    screen.refresh(None)
    settle(look)
    assert screen.rates.text() == "响应率 还没有可算的　解决率 100%（1/1）　满意率 0%（0/1）"
    assert not screen.rates.isHidden()
