# SPDX-License-Identifier: MulanPSL-2.0
"""How the screen behaves under the fingers: input methods, keys at once, names, room, no jumps."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from counter.domain.draft import STEPS
from tests.ui.intake.conftest import REGION, Window
from ui.forms.controls import as_code, as_day, as_month
from ui.widgets.elided_label import ElidedLabel


def test_enter_belongs_to_the_input_method_while_it_composes(window: Window) -> None:
    name = window.screen.person.applicant.controls["name"]
    assert QApplication.focusWidget() is name
    QApplication.sendEvent(name, QInputMethodEvent("wanggui", []))
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is name
    assert window.draft.applicant.name == ""
    done = QInputMethodEvent()
    done.setCommitString("王桂兰")
    QApplication.sendEvent(name, done)
    assert window.draft.applicant.name == "王桂兰"
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is not name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("19461208", "1946-12-08"),
        ("1946.1.8", "1946-01-08"),
        ("1946年12月8日", "1946-12-08"),
        ("1946-12-08", "1946-12-08"),
        ("194612", "194612"),
        ("昨天", "昨天"),
    ],
)
def test_days_as_people_type_them(typed: str, kept: str) -> None:
    assert as_day(typed) == kept


def test_months_and_codes() -> None:
    assert as_month("202611") == "2026-11"
    assert as_month("2026年3月") == "2026-03"
    assert as_month("2026") == "2026"
    assert as_code(" 6228 4804 ") == "62284804"


def test_each_key_is_on_the_screen_before_the_next(window: Window) -> None:
    window.to_form()
    seen = [window.screen.grab().toImage()]
    for char in REGION:
        QTest.keyClicks(window.focus(), char)
        seen.append(window.screen.grab().toImage())  # painted in the same turn, nothing waits
        QApplication.processEvents()
    assert all(later != before for before, later in pairwise(seen))


def _walk_through(window: Window) -> list[str]:
    """Every step in front once; returns what is wrong with controls and room."""
    wrong: list[str] = []
    window.to_review()
    for step in STEPS[:-1]:
        window.presenter.go(step)
        window.settle()
        wrong += _complaints(window, step)
    window.presenter.go("review")
    window.key(Qt.Key.Key_F7)
    window.key(Qt.Key.Key_F9)
    window.settle()
    wrong += _complaints(window, "receipt")
    return wrong


def _complaints(window: Window, step: str) -> list[str]:
    wrong = []
    touch = 60 if window.screen.footer.back_button.sizeHint().height() >= 60 else 44
    for widget in window.screen.findChildren(QWidget):
        if not widget.isVisible():
            continue
        what = f"{step}: {type(widget).__name__} {widget.accessibleName() or ''}"
        control = isinstance(widget, QAbstractButton | QLineEdit | QComboBox | QPlainTextEdit)
        if control and not isinstance(widget.parent(), QComboBox):
            words = widget.text() if isinstance(widget, QAbstractButton) else ""
            if not (widget.accessibleName() or words):
                wrong.append(f"{what}: no name")
            if widget.height() < touch - 2:
                wrong.append(f"{what} {words}: {widget.height()} px high")
        if isinstance(widget, QLabel) and not isinstance(widget, ElidedLabel) and widget.text():
            short = widget.wordWrap() and widget.height() + 1 < widget.heightForWidth(
                widget.width()
            )
            narrow = not widget.wordWrap() and widget.width() + 1 < widget.minimumSizeHint().width()
            if short or narrow:
                room = (widget.width(), widget.height(), widget.heightForWidth(widget.width()))
                wrong.append(f"{what}: cut 「{widget.text()[:20]}」 {room}")
    for page in (window.screen.stack.currentWidget(),):
        area = getattr(page, "_area", None)
        if area is not None and area.horizontalScrollBar().maximum() > 0:
            wrong.append(f"{step}: {area.horizontalScrollBar().maximum()} px too wide")
    return wrong


def test_names_targets_and_room_in_standard(window: Window) -> None:
    assert _walk_through(window) == []


def test_names_targets_and_room_in_care(care_window: Window) -> None:
    assert _walk_through(care_window) == []


def test_nothing_jumps_when_the_card_arrives(window: Window) -> None:
    row = window.screen.person.applicant.rows["id_no"]
    before = row.mapTo(window.screen, row.rect().topLeft()).y()
    window.key(Qt.Key.Key_F4)
    after = row.mapTo(window.screen, row.rect().topLeft()).y()
    assert after == before
