# SPDX-License-Identifier: MulanPSL-2.0
"""The tokens keep their promises: contrast, sizes, fonts, icons."""

import re

import pytest
from PySide6.QtGui import QColor, QFontInfo, QFontMetrics
from PySide6.QtWidgets import QApplication, QLabel

from ui.theme import MODES, Mode, Theme, apply_theme, contrast, current, px
from ui.theme.icons import MARKS, pixmap
from ui.theme.qss import style_sheet
from ui.theme.tokens import RESOURCES
from ui.widgets.data_table import DataTable

SURFACES = ("surface", "raised", "sunken")
TONES = ("ok", "warn", "danger", "accent", "neutral")


def test_contrast_knows_its_ends() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("text", ["text", "muted", "accent", "ok", "warn", "danger"])
def test_every_text_on_every_surface_reads(mode: Mode, surface: str, text: str) -> None:
    theme = Theme(mode)
    assert contrast(theme.hex(text), theme.hex(surface)) >= 7.0


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("tone", TONES)
def test_every_tone_reads_on_its_own_quiet_background(mode: Mode, tone: str) -> None:
    theme = Theme(mode)
    assert contrast(theme.hex(tone), theme.hex(theme.weak(tone))) >= 7.0


@pytest.mark.parametrize("mode", MODES)
def test_filled_places_read(mode: Mode) -> None:
    theme = Theme(mode)
    for text, fill in [
        ("on_accent", "accent"),
        ("on_accent", "accent_hover"),
        ("on_header", "header"),
        ("text", "accent_weak"),
    ]:
        assert contrast(theme.hex(text), theme.hex(fill)) >= 7.0, (text, fill)
    # The quiet second line of a chosen row: the 4.5:1 that WCAG asks at the very least.
    assert contrast(theme.hex("muted"), theme.hex("accent_weak")) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("surface", SURFACES)
def test_the_focus_ring_is_seen(mode: Mode, surface: str) -> None:
    # WCAG 2.2, 2.4.13: 3:1 against what lies beside it.
    assert contrast(Theme(mode).hex("focus"), Theme(mode).hex(surface)) >= 3.0


def test_care_makes_type_half_as_large_again_and_targets_sixty() -> None:
    standard, care = Theme(), Theme(care=True)
    assert [care.px(name) for name in ("small", "body", "lead")] == [20, 22, 27]
    assert (standard.px("body"), standard.px("touch"), care.px("touch")) == (15, 44, 60)
    with pytest.raises(KeyError):
        standard.px("huge")


def test_the_font_shows_chinese_and_bold_looks_bold(look: QApplication) -> None:
    font = current().font()
    assert QFontMetrics(font).inFontUcs4(ord("龄"))
    assert QFontInfo(current().font(bold=True)).bold()


def test_text_is_never_written_with_marks_that_fonts_lack() -> None:
    lacking = re.compile("[▸✗▾✘►]")
    for path in (RESOURCES.parent / "ui").rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            code = line.split("#")[0]
            if '"' in code and not code.strip().startswith('"""'):
                assert not lacking.search(code), (path.name, line)


@pytest.mark.parametrize("name", sorted(p.stem for p in (RESOURCES / "icons").glob("*.svg")))
def test_icons_take_the_colour_asked_for(look: QApplication, name: str) -> None:
    picture = pixmap(name, "#97141A", 24).toImage()
    seen = {
        QColor(picture.pixelColor(x, y)).name()
        for x in range(24)
        for y in range(24)
        if picture.pixelColor(x, y).alpha() == 255
    }
    assert seen == {"#97141a"}


def test_every_tone_has_a_mark() -> None:
    assert all((RESOURCES / "icons" / f"{MARKS[tone]}.svg").exists() for tone in TONES)


@pytest.mark.parametrize("mode", MODES)
def test_the_style_sheet_is_small_and_knows_all_colours(mode: Mode) -> None:
    sheet = style_sheet(Theme(mode))
    assert len(sheet) < 8000
    assert "$" not in sheet
    arrow = RESOURCES / "themes" / f"arrow-{mode}.svg"
    assert Theme(mode).hex("text") in arrow.read_text(encoding="utf-8")


def test_a_new_look_reaches_what_is_on_the_screen(look: QApplication) -> None:
    label = QLabel("高龄津贴")
    label.setProperty("role", "title")
    label.show()
    before = label.sizeHint()
    apply_theme(look, "dark", care=True)
    assert px("body") == 22
    assert label.sizeHint().height() > before.height() * 1.3
    assert label.palette().windowText().color().name() == current().hex("text").lower()
    label.deleteLater()


def test_the_chosen_row_is_seen_where_all_fills_are_one_colour() -> None:
    accent = Theme("high_contrast").hex("accent")
    assert f"border-top:2px solid {accent}" in style_sheet(Theme("high_contrast"))
    assert "border-top:2px" not in style_sheet(Theme("light"))


def test_the_focus_frame_of_a_table_stands_outside_its_rows(look: QApplication) -> None:
    """Once the chosen row and the heads were painted over it, and half a frame was seen."""
    apply_theme(look, "light")
    table = DataTable("办件")
    table.resize(300, 200)
    table.show()
    table.ensurePolished()
    frame = 2
    assert table.frameWidth() == frame
    assert table.viewport().geometry().left() >= frame
    assert table.horizontalHeader().geometry().left() >= frame
    table.deleteLater()
