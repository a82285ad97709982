# SPDX-License-Identifier: MulanPSL-2.0
"""The facts that catalogue conditions are evaluated over, and the questions that decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from counter.domain.ages import full_months, parse_day, ymd
from counter.domain.catalog import FormField, FormSection, Item, Option, Question
from counter.domain.conditions import Facts, on, value_of
from counter.domain.draft import Draft
from counter.domain.names import normalise_name
from counter.domain.people import Agent, Person

ROOTS = ("person", "agent", "answers", "form", "today", "today_ymd", "platform")
PERSON_FACTS = (
    *("name", "id_type", "id_no", "sex", "nation", "birth", "address", "mobile", "verify_method"),
    *("id_valid_to", "birth_ymd", "age", "age_months", "region", "card_expired"),
)
AGENT_FACTS = (*PERSON_FACTS, "relation", "kind")


@dataclass(frozen=True, slots=True)
class QuestionState:
    """One question as it stands now.

    Attributes:
        question: The catalogue row.
        options: The options open in this situation.
        answer: Key of the valid answer, or "".
        derived: True when the answer came from the facts and nobody was asked.
    """

    question: Question
    options: tuple[Option, ...]
    answer: str
    derived: bool


def facts(draft: Draft, item: Item, today: date) -> dict[str, Any]:
    """Return everything a condition of the item may ask about.

    What is not known is absent, so that a condition over it is unknown, never false:

    * ``today`` ISO day, ``today_ymd`` number such as 20261122.
    * ``person``: name, id_type, id_no, sex, nation, birth, address, mobile, id_valid_to,
      verify_method as in ``Person``; ``birth_ymd`` number; ``age`` full years (周岁);
      ``age_months`` full months of life (80th birthday in one month: ``>= 80 * 12 - 1``);
      ``region`` first six digits of a resident ID number (where it was issued, not where one
      lives); ``card_expired`` true or false.
    * ``agent``: the same and ``relation``, ``kind``; empty without an agent, so
      ``has(agent.name)`` tells whether somebody acts for the person.
    * ``answers``: key of question → key of option, only for visible questions, derived ones in.
    * ``form``: values nested by the dots of the code (``form.account.owner``), only of shown
      fields, defaults in; numbers and money are numbers, dates ISO text.
    * ``platform``: only where the centre evaluates; never at the counter.

    A question sees the answers above it, a field sees all answers and the fields above it.
    """
    out: dict[str, Any] = {
        "today": today.isoformat(),
        "today_ymd": ymd(today),
        "person": _person(draft.applicant, today),
        "agent": _agent(draft.agent, today),
        "answers": {},
        "form": {},
    }
    for state in visible_questions(item, out, draft.answers):
        if state.answer:
            out["answers"][state.question.key] = state.answer
    for section in item.form:
        for field in section.fields:
            _branch(out["form"], field.code)
    for section in item.form:
        _add_section(section, draft, out)
    return out


def visible_questions(
    item: Item, known: Facts, given: dict[str, str] | None = None
) -> list[QuestionState]:
    """Return the questions to be answered here, in order, with open options and answers.

    Args:
        item: The service item.
        known: From ``facts``.
        given: ``draft.answers``; without it the answers in ``known`` are shown, which hold only
            valid and derived ones, and nothing is marked as derived.
    """
    answers: dict[str, str] = {}
    here = {**known, "answers": answers}
    source = known["answers"] if given is None else given
    out = []
    for question in item.questions:
        if not on(question.show_if, here):
            continue
        options = tuple(o for o in question.options if on(o.show_if, here))
        keys = {o.key for o in options}
        answer = source.get(question.key, "")
        derived = False
        if answer not in keys:
            found = value_of(question.derive, here) if question.derive else None
            answer = found if isinstance(found, str) and found in keys else ""
            derived = bool(answer)
        if answer:
            answers[question.key] = answer
        out.append(QuestionState(question, options, answer, derived))
    return out


def field_value(draft: Draft, field: FormField, known: Facts) -> tuple[Any, str]:
    """Return the value of a shown field and where it came from; ("", "") when there is none."""
    value = draft.form.get(field.code, "")
    if not is_blank(value):
        return value, draft.form_sources.get(field.code, "typed")
    # A field the clerk emptied is kept as an empty entry, so its default does not come back.
    if field.default and field.code not in draft.form:
        value = value_of(field.default, known)
        if not is_blank(value):
            return value, field.source
    return "", ""


def is_blank(value: Any) -> bool:
    """Tell whether a field holds nothing."""
    return value is None or (isinstance(value, str) and not value.strip())


def as_fact(field: FormField, value: Any) -> Any:
    """Return a value as conditions see it; a number that is none stays text."""
    if field.type in {"number", "money"} and isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return value
        return int(number) if number.is_integer() else number
    if isinstance(value, str) and field.code.endswith((".owner", ".name")):
        return normalise_name(value)
    return value


def _add_section(section: FormSection, draft: Draft, out: dict[str, Any]) -> None:
    if not on(section.shown_if, out):
        return
    for field in section.fields:
        if not on(field.shown_if, out):
            continue
        value, _ = field_value(draft, field, out)
        if not is_blank(value):
            branch, leaf = _branch(out["form"], field.code)
            branch[leaf] = as_fact(field, value)


def _branch(form: dict[str, Any], code: str) -> tuple[dict[str, Any], str]:
    *way, leaf = code.split(".")
    for part in way:
        form = form.setdefault(part, {})
    return form, leaf


def _person(person: Person, today: date) -> dict[str, Any]:
    names = ("name", "id_type", "id_no", "sex", "nation", "birth", "address", "mobile")
    out: dict[str, Any] = {n: getattr(person, n) for n in (*names, "id_valid_to")}
    out = {name: value for name, value in out.items() if value}
    if "name" in out:
        out["name"] = normalise_name(person.name)  # 阿依古丽•买买提 is 阿依古丽·买买提
    out["verify_method"] = person.verify_method
    born = parse_day(person.birth)
    if born is not None and born <= today:
        months = full_months(born, today)
        out |= {"birth_ymd": ymd(born), "age": months // 12, "age_months": months}
    if person.id_type == "111" and len(person.id_no) == 18:
        out["region"] = person.id_no[:6]
    ends = parse_day(person.id_valid_to)
    out["card_expired"] = ends is not None and ends < today
    return out


def _agent(agent: Agent | None, today: date) -> dict[str, Any]:
    if agent is None:
        return {}
    out = _person(agent.person, today)
    if agent.relation:
        out["relation"] = agent.relation
    return out | {"kind": agent.kind}
