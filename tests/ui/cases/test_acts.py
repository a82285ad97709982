# SPDX-License-Identifier: MulanPSL-2.0
"""The acts of a case by keyboard: each asks, is done, says what holds; the law's memory is shown."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel
from pytestqt.qtbot import QtBot

from counter.app.case_commands import (
    GiveBackCase,
    InformCitizen,
    TakeOverCase,
    TolerateCase,
)
from counter.app.commands import (
    AcceptCase,
    ConfirmDeemed,
    DraftRefusal,
    RequestSupplement,
    WithdrawCase,
)
from counter.domain.case import CaseState
from counter.domain.case_life import CaseLife, Defect
from counter.ports.storage import CaseRecord
from tests.fakes.screen_data import case_record, item, outbox_row, two_issues
from tests.fakes.screen_desk import FakeQueries, ScreenDesk
from ui.dialogs.ask import AskDialog
from ui.dialogs.defects import DefectsDialog
from ui.dialogs.reason import ReasonDialog
from ui.dialogs.refusal import RefusalDialog
from ui.dialogs.tick import TickDialog
from ui.operations.holding import Holding, holding
from ui.screens.cases.view import CasesScreen
from ui.widgets.buttons import ActionButton

NOTICE = {"no": 1, "at": "2026-11-20T09:00:00+08:00", "by": "张敏", "leader_reason": ""}
TWO = [{"key": "bank_card", "what": "看不清"}, {"key": "photo", "what": "没有提交"}]


@pytest.fixture
def fake() -> Iterator[ScreenDesk]:
    made = ScreenDesk("clerk", queries=FakeQueries())
    yield made
    made.close()


@pytest.fixture
def leader() -> Iterator[ScreenDesk]:
    made = ScreenDesk("clerk", "leader", queries=FakeQueries())
    yield made
    made.close()


def told(at: int, state: str, **life: Any) -> CaseRecord:
    """A case in a state, with what the centre remembers of it."""
    return replace(case_record(at), state=CaseState(state), life=CaseLife.model_validate(life))


def show(qtbot: QtBot, fake: ScreenDesk, at: int = 0) -> CasesScreen:
    screen = CasesScreen(fake.desk)
    qtbot.addWidget(screen)
    screen.resize(1280, 760)
    screen.show()
    screen.activateWindow()
    screen.refresh(None)
    qtbot.waitUntil(lambda: not screen.model.waiting)
    screen.table.selectRow(at)
    qtbot.waitUntil(lambda: bool(made(screen)))
    return screen


def made(screen: CasesScreen) -> dict[str, ActionButton]:
    found = screen.detail._buttons.findChildren(ActionButton)
    return {b.objectName(): b for b in found if not b.isHidden()}


def buttons(screen: CasesScreen) -> list[str]:
    return list(made(screen))


def press(screen: CasesScreen, name: str) -> None:
    made(screen)[name].setFocus()
    QTest.keyClick(made(screen)[name], Qt.Key.Key_Space)


def confirm(qtbot: QtBot, asked: QDialog) -> None:
    """Ctrl+Enter, wherever the focus is."""
    asked.activateWindow()
    qtbot.waitUntil(asked.isActiveWindow)
    focus = asked.focusWidget() or asked
    QTest.keyClick(focus, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def words(screen: CasesScreen) -> str:
    return "\n".join(one.text() for one in screen.detail.findChildren(QLabel))


def test_everything_is_told_at_once(qtbot: QtBot, look: QApplication, fake: ScreenDesk) -> None:
    screen = show(qtbot, fake)
    press(screen, "request_supplement")
    asked = screen.findChildren(DefectsDialog)[0]
    assert not asked.confirm.isEnabled(), "nothing is told yet"
    card, photo = asked.rows[1], asked.rows[2]
    card.tick.setFocus()
    QTest.keyClick(card.tick, Qt.Key.Key_Space)
    assert asked.focusWidget() is card.what, "the tick asks at once what is wrong"
    assert not asked.confirm.isEnabled()
    QTest.keyClicks(card.what, "kan bu qing")
    QTest.keyClick(card.what, Qt.Key.Key_Tab)
    QTest.keyClicks(card.how, "chong pai")
    QTest.keyClick(photo.tick, Qt.Key.Key_Space)
    photo.what.setCurrentText("没有提交")
    asked.add_other()
    QTest.keyClicks(asked.rows[-1].what, "biao mei qian zi")
    confirm(qtbot, asked)
    qtbot.waitUntil(lambda: bool(fake.of(RequestSupplement)))
    sent = fake.of(RequestSupplement)[0]
    assert sent == RequestSupplement(
        "case-0",
        (
            Defect(key="bank_card", what="kan bu qing", how="chong pai"),
            Defect(key="photo", what="没有提交"),
            Defect(what="biao mei qian zi"),
        ),
    )


def test_a_second_notice_needs_the_leader(
    qtbot: QtBot, look: QApplication, fake: ScreenDesk, leader: ScreenDesk
) -> None:
    life = {"notices": [{**NOTICE, "defects": TWO}], "given": ["bank_card"]}
    for desk, may in ((fake, False), (leader, True)):
        desk.queries.put(told(0, "supplied", **life))
        screen = show(qtbot, desk)
        press(screen, "request_supplement")
        asked = screen.findChildren(DefectsDialog)[0]
        photo = asked.rows[2]
        photo.tick.setChecked(True)
        photo.what.setCurrentText("没有提交")
        assert not asked.confirm.isEnabled(), "it could be seen the first time"
        assert asked.reason.isVisible() is may
        asked.reason.setText("申请人要求当面再核")
        assert asked.confirm.isEnabled() is may
        photo.tick.setChecked(False)
        asked.rows[1].tick.setChecked(True)
        asked.rows[1].what.setCurrentText("缺页")
        assert asked.confirm.isEnabled(), "a paper handed in since then may have a new fault"
        asked.reject()


def test_accept_only_where_the_item_lets_the_window(
    qtbot: QtBot, look: QApplication, fake: ScreenDesk
) -> None:
    screen = show(qtbot, fake)
    assert "accept_tolerant" not in buttons(screen)
    assert "没有授权窗口受理" in words(screen)
    fake.queries.offers = item().model_copy(update={"offline_accept": True})
    screen.refresh(None)
    qtbot.waitUntil(lambda: "accept_tolerant" in buttons(screen))
    assert buttons(screen)[0] == "accept_tolerant", "what comes next is the main button"
    press(screen, "accept_tolerant")
    asked = screen.findChildren(AskDialog)[0]
    confirm(qtbot, asked)
    qtbot.waitUntil(lambda: fake.of(AcceptCase) == [AcceptCase("case-0")])


def test_deemed_is_an_alarm_for_everybody(
    qtbot: QtBot, look: QApplication, fake: ScreenDesk
) -> None:
    fake.queries.put(case_record(0), state="deemed")
    screen = show(qtbot, fake)
    assert "依法从收到材料之日起视为已受理" in words(screen)
    assert "请马上告诉值班长" in words(screen)
    assert "deem" not in buttons(screen)
    assert "request_supplement" not in buttons(screen), "the answer would come too late"


def test_the_leader_confirms_what_the_law_holds(
    qtbot: QtBot, look: QApplication, leader: ScreenDesk
) -> None:
    leader.queries.put(case_record(0), state="deemed")
    screen = show(qtbot, leader)
    assert buttons(screen)[0] == "deem"
    assert "request_supplement" not in buttons(screen)
    press(screen, "deem")
    asked = screen.findChildren(ReasonDialog)[0]
    QTest.keyClicks(asked.text, "mei ren da fu")
    confirm(qtbot, asked)
    qtbot.waitUntil(lambda: bool(leader.of(ConfirmDeemed)))
    assert leader.of(ConfirmDeemed) == [ConfirmDeemed("case-0", "mei ren da fu")]


def test_a_refusal_is_drafted_with_basis_and_office(
    qtbot: QtBot, look: QApplication, leader: ScreenDesk
) -> None:
    screen = show(qtbot, leader)
    press(screen, "draft_refusal")
    asked = screen.findChildren(RefusalDialog)[0]
    QTest.keyClicks(asked.reason, "bu gui ben ji")
    assert not asked.confirm.isEnabled()
    asked.basis.setText("第三十二条")
    asked.office.setText("县住建局")
    confirm(qtbot, asked)
    qtbot.waitUntil(lambda: bool(leader.of(DraftRefusal)))
    assert leader.of(DraftRefusal) == [
        DraftRefusal("case-0", "bu gui ben ji", "第三十二条", "县住建局")
    ]


def test_delivery_goes_to_its_own_screen(
    qtbot: QtBot, look: QApplication, fake: ScreenDesk
) -> None:
    screen = show(qtbot, fake, at=3)
    assert buttons(screen)[0] == "deliver"
    with qtbot.waitSignal(screen.deliver_wanted) as sent:
        press(screen, "deliver")
    assert sent.args == ["case-3"]


def test_memory_is_told(qtbot: QtBot, look: QApplication, fake: ScreenDesk) -> None:
    special = {
        "kind": "现场勘验",
        "start": "2026-11-18T09:00:00+08:00",
        "days": 10,
        "reason": "要看宅基地四至",
        "basis": "第四十五条",
        "approver": "李局",
    }
    fake.queries.put(told(0, "suspended", specials=[special]))
    waiting = {"notices": [{**NOTICE, "defects": TWO}], "given": ["photo"]}
    fake.queries.put(told(4, "supplement", **waiting))
    out = {"outcome": "transferred", "office": "县自然资源局", "decided_at": "2026-11-21"}
    fake.queries.put(told(7, "transferred", **out))
    screen = show(qtbot, fake)
    for part in ("时限已暂停", "现场勘验", "预计 10 天", "李局"):
        assert part in words(screen)
    screen.table.selectRow(4)
    qtbot.waitUntil(lambda: "已激活）：看不清（还没交来）" in words(screen))
    assert "没有提交（已交来）" in words(screen)
    screen.table.selectRow(7)
    qtbot.waitUntil(lambda: "县自然资源局" in words(screen))


def test_gaps_are_registered_after_the_receipt(
    qtbot: QtBot, look: QApplication, fake: ScreenDesk
) -> None:
    case = case_record(0)
    body = {**case.body, "materials": [{"key": "photo", "way": "missing"}]}
    fake.queries.put(replace(case, body=body))
    screen = show(qtbot, fake)
    press(screen, "tolerate")
    asked = screen.findChildren(TickDialog)[0]
    assert list(asked.ticks) == ["photo"], "only what may come later"
    QTest.keyClick(asked.ticks["photo"], Qt.Key.Key_Space)
    confirm(qtbot, asked)
    qtbot.waitUntil(lambda: fake.of(TolerateCase) == [TolerateCase("case-0", ("photo",))])


def test_who_holds_a_receipt_is_told_before_it_is_closed(
    qtbot: QtBot, look: QApplication, leader: ScreenDesk
) -> None:
    leader.queries.issues = two_issues()
    screen = show(qtbot, leader, at=1)
    shut = {b.text(): b for b in screen.detail.findChildren(ActionButton)}
    assert not shut["关闭这一条…"].isEnabled()
    shut["登记告知本人…"].click()
    asked = screen.findChildren(ReasonDialog)[0]
    QTest.keyClicks(asked.text, "dian hua")
    confirm(qtbot, asked)
    qtbot.waitUntil(lambda: leader.of(InformCitizen) == [InformCitizen("op-1", "dian hua")])
    leader.queries.issues.append(replace(outbox_row(1, op_id="told", kind="case.informed"), seq=9))
    screen.refresh(None)
    qtbot.waitUntil(
        lambda: any(
            b.text() == "关闭这一条…" and b.isEnabled()
            for b in screen.detail.findChildren(ActionButton)
        )
    )


def test_a_refused_notice_says_why_and_keeps_the_case(
    qtbot: QtBot, look: QApplication, fake: ScreenDesk
) -> None:
    screen = show(qtbot, fake)
    press(screen, "withdraw")
    asked = screen.findChildren(ReasonDialog)[0]
    assert "不能取消" in asked.accessibleDescription()
    QTest.keyClick(asked, Qt.Key.Key_Escape)
    assert not fake.of(WithdrawCase)


def test_a_case_of_another_window_is_taken_over_and_given_back(
    qtbot: QtBot, look: QApplication, fake: ScreenDesk
) -> None:
    theirs = {"device_id": "other", "window": "05 号窗口", "fence": 3, "until": ""}
    fake.queries.put(replace(case_record(0), rev=3, centre={"lease": theirs}))
    screen = show(qtbot, fake)
    assert "05 号窗口" in words(screen)
    assert buttons(screen)[0] == "take_over", "else what is done here would be held at the centre"
    press(screen, "take_over")
    asked = screen.findChildren(ReasonDialog)[0]
    assert not asked.confirm.isEnabled(), "a reason is written down"
    assert "高龄津贴 · 陈*英" in asked.accessibleDescription(), "nobody takes the wrong one"
    asked.text.setPlainText("群众到本窗口来办")
    confirm(qtbot, asked)
    qtbot.waitUntil(lambda: fake.of(TakeOverCase) == [TakeOverCase("case-0", "群众到本窗口来办")])
    mine = {**theirs, "window": f"{fake.desk.hall.counter_no:02} 号窗口"}
    fake.queries.put(replace(case_record(0), rev=4, centre={"lease": mine}))
    screen.refresh(None)
    qtbot.waitUntil(lambda: "give_back" in made(screen))
    assert "take_over" not in made(screen)
    press(screen, "give_back")
    asked = screen.findChildren(ReasonDialog)[-1]
    asked.text.setPlainText("值班长安排")
    confirm(qtbot, asked)
    qtbot.waitUntil(lambda: fake.of(GiveBackCase) == [GiveBackCase("case-0", "值班长安排")])


def test_a_lease_that_ran_out_is_nobodys() -> None:
    lease = {"device_id": "other", "window": "05 号窗口", "until": "2026-11-22T09:00:00+08:00"}
    case = replace(case_record(0), rev=3, centre={"lease": lease})
    before, after = (datetime.fromisoformat(f"2026-11-22T0{h}:00:00+08:00") for h in (8, 9))
    assert holding(case, 3, before).window == "05 号窗口"
    assert holding(case, 3, after) == Holding(), "received here: nothing to take over"
    assert holding(case, 4, after).take.startswith("这份办件是别的窗口收的")
    assert holding(replace(case, rev=0), 4, before).take == "", "the centre does not know it yet"
