# SPDX-License-Identifier: MulanPSL-2.0
"""The cases screen by keyboard: list, search, detail, papers, acts."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from counter.app.changes import Changes
from counter.app.commands import CloseIssue, RevealCase, StorePage, SupplementCase, WithdrawCase
from tests.fakes.screen_data import PNG, case_row, two_issues
from tests.fakes.screen_desk import FakeQueries, ScreenDesk
from ui.dialogs.paper_preview import PaperPreview
from ui.dialogs.reason import ReasonDialog
from ui.dialogs.supplement import SupplementDialog
from ui.screens.cases.materials import Thumbnail
from ui.screens.cases.view import CasesScreen
from ui.theme import apply_theme
from ui.widgets.buttons import ActionButton


@pytest.fixture
def fake() -> Iterator[ScreenDesk]:
    made = ScreenDesk("clerk", queries=FakeQueries(size=100_212, issues=two_issues()))
    yield made
    made.close()


def show(qtbot: QtBot, fake: ScreenDesk, width: int = 1280) -> CasesScreen:
    screen = CasesScreen(fake.desk)
    qtbot.addWidget(screen)
    screen.resize(width, 760)
    screen.show()
    screen.refresh(None)
    qtbot.waitUntil(lambda: not screen.model.waiting)
    return screen


def words(screen: CasesScreen) -> str:
    return "\n".join(one.text() for one in screen.detail.findChildren(QLabel))


def open_row(qtbot: QtBot, screen: CasesScreen, at: int) -> None:
    screen.table.selectRow(at)
    wanted = screen.model.row(at)
    assert wanted is not None
    qtbot.waitUntil(
        lambda: (
            screen.detail.picture is not None
            and screen.detail.picture.detail.case.case_id == wanted.case_id
        )
    )


def test_any_number_of_rows(qtbot: QtBot, look: QApplication, fake: ScreenDesk) -> None:
    screen = show(qtbot, fake)
    assert screen.model.total == 100_212
    assert screen.model.loaded < 400, "only what is seen is read"
    screen.table.scrollToBottom()
    before = screen.model.loaded
    qtbot.waitUntil(lambda: screen.model.loaded > before)


def test_refresh_keeps_selection_and_shows_the_new_state(
    qtbot: QtBot, look: QApplication, fake: ScreenDesk
) -> None:
    screen = show(qtbot, fake)
    open_row(qtbot, screen, 20)
    fake.queries.rows[20] = replace(case_row(20), state="accepted", state_word="已受理")
    screen.refresh(Changes(frozenset({"case"}), frozenset({"case-20"})))
    qtbot.waitUntil(lambda: screen.model.index(20, 4).data() == "已受理")
    assert screen.table.currentIndex().row() == 20
    calls = fake.queries.calls
    screen.refresh(Changes(frozenset({"settings"})))
    assert fake.queries.calls == calls, "a change that does not concern it"


def test_search_by_keyboard(qtbot: QtBot, look: QApplication, fake: ScreenDesk) -> None:
    screen = show(qtbot, fake)
    screen.activate()
    QTest.keyClicks(screen.search, "9998")
    qtbot.waitUntil(lambda: not screen.model.waiting and screen.model.loaded == 1)
    QTest.keyClick(screen.search, Qt.Key.Key_Down)
    assert screen.table.hasFocus()
    qtbot.waitUntil(lambda: screen.detail.picture is not None)
    assert screen.go_back()
    qtbot.waitUntil(lambda: screen.model.total == 100_212)
    assert not screen.go_back()


def test_detail_is_masked_until_asked(qtbot: QtBot, look: QApplication, fake: ScreenDesk) -> None:
    screen = show(qtbot, fake)
    open_row(qtbot, screen, 0)
    assert "陈秀英" not in words(screen)
    assert "9901231946" not in words(screen)
    button = next(b for b in screen.detail.findChildren(ActionButton) if b.text() == "显示完整信息")
    button.click()
    qtbot.waitUntil(lambda: screen.detail.revealed)
    assert "陈秀英" in words(screen)
    assert fake.of(RevealCase), "looking is on record"
    open_row(qtbot, screen, 1)
    assert not screen.detail.revealed, "another case begins masked"
    button.click()
    qtbot.waitUntil(lambda: screen.detail.revealed)
    screen.detail.hide_full()
    assert "孙伟" not in words(screen)


def test_states_due_materials_and_papers(
    qtbot: QtBot, look: QApplication, fake: ScreenDesk
) -> None:
    screen = show(qtbot, fake)
    open_row(qtbot, screen, 0)
    text = words(screen)
    for part in ("已收件", "只在本机", "11月27日（周五）前", "第5个工作日", "居民身份证"):
        assert part in text
    assert "中心还没有受理" in text
    thumbs = screen.detail.findChildren(Thumbnail)
    qtbot.waitUntil(lambda: all(not one.picture.isNull() for one in thumbs))
    shut = {b.text(): b.isEnabled() for b in screen.detail.findChildren(ActionButton)}
    assert shut["收件凭证…"]
    assert not shut["受理通知书…"]
    QTest.keyClick(screen.table, Qt.Key.Key_F8)
    assert screen.findChildren(PaperPreview)


def test_withdraw_needs_a_reason(qtbot: QtBot, look: QApplication, fake: ScreenDesk) -> None:
    screen = show(qtbot, fake)
    open_row(qtbot, screen, 0)
    screen.detail.act_wanted.emit("withdraw")
    asked = screen.findChildren(ReasonDialog)[0]
    assert not asked.confirm.isEnabled()
    QTest.keyClicks(asked.text, "bu ban le")
    asked.confirm.click()
    qtbot.waitUntil(lambda: bool(fake.of(WithdrawCase)))
    assert fake.of(WithdrawCase) == [WithdrawCase("case-0", "bu ban le")]


def test_finished_case_says_why_not(qtbot: QtBot, look: QApplication, fake: ScreenDesk) -> None:
    screen = show(qtbot, fake)
    open_row(qtbot, screen, 3)
    assert "已经结束" in words(screen)


def test_supplement(qtbot: QtBot, look: QApplication, fake: ScreenDesk, tmp_path: Path) -> None:
    screen = show(qtbot, fake)
    open_row(qtbot, screen, 0)
    paths = [tmp_path / "1.png", tmp_path / "2.png"]
    for path in paths:
        path.write_bytes(PNG)
    screen.detail.act_wanted.emit("add_papers")
    asked = screen.findChildren(SupplementDialog)[0]
    assert asked.paper.currentData() == "photo", "the missing one is offered first"
    asked.add([*paths, paths[0]])
    asked.confirm.click()
    qtbot.waitUntil(lambda: bool(fake.of(SupplementCase)))
    assert len(fake.of(StorePage)) == 2
    given = fake.of(SupplementCase)[0].materials[0]
    assert (given.key, given.way, len(given.pages)) == ("photo", "scanned", 2)


def test_only_the_leader_closes_a_refusal(
    qtbot: QtBot, look: QApplication, fake: ScreenDesk
) -> None:
    screen = show(qtbot, fake)
    open_row(qtbot, screen, 1)
    assert "该人在邻县已有有效参保（M204）" in words(screen)
    assert "再由值班长关闭" in words(screen)
    open_row(qtbot, screen, 5)
    screen.detail.close_wanted.emit("op-5")
    asked = screen.findChildren(ReasonDialog)[0]
    asked.text.setPlainText("和 2 号窗核对过")
    asked.confirm.click()
    qtbot.waitUntil(lambda: bool(fake.of(CloseIssue)))
    assert "可能与 2 号窗重复" not in "".join(row.last_message for row in fake.queries.issues)


@pytest.mark.parametrize("care", [False, True])
@pytest.mark.parametrize("width", [1100, 1740])
def test_no_button_is_cut(qtbot: QtBot, look: QApplication, care: bool, width: int) -> None:
    apply_theme(look, "light", care=care)
    fake = ScreenDesk(queries=FakeQueries(issues=two_issues()))
    screen = show(qtbot, fake, width)
    open_row(qtbot, screen, 1)
    if screen.pair.folded:
        QTest.keyClick(screen.table, Qt.Key.Key_Return)
        assert screen.pair.on_side

    def laid_out() -> bool:
        shown = [b for b in screen.findChildren(ActionButton) if b.isVisible()]
        return all(button.height() >= 44 for button in shown)

    qtbot.waitUntil(laid_out)
    for button in screen.findChildren(ActionButton):
        if button.isVisible():
            assert button.width() >= button.minimumSizeHint().width(), button.text()
            assert button.height() >= 44
    assert screen.detail.width() <= screen.width()
    if screen.pair.folded:
        assert screen.go_back()
        assert screen.table.isVisible()
    fake.close()


def test_empty(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk(queries=FakeQueries(empty=True))
    screen = show(qtbot, fake)
    assert screen.empty.isVisible()
    fake.close()
