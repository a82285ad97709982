# SPDX-License-Identifier: MulanPSL-2.0
"""The paper before it is printed: both sizes, 补打, the note, no name in the file name."""

from pathlib import Path

from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from counter.app.commands import NotePrint
from counter.app.queries import CaseDetail
from tests.fakes.screen_desk import ScreenDesk
from ui.dialogs.paper_preview import PaperPreview
from ui.operations import papers
from ui.papers.raster import page_images
from ui.theme.fonts import text_family
from ui.widgets.banner import Banner


def token(detail: CaseDetail) -> str:
    return f"x.{detail.case.receipt_no}.y"


def pages(dialog: PaperPreview) -> int:
    found = dialog.findChildren(QLabel)
    return sum(one.accessibleName().startswith("第 ") and one.isVisible() for one in found)


def test_save_then_reprint(qtbot: QtBot, look: QApplication, tmp_path: Path) -> None:
    fake, names = ScreenDesk(), list[str]()

    def choose(parent: QWidget, name: str) -> Path:
        names.append(name)
        return tmp_path / name

    dialog = PaperPreview(fake.desk, "case-0", "REC", token, choose_file=choose)
    dialog.open()
    qtbot.waitUntil(lambda: pages(dialog) >= 1)
    assert not dialog.reprint
    dialog._large.click()
    dialog.save()
    qtbot.waitUntil(lambda: dialog.reprint)
    assert fake.of(NotePrint) == [NotePrint("case-0", "REC", large=True, reprint=False)]
    assert (tmp_path / names[0]).read_bytes().startswith(b"%PDF")
    assert "7K2QM" in names[0]
    assert "陈" not in names[0]
    dialog.save()
    qtbot.waitUntil(lambda: len(fake.of(NotePrint)) == 2)
    assert fake.of(NotePrint)[1].reprint
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
    shut = {one.code: one.why_not for one in papers.choices(fake.desk, detail)}
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
    detail, item = fake.queries.case("case-0"), fake.queries.item("elder_allowance")
    assert detail is not None
    assert item is not None
    data = papers.PaperData(detail, item, "", printed_before=True)
    plain = papers.paper_html(fake.desk, data, "REC", large=False, reprint=True)
    large = papers.paper_html(fake.desk, data, "REC", large=True, reprint=False)
    assert "（补打）" in plain
    assert "18.5pt" in large
    images = page_images(large, text_family(), 600)
    assert images[0].width() == 600
    assert len(page_images(plain, text_family(), 600)) <= len(images)
    fake.close()
