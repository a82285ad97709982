# SPDX-License-Identifier: MulanPSL-2.0
"""Each of the 46 items can be taken, printed and decided; ``make faults`` does it on every path."""

from __future__ import annotations

from random import Random

import pytest
from PySide6.QtWidgets import QApplication

from counter.domain.sample import paths
from tests.fakes.all_items import ALWAYS, AllItems
from tests.unit.catalog_kit import ITEMS, item
from ui.papers.pages import Paper, pdf_bytes
from ui.theme.fonts import text_family


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> AllItems:
    return AllItems(tmp_path_factory.mktemp("all_items"))


@pytest.mark.parametrize("code", ITEMS)
def test_taken_printed_and_decided(world: AllItems, qapp: QApplication, code: str) -> None:
    """On a path by chance; receipt and decision as PDF."""
    one, rng = item(code), Random(code)
    shown = list(world.take(one, rng.choice(paths(one)), rng))
    assert shown[0].papers.keys() >= ALWAYS
    assert one.task_name in shown[0].papers["REC"]
    assert one.task_name in shown[-1].papers["SAL"]
    for name in ("REC", "SAL"):
        sheet = Paper(shown[-1].papers[name], name, "a4", "")
        assert pdf_bytes(sheet, text_family()).startswith(b"%PDF-")
