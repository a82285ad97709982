# SPDX-License-Identifier: MulanPSL-2.0
"""Step 人: card, typing, phone or none, agent, expired card."""

from __future__ import annotations

from PySide6.QtCore import Qt

from counter.devices.simulator import TRAINING_PEOPLE
from counter.ports.devices import CardData, DeviceError, NoCard
from tests.ui.intake.conftest import PHONE, Window
from ui.screens.intake.person_card import PersonCard


def _card(window: Window) -> PersonCard:
    return window.screen.person.applicant


def test_card_fills_but_only_the_clerk_makes_it_certain(window: Window) -> None:
    window.key(Qt.Key.Key_F4)
    person = window.draft.applicant
    assert (person.name, person.id_no) == ("王桂兰", "990123194603080124")
    assert person.verify_method == "none"
    assert _card(window).confirm.hasFocus()
    window.key(Qt.Key.Key_Return)
    assert window.draft.applicant.verify_method == "card_chip"
    assert window.draft.applicant.verified_by == "张某"
    assert _card(window).controls["mobile"].hasFocus()


def test_typed_number_is_checked_at_the_field(window: Window) -> None:
    window.type("王桂兰")
    window.key(Qt.Key.Key_Return)
    assert _card(window).controls["id_no"].hasFocus()
    window.type("99012319460308012")
    assert _card(window).rows["id_no"].error == ""
    window.type("5")
    assert "校验不对" in _card(window).rows["id_no"].error
    window.key(Qt.Key.Key_Return)
    assert _card(window).controls["id_no"].hasFocus()
    window.key(Qt.Key.Key_Backspace)
    window.type("4")
    assert _card(window).rows["id_no"].error == ""
    assert (window.draft.applicant.birth, window.draft.applicant.sex) == ("1946-03-08", "2")
    window.key(Qt.Key.Key_Return)
    assert _card(window).confirm.hasFocus()
    window.key(Qt.Key.Key_Return)
    assert window.draft.applicant.verify_method == "card_visual"


def test_another_number_asks_for_another_look(window: Window) -> None:
    window.key(Qt.Key.Key_F4)
    window.key(Qt.Key.Key_Return)
    _card(window).focus_field("name")
    window.key(Qt.Key.Key_End)
    window.type("花")
    assert window.draft.applicant.verify_method == "none"


def test_no_phone_is_a_normal_answer(window: Window) -> None:
    window.key(Qt.Key.Key_F4)
    window.key(Qt.Key.Key_Return)
    _card(window).no_phone.click()
    window.settle()
    assert window.draft.applicant.no_phone_reason == "无手机"
    assert not _card(window).rows["mobile"].isVisible()
    assert not [p for p in window.presenter.problems() if p.step == "person"]


def test_somebody_elses_phone_is_said(window: Window) -> None:
    window.person()
    window.presenter.go("person")
    _card(window).focus_field("phone_owner")
    window.type("女儿")
    assert window.draft.applicant.phone_owner == "女儿"


def test_expired_card_needs_a_reason_not_a_refusal(window: Window) -> None:
    old = TRAINING_PEOPLE[0].model_copy(update={"id_valid_to": "2020-01-01"})
    window.fake.reader.put(CardData(old))
    window.key(Qt.Key.Key_F4)
    assert _card(window).controls["id_expired_reason"].hasFocus()
    window.type("上门核验")
    assert not [p for p in window.presenter.problems() if p.step == "person"]


def test_no_card_and_broken_reader_leave_typing(window: Window) -> None:
    window.type("王")
    window.fake.reader.put(NoCard())
    window.key(Qt.Key.Key_F4)
    assert "没有读到卡" in window.screen.person.banner.text
    window.fake.reader.put(DeviceError("READER-GONE", "读卡器断开了。"))
    window.key(Qt.Key.Key_F4)
    assert "可以照着证件输入" in window.screen.person.banner.text
    assert window.draft.applicant.name == "王"


def test_agent_by_card_with_relation(window: Window) -> None:
    window.key(Qt.Key.Key_F4)
    window.key(Qt.Key.Key_Return)
    window.screen.person.has_agent.click()
    window.settle()
    window.key(Qt.Key.Key_F4)
    agent = window.draft.agent
    assert agent is not None
    assert agent.person.name == "李建国"
    window.key(Qt.Key.Key_Return)
    window.type(PHONE)
    window.key(Qt.Key.Key_Return)
    assert window.screen.person.relation.hasFocus()
    window.type("侄子")
    window.key(Qt.Key.Key_Return)
    assert window.draft.agent is not None
    assert window.draft.agent.relation == "侄子"
    assert window.draft.agent.person.verify_method == "card_chip"
    assert window.draft.step == "item"


def test_shift_enter_goes_back(window: Window) -> None:
    window.type("王桂兰")
    window.key(Qt.Key.Key_Return)
    window.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    window.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert _card(window).controls["name"].hasFocus()
