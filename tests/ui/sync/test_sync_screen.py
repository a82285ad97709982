# SPDX-License-Identifier: MulanPSL-2.0
"""The sync screen: the words for where things are, what each waits for, repair, training switch."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from counter.app.commands import CloseIssue
from tests.fakes.screen_data import NOW, line_status, outbox_row, two_issues
from tests.fakes.screen_desk import FakeQueries, ScreenDesk
from ui.dialogs.reason import ReasonDialog
from ui.models.delegates import LINES_ROLE, sentence_lines, title_lines
from ui.models.queue_table import WAITS, QueueTableModel, waits_for
from ui.screens.sync.view import SyncScreen
from ui.signals import app_signals
from ui.theme import apply_theme, current, px
from ui.widgets.buttons import ActionButton


def show(qtbot: QtBot, fake: ScreenDesk, width: int = 1148) -> SyncScreen:
    screen = SyncScreen(fake.desk)
    qtbot.addWidget(screen)
    screen.resize(width, 720)
    screen.show()
    screen.refresh(None)
    qtbot.waitUntil(lambda: not screen.model.waiting)
    return screen


def words(screen: SyncScreen) -> str:
    return "\n".join(one.text() for one in screen.findChildren(QLabel) if one.isVisible())


def test_what_each_waits_for() -> None:
    places = {"op-2": 1, "op-3": 2}
    later = "2026-11-22T10:41:00+08:00"
    assert waits_for(outbox_row(3), places, NOW) == "排在第 2"
    assert waits_for(outbox_row(4, depends_on=("op-3",)), places, NOW) == "等第 2 件先到"
    assert waits_for(outbox_row(2, not_before=later), places, NOW).startswith("10:41 前可反悔")
    assert (
        waits_for(outbox_row(2, next_try_at=later, attempts=3), places, NOW)
        == "10:41 再试（已试 3 次）"
    )
    assert waits_for(two_issues()[0], places, NOW) == "该人在邻县已有有效参保（M204）"


@pytest.mark.parametrize("care", [False, True])
def test_whose_it_is_stays_beside_a_long_item(look: QApplication, care: bool) -> None:
    apply_theme(look, "light", care=care)
    model = QueueTableModel(lambda: NOW)
    model.show_rows([outbox_row(7, kind="case.supplemented")])
    cell = model.index(0, 1)
    text, parts = cell.data(), cell.data(LINES_ROLE)
    assert text == "补交材料：城乡居民基本养老保险关系跨省转移接续申请 · 阿****曼·阿***普"
    metrics = QFontMetrics(current().font(bold=True))
    upper, lower = title_lines(metrics, text, parts, 10 * px("body"))
    assert upper.startswith("补交材料：城乡")
    assert upper.endswith("…")
    assert lower == "阿****曼·阿***普"
    assert title_lines(metrics, text, parts, 99 * px("body")) == (text, "")


def test_a_sentence_takes_lines_and_keeps_codes_whole(look: QApplication) -> None:
    metrics = QFontMetrics(current().font("small"))
    text = "同一人同一事项在3号窗和9号窗各收了一件，等中心的人核对后留一件（DUP-BOTH）"
    room = metrics.horizontalAdvance("同" * 12)
    whole = sentence_lines(metrics, text, room, 9)
    assert "".join(whole) == text
    assert len(whole) > 2
    assert all(metrics.horizontalAdvance(line) <= room for line in whole)
    assert not any(line.startswith(tuple("，）")) or line.endswith("（") for line in whole)
    assert "DUP-BOTH" in "|".join(whole)
    cut = sentence_lines(metrics, text, room, 2)
    assert len(cut) == 2
    assert cut[1].endswith("…")


@pytest.mark.parametrize("care", [False, True])
def test_what_a_person_must_know_is_read_without_hovering(
    qtbot: QtBot, look: QApplication, care: bool
) -> None:
    apply_theme(look, "light", care=care)
    told = "同一人同一事项在3号窗和9号窗各收了一件，等中心的人核对后留一件"
    row = outbox_row(8, "HELD", last_code="DUP-BOTH", last_message=told)
    fake = ScreenDesk(queries=FakeQueries(issues=[row]))
    screen = show(qtbot, fake, 1098)
    at, metrics = screen.model.find("op-8").row(), QFontMetrics(current().font("small"))
    room = screen.table.columnWidth(WAITS) - 2 * px("s")
    words = screen.model.index(at, WAITS).data()
    most = screen.table.rowHeight(at) // metrics.height()
    assert "".join(sentence_lines(metrics, words, room, most)) == f"{told}（DUP-BOTH）"
    apply_theme(look, "light", care=False)
    fake.close()


def test_model_obeys_qt(look: QApplication, qtmodeltester: ModelTester) -> None:
    check: Callable[[QAbstractItemModel], None] = qtmodeltester.check
    model = QueueTableModel(lambda: NOW)
    check(model)
    model.show_rows([outbox_row(2), outbox_row(3)])
    check(model)
    model.show_rows([])
    check(model)


def test_three_words_are_three_numbers(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk(queries=FakeQueries(issues=two_issues()))
    screen = show(qtbot, fake)
    assert screen.local.accessibleName().startswith("只在本机 14 件 31 页，4.8 MB")
    assert screen.sent.accessibleName().startswith("已到中心 1,284 件")
    assert screen.accepted.accessibleName().startswith("中心已受理 1,197 件")
    screen.activateWindow()
    screen.activate()
    qtbot.waitUntil(screen.table.hasFocus)
    QTest.keyClick(screen.table, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert fake.line.kicks == 1
    fake.close()


def test_refused_operation_and_its_repair(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk("leader", queries=FakeQueries(issues=two_issues()))
    screen = show(qtbot, fake)
    at = screen.model.find("op-1").row()
    screen.table.selectRow(at)
    assert "中心说：该人在邻县已有有效参保（M204）" in words(screen)
    assert "凭证已给本人" in words(screen)
    with qtbot.waitSignal(screen.open_case) as told:
        screen.operation._open.click()
    assert told.args == ["case-1"]
    screen.operation._close.click()
    asked = screen.findChildren(ReasonDialog)[0]
    asked.text.setPlainText("已电话告知")
    asked.confirm.click()
    qtbot.waitUntil(lambda: bool(fake.of(CloseIssue)))
    assert fake.of(CloseIssue) == [CloseIssue("op-1", "已电话告知")]
    fake.close()


def test_refresh_keeps_the_row_chosen(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk(queries=FakeQueries(issues=two_issues()))
    screen = show(qtbot, fake)
    screen.table.selectRow(screen.model.find("op-5").row())
    fake.queries.issues.insert(0, replace(outbox_row(9), op_id="op-new"))
    screen.refresh(None)
    qtbot.waitUntil(lambda: screen.model.find("op-new").isValid())
    assert screen.table.currentIndex().row() == screen.model.find("op-5").row()
    fake.close()


def test_training_switch_only_in_training(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk()
    screen = show(qtbot, fake)
    assert screen.plug.isVisible()
    screen.plug.click()
    assert fake.line.asked == [False]
    assert screen.plug.text() == "培训：插上网线"
    screen.plug.click()
    assert fake.line.asked == [False, True]
    fake.close()
    real = ScreenDesk()
    real.line.training = False
    assert not show(qtbot, real).plug.isVisible()
    real.close()


@pytest.mark.parametrize("care", [False, True])
@pytest.mark.parametrize("width", [1090, 1730])
def test_nothing_sticks_out(qtbot: QtBot, look: QApplication, care: bool, width: int) -> None:
    apply_theme(look, "light", care=care)
    fake = ScreenDesk(queries=FakeQueries(issues=two_issues()))
    screen = show(qtbot, fake, width)
    screen.table.selectRow(screen.model.find("op-1").row())
    if screen.pair.folded:
        QTest.keyClick(screen.table, Qt.Key.Key_Return)
        assert screen.pair.on_side
    QTest.qWait(20)
    assert screen.minimumSizeHint().width() <= width
    for button in screen.findChildren(ActionButton):
        if button.isVisible():
            assert button.width() >= button.minimumSizeHint().width(), button.text()
    inner = screen.operation.parentWidget()
    assert inner is not None
    assert inner.width() <= screen.pair.side.width()
    fake.close()


@pytest.mark.parametrize("care", [False, True])
def test_the_whole_word_of_the_line_is_seen(qtbot: QtBot, look: QApplication, care: bool) -> None:
    apply_theme(look, "light", care=care)
    fake = ScreenDesk()
    said = "中心已停用本机，不再向本机下发数据；本机已收的办件仍会交中心留存核对。请联系管理员。"
    fake.line.picture = replace(line_status("refused", said), short="中心不认本机")
    screen = show(qtbot, fake, 1090)
    assert screen.link.text() == "中心不认本机"
    assert screen.line_words.about.text() == said
    assert screen.line_words.about.height() >= screen.line_words.about.heightForWidth(
        screen.line_words.about.width()
    )
    assert screen.cost.cost.height() >= screen.cost.cost.heightForWidth(screen.cost.cost.width())
    assert screen.minimumSizeHint().width() <= 1090
    fake.close()


def test_what_the_line_put_right_is_told(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk()
    screen = show(qtbot, fake)
    assert not screen.line_words.repaired.isVisible()
    fake.line.picture = replace(fake.line.picture, notes=("中心缺了 3 笔，已自动补报。",))
    app_signals().status.emit(None)
    qtbot.waitUntil(screen.line_words.repaired.isVisible)
    assert screen.line_words.repaired.text == "中心缺了 3 笔，已自动补报。"
    screen.activateWindow()
    screen.activate()
    QTest.keyClick(screen.table, Qt.Key.Key_D, Qt.KeyboardModifier.AltModifier)
    app_signals().status.emit(None)
    assert not screen.line_words.repaired.isVisible()
    # The record stays with the line.
    qtbot.waitUntil(lambda: "中心缺了 3 笔，已自动补报。" in words(screen))
    fake.close()


def test_empty(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk(queries=FakeQueries(empty=True))
    screen = show(qtbot, fake)
    assert screen.empty.isVisible()
    assert "没有等着发的" in words(screen)
    fake.close()


def test_on_a_narrow_line_pages_wait_and_a_person_may_send_them(
    qtbot: QtBot, look: QApplication
) -> None:
    fake = ScreenDesk(queries=FakeQueries(issues=two_issues()))
    screen = show(qtbot, fake)
    qtbot.waitUntil(lambda: screen.send.text() == "立即发送文字 14 件")
    assert screen.cost.note.text() == "图片先不发，今晚自动发"
    screen.send.click()
    assert (fake.line.kicks, fake.line.pages_asked) == (1, 0)
    screen.activateWindow()
    screen.activate()
    qtbot.waitUntil(screen.table.hasFocus)
    QTest.keyClick(screen.table, Qt.Key.Key_T, Qt.KeyboardModifier.AltModifier)
    assert (fake.line.kicks, fake.line.pages_asked) == (2, 1)
    fake.line.picture = line_status("online", "已连上中心")
    screen.refresh(None)
    assert not screen.cost.send.isVisible()
    qtbot.waitUntil(lambda: screen.send.text() == "立即发送 14 件")
    fake.close()
