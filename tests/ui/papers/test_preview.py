# SPDX-License-Identifier: MulanPSL-2.0
"""The paper before it is printed: both sizes, 补打, the note, no name in the file name."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from counter.app.commands import NotePrint
from counter.app.queries import CaseDetail
from counter.domain.papers import Print
from tests.fakes.screen_data import item
from tests.fakes.screen_desk import ScreenDesk
from ui.dialogs.paper_preview import PaperPreview
from ui.operations import papers
from ui.papers.raster import page_images
from ui.theme.fonts import text_family
from ui.widgets.banner import Banner
from ui.widgets.buttons import ActionButton


def token(detail: CaseDetail) -> str:
    return f"x.{detail.case.receipt_no}.y"


def pages(dialog: PaperPreview) -> int:
    found = dialog.findChildren(QLabel)
    return sum(one.accessibleName().startswith("第 ") and one.isVisible() for one in found)


def button(dialog: PaperPreview, text: str) -> ActionButton:
    return next(one for one in dialog.findChildren(ActionButton) if one.text() == text)


def test_save_then_reprint(qtbot: QtBot, look: QApplication, tmp_path: Path) -> None:
    fake, names = ScreenDesk(), list[str]()

    def choose(parent: QWidget, name: str) -> Path:
        names.append(name)
        return tmp_path / name

    dialog = PaperPreview(fake.desk, "case-0", "REC", token, choose_file=choose)
    dialog.open()
    qtbot.waitUntil(lambda: pages(dialog) >= 1)
    assert not dialog.reprint
    button(dialog, "大字").click()
    assert fake.desk.paper_sizes == {"REC": "large"}
    dialog.save()
    qtbot.waitUntil(lambda: dialog.reprint == 1)
    assert fake.of(NotePrint) == [NotePrint("case-0", Print("REC", "收件凭证", "large"))]
    assert (tmp_path / names[0]).read_bytes().startswith(b"%PDF")
    assert "7K2QM" in names[0]
    assert "陈" not in names[0]
    dialog.save()
    qtbot.waitUntil(lambda: len(fake.of(NotePrint)) == 2)
    assert fake.of(NotePrint)[1].made.again == 1
    dialog.close()
    fake.close()


def test_f8_prints_on_the_chosen_printer(qtbot: QtBot, look: QApplication, tmp_path: Path) -> None:
    fake = ScreenDesk()
    out = tmp_path / "out.pdf"

    def choose(parent: QWidget) -> QPrinter:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        printer.setOutputFileName(str(out))
        return printer

    dialog = PaperPreview(fake.desk, "case-0", "REC", None, choose_printer=choose)
    dialog.open()
    qtbot.waitUntil(lambda: pages(dialog) >= 1)
    assert any("没有二维码" in banner.text for banner in dialog.findChildren(Banner))
    dialog.print_now()
    qtbot.waitUntil(lambda: bool(fake.of(NotePrint)))
    assert out.read_bytes().startswith(b"%PDF")
    dialog.close()
    fake.close()


def test_acceptance_waits_for_the_centre(qtbot: QtBot, look: QApplication) -> None:
    fake = ScreenDesk()
    detail = fake.queries.case("case-0")
    assert detail is not None
    shut = {one.code: one.why_not for one in papers.choices(fake.desk, detail, item())}
    assert not shut["REC"]
    assert "中心还没有受理" in shut["ACP"]
    dialog = PaperPreview(fake.desk, "case-0", "ACP", token)
    dialog.open()
    qtbot.waitUntil(lambda: any(b.isVisible() for b in dialog.findChildren(Banner)))
    dialog.print_now()
    QTest.qWait(10)
    assert not fake.of(NotePrint)
    dialog.close()
    fake.close()


def test_large_print_is_large(look: QApplication) -> None:
    fake = ScreenDesk()
    detail = fake.queries.case("case-0")
    assert detail is not None
    printed = replace(detail.events[0], what="打印收件凭证")
    data = papers.PaperData(replace(detail, events=(printed,)), item(), "")
    plain = papers.make_paper(fake.desk, data, "REC")
    large = papers.make_paper(fake.desk, data, "REC", "large")
    assert "补打 第1次" in plain.html
    assert "补打" not in large.html
    assert "18.5pt" in large.html
    images = page_images(large, text_family(), 600)
    assert images[0].width() == 600
    assert len(page_images(plain, text_family(), 600)) <= len(images)
    fake.close()


def test_a_second_print_after_the_lease_is_refused_before_it_leaves_the_printer(
    qtbot: QtBot, look: QApplication, tmp_path: Path
) -> None:
    fake = ScreenDesk()
    fake.desk = replace(fake.desk, session=replace(fake.desk.session, reading=False))
    asked = list[str]()

    def choose(parent: QWidget, name: str) -> Path:
        asked.append(name)
        return tmp_path / name

    dialog = PaperPreview(fake.desk, "case-0", "REC", token, choose_file=choose)
    dialog.open()
    qtbot.waitUntil(lambda: pages(dialog) >= 1)
    dialog.save()
    qtbot.waitUntil(lambda: dialog.reprint == 1)
    assert any("有效期已过" in banner.text for banner in dialog.findChildren(Banner))
    dialog.save()
    dialog.print_now()
    assert len(asked) == len(fake.of(NotePrint)) == 1
    dialog.close()
    fake.close()


def test_only_lawful_papers_are_offered_and_changing_keeps_each_size(
    qtbot: QtBot, look: QApplication
) -> None:
    fake = ScreenDesk()
    dialog = PaperPreview(fake.desk, "case-0", "REC", token)
    dialog.open()
    qtbot.waitUntil(lambda: pages(dialog) >= 1)
    box = dialog.findChildren(QComboBox)[0]
    codes = [box.itemData(at) for at in range(box.count())]
    assert {"REC", "NXT", "AUT", "TOL", "WDR"} <= set(codes)
    assert not {"ACP", "SUP", "SAL", "SEN", "CHG"} & set(codes)
    button(dialog, "热敏").click()
    dialog.choose_paper("AUT")
    assert dialog.size_chosen() == "a4"
    assert not button(dialog, "热敏").isVisible()
    dialog.choose_paper("REC")
    assert dialog.size_chosen() == "roll"
    dialog.close()
    fake.close()
