# SPDX-License-Identifier: MulanPSL-2.0
"""叫号 on the workbench: who is next, who was called, who was faster."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from counter.app.changes import Changes
from counter.app.queue_commands import CallNumber, EndNumber, TakeNumber
from counter.domain.queueing import QueueRow
from counter.ports.devices import Devices, DeviceStatus
from tests.fakes.screen_data import HALL
from tests.fakes.screen_desk import FakeQueries, ScreenDesk
from ui.notify import Notice, notice_center
from ui.operations import queueing as op
from ui.screens.workbench.queueing import QueueCard
from ui.screens.workbench.view import WorkbenchScreen
from ui.theme import apply_theme

AT = "2026-11-22T09:05:00+08:00"
MINE = QueueRow("t-2", "B03-002", "B", AT, 3, "called", HALL.counter_no, AT)
WAITING = [QueueRow("t-1", "A01-001", "A", AT, 1), QueueRow("t-3", "A03-003", "A", AT, 3)]


def show(qtbot: QtBot, *rows: QueueRow) -> tuple[ScreenDesk, WorkbenchScreen]:
    fake = ScreenDesk(queries=FakeQueries(queued=list(rows)))
    screen = WorkbenchScreen(fake.desk)
    qtbot.addWidget(screen)
    screen.resize(1148, 720)
    screen.show()
    screen.refresh(None)
    qtbot.waitUntil(lambda: fake.runner.pending == 0)
    screen.activateWindow()
    return fake, screen


def texts(card: QueueCard) -> str:
    return "|".join(one.text() for one in card.findChildren(QLabel) if one.isVisible())


def press(card: QueueCard, text: str) -> None:
    button = next(b for b in card.findChildren(QPushButton) if b.text() == text)
    QTest.keyClick(button, Qt.Key.Key_Return)


def test_an_empty_hall(qtbot: QtBot, look: QApplication) -> None:
    fake, screen = show(qtbot)
    assert "正在叫" not in texts(screen.queue)
    assert "没有人在等" in texts(screen.queue)
    assert not screen.queue.next.isEnabled()
    press(screen.queue, "优先")
    qtbot.waitUntil(lambda: fake.of(TakeNumber) == [TakeNumber("B")])
    fake.close()


def test_each_kind_of_number_has_a_key_that_is_shown_and_in_the_help(
    qtbot: QtBot, look: QApplication
) -> None:
    fake, screen = show(qtbot)
    QTest.keyClick(screen, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: fake.of(TakeNumber) == [TakeNumber("B")])
    assert [button.key for button in screen.queue.takers.values()] == list(screen.queue.takers)
    help_lines = screen.keys()
    listed = {line.key: line.text for line in help_lines}
    assert listed["Ctrl+1"] == "取号 普通"
    assert listed.keys() == {"Ctrl+J", "Ctrl+1", "Ctrl+2", "Ctrl+3", "Ctrl+4", "F8", "Alt+D"}
    fake.close()


def test_call_serve_and_miss(qtbot: QtBot, look: QApplication) -> None:
    fake, screen = show(qtbot, MINE, *WAITING)
    assert "正在叫 B03-002" in texts(screen.queue)
    assert "等候 2 人" in texts(screen.queue)
    assert "普通 2" in texts(screen.queue)
    QTest.keyClick(screen, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    press(screen.queue, "再叫")
    qtbot.waitUntil(lambda: fake.of(CallNumber) == [CallNumber(""), CallNumber("t-2")])
    press(screen.queue, "过号")
    qtbot.waitUntil(lambda: fake.of(EndNumber) == [EndNumber("t-2", missed=True)])
    fake.close()


def test_another_window_was_faster(qtbot: QtBot, look: QApplication) -> None:
    fake, screen = show(qtbot, MINE)
    told: list[Notice] = []
    notice_center().posted.connect(told.append)
    fake.queries.queued[:] = [QueueRow("t-2", "B03-002", "B", AT, 3, "called", 1, AT)]
    screen.refresh(Changes(frozenset({"queue"})))
    qtbot.waitUntil(lambda: bool(told))
    assert told[0].text == "B03-002 号由 01 号窗口先叫了，请叫下一位。"
    assert "正在叫" not in texts(screen.queue)
    calls = fake.queries.calls
    screen.refresh(Changes(frozenset({"queue"})))
    assert len(told) == 1
    assert fake.queries.calls == calls, "a call elsewhere does not read the whole workbench"
    fake.close()


def test_the_number_goes_into_the_intake(qtbot: QtBot, look: QApplication) -> None:
    fake, screen = show(qtbot, MINE)
    with qtbot.waitSignal(screen.serve) as got:
        screen.queue._served(MINE)
    assert got.args == ["B03-002"]
    fake.close()


def test_who_missed_the_call_is_called_when_they_come(qtbot: QtBot, look: QApplication) -> None:
    late = QueueRow("t-8", "A03-002", "A", AT, 3, "missed", HALL.counter_no, AT)
    fake, screen = show(qtbot, late)
    press(screen.queue, "A03-002")
    qtbot.waitUntil(lambda: fake.of(CallNumber) == [CallNumber("t-8")])
    fake.close()


@pytest.mark.parametrize("care", [False, True])
def test_a_full_hall_fits_the_side(qtbot: QtBot, look: QApplication, care: bool) -> None:
    apply_theme(look, "light", care=care)
    crowd = [QueueRow(f"t-{c}{n}", f"{c}03-{n:03}", c, AT, 3) for c in "ABCD" for n in range(12)]
    gone = [QueueRow(f"m-{n}", f"A03-9{n}", "A", AT, 3, "missed", 3, AT) for n in range(9)]
    fake, screen = show(qtbot, MINE, *crowd, *gone)
    screen.queue.ticket.show_number(crowd[0], "普通", 36)
    inner = screen._side_area.viewport().width()
    assert screen.queue.minimumSizeHint().width() <= inner
    assert screen._side.minimumSizeHint().width() <= inner
    fake.close()


@dataclass
class Ready:
    """A printer that is there."""

    def status(self) -> DeviceStatus:
        return DeviceStatus("ready", "")


NEW = QueueRow("t-9", "A03-004", "A", AT, 3)


def test_a_slip_is_printed_for_whoever_wants_one(
    qtbot: QtBot, look: QApplication, tmp_path: Path
) -> None:
    fake = ScreenDesk(queries=FakeQueries(queued=[MINE, *WAITING]))
    card = QueueCard(replace(fake.desk, devices=Devices(printer=Ready())))
    qtbot.addWidget(card)
    card.load()
    qtbot.waitUntil(lambda: fake.runner.pending == 0)
    out = tmp_path / "slip.pdf"

    def choose(parent: QWidget) -> QPrinter:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        printer.setOutputFileName(str(out))
        return printer

    card.ticket.choose_printer = choose
    card.ticket.print_slip()  # F8 before any number was given does nothing
    card._taken(NEW)
    card.ticket.roll.click()
    qtbot.waitUntil(out.exists)
    out.unlink()
    card.ticket.sheet.click()
    qtbot.waitUntil(out.exists)
    fake.queries.queued.append(replace(NEW, state="called", caller=1))
    card.load()
    qtbot.waitUntil(lambda: not card.ticket.ticket_id)
    fake.close()


def test_a_slip_names_nobody(look: QApplication) -> None:
    fake = ScreenDesk()
    slip = op.ticket_paper(fake.desk, NEW, "普通", 4, "roll")
    assert "A03-004" in slip.html
    assert "前面还有 4 人" in slip.html
    assert "2026年11月22日 09:05" in slip.html
    assert "前面没有人" in op.ticket_paper(fake.desk, NEW, "普通", 0, "a4").html
    fake.close()


def test_without_a_printer_the_number_stands(qtbot: QtBot, look: QApplication) -> None:
    fake, screen = show(qtbot, *WAITING)
    told: list[Notice] = []
    notice_center().posted.connect(told.append)
    screen.queue._taken(NEW)
    QTest.keyClick(screen, Qt.Key.Key_F8)
    qtbot.waitUntil(lambda: len(told) == 2)
    assert "没有打小票。号码照样有效" in told[1].text
    QTest.keyClick(screen, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: fake.of(CallNumber) == [CallNumber("")])
    fake.close()


def test_the_number_called_is_seen_wherever_one_was(qtbot: QtBot, look: QApplication) -> None:
    apply_theme(look, "light", care=True)
    fake, screen = show(qtbot, *WAITING)
    assert screen._narrow
    assert screen._area.verticalScrollBar().value() == 0
    screen.queue._called(MINE)
    shown = screen._area.viewport()
    where = screen.queue._now.mapTo(shown, screen.queue._now.rect().bottomLeft())
    assert 0 <= where.y() <= shown.height()
    assert screen.queue._serve is screen.focusWidget()
    fake.close()
