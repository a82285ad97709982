# SPDX-License-Identifier: MulanPSL-2.0
"""Fill any item with made-up but fully valid data, for tests, benches and ``counter simulate``.

People are fictional: region 990123 is assigned to nobody, names come from a made-up list.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from counter.domain.catalog import FormField, Item
from counter.domain.cel import compile_expr
from counter.domain.checkchars import mod11_2, uscc_check
from counter.domain.conditions import Facts, holds
from counter.domain.draft import Draft, Signature
from counter.domain.facts import facts, is_blank, visible_questions
from counter.domain.field_check import CodeLists, check_value, luhn_ok
from counter.domain.form_state import form_state
from counter.domain.materials import GivenMaterial, Page
from counter.domain.materials_list import MaterialState, material_states
from counter.domain.people import Agent, Person

Path = dict[str, str]

REGION = "990123"
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = "安宁平和康乐春夏秋冬山川江河松柏兰竹梅菊云霞星月晨光明远志诚信义礼文武德才"
_AGES = (80, 85, 66, 62, 35, 45, 28, 92, 101, 70, 17, 10, 0, 19, 50, 59, 60, 65, 95)
_WORDS = ("示例一号", "示例内容", "练习资料")
_TRIES = 60
OPTIONAL_SHARE = 0.3  # of the optional fields are filled


class SampleError(ValueError):
    """No valid draft could be made for this path; the item's data contradict themselves."""


def paths(item: Item) -> list[Path]:
    """Return every situation of the item: a mapping of question key to option key for each.

    Only answers are looked at; conditions over people count as open, so a question that depends
    on them appears both asked and not asked.
    """
    return list(_paths(item, 0, {}))


def _paths(item: Item, at: int, answers: Path) -> Iterator[Path]:
    if at == len(item.questions):
        yield answers
        return
    question = item.questions[at]
    known = {"answers": answers}
    shown = holds(question.show_if, known) if question.show_if else True
    if shown is not True:
        yield from _paths(item, at + 1, answers)
    if shown is not False:
        for option in question.options:
            if not option.show_if or holds(option.show_if, known) is not False:
                yield from _paths(item, at + 1, {**answers, question.key: option.key})


def person(rng: Random, today: date, age: int) -> Person:
    """Return a fictional person of that age with a valid number of region 990123."""
    born = _born(rng, today, age)
    male = rng.random() < 0.5
    body = f"{REGION}{born:%Y%m%d}{rng.randrange(1, 500) * 2 + male:03d}"  # odd = male
    number = body + mod11_2(body)
    return Person(
        entity_id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        name=rng.choice(_SURNAMES) + "".join(rng.sample(_GIVEN, rng.choice((1, 2)))),
        id_no=number,
        sex="1" if male else "2",
        nation="01",
        birth=born.isoformat(),
        address=f"示例县示例镇示例村{rng.randrange(1, 200)}号",
        id_valid_from="2016-01-01",
        id_valid_to="长期",
        issuer="示例县公安局",
        no_phone_reason="无手机",
        verify_method="card_visual",
    )


def _born(rng: Random, today: date, age: int) -> date:
    year = today.year - age
    latest = date(year, today.month, min(today.day, 28))
    return latest - timedelta(days=rng.randrange(1, 60 if age == 0 else 330))


def uscc(rng: Random) -> str:
    """Return a fictional unified social credit code of an individual business."""
    body = f"92{REGION}MA{rng.randrange(10**7):07d}"
    return body + uscc_check(body)


def card_no(rng: Random) -> str:
    """Return a fictional bank card number whose check digit fits."""
    body = f"62999{rng.randrange(10**13):013d}"
    return next(body + d for d in "0123456789" if luhn_ok(body + d))


def page(rng: Random) -> Page:
    """Return a reference to a page that no store holds."""
    return Page(
        blob_id=f"{rng.getrandbits(256):064x}",
        size=rng.randrange(60_000, 200_000),
        media_type="image/jpeg",
        origin="simulated",
    )


def generate_valid(
    item: Item,
    rng: Random,
    today: date,
    *,
    path: Path | None = None,
    code_lists: CodeLists,
    operator_id: str = "sample",
) -> Draft:
    """Return a draft of the item that has nothing left to put right.

    Args:
        item: The service item.
        rng: Source of chance; the same seed gives the same draft.
        today: Day of receipt.
        path: One of ``paths(item)``; any by chance if None.
        code_lists: For choices.
        operator_id: Who is said to have made it.

    Raises:
        SampleError: no person and no values satisfy the item on this path.
    """
    if path is None:
        path = rng.choice(paths(item))
    for profile in _profiles(item):
        draft = _with_people(item, rng, today, profile, operator_id)
        draft.answers = dict(path)
        known = facts(draft, item, today)
        if not _path_fits(item, known, path) or _hopeless(item, known):
            continue
        for _ in range(_TRIES):
            _fill_form(draft, item, rng, today, code_lists)
            wrong = _wrong_fields(item, facts(draft, item, today))
            if wrong is None:
                return _finish(draft, item, rng, today)
            draft.form = {code: v for code, v in draft.form.items() if code not in wrong}
    raise SampleError(f"{item.item_code}: no valid draft for {path}")


@dataclass(frozen=True, slots=True)
class _Profile:
    age: int
    agent: str  # "", entrusted, guardian


def _profiles(item: Item) -> Iterator[_Profile]:
    """Give kinds of people to try; elders first, they are most of the work."""
    agents = ("",) if item.agent_forbidden else ("", "entrusted", "guardian")
    for age in _AGES:
        for agent in agents:
            yield _Profile(age, agent)


