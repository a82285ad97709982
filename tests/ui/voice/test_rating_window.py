# SPDX-License-Identifier: MulanPSL-2.0
"""The citizen's own window: five faces, reasons of a low one, thanks, and nothing for the clerk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from counter.app.commands import DeclineRating, GiveRating, InviteRating, RatingInvite
from counter.app.session import CITIZEN
from counter.domain.errors import NotAllowedError
from counter.domain.ratings import RatingTables
from counter.infra.service_files import shipped_tables
from tests.fakes.screen_desk import ScreenDesk
from ui.citizen.ask_rating import RatingButton
from ui.citizen.rating import RatingWindow

TABLES = RatingTables.model_validate(shipped_tables()["ratings"])


@pytest.fixture
def desk(look: QApplication) -> Iterator[ScreenDesk]:
    made = ScreenDesk("clerk")
    yield made
    made.close()


@pytest.fixture
def window(desk: ScreenDesk, look: QApplication) -> Iterator[RatingWindow]:
    invite = RatingInvite("case-1", "op-1", desk.desk.session.for_citizen("invite-1"))
    made = RatingWindow(desk.desk, invite, TABLES)
    made.show()
    look.processEvents()
    yield made
    if isValid(made):
        made.close()
    look.processEvents()


def settle(app: QApplication) -> None:
    for _ in range(5):
        app.processEvents()


def test_a_good_face_is_the_whole_answer(
    window: RatingWindow, desk: ScreenDesk, look: QApplication
) -> None:
    told: list[str] = []
    window.finished.connect(told.append)
    window.faces[0].click()
    settle(look)
    assert desk.of(GiveRating) == [GiveRating("case-1", "op-1", 1)]
    assert told == ["已评价"]


def test_a_low_face_asks_for_reasons_first(
    window: RatingWindow, desk: ScreenDesk, look: QApplication
) -> None:
    window.faces[4].click()
    settle(look)
    assert desk.of(GiveRating) == []
    assert not window.send.isEnabled()
    window.reasons["401"].click()
    window.reasons["407"].click()
    assert window.reasons["401"].text().startswith("已选")
    window.send.click()
    settle(look)
    assert desk.of(GiveRating) == [GiveRating("case-1", "op-1", 5, ("401", "407"))]


def test_changing_ones_mind_clears_the_reasons(window: RatingWindow, desk: ScreenDesk) -> None:
    window.faces[3].click()
    window.reasons["401"].click()
    window.back.click()
    assert not any(button.isChecked() for button in window.reasons.values())
    assert not window.send.isEnabled()
    assert desk.commands == []


@pytest.mark.parametrize("second", [True, False])
def test_no_key_of_any_keyboard_rates(
    window: RatingWindow, desk: ScreenDesk, look: QApplication, second: bool
) -> None:
    """The clerk's keyboard may be the one that reaches this window."""
    if not second:  # one monitor: the card first
        window.show_to_citizen(QWidget())
        assert window.turned.isVisible()
    for level in (0, 4):
        for key in (
            Qt.Key.Key_Space,
            Qt.Key.Key_Return,
            Qt.Key.Key_Tab,
            Qt.Key.Key_1,
            Qt.Key.Key_N,
        ):
            for target in (window, *window.faces, window.decline, window.send):
                if target.isVisible() and target.focusPolicy() is not Qt.FocusPolicy.NoFocus:
                    QTest.keyClick(target, key)
            QTest.keyClick(window, key)
        window.faces[level].setDown(False)
    settle(look)
    assert desk.commands == []
    assert window.focusWidget() is None
    QTest.keyClick(window, Qt.Key.Key_Escape)  # back: nothing is sent, it stays unrated
    settle(look)
    assert desk.commands == []
    assert not isValid(window)


def test_on_one_screen_the_citizen_takes_it_over_by_touch(
    window: RatingWindow, desk: ScreenDesk, look: QApplication
) -> None:
    window.show_to_citizen(QWidget())
    assert not window.faces[0].isVisible()
    window.turned.click()
    assert window.faces[0].isVisible()
    window.faces[1].click()
    settle(look)
    assert desk.of(GiveRating)[-1].level == 2


def test_own_words_are_spelt_by_touch_and_go_with_the_answer(
    window: RatingWindow, desk: ScreenDesk, look: QApplication
) -> None:
    window.faces[3].click()
    window.say[1].click()
    keys = window.keys
    for letters, wanted in (("deng", "等"), ("jiu", "久")):
        for letter in letters:
            keys.letters[letter].click()
        while wanted not in [one.text() for one in keys.choices]:
            keys.more.click()
        next(one for one in keys.choices if one.text() == wanted).click()
    keys.marks["。"].click()
    keys.letters["q"].click()
    keys.erase.click()  # the letter, then the mark
    keys.erase.click()
    assert keys.text == "等久"
    window.said.click()
    window.reasons["401"].click()
    window.send.click()
    settle(look)
    assert desk.of(GiveRating) == [GiveRating("case-1", "op-1", 4, ("401",), "等久")]


def test_declining_is_one_press(window: RatingWindow, desk: ScreenDesk, look: QApplication) -> None:
    told: list[str] = []
    window.finished.connect(told.append)
    window.decline.click()
    settle(look)
    assert desk.of(DeclineRating) == [DeclineRating("case-1", "op-1")]
    assert told == ["未评价"]


def test_an_error_is_said_and_the_citizen_may_try_again(
    window: RatingWindow, desk: ScreenDesk, look: QApplication
) -> None:
    desk.fail = NotAllowedError(code="RATING-SURFACE", what="评价只能由群众本人做。")
    window.faces[0].click()
    settle(look)
    assert window.banner.isVisible()
    desk.fail = None
    window.faces[1].click()
    settle(look)
    assert desk.of(GiveRating)[-1].level == 2


def test_the_clerk_has_one_button_and_hears_nothing_else(
    desk: ScreenDesk, look: QApplication
) -> None:
    button = RatingButton(desk.desk)
    assert button.text() == "请群众评价"
    button.set_case("case-1")
    desk.fail = NotAllowedError(code="RATING-DONE", what="这一次办理已经评价过。")
    button.click()
    settle(look)
    assert desk.of(InviteRating) == [InviteRating("case-1")]
    assert (button.text(), button.isEnabled()) == ("评价已结束", False)
    assert CITIZEN not in desk.desk.session.roles
    button.deleteLater()
