# SPDX-License-Identifier: MulanPSL-2.0
"""The citizen's own window: five faces, reasons of a low one, thanks, and nothing for the clerk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

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
