# SPDX-License-Identifier: MulanPSL-2.0
"""交接单 by keyboard: which cases may stand on it, ticks, the paper, the note in each timeline."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from counter.app.commands import NotePrint, SupplementCase
from counter.app.papers.content import RowPart
from counter.app.papers.lists import paper_row, result_row
from counter.domain.case import CaseState
from counter.domain.materials import GivenMaterial
from counter.domain.papers import Print
from tests.fakes.screen_data import case_record, item
from tests.fakes.screen_desk import FakeQueries, ScreenDesk
from tests.storage.site import do, enrolled, page, receive
from tests.ui.cases.test_acts import show
from ui.dialogs.handover import HandoverDialog
from ui.operations import handover as op

SEN = "综合窗口受理交接单"


def ready(qtbot: QtBot, dialog: HandoverDialog) -> HandoverDialog:
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(lambda: bool(dialog.chosen()))
    return dialog


def test_only_paper_goes_to_the_department() -> None:
    case = case_record(0)
    row = paper_row(case, item())
    assert row == RowPart(case.receipt_no, "高龄津贴", "陈*英", documents="居民身份证", pages="2")
    seen = GivenMaterial(key="bank_card", way="original_checked").model_dump(mode="json")
    bare = replace(case, body={**case.body, "materials": [seen]})
    assert paper_row(bare, item()) is None
    named = item().model_copy(update={"result_name": "高龄津贴发放通知"})
    approved = replace(case, state=CaseState.APPROVED)
    assert result_row(approved, named).documents == "高龄津贴发放通知"
    refused = replace(case, state=CaseState.REFUSED)
    assert result_row(refused, named).documents == "决定书"


def test_those_ticked_are_printed_and_noted(
    qtbot: QtBot, look: QApplication, tmp_path: Path
) -> None:
    fake, names = ScreenDesk(queries=FakeQueries(size=4)), list[str]()

    def choose(parent: QWidget, name: str) -> Path:
        names.append(name)
        return tmp_path / name

    dialog = ready(qtbot, HandoverDialog(fake.desk, choose_file=choose))
    assert [one.case_id for one in dialog.chosen()] == ["case-3", "case-2", "case-1", "case-0"]
    QTest.keyClick(dialog.rows, Qt.Key.Key_Space)
    assert [one.case_id for one in dialog.chosen()] == ["case-3", "case-2", "case-1"]
    first = dialog.rows.model().index(0, 0)
    assert first.data(Qt.ItemDataRole.AccessibleTextRole) == "没有勾选 9999-DQQ"
    dialog.save()
    wanted = [NotePrint(f"case-{at}", Print("SEN", SEN)) for at in (3, 2, 1)]
    qtbot.waitUntil(lambda: fake.of(NotePrint) == wanted)
    assert (tmp_path / names[0]).read_bytes().startswith(b"%PDF")
    assert names[0] == f"{SEN}-7K2QM-03-261122-J103500.pdf"
    # What stood on a list once is not ticked by itself again.
    qtbot.waitUntil(lambda: not dialog.chosen())
    assert not dialog.print.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(dialog.chosen()) == 4
    assert dialog.chosen()[0].before > 0
    fake.close()


def test_f8_prints_and_certificates_come_from_the_department(
    qtbot: QtBot, look: QApplication, tmp_path: Path
) -> None:
    fake, out = ScreenDesk(queries=FakeQueries(size=4)), tmp_path / "out.pdf"

    def choose(parent: QWidget) -> QPrinter:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        printer.setOutputFileName(str(out))
        return printer

    dialog = ready(qtbot, HandoverDialog(fake.desk, choose_printer=choose))
    here, there = (op.paper(fake.desk, code, dialog.chosen()).html for code in ("SEN", "TRA"))
    assert here.index("张敏（3 号窗）") < here.index("民政")
    assert there.index("民政") < there.index("张敏（3 号窗）")
    assert "陈秀英" not in here
    dialog.choose_kind(op.RESULTS)
    qtbot.waitUntil(lambda: fake.runner.pending == 0)
    assert not dialog.day.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_F8)
    qtbot.waitUntil(out.exists)
    assert {one.made.code for one in fake.of(NotePrint)} == {"TRA"}
    fake.close()


def test_papers_of_another_window_are_not_ours(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk(queries=FakeQueries(size=2))
    theirs = fake.queries.row(1)
    other = theirs.receipt_no.replace("-03-", "-05-")
    fake.queries.rows[1] = replace(theirs, receipt_no=other)
    dialog = ready(qtbot, HandoverDialog(fake.desk))
    assert [one.case_id for one in dialog.chosen()] == ["case-0"]
    fake.close()


def test_nothing_to_hand_over_is_said(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk(queries=FakeQueries(empty=True))
    screen = show_empty(qtbot, fake)
    assert "没有收下纸质材料" in screen._sum.text()
    assert not screen.print.isEnabled()
    screen.print_now()
    fake.close()


def show_empty(qtbot: QtBot, fake: ScreenDesk) -> HandoverDialog:
    dialog = HandoverDialog(fake.desk)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: bool(dialog._sum.text()))
    return dialog


def test_ctrl_h_on_the_cases(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk()
    screen = show(qtbot, fake)
    QTest.keyClick(screen, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(screen.findChildren(HandoverDialog)))
    fake.close()


def test_a_case_of_the_real_store_stands_on_the_list_once(tmp_path: Path) -> None:
    site = enrolled(tmp_path)
    with site.core() as core:
        receipt = receive(core)
        today, window = core.clock.now().date(), f"{core.identity.hall.counter_no:02}"

        def ask(at: date) -> tuple[op.Listed, ...]:
            q = core.queries
            return op.listed(q, op.received(q, at, window), op.PAPERS, SEN)

        (one,) = core.execution.run(lambda: ask(today))
        assert one.row.receipt_no == receipt.receipt_no
        assert (one.row.pages, one.before, one.day) == ("1", 0, today.isoformat())
        do(core, NotePrint(one.case_id, Print(op.PAPERS, SEN)))
        (again,) = core.execution.run(lambda: ask(today))
        assert again.before == 1
        assert core.execution.run(lambda: ask(today + timedelta(days=op.DAYS))) == ()


def test_papers_supplied_later_have_a_line_of_their_own(tmp_path: Path) -> None:
    site = enrolled(tmp_path)
    with site.core() as core:
        receipt = receive(core)
        site.clock.advance(60)
        photo = GivenMaterial(key="photo", way="scanned", pages=(page(core, "照片"),))
        do(core, NotePrint(receipt.case_id, Print(op.PAPERS, SEN)))
        do(core, SupplementCase(receipt.case_id, (photo,)))
        today, window = core.clock.now().date(), f"{core.identity.hall.counter_no:02}"

        def ask() -> tuple[op.Listed, ...]:
            q = core.queries
            rows = op.listed(q, op.received(q, today, window), op.PAPERS, SEN)
            return (*rows, *op.supplied(q, today, SEN))

        first, later = core.execution.run(ask)
        assert (first.row.pages, first.before) == ("1", 1)
        assert "补交" not in first.row.documents
        assert later.row.documents.startswith("补交：")
        assert (later.row.pages, later.before, later.day) == ("1", 0, today.isoformat())
        do(core, NotePrint(later.case_id, Print(op.PAPERS, later.title)))
        first, later = core.execution.run(ask)
        assert (first.before, later.before) == (1, 1)
        assert core.execution.run(lambda: op.supplied(core.queries, today, "别的"))[0].before == 0