def _with_people(
    item: Item, rng: Random, today: date, profile: _Profile, operator_id: str
) -> Draft:
    agent = None
    if profile.agent:
        other = person(rng, today, rng.randrange(30, 60))
        kind = "guardian" if profile.agent == "guardian" else "entrusted"
        relation = "监护人" if kind == "guardian" else "女儿"
        evidence = "hukou" if kind == "guardian" else ""
        agent = Agent.model_validate(
            {"person": other, "relation": relation, "kind": kind, "evidence": evidence}
        )
    return Draft(
        draft_id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        case_id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        operator_id=operator_id,
        started_at=f"{today.isoformat()}T09:00:00+08:00",
        item_code=item.item_code,
        item_version=item.task_version,
        step="review",
        applicant=person(rng, today, profile.age),
        agent=agent,
    )


def _path_fits(item: Item, known: Facts, path: Path) -> bool:
    """Tell whether exactly these questions are asked and every derived answer agrees."""
    states = visible_questions(item, known, path)
    if {s.question.key: s.answer for s in states} != path:
        return False
    free = visible_questions(item, known, {})
    return all(not s.derived or path.get(s.question.key) == s.answer for s in free)


def _fill_form(draft: Draft, item: Item, rng: Random, today: date, code_lists: CodeLists) -> None:
    """Fill in rounds, since a value may show further fields."""
    offered: set[str] = set()
    while True:
        form = form_state(item, draft, facts(draft, item, today), code_lists)
        fresh = [s for s in form.visible_fields() if s.code not in offered and is_blank(s.value)]
        if not fresh:
            return
        offered |= {s.code for s in fresh}
        chosen = [s.field for s in fresh if s.required or rng.random() < OPTIONAL_SHARE]
        values = {f.code: _value(f, rng, today, code_lists) for f in chosen}
        draft.form = {**draft.form, **values}


def _value(field: FormField, rng: Random, today: date, code_lists: CodeLists) -> Any:
    day = today + timedelta(days=rng.randrange(-300, 300))
    makers: dict[str, Any] = {
        "number": lambda: _number(field, rng),
        "money": lambda: str(rng.randrange(int(field.min or 0), int(field.max or 90_000) + 1)),
        "date": day.isoformat,
        "month": lambda: f"{today.year}-{rng.randrange(1, 13):02d}",
        "choice": lambda: rng.choice(sorted(code_lists.get(field.code_list) or {"": ""})),
        "yes_no": lambda: rng.random() < 0.3,
        "region": lambda: f"{REGION}001{rng.randrange(1, 20):03d}",
        "account": lambda: card_no(rng),
        "phone": lambda: f"199{rng.randrange(10**8):08d}",
        "id_number": lambda: person(rng, today, 40).id_no,
    }
    if field.type in makers:
        return makers[field.type]()
    if field.code.endswith(".uscc"):
        return uscc(rng)
    for text in _texts(field, rng):
        if check_value(field, text, code_lists) is None:
            return text
    raise SampleError(f"{field.code}: no text fits the pattern")


def _number(field: FormField, rng: Random) -> int:
    low = int(field.min or 0)
    # Small numbers first: sizes and counts in a form usually limit each other from above.
    high = int(field.max if field.max is not None else low + 100)
    return rng.randint(low, min(high, low + 60))


def _texts(field: FormField, rng: Random) -> Iterator[str]:
    """Give plain words, then strings for the simple patterns a catalogue uses."""
    if not field.pattern:
        yield rng.choice(_WORDS)[: field.max_len]
    digits = f"{rng.randrange(10**20):020d}"
    yield "https://shop.example.cn/练习"
    for head in ("", "A", "JY"):
        for length in range(1, 20):
            yield head + digits[:length]


def _hopeless(item: Item, known: Facts) -> bool:
    """Tell whether a condition fails already before the form is filled."""
    return any(r.severity == "error" and holds(r.when, known) is False for r in item.conditions)


def _wrong_fields(item: Item, known: Facts) -> set[str] | None:
    """Return the fields that conditions not met speak of; None if all conditions hold."""
    rules = [r for r in item.conditions if r.severity == "error"]
    failed = [r for r in rules if holds(r.when, known) is not True]
    paths_read = {path for r in failed for path in compile_expr(r.when).paths}
    return {p.removeprefix("form.") for p in paths_read} if failed else None


def _finish(draft: Draft, item: Item, rng: Random, today: date) -> Draft:
    known = facts(draft, item, today)
    given = {}
    states = material_states(item, draft, known)
    for state in states:
        if not state.needed or (state.material.generated and state.signers < 2):
            continue
        given[state.key] = GivenMaterial(
            key=state.key,
            way="scanned",
            pages=tuple(page(rng) for _ in range(rng.choice((1, 1, 2)))),
            original_checked="原件" in state.material.material_type,
            checked_by=draft.operator_id,
            checked_at=draft.started_at,
            trust="B",
        )
    draft.materials = given
    draft.signature = Signature(
        method="pad",
        signer="agent" if draft.agent else "applicant",
        page=page(rng),
        signed_at=draft.started_at,
    )
    _tolerate_some(draft, states, rng)
    return draft


def _tolerate_some(draft: Draft, states: list[MaterialState], rng: Random) -> None:
    """Sometimes leave one tolerable paper for later, as happens at a real counter."""
    able = [s.key for s in states if s.tolerable and not s.material.generated]
    if able and len(draft.materials) > 1 and rng.random() < 0.5:
        key = rng.choice(able)
        draft.materials = {**draft.materials, key: GivenMaterial(key=key, way="tolerated")}
