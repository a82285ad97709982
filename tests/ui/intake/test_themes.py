# SPDX-License-Identifier: MulanPSL-2.0
"""一件事 at the window, key by key: found, ticked, one form, one set of papers, one receipt."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from counter.app.commands import Receipt
from counter.storage.cases import theme_members
from tests.fakes.desk import FakeDesk
from tests.ui.intake.conftest import Window
from tests.unit import theme_kit
from ui.screens.cases.detail import theme_words

KEY = Qt.Key


def chosen(window: Window) -> list[str]:
    assert window.draft.theme is not None
    return list(window.draft.theme.items)


def to_theme(window: Window) -> None:
    window.person()
    window.type("公民身后")
    window.key(KEY.Key_Return)
    window.settle(lambda: window.draft.theme is not None)


def test_a_theme_is_found_and_its_items_ticked_by_keys(window: Window) -> None:
    to_theme(window)
    assert window.step() == "item"
    card = window.screen.item.theme
    assert card.isVisible()
    assert [row.text() for row in card.rows.values()] == [
        "1. 居保注销",
        "2. 高龄津贴",
        "3. 惠民殡葬补贴",
    ]
    assert window.focus() is card.rows["pension_death"]
    assert chosen(window) == ["pension_death", "elder_allowance", "funeral_subsidy"]
    window.key(KEY.Key_Down)
    window.key(KEY.Key_Space)
    assert chosen(window) == ["pension_death", "funeral_subsidy"]
    window.key(KEY.Key_3)
    assert chosen(window) == ["pension_death"]
    window.key(KEY.Key_1)  # one always stays
    assert chosen(window) == ["pension_death"]
    assert card.rows["pension_death"].isChecked()
    window.key(KEY.Key_3)
    window.key(KEY.Key_Return)
    assert window.step() == "situation"
    # The theme's own questions come first; an answer takes an item off the list.
    assert next(iter(window.screen.situation.cards)) == "pension"
    window.key(KEY.Key_2)  # no pension insurance
    assert chosen(window) == ["funeral_subsidy"]
    window.key(KEY.Key_1)  # the elder's allowance: offered before, left out by the clerk
    assert chosen(window) == ["funeral_subsidy"]


def test_the_draft_comes_back_with_its_theme(window: Window) -> None:
    to_theme(window)
    window.key(KEY.Key_2)
    window.presenter.flush()
    window.settle()
    draft_id = window.draft.draft_id
    window.presenter.start()
    window.settle(lambda: window.draft.draft_id != draft_id)
    assert window.presenter.themes.bundle is None
    window.presenter.open_draft(draft_id)
    window.settle(lambda: window.draft.draft_id == draft_id)
    assert chosen(window) == ["pension_death", "funeral_subsidy"]
    assert window.presenter.themes.names() == ("居保注销", "惠民殡葬补贴")


def test_a_single_item_afterwards_forgets_the_theme(window: Window) -> None:
    to_theme(window)
    window.presenter.choose_item("elder_card")
    window.settle(lambda: window.draft.item_code == "elder_card")
    assert window.draft.theme is None
    assert window.presenter.themes.bundle is None


def take(window: Window) -> Receipt:
    """Fill everything the one form asks, with pages that are really stored; then F9."""
    to_theme(window)
    bundle = window.presenter.themes.bundle
    assert bundle is not None
    at = window.presenter.today()
    sample = theme_kit.empty(theme_kit.bundle("after_death"), Random(2), cremated="fire")
    sample.applicant = window.draft.applicant
    sample.answers = {"pension": "yes", "elder": "yes", "cremated": "fire"}
    sample = theme_kit.fill(sample, bundle, Random(2), at=at)
    page = stored_page(window.fake)
    window.presenter.edit(lambda d: setattr(d, "answers", sample.answers))
    window.presenter.edit(lambda d: setattr(d, "form", sample.form))
    materials = {k: g.model_copy(update={"pages": (page,)}) for k, g in sample.materials.items()}
    window.presenter.edit(lambda d: setattr(d, "materials", materials))
    assert sample.signature is not None
    signed = sample.signature.model_copy(update={"page": page})
    window.presenter.edit(lambda d: setattr(d, "signature", signed))
    window.presenter.go("review")
    window.settle()
    assert not window.presenter.problems(), [p.text for p in window.presenter.problems()]
    window.key(KEY.Key_F9)
    window.settle(lambda: window.presenter.receipt is not None)
    assert window.presenter.receipt is not None
    return window.presenter.receipt


def stored_page(fake: FakeDesk) -> object:
    return fake.hall.page()


def test_one_receipt_for_all_with_every_number(window: Window) -> None:
    receipt = take(window)
    assert window.step() == "receipt"
    assert len(receipt.together) == 3
    step = window.screen.receipt
    assert step.number.text() == receipt.theme_no
    for one in receipt.together:
        assert one.receipt_no in step._together.text()
    window.settle(lambda: step._previewed != "")
    shown = [w.text() for w in window.screen.slip.findChildren(QLabel)]
    assert any("居保注销" in text for text in shown)
    whole = step.printing._names
    assert whole == ("居保注销", "高龄津贴", "惠民殡葬补贴")
    detail = window.fake.queries.case(receipt.case_id)
    assert detail is not None
    assert theme_words(detail) == ""
    cases = list(window.fake.hall.store.tables.cases.values())
    words = theme_words(replace(detail, theme=theme_members(cases))).splitlines()
    assert words[0] == "公民身后一件事 · 办理中"
    assert words[1] == f"总编号 {receipt.theme_no}"
    assert words[2].endswith("已收件（这一件）")
    assert "等「" in words[4]  # 惠民殡葬补贴 comes after 居保注销
    some = theme_words(replace(detail, theme=theme_members(cases[:1])))
    assert some.endswith("另有 2 件还没有传到这里。")
