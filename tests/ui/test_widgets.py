# SPDX-License-Identifier: MulanPSL-2.0
"""The building blocks: names, roles, keys, room, and nothing that jumps."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QStandardItem, QStandardItemModel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui.theme import apply_theme, px
from ui.widgets.badge import Badge
from ui.widgets.banner import Banner
from ui.widgets.buttons import LinkButton, PrimaryButton, SecondaryButton
from ui.widgets.card import Card
from ui.widgets.data_table import TONE_ROLE, DataTable
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.empty_state import EmptyState
from ui.widgets.field_row import FieldRow
from ui.widgets.flow_row import FlowRow
from ui.widgets.key_hint import KeyHint
from ui.widgets.link_chart import LinkChart
from ui.widgets.progress_line import ProgressLine
from ui.widgets.side_by_side import SideBySide
from ui.widgets.stat import Stat
from ui.widgets.steps import Step, StepList
from ui.widgets.timeline import Timeline, TimelineEntry

pytestmark = pytest.mark.usefixtures("look")


def _said(widget: QWidget) -> str:
    told = QAccessible.queryAccessibleInterface(widget)
    return told.text(QAccessible.Text.Name)


def _named() -> list[tuple[Callable[[], QWidget], str]]:
    return [
        (lambda: Badge("ok", "已核原件"), "已核原件"),
        (lambda: PrimaryButton("受理", "F2"), "受理"),
        (lambda: KeyHint("F2"), "快捷键 F2"),
        (lambda: Banner("warn", "线路很窄"), "注意：线路很窄"),
        (lambda: EmptyState("没有草稿", "按 F2 开始受理"), "没有草稿 按 F2 开始受理"),
        (lambda: Stat("只在本机", "14 件", "31 页"), "只在本机 14 件 31 页"),
        (lambda: ElidedLabel("一句很长的话"), "一句很长的话"),
        (lambda: Timeline([TimelineEntry("10:31", "收件")]), "经过"),
        (LinkChart, "线路：还没有记录"),
        (lambda: DataTable("办件"), "办件"),
        (lambda: Card("时限"), "时限"),
    ]


@pytest.mark.parametrize(("make", "name"), _named())
def test_a_screen_reader_hears_the_words(
    qtbot: QtBot, make: Callable[[], QWidget], name: str
) -> None:
    widget = make()
    qtbot.addWidget(widget)
    assert _said(widget) == name


def test_a_screen_reader_knows_what_can_be_pressed(qtbot: QtBot) -> None:
    steps = StepList([Step("person", "人")])
    chart, badge, table = LinkChart(), Badge("ok", "已核原件"), DataTable("办件")
    expected = [
        (PrimaryButton("受理"), QAccessible.Role.Button),
        (LinkButton("更改"), QAccessible.Role.Button),
        (steps._rows[0], QAccessible.Role.Button),
        (chart, QAccessible.Role.StaticText),
        (badge, QAccessible.Role.StaticText),
        (table, QAccessible.Role.Table),
    ]
    for widget, role in expected:
        if widget.parentWidget() is None:
            qtbot.addWidget(widget)
        assert QAccessible.queryAccessibleInterface(widget).role() == role
    qtbot.addWidget(steps)


@pytest.mark.parametrize("care", [False, True])
def test_what_one_presses_is_large_enough(qtbot: QtBot, look: QApplication, care: bool) -> None:
    apply_theme(look, "light", care=care)
    floor = 60 if care else 44
    for made in (PrimaryButton("受理", "F2"), SecondaryButton("过号"), LinkButton("为什么")):
        qtbot.addWidget(made)
        made.show()
        assert made.height() >= floor
    steps = StepList([Step("a", "人"), Step("b", "事项")])
    qtbot.addWidget(steps)
    assert steps.minimumSizeHint().height() >= 2 * floor
    field = QLineEdit()
    qtbot.addWidget(field)
    assert field.sizeHint().height() >= floor


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_a_button_is_pressed_by_key(qtbot: QtBot, key: Qt.Key) -> None:
    page = QWidget()
    column = QVBoxLayout(page)
    button = PrimaryButton("受理", "F2")
    column.addWidget(button)
    qtbot.addWidget(page)
    with qtbot.waitActive(page):
        page.show()
    button.setFocus()
    pressed: list[bool] = []
    button.clicked.connect(lambda: pressed.append(True))
    QTest.keyClick(button, key)
    assert len(pressed) == 1


def test_focus_is_seen(qtbot: QtBot) -> None:
    page = QWidget()
    column = QVBoxLayout(page)
    buttons = [PrimaryButton("受理", "F2"), SecondaryButton("过号"), LinkButton("更改")]
    for button in buttons:
        column.addWidget(button)
    qtbot.addWidget(page)
    with qtbot.waitActive(page):
        page.show()
    for button in buttons:
        other = next(one for one in buttons if one is not button)
        other.setFocus()
        before = button.grab().toImage()
        button.setFocus()
        assert button.grab().toImage() != before


def test_a_link_is_only_as_wide_as_its_words(qtbot: QtBot) -> None:
    link = LinkButton("为什么是这天")
    qtbot.addWidget(link)
    link.resize(600, 44)
    link.show()
    pressed: list[bool] = []
    link.clicked.connect(lambda: pressed.append(True))
    QTest.mouseClick(link, Qt.MouseButton.LeftButton, pos=QPoint(500, 20))
    assert pressed == []
    QTest.mouseClick(link, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    assert len(pressed) == 1


def test_a_badge_needs_a_word(qtbot: QtBot) -> None:
    with pytest.raises(ValueError, match="word"):
        Badge("ok", "")


def test_an_error_moves_nothing_and_is_told(qtbot: QtBot) -> None:
    field = QLineEdit()
    row = FieldRow("身份证号", field, hint="18 位", required=True, source="来自身份证")
    qtbot.addWidget(row)
    row.resize(400, row.sizeHint().height())
    row.show()
    before = (row.sizeHint().height(), field.geometry())
    row.set_error("少 3 位，请对着证件再看一遍，再看一遍，再看一遍，再看一遍，再看一遍，再看一遍")
    QApplication.processEvents()
    assert (row.sizeHint().height(), field.geometry()) == before
    assert field.accessibleName() == "身份证号（必填）"
    assert field.accessibleDescription().startswith("少 3 位")
    assert "来自身份证" in field.accessibleDescription()
    row.set_error("")
    assert field.accessibleDescription() == "18 位；来自身份证"
    assert row.focusProxy() is field


def test_steps_are_walked_with_arrows_and_chosen_with_enter(qtbot: QtBot) -> None:
    steps = StepList(
        [
            Step("person", "人", "done", "陈*英"),
            Step("item", "事项", "current"),
            Step("case", "情形", enabled=False),
            Step("form", "表单"),
        ]
    )
    qtbot.addWidget(steps)
    with qtbot.waitActive(steps):
        steps.show()
    rows = steps._rows
    assert rows[0].accessibleName() == "第1步 人，已完成，陈*英"
    rows[1].setFocus()
    QTest.keyClick(rows[1], Qt.Key.Key_Down)
    assert rows[3].hasFocus()  # the step that is shut is passed over
    with qtbot.waitSignal(steps.chosen) as heard:
        QTest.keyClick(rows[3], Qt.Key.Key_Return)
    assert heard.args == ["form"]
    steps.set_steps([Step("person", "人", "current")])
    assert [step.id for step in steps.steps] == ["person"]


def test_a_cut_text_tells_the_rest(qtbot: QtBot) -> None:
    text = ElidedLabel("公民个人基本医疗保险参保信息变更登记")
    qtbot.addWidget(text)
    text.resize(80, 24)
    text.show()
    assert text.shown_text() != text.text()
    assert text.toolTip() == text.text()
    text.resize(800, 24)
    assert text.toolTip() == ""


def test_a_flow_breaks_its_line(qtbot: QtBot) -> None:
    row = FlowRow([Badge("ok", "已核原件") for _ in range(6)])
    qtbot.addWidget(row)
    wide, narrow = row.heightForWidth(2000), row.heightForWidth(160)
    assert narrow > wide * 2
    row.clear()
    assert row.heightForWidth(160) == 0


def test_a_banner_closes_by_key_and_acts(qtbot: QtBot) -> None:
    banner = Banner("danger", "磁盘快满了。", action_text="去清理", closable=True)
    qtbot.addWidget(banner)
    banner.show()
    with qtbot.waitSignal(banner.action):
        banner._action.click()
    with qtbot.waitSignal(banner.closed):
        QTest.keyClick(banner, Qt.Key.Key_Escape)
    assert not banner.isVisible()


def test_progress_can_be_cancelled_once(qtbot: QtBot) -> None:
    line = ProgressLine()
    qtbot.addWidget(line)
    line.start("正在导出")
    line.advance(3, 14, "约 1 分钟")
    asked: list[bool] = []
    line.cancelled.connect(lambda: asked.append(True))
    line._cancel.click()
    line._cancel.click()
    assert asked == [True]
    assert line.sizePolicy().retainSizeWhenHidden()


def test_the_line_chart_says_how_long_it_was_off(qtbot: QtBot) -> None:
    chart = LinkChart()
    qtbot.addWidget(chart)
    chart.set_samples([None, 0.9, 0.2, None], "6 小时前")
    assert _said(chart) == "线路：6 小时前到现在，50% 的时间离线"
    chart.resize(200, 80)
    assert not chart.grab().isNull()


def test_the_table_opens_a_row_with_enter_and_paints_badges(qtbot: QtBot) -> None:
    model = QStandardItemModel(1, 2)
    model.setItem(0, 0, QStandardItem("高龄津贴"))
    state = QStandardItem("只在本机")
    state.setData("warn", TONE_ROLE)
    model.setItem(0, 1, state)
    table = DataTable("办件")
    qtbot.addWidget(table)
    table.setModel(model)
    table.resize(400, 200)
    table.show()
    table.setCurrentIndex(model.index(0, 0))
    with qtbot.waitSignal(table.opened) as heard:
        QTest.keyClick(table, Qt.Key.Key_Return)
    assert heard.args is not None
    assert heard.args[0].row() == 0
    with_badge = table.grab().toImage()
    state.setData(None, TONE_ROLE)
    assert table.grab().toImage() != with_badge
    assert table.rowHeight(0) >= px("touch")


def test_the_timeline_shows_and_replaces_its_events(qtbot: QtBot) -> None:
    line = Timeline([TimelineEntry("10:31", "收件", "张敏"), TimelineEntry("10:30", "签字")])
    qtbot.addWidget(line)
    assert line.count == 2
    line.set_entries([TimelineEntry("10:31", "收件")])
    assert line.count == 1


def test_what_is_cut_keeps_whose_it_is(qtbot: QtBot) -> None:
    name = ElidedLabel("城乡居民基本养老保险关系跨省转移接续申请 · 王*兰")
    qtbot.addWidget(name)
    name.resize(10 * px("body"), px("touch"))
    assert name.shown_text().startswith("城乡")
    assert name.shown_text().endswith("… · 王*兰")
    assert name.fontMetrics().horizontalAdvance(name.shown_text()) <= name.width()
    name.resize(2 * px("body"), px("touch"))
    assert name.shown_text().endswith("…")


def test_a_folded_side_has_a_way_back_without_keys(qtbot: QtBot) -> None:
    main, side = QLineEdit(), QLineEdit()
    pair = SideBySide(main, side, side_em=10, fold_em=40)
    pair.back_wanted.connect(pair.show_main)
    qtbot.addWidget(pair)
    pair.resize(30 * px("body"), 200)
    pair.show()
    assert not pair.back.isVisible()
    pair.show_side()
    assert pair.back.isVisible()
    QTest.mouseClick(pair.back, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    assert not pair.on_side
    assert not pair.back.isVisible()


def test_words_that_just_fit_a_button_are_not_cut(qtbot: QtBot) -> None:
    tight, wide = (PrimaryButton("立即发送文字 14 件", "Ctrl+Enter") for _ in range(2))
    wide.set_key("")
    for button in (tight, wide):
        qtbot.addWidget(button)
        button.resize(tight.minimumSizeHint())
    # Without room for the key the words stand whole, as on a button that has none.
    assert tight.grab().toImage() == wide.grab().toImage()
