# SPDX-License-Identifier: MulanPSL-2.0
"""Makes each paper from the sample data, in the program's own font, and reads its PDF back."""

from __future__ import annotations

import io
import json
import unicodedata
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pypdf
from pylopdf_fonts_zh_cn import sans_path
from PySide6.QtGui import QFontDatabase, QImage

from counter.app.papers.content import PaperContent
from counter.app.papers.sample import sample_content
from counter.domain.papers import SheetSize
from counter.infra.paper_templates import PaperTemplates, sample
from ui.papers.pages import Layout, Paper, pdf_bytes, qr_data_url

DOCUMENTS = Path(__file__).parents[3] / "resources" / "documents"
GOLDEN = Path(__file__).parent / "golden"
ANCHORS = GOLDEN / "anchors.json"
TOKEN = "yc-receipt-test." + "0123456789abcdefghijklmnopqrstuvwxyz" * 31  # as long as a real one
_KANGXI = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}
_RADICALS = _KANGXI | str.maketrans(
    "⼾⺠⻚⻓⻅⻋⻢⻔⻝⻛⻩⻉⻣⻥⻨⻬⻰⺟⻄⻆⻘⻳⻁⻦",
    "户民页长见车马门食风黄贝骨鱼麦齐龙母西角青龟虎鸟",
)
_DOTS_PER_METRE = 11811


@cache
def family() -> str:
    """The bundled font, whatever this machine has: golden files must not depend on it."""
    number = QFontDatabase.addApplicationFont(str(sans_path()))
    return QFontDatabase.applicationFontFamilies(number)[0]


@cache
def templates() -> PaperTemplates:
    return PaperTemplates(DOCUMENTS)


def every() -> list[tuple[str, SheetSize]]:
    """Every paper in every size."""
    return [(kind.code, size) for kind in templates().kinds() for size in kind.sizes]


@cache
def qr() -> str:
    return qr_data_url(TOKEN)


def content(code: str, size: SheetSize) -> PaperContent:
    return sample_content(sample(DOCUMENTS), templates().kind(code), size, qr())


def paper(made: PaperContent) -> Paper:
    number = made.case.receipt_no if made.case else ""
    size: SheetSize = "roll" if made.size.narrow else "large" if made.size.name == "large" else "a4"
    return Paper(templates().render(made), made.title, size, number)


def pdf_text(made: Paper) -> str:
    """Text of the PDF: pages apart, blanks of layout squeezed, bold (drawn twice) once.

    A glyph shared by a character and its radical (⽰ 示) reads back as the radical: put right here.
    """
    pages = pypdf.PdfReader(io.BytesIO(pdf_bytes(made, family()))).pages
    found = []
    for at, page in enumerate(pages, 1):
        text = page.extract_text().translate(_RADICALS)
        lines = [line for line in (" ".join(one.split()) for one in text.splitlines()) if line]
        once = [line for line, before in zip(lines, ["", *lines], strict=False) if line != before]
        found.append(f"== 第 {at} 页\n" + "\n".join(once))
    return "\n".join(found) + "\n"


@dataclass(frozen=True)
class Anchor:
    """Where a paragraph begins: page from 1, millimetres from the corner of the margins."""

    page: int
    x: float
    y: float
    text: str


def anchors(made: Paper) -> list[Anchor]:
    """Every paragraph's place, as the printer at 300 dpi lays it out."""
    meter = QImage(1, 1, QImage.Format.Format_RGB32)
    meter.setDotsPerMeterX(_DOTS_PER_METRE)
    meter.setDotsPerMeterY(_DOTS_PER_METRE)
    layout = Layout(made, family(), meter)
    block, found = layout.doc.begin(), []
    while block.isValid():
        if words := block.text().strip():
            box = layout.doc.documentLayout().blockBoundingRect(block)
            page, top = divmod(box.top(), layout.tall)
            x, y = (round(dots / _DOTS_PER_METRE * 1000, 1) for dots in (box.left(), top))
            found.append(Anchor(int(page) + 1, x, y, words[:8]))
        block = block.next()
    return found


def renew() -> None:
    """Write all golden files anew: ``python -m tests.ui.papers.renew``; look at the difference."""
    for old in GOLDEN.glob("*.txt"):
        old.unlink()
    places = {}
    for code, size in every():
        made = paper(content(code, size))
        (GOLDEN / f"{code}-{size}.txt").write_text(pdf_text(made), "utf-8")
        places[f"{code}-{size}"] = [[a.page, a.x, a.y, a.text] for a in anchors(made)]
    text = json.dumps(places, ensure_ascii=False, indent=None, separators=(",", ":"))
    ANCHORS.write_text(text.replace('],"', '],\n"') + "\n", "utf-8")


def hard(made: PaperContent, name: str) -> PaperContent:
    """The same paper for somebody with another name."""
    assert made.applicant is not None
    return replace(made, applicant=replace(made.applicant, name=name))
