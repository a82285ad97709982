# SPDX-License-Identifier: MulanPSL-2.0
"""用U盘送 on the sync screen: keys, words, and what a copy may never be called."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from counter.domain.errors import KnownError
from counter.ports.sync_store import QueueCounts
from tests.fakes.screen_desk import FakeQueries, ScreenDesk
from tests.ui.sync.test_sync_screen import show
from ui.operations.courier import StickReport
from ui.screens.sync.stick import StickDialog
from ui.theme import apply_theme

COPIED = StickReport("ok", "拷好了，已从U盘读回核对：14 笔，图片 31 页。", ("数据仍留在本机。",))


class FakeStick:
    """Says what it is told to; ``go`` lets it end."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Path]] = []
        self.go = threading.Event()
        self.go.set()
        self.error: KnownError | None = None

    def _act(self, name: str, folder: Path) -> StickReport:
        self.asked.append((name, folder))
        assert self.go.wait(5)
        if self.error is not None:
            raise self.error
        return COPIED

    def copy_out(self, folder: Path) -> StickReport:
        return self._act("copy_out", folder)

    def take_in(self, folder: Path) -> StickReport:
        return self._act("take_in", folder)

    def carry(self, folder: Path) -> StickReport:
        return self._act("carry", folder)


def dialog_of(qtbot: QtBot, stick: FakeStick) -> tuple[ScreenDesk, StickDialog]:
    fake = ScreenDesk()
    dialog = StickDialog(replace(fake.desk, stick=stick), 14)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.activateWindow()
    return fake, dialog


def test_without_a_folder_nothing_can_be_done(qtbot: QtBot, look: QApplication) -> None:
    stick = FakeStick()
    fake, dialog = dialog_of(qtbot, stick)
    QTest.keyClick(dialog, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert stick.asked == []
    assert dialog.buttons["copy_out"].text() == "拷到U盘（14 笔）"
    fake.close()


def test_copying_by_keys_ends_in_words(qtbot: QtBot, look: QApplication, tmp_path: Path) -> None:
    stick = FakeStick()
    stick.go.clear()
    fake, dialog = dialog_of(qtbot, stick)
    dialog.use(tmp_path)
    dialog.buttons["copy_out"].click()
    assert "不要拔" in dialog.said.text()
    dialog.reject()
    assert dialog.isVisible()  # not while a stick is being written
    stick.go.set()
    qtbot.waitUntil(lambda: dialog.said.text() == COPIED.words)
    assert stick.asked == [("copy_out", tmp_path)]
    assert dialog.focusWidget() is dialog.buttons["copy_out"]  # where the keys were before
    assert "数据仍留在本机" in dialog.more.text()
    for word in ("已送", "已传", "已上报"):
        assert word not in dialog.said.text()
    dialog.buttons["take_in"].click()
    qtbot.waitUntil(dialog.buttons["carry"].isEnabled)
    dialog.buttons["carry"].click()
    qtbot.waitUntil(lambda: len(stick.asked) == 3)
    fake.close()


def test_a_full_stick_is_told_with_its_code(
    qtbot: QtBot, look: QApplication, tmp_path: Path
) -> None:
    stick = FakeStick()
    stick.error = KnownError(
        code="BUNDLE-FULL", what="放不下。", safe="本机的数据没有改动。", todo="请换一个U盘。"
    )
    fake, dialog = dialog_of(qtbot, stick)
    dialog.use(tmp_path)
    dialog.buttons["copy_out"].click()
    qtbot.waitUntil(lambda: "BUNDLE-FULL" in dialog.said.text())
    assert "没有改动" in dialog.more.text()
    assert "请换一个U盘" in dialog.more.text()
    fake.close()


class Carried(FakeQueries):
    def counts(self) -> QueueCounts:
        return replace(super().counts(), exported=9)


def test_what_is_on_a_stick_is_still_only_here(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk(queries=Carried())
    screen = show(qtbot, fake)
    assert screen.local.accessibleName().startswith("只在本机 14 件 其中已拷U盘 9 件")
    assert not screen.stick.isVisible()  # no courier here
    fake.close()


class Everywhere(Carried):
    def counts(self) -> QueueCounts:
        return replace(super().counts(), at_edge=3, pages_at_edge=5)


@pytest.mark.parametrize("care", [False, True])
def test_where_everything_lies_is_never_cut(qtbot: QtBot, look: QApplication, care: bool) -> None:
    apply_theme(look, "light", care=care)
    fake = ScreenDesk(queries=Everywhere())
    screen = show(qtbot, fake, 1090)
    note = screen.local._note
    assert note.text().endswith("最早 08:12")
    qtbot.waitUntil(lambda: note.height() >= note.heightForWidth(note.width()))
    assert abs(screen.local.width() - screen.sent.width()) <= 1
    fake.close()
