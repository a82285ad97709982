# SPDX-License-Identifier: MulanPSL-2.0
"""A possible double that the centre saw is told in the detail, with its number."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from ui.screens.cases.issue_card import doubles_card


def test_the_other_case_is_named_and_nothing_is_said_to_be_done(qtbot: QtBot) -> None:
    card = doubles_card(["7K2QM-03-1123-004-X7D"])
    qtbot.addWidget(card)
    told = "".join(one.text() for one in card.findChildren(QLabel))
    assert "7K2QM-03-1123-004-X7D" in told
    assert "两件都没有动" in told
