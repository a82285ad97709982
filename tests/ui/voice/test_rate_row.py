# SPDX-License-Identifier: MulanPSL-2.0
"""Rating from the case's own page: a screen or a paper slip, which nobody here reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from counter.app.commands import ScanRatingSlip
from counter.devices.simulator import SimulatedCamera
from counter.domain.ratings import RatingTables
from counter.infra.service_files import shipped_tables
from counter.ports.devices import Devices
from tests.fakes.screen_desk import ScreenDesk
from tests.ui.papers.golden_kit import content, templates
from ui.citizen.rate_row import RateRow
from ui.screens.cases.view import CasesScreen


@pytest.fixture
def desk(look: QApplication) -> Iterator[ScreenDesk]:
    made = ScreenDesk("clerk")
    yield made
    made.close()


def shown(qtbot: QtBot, row: RateRow) -> RateRow:
    qtbot.addWidget(row)
    row.show()
    row.set_case("case-1")
    return row


def test_the_filled_slip_is_scanned_and_nothing_about_it_is_typed(
    desk: ScreenDesk, qtbot: QtBot
) -> None:
    row = shown(qtbot, RateRow(replace(desk.desk, devices=Devices(None, SimulatedCamera(), None))))
    row.scanning.trigger()
    qtbot.waitUntil(lambda: bool(desk.of(ScanRatingSlip)))
    [command] = desk.of(ScanRatingSlip)
    assert command.case_id == "case-1"
    assert set(vars(command)) == {"case_id", "page"}  # there is no field for a level


def test_a_blank_slip_is_printed_from_the_same_place(desk: ScreenDesk, qtbot: QtBot) -> None:
    row = shown(qtbot, RateRow(desk.desk))
    wanted: list[str] = []
    row.paper_wanted.connect(wanted.append)
    action: Any = row.printing
    assert isinstance(action, QAction)
    action.trigger()
    assert wanted == ["RAT"]


def test_the_slip_offers_every_level_and_reason_of_the_tables(look: QApplication) -> None:
    tables = RatingTables.model_validate(shipped_tables()["ratings"])
    html = templates().render(content("RAT", "a4"))
    names = [one.name for one in tables.levels] + [one.name for one in tables.reasons]
    for name in names:
        assert f"□&nbsp;{name}" in html
    assert "不能代填" in html


def test_the_case_page_has_it_for_the_case_in_front(desk: ScreenDesk, qtbot: QtBot) -> None:
    screen = CasesScreen(desk.desk)
    qtbot.addWidget(screen)
    screen.show()
    assert screen.rate.isHidden()
    screen.refresh(None)
    qtbot.waitUntil(lambda: not screen.model.waiting)
    screen.table.selectRow(0)
    qtbot.waitUntil(lambda: not screen.rate.isHidden())

    screen.detail.show_nothing()
    assert screen.rate.isHidden()
