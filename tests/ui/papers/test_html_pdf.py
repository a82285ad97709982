# SPDX-License-Identifier: MulanPSL-2.0
"""``counter catalog preview --pdf``: the guide as a citizen takes it home."""

from __future__ import annotations

from io import BytesIO
from unicodedata import normalize

from pypdf import PdfReader
from PySide6.QtWidgets import QApplication

from counter.infra.guide_page import guide_html
from tests.unit.catalog_kit import item
from ui.papers.html_pdf import html_to_pdf


def test_the_guide_is_a_readable_pdf(qapp: QApplication) -> None:
    for large in (False, True):
        html = guide_html(item("elder_allowance"), large=large)
        read = PdfReader(BytesIO(html_to_pdf(html, "高龄津贴 办事指南")))
        pages = "".join(page.extract_text() for page in read.pages)
        text = normalize("NFKC", pages)  # fonts map some characters to radicals
        assert "要带什么" in text
        assert "原件1份" in text
        assert read.metadata is not None
        assert read.metadata.title == "高龄津贴 办事指南"
