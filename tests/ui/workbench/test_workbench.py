# SPDX-License-Identifier: MulanPSL-2.0
"""The workbench: what is due and why, what waits, drafts, numbers; by keyboard."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from counter.app.centre_wishes import Wish
from counter.app.changes import Changes
from counter.app.commands import SeeMovedDates
from counter.app.queries import DueAgain, MovedDate
from tests.fakes.screen_data import line_status, two_issues
from tests.fakes.screen_desk import FakeQueries, ScreenDesk
from ui.screens.workbench.moved import MovedDialog
from ui.screens.workbench.radar import DueButton
from ui.screens.workbench.view import WorkbenchScreen
from ui.signals import app_signals
from ui.theme import apply_theme
from ui.widgets.lines import LineButton


def show(qtbot: QtBot, fake: ScreenDesk, width: int = 1148) -> WorkbenchScreen:
    screen = WorkbenchScreen(fake.desk)
    qtbot.addWidget(screen)
    screen.resize(width, 720)
    screen.show()
    screen.refresh(None)
    qtbot.waitUntil(lambda: screen.radar._rows is not None)
    screen.activateWindow()
    return screen


def test_radar_explains_and_opens(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk(queries=FakeQueries(issues=two_issues()))
    screen = show(qtbot, fake)
    due = screen.radar.findChildren(DueButton)[0]
    due.setFocus()
    QTest.keyClick(due, Qt.Key.Key_Return)
    shown = [one.text() for one in screen.radar.findChildren(QLabel) if one.isVisible()]
    assert any("是周末，不算" in text for text in shown)
    button = next(b for b in screen.radar.findChildren(QPushButton) if b.text() == "处理")
    with qtbot.waitSignal(screen.open_case) as told:
        QTest.keyClick(button, Qt.Key.Key_Space)
    assert told.args[0].startswith("case-")
    fake.close()


def test_lists_open_what_they_name(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk(queries=FakeQueries(issues=two_issues()))
    screen = show(qtbot, fake)
    first = screen.drafts.findChildren(LineButton)[0]
    assert "陈*英" in first.accessibleName()
    assert "材料" in first.accessibleName()
    with qtbot.waitSignal(screen.open_draft) as told:
        QTest.keyClick(first, Qt.Key.Key_Return)
    assert told.args == ["d1"]
    waiting = screen.attention.findChildren(LineButton)[0]
    with qtbot.waitSignal(screen.open_case) as told:
        waiting.click()
    assert told.args == ["case-1"]
    fake.close()


def test_same_answer_moves_nothing(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk(queries=FakeQueries(issues=two_issues()))
    screen = show(qtbot, fake)
    held = screen.radar.findChildren(DueButton)[1]
    calls = fake.queries.calls
    screen.refresh(Changes(frozenset({"outbox"})))
    qtbot.waitUntil(lambda: fake.queries.calls > calls and fake.runner.pending == 0)
    assert screen.radar.findChildren(DueButton)[1] is held
    calls = fake.queries.calls
    screen.refresh(Changes(frozenset({"device"})))
    assert fake.queries.calls == calls
    fake.close()


def test_empty_says_what_to_do(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk(queries=FakeQueries(empty=True))
    screen = show(qtbot, fake)
    buttons = [b for b in screen.radar.findChildren(QPushButton) if b.isVisible()]
    with qtbot.waitSignal(screen.start_intake):
        buttons[0].click()
    fake.close()


def moved_days(count: int) -> list[MovedDate]:
    why = "答复期限由 暂定2027-01-04 改为 2027-01-05：按新的放假安排（cn-2027）重新计算。"
    return [
        MovedDate(
            f"case-{at}", f"S-7K2QM-03-20261228-{at:04d}-AB", "高龄津贴审核发放", "王*兰",
            "answer", "2027-01-04", "2027-01-05", why, "2026-12-30T09:00:00+08:00", "cn-2027",
        )
        for at in range(count)
    ]  # fmt: skip


def test_moved_days_are_listed_with_their_reason_until_read(
    qtbot: QtBot, look: QApplication
) -> None:
    fake = ScreenDesk(queries=FakeQueries(moved=moved_days(31)))
    screen = show(qtbot, fake)
    assert screen.moved.isVisible()
    assert screen.moved.text.startswith("有 31 件日期有变")
    button = next(b for b in screen.moved.findChildren(QPushButton) if b.isVisible())
    QTest.keyClick(button, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(screen.findChildren(MovedDialog)))
    dialog = screen.findChildren(MovedDialog)[0]
    lines = dialog.findChildren(LineButton)
    assert len(lines) == 31
    assert "答复期限 1月4日 → 1月5日" in lines[0].accessibleName()
    assert "按新的放假安排" in lines[0].accessibleName()
    with qtbot.waitSignal(screen.open_case) as told:
        QTest.keyClick(lines[3], Qt.Key.Key_Return)
    assert told.args == ["case-3"]
    assert fake.of(SeeMovedDates) == []
    qtbot.waitUntil(lambda: not screen.findChildren(MovedDialog))
    button.click()
    qtbot.waitUntil(lambda: bool(screen.findChildren(MovedDialog)))
    again = screen.findChildren(MovedDialog)[-1]
    again.confirm.click()
    qtbot.waitUntil(lambda: not fake.queries.moved)
    screen.refresh(None)
    qtbot.waitUntil(lambda: not screen.moved.isVisible())
    fake.close()


def test_line_words_follow_the_line(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk()
    screen = show(qtbot, fake)
    fake.line.picture = line_status("offline", "离线 2 小时 13 分")
    app_signals().status.emit(fake.line.picture)
    shown = [one.text() for one in screen.findChildren(QLabel)]
    assert "离线 2 小时 13 分" in shown
    assert any("凭证有效" in text for text in shown)
    fake.close()


@pytest.mark.parametrize("care", [False, True])
@pytest.mark.parametrize("width", [1090, 1730])
def test_nothing_sticks_out(qtbot: QtBot, look: QApplication, care: bool, width: int) -> None:
    apply_theme(look, "light", care=care)
    fake = ScreenDesk(queries=FakeQueries(issues=two_issues()))
    screen = show(qtbot, fake, width)
    QTest.qWait(20)
    bar = screen._area.horizontalScrollBar()
    assert bar.maximum() == 0
    for button in screen.findChildren(QPushButton):
        if button.isVisible():
            assert button.width() >= button.minimumSizeHint().width(), button.text()
    fake.close()


def test_in_large_text_only_the_page_scrolls(qtbot: QtBot, look: QApplication) -> None:
    apply_theme(look, "light", care=True)
    fake = ScreenDesk(queries=FakeQueries(issues=two_issues()))
    screen = show(qtbot, fake, width=1100)
    inner = screen._side_area.verticalScrollBar()
    qtbot.waitUntil(lambda: inner.maximum() == 0)
    assert not inner.isVisible()
    fake.close()


def test_who_plans_visits_sees_who_has_to_come_again(qtbot: QtBot, look: QApplication) -> None:
    row = DueAgain(
        case_id="case-3",
        item_code="pension_alive",
        item_name="养老认证",
        applicant="王*兰",
        full_name="王桂兰",
        address="柳河村",
        last="2025-12-05",
        opens="2026-11-05",
        due="2026-12-05",
        overdue=False,
        text="每12个月一次。",
    )
    fake = ScreenDesk("leader", queries=FakeQueries(again=[row]))
    screen = show(qtbot, fake)
    qtbot.waitUntil(screen.again.isVisible)
    button = screen.again.findChildren(LineButton)[0]
    assert "养老认证 · 王*兰" in button.accessibleName()
    assert "王桂兰" not in button.accessibleName()
    with qtbot.waitSignal(screen.open_case) as told:
        QTest.keyClick(button, Qt.Key.Key_Return)
    assert told.args == ["case-3"]
    fake.close()
    clerk = ScreenDesk(queries=FakeQueries(again=[row]))
    assert not show(qtbot, clerk).again.isVisible()
    clerk.close()


def test_an_old_catalogue_is_said_and_work_goes_on(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk()
    words = "事项目录（2026.1）已 9 天没有和中心核对，可以照常收件。"
    fake.desk = replace(fake.desk, wishes=lambda: (Wish("CATALOG-OLD", words),))
    screen = show(qtbot, fake)
    qtbot.waitUntil(screen.wishes.isVisible)
    assert screen.wishes.text == words
    fake.close()


def test_what_the_line_put_right_is_said_where_work_begins(
    qtbot: QtBot, look: QApplication
) -> None:
    fake = ScreenDesk()
    fake.line.picture = replace(fake.line.picture, notes=("已自动换了新编号。",))
    screen = show(qtbot, fake)
    qtbot.waitUntil(screen.repaired.isVisible)
    assert screen.repaired.text == "已自动换了新编号。"
    screen.activateWindow()
    screen.activate()
    QTest.keyClick(screen, Qt.Key.Key_D, Qt.KeyboardModifier.AltModifier)
    assert not screen.repaired.isVisible()
    screen.show_wishes("")
    assert not screen.repaired.isVisible(), "once read it stays away"
    fake.line.picture = replace(fake.line.picture, notes=("又换了一次新编号。",))
    screen.show_wishes("")
    assert screen.repaired.isVisible(), "another repair is another notice"
    fake.close()


@pytest.mark.parametrize(
    ("link", "words"), [("blocked", "没有向对方发"), ("clock", "日期和时间"), ("refused", "值班长")]
)
def test_each_trouble_of_the_line_says_what_to_do(
    qtbot: QtBot, look: QApplication, link: str, words: str
) -> None:
    fake = ScreenDesk()
    fake.line.picture = line_status(link, "线路的话")
    screen = show(qtbot, fake)
    assert words in screen._words.text()
    assert "照常" in screen._words.text(), "the counter never stops"
    fake.close()
