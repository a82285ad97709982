# SPDX-License-Identifier: MulanPSL-2.0
"""Shared pieces of the theme tests: a theme's draft filled by what its own view asks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from counter.domain.catalog import FormField
from counter.domain.draft import Draft, Signature, ThemeChoice
from counter.domain.facts import QuestionState
from counter.domain.materials import GivenMaterial
from counter.domain.sample import card_no, page, person
from counter.domain.theme import Theme
from counter.domain.theme_parts import Bundle, make_bundle
from counter.domain.theme_view import ThemeView, theme_view
from tests.unit.catalog_kit import NOW, TODAY, calendar, catalog

AGE = {"newborn": 30, "after_death": 45, "disability": 40, "retire": 60}
_ROUNDS = 8


def theme(code: str) -> Theme:
    """Return a shipped theme."""
    return catalog().themes[code]


def bundle(code: str, chosen: Sequence[str] = ()) -> Bundle:
    """Return a theme joined with its items, all of them without ``chosen``."""
    one = theme(code)
    return make_bundle(one, catalog().items, tuple(chosen) or tuple(s.item for s in one.steps))


def view(draft: Draft, joined: Bundle, at: datetime = NOW) -> ThemeView:
    """Return what follows from a theme's draft."""
    return theme_view(draft, joined, calendar(), at, catalog().code_lists)


def empty(joined: Bundle, rng: Random, **answers: str) -> Draft:
    """Return a draft with its person and chosen items, nothing filled in."""
    items = {p.item.item_code: p.item.task_version for p in joined.parts}
    one = joined.theme
    return Draft(
        draft_id="0190d0000000700080000000000000d1",
        case_id="0190d0000000700080000000000000c1",
        operator_id="sample",
        started_at=NOW.isoformat(),
        step="review",
        applicant=person(rng, TODAY, AGE.get(one.theme_code, 70)),
        answers=dict(answers),
        theme=ThemeChoice(theme_code=one.theme_code, theme_version=one.task_version, items=items),
    )


def fill(
    draft: Draft,
    joined: Bundle,
    rng: Random,
    asked: list[str] | None = None,
    at: datetime = NOW,
) -> Draft:
    """Answer what the one view asks, each question, field and paper once, until nothing is left."""
    today = at.date()
    told = asked if asked is not None else []
    draft.signature = Signature(
        method="pad", signer="applicant", page=page(rng), signed_at=at.isoformat()
    )
    for _ in range(_ROUNDS):
        now = view(draft, joined, at).joined
        for state in now.questions:
            if not state.answer:
                told.append(f"question.{state.question.key}")
                answer = _answer(state, rng)
                draft.answers = {**draft.answers, state.question.key: answer}
        for field in now.form.visible_fields():
            if field.required and not field.value and field.value is not False:
                told.append(field.code)
                value = draft.applicant.name if field.code == "account.owner" else None
                value = _value(field.field, rng, today) if value is None else value
                draft.form = {**draft.form, field.code: value}
        for row in now.needed_materials:
            if row.required and not row.done and not row.material.generated:
                told.append(f"material.{row.key}")
                given = GivenMaterial(
                    key=row.key, way="scanned", pages=(page(rng),), original_checked=True
                )
                draft.materials = {**draft.materials, row.key: given}
    return draft


def _answer(state: QuestionState, rng: Random) -> str:
    """Some answers would need another person than the sample's."""
    key = state.question.key.rpartition("__")[2]
    fixed = {"handler": "self", "who": "adult", "years": "full", "degree": "heavy"}
    return fixed.get(key) or rng.choice(state.options).key


def _value(field: FormField, rng: Random, today: date) -> Any:
    fixed: dict[str, Any] = {
        "child.birth": (today - timedelta(days=9)).isoformat(),
        "newborn.birth_cert_no": "A260000001",
        "subject.death_date": (today - timedelta(days=5)).isoformat(),
        "funeral.cremation_date": (today - timedelta(days=3)).isoformat(),
        "pension.paid_years": "20",
        "child.relation": "mother",
        "subject.relation": "child",
        "disability.type": "5",
        "disability.level": "1",
        "child.name": "王一一",
        "disability.cert_no": person(rng, today, 40).id_no,
    }
    makers: dict[str, Any] = {
        "number": lambda: "3",
        "money": lambda: "0",
        "date": today.isoformat,
        "month": lambda: f"{today:%Y-%m}",
        "choice": lambda: rng.choice(sorted(catalog().code_lists[field.code_list])),
        "yes_no": lambda: False,
        "region": lambda: "990123001002",
        "account": lambda: card_no(rng),
        "phone": lambda: "19900000001",
        "id_number": lambda: person(rng, today, 70).id_no,
    }
    if field.code in fixed:
        return fixed[field.code]
    return makers.get(field.type, lambda: "练习资料")()
