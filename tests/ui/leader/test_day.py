# SPDX-License-Identifier: MulanPSL-2.0
"""The leader's day: every list has its lines or says that all is well; acts by keyboard."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from counter.app.commands import ApproveAgent, NoteIdentity
from counter.app.queries import AgentRow, DueRow, LeaderView, RecheckRow, RefusalRow
from tests.fakes.screen_data import case_row, person, two_issues
from tests.fakes.screen_desk import FakeQueries, ScreenDesk
from ui.dialogs.ask import AskDialog
from ui.dialogs.reason import ReasonDialog
from ui.screens.leader.view import LeaderScreen
from ui.widgets.lines import LineButton


def due(at: int, kind: str, day: str, level: str) -> DueRow:
    row = case_row(at)
    title = f"{row.item_name} · {row.applicant}"
    return DueRow(row.case_id, title, row.receipt_no, day, kind, level, "今天到期", ())


def busy() -> FakeQueries:
    """A bad day."""
    refused = RefusalRow(
        *("op-r", "refuse_receipt", "不予收件", "宅基地审批", "", "陈*英", "不归我们办", ""),
        *("县自然资源局", "张敏", "2026-11-22T09:00:00+08:00"),
        sent=False,
    )
    view = LeaderView(
        deemed=(due(0, "deemed", "2026-11-20", "overdue"),),
        late=(due(1, "answer", "2026-11-22", "red"),),
        gaps=(due(6, "gap", "2026-11-24", "yellow"),),
        attention=tuple(two_issues()),
        doubles=(case_row(8),),
        recheck=(RecheckRow(case_row(2), "身份还没有核验"),),
        agents=(AgentRow(person(3), 7, approved=False), AgentRow(person(4), 6, approved=True)),
    )
    return FakeQueries(leader=view, refused=[refused])


@pytest.fixture
def fake() -> Iterator[ScreenDesk]:
    made = ScreenDesk("clerk", "leader", queries=busy())
    yield made
    made.close()


def show(qtbot: QtBot, fake: ScreenDesk) -> LeaderScreen:
    screen = LeaderScreen(fake.desk)
    qtbot.addWidget(screen)
    screen.resize(1140, 700)
    screen.show()
    screen.activateWindow()
    screen.refresh(None)
    qtbot.waitUntil(lambda: screen.day._day is not None)
    return screen


def press(screen: LeaderScreen, section: str, at: int = 0) -> None:
    button = screen.day.cards[section].findChildren(LineButton)[at]
    QTest.keyClick(button, Qt.Key.Key_Return)


def test_everything_that_waits_for_the_leader(
    qtbot: QtBot, look: QApplication, fake: ScreenDesk
) -> None:
    screen = show(qtbot, fake)
    counts = {key: len(card.lines) for key, card in screen.day.cards.items()}
    assert counts == {
        "deemed": 1,
        "late": 1,
        "attention": 2,
        "doubles": 1,
        "agents": 2,
        "gaps": 1,
        "recheck": 1,
        "refusals": 1,
        "moved": 0,
    }
    with qtbot.waitSignal(screen.open_case) as told:
        press(screen, "deemed")
    assert told.args == ["case-0"]
    assert screen.day.cards["refusals"].lines[0].badge == "还没传到中心"


def test_an_identity_is_proved(qtbot: QtBot, look: QApplication, fake: ScreenDesk) -> None:
    screen = show(qtbot, fake)
    press(screen, "recheck")
    asked = screen.findChildren(AskDialog)[0]
    asked.confirm.click()
    wanted = NoteIdentity("case-2", "applicant", "card_visual")
    qtbot.waitUntil(lambda: fake.of(NoteIdentity) == [wanted])


def test_a_busy_agent_needs_a_reason(qtbot: QtBot, look: QApplication, fake: ScreenDesk) -> None:
    screen = show(qtbot, fake)
    press(screen, "agents", 1)
    assert not screen.findChildren(ReasonDialog), "agreed already"
    press(screen, "agents")
    asked = screen.findChildren(ReasonDialog)[0]
    asked.text.setPlainText("委托书齐全")
    asked.confirm.click()
    qtbot.waitUntil(lambda: fake.of(ApproveAgent) == [ApproveAgent(person(3), "委托书齐全")])


def test_a_quiet_day(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk("leader")
    screen = show(qtbot, fake)
    said = "".join(one.text() for one in screen.day.findChildren(QLabel))
    for words in ("没有逾期未答复的办件", "没有要补核验的人", "没有等着补的容缺材料"):
        assert words in said
    fake.close()
