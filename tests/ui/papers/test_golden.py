# SPDX-License-Identifier: MulanPSL-2.0
"""Every paper in every size: its words, its places, no tofu, a QR that reads and names nobody."""

import json
import re

import pytest
import zxingcpp
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from counter.domain.papers import SheetSize
from tests.ui.papers import golden_kit as kit
from ui.papers.glyphs import missing
from ui.papers.pages import Layout
from ui.papers.raster import page_images

TOLERANCE_MM = 2.5
FULL_ID = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
HARD_NAMES = ("阿卜杜热合曼·阿卜力提普·麦麦提图尔荪", "司䶮𬱖", "欧阳" + "长" * 48)


@pytest.mark.parametrize(("code", "size"), kit.every())
def test_words_and_places(qapp: QApplication, code: str, size: SheetSize) -> None:
    made = kit.paper(kit.content(code, size))
    text = kit.pdf_text(made)
    assert text == (kit.GOLDEN / f"{code}-{size}.txt").read_text("utf-8")
    assert not FULL_ID.search(text)
    plain = re.sub(r"<style>.*?</style>|<[^>]*>|&nbsp;", "", made.html, flags=re.DOTALL)
    assert not missing(plain, kit.family())
    kept = json.loads(kit.ANCHORS.read_text("utf-8"))[f"{code}-{size}"]
    places = kit.anchors(made)
    assert [(a.page, a.text) for a in places] == [(page, words) for page, _, _, words in kept]
    for place, (_, x, y, _) in zip(places, kept, strict=True):
        assert abs(place.x - x) <= TOLERANCE_MM
        assert abs(place.y - y) <= TOLERANCE_MM


def read_qr(image: QImage) -> list[str]:
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = memoryview(grey.constBits()).cast("B", (grey.height(), grey.bytesPerLine()))
    return [one.text for one in zxingcpp.read_barcodes(rows)]


@pytest.mark.parametrize("size", ["a4", "large", "roll"])
def test_the_qr_reads_from_the_sheet_and_names_nobody(qapp: QApplication, size: SheetSize) -> None:
    made = kit.paper(kit.content("REC", size))
    # 203 dpi is what a thermal head prints; 150 dpi a poor copy of A4.
    width = round((80 * 203 if size == "roll" else 210 * 150) / 25.4)
    first = page_images(made, kit.family(), width)[0]
    texts = read_qr(first)
    assert texts == [kit.TOKEN]
    assert not FULL_ID.search(texts[0])


@pytest.mark.parametrize("name", HARD_NAMES)
@pytest.mark.parametrize("size", ["a4", "large", "roll"])
def test_hard_names_are_printed_whole(qapp: QApplication, name: str, size: SheetSize) -> None:
    made = kit.paper(kit.hard(kit.content("REC", size), name))
    assert not missing(name, kit.family())
    # Qt writes no text layer for characters above U+FFFF; they are drawn all the same.
    parts = [part for part in re.split("[\U00010000-\U0010ffff]", name) if part]
    text = re.sub(r"\s", "", kit.pdf_text(made))
    assert all(part in text for part in parts)


def test_a_character_without_glyph_is_marked_never_tofu(qapp: QApplication) -> None:
    made = kit.paper(kit.hard(kit.content("REC", "a4"), "王𠮷"))
    text = re.sub(r"\s", "", kit.pdf_text(made))
    assert "王〓（U+20BB7）" in text
    assert "用笔写上" in text


def test_the_roll_is_as_long_as_its_text_and_72_mm_wide(qapp: QApplication) -> None:
    made = kit.paper(kit.content("REC", "roll"))
    layout = Layout(made, kit.family(), QImage(1, 1, QImage.Format.Format_RGB32))
    wide, tall = layout.whole_mm
    assert wide == 80
    assert 150 < tall < 400
    assert layout.doc.idealWidth() <= layout.wide + 1


@pytest.mark.parametrize(("code", "size"), [one for one in kit.every() if one[1] == "large"])
def test_large_print_is_large(qapp: QApplication, code: str, size: SheetSize) -> None:
    made = kit.content(code, size)
    assert made.size.body >= 18
    assert f"font-size: {made.size.body}pt" in kit.templates().render(made)
