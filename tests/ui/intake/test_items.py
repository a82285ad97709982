# SPDX-License-Identifier: MulanPSL-2.0
"""Every item of the catalogue can be shown, and what an item forbids is said at once."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from PySide6.QtCore import Qt

from counter.domain.catalog import Item
from counter.domain.sample import generate_valid
from tests.fakes.desk import RESOURCES
from tests.ui.intake.conftest import Window

ITEMS = sorted(p.stem for p in (RESOURCES / "catalog" / "items").glob("*.json"))


@pytest.mark.parametrize("code", ITEMS)
def test_every_item_fills_every_step(window: Window, code: str) -> None:
    text = Path(RESOURCES / "catalog" / "items" / f"{code}.json").read_text("utf-8")
    item = Item.model_validate_json(text)
    made = generate_valid(
        item,
        Random(7),
        window.presenter.today().date(),
        code_lists=window.fake.queries.code_lists(),
    )
    window.person()
    window.presenter.choose_item(code)
    window.settle(lambda: window.draft.item_code == code)
    for key, value in made.answers.items():
        window.screen.situation._answer(key, value)
    for step in ("situation", "form", "materials", "review", "item", "person"):
        window.presenter.go(step)
        window.settle()
        assert window.step() == step
    view = window.presenter.view
    assert view is not None
    form = window.screen.form.form
    assert form is not None
    window.presenter.go("form")
    window.settle()
    shown = {f.code for f in view.form.visible_fields()}
    assert {c for c, row in form._rows.items() if not row.isHidden()} == shown
    assert list(window.screen.materials.rows) == [m.key for m in view.needed_materials]


def test_search_by_everyday_words_and_enter(window: Window) -> None:
    window.person()
    window.type("老年钱")
    window.key(Qt.Key.Key_Return)
    assert window.draft.item_code == "elder_allowance"
    assert window.step() == "situation"


def test_search_without_a_hit_says_so(window: Window) -> None:
    window.person()
    window.type("没有这个")
    assert not window.screen.item._none.isHidden()
    window.key(Qt.Key.Key_Return)
    assert window.draft.item_code == ""


def test_an_item_that_forbids_agents_says_so_at_once(window: Window) -> None:
    text = Path(RESOURCES / "catalog" / "items" / "elder_card.json").read_text("utf-8")
    item = Item.model_validate_json(text).model_copy(
        update={"agent_forbidden": True, "agent_forbidden_reason": "要当面拍照"}
    )
    window.fake.hall.store.tables.items["elder_card", item.task_version] = item.model_dump_json()
    window.person()
    window.presenter.go("person")
    window.screen.person.has_agent.click()
    window.settle()
    window.presenter.go("item")
    window.presenter.choose_item("elder_card")
    window.settle(lambda: window.draft.item_code == "elder_card")
    assert window.step() == "item"
    assert window.screen.item.warning.isVisible()
    assert "要当面拍照" in window.screen.item.warning.text


def test_answers_change_materials_at_once(window: Window) -> None:
    window.to_form()
    assert "photo" in window.screen.materials.rows or window.presenter.view is not None
    window.presenter.go("situation")
    window.settle()
    window.screen.situation.cards["kind"].options.pick(4)
    window.settle()
    view = window.presenter.view
    assert view is not None
    assert "death_proof" in [m.key for m in view.needed_materials]
    assert "photo" not in [m.key for m in view.needed_materials]
