# SPDX-License-Identifier: MulanPSL-2.0
"""您可能还能办: the rules that ship, what sets them off, and faults an author is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from counter.domain.facts import facts
from counter.domain.hints import Hint, Hints, check_hints, hint_facts, hints_for
from counter.domain.people import Person
from tests.unit.catalog_kit import FOLDER, TODAY, catalog, good, item

SHIPPED = Hints.model_validate_json((FOLDER / "hints.json").read_bytes())
ELDER = {"birth": "1946-12-20", "id_no": "990123194612200123"}


def keys(
    person: Mapping[str, str],
    code: str = "elder_card",
    held: tuple[str, ...] = (),
    taken: Mapping[str, str] | None = None,
) -> set[str]:
    draft = good("elder_card")
    draft.applicant = Person.model_validate({"name": "王桂兰", **person})
    known = facts(draft, item("elder_card"), TODAY)
    ends = draft.applicant.id_valid_to
    return {
        h.key for h in hints_for(SHIPPED.hints, hint_facts(known, code, held, taken or {}, ends))
    }


def test_the_shipped_hints_are_sound() -> None:
    assert check_hints(SHIPPED, catalog().items, catalog().themes) == []


@pytest.mark.parametrize(
    ("birth", "found"),
    [
        ("1946-12-20", {"turns_80"}),  # 80 in less than a month: one month ahead
        ("1946-12-25", set()),
        ("1966-12-20", {"turns_60"}),
        ("1990-01-01", set()),
    ],
)
def test_birthdays_are_told_one_month_ahead(birth: str, found: set[str]) -> None:
    assert keys({"birth": birth}) == found


def test_what_was_taken_already_is_not_proposed() -> None:
    assert keys(ELDER, taken={"elder_allowance": "2026-11-01T09:00:00+08:00"}) == set()
    assert keys(ELDER, code="elder_allowance") == set()


def test_cards_papers_and_deaths() -> None:
    young = {"birth": "1990-01-01", "id_type": "111"}
    assert keys({**young, "id_valid_to": "2026-12-31"}) == {"card_ends"}
    assert keys({**young, "id_valid_to": "2020-12-31"}) == {"card_ends"}
    assert keys({**young, "id_valid_to": "长期"}) == set()
    assert keys(young, held=("disability_cert",)) == {"disability"}
    assert keys(young, code="disability_cert") == {"disability"}
    assert keys(young, code="pension_death") == {"death"}


def test_the_yearly_proof_of_life() -> None:
    person = {"birth": "1960-01-01"}
    claimed = {"pension_claim": "2025-11-01T09:00:00+08:00"}
    assert keys(person, taken=claimed) == {"alive_due"}
    lately = {**claimed, "pension_alive": "2026-05-01T09:00:00+08:00"}
    assert keys(person, taken=lately) == set()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"items": ("no_such_item",)}, "HINT-ITEM"),
        ({"theme": "no_such_theme"}, "HINT-THEME"),
        ({"items": ()}, "HINT-EMPTY"),
        ({"when": "person.age >="}, "HINT-WHEN"),
        ({"when": "person.shoe_size > 40"}, "HINT-WHEN"),
        ({"when": "person.age > 'old'"}, "HINT-WHEN"),
    ],
)
def test_faults_of_an_author_are_found(change: dict[str, Any], code: str) -> None:
    one = Hint(key="a", when="person.age >= 60", text="可以办。", items=("elder_card",))
    bad = Hints(version="1", hints=(one.model_copy(update=change),))
    assert [f.code for f in check_hints(bad, catalog().items, catalog().themes)] == [code]
    twice = Hints(version="1", hints=(one, one))
    assert [f.code for f in check_hints(twice, catalog().items, {})] == ["HINT-TWICE"]
