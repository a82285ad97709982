# SPDX-License-Identifier: MulanPSL-2.0
"""One intake of a theme seen by one of its items: whose matter, which answers, fields and papers.

The draft holds everything once, under shared names; a ``Part`` hands an item its own share under
the item's own names, so each item is judged by its own unchanged rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from counter.domain.catalog import FormSection, Item, Question
from counter.domain.cel import compile_expr
from counter.domain.draft import Draft
from counter.domain.errors import DomainError
from counter.domain.identity import check_document
from counter.domain.people import Agent, Person
from counter.domain.theme import Subject, Theme, ThemeStep, lead_item, predecessors

JOIN = "__"


@dataclass(frozen=True)
class Part:
    """One item of a theme as it is taken.

    Attributes:
        step: Its place in the theme; the lead part (the theme's own questions) has none.
        item: The item as pinned; what goes into the case.
        asked: The item without what only an earlier chosen item's result can tell.
        questions: Item's question key → shared key; preset ones are missing.
    """

    step: ThemeStep
    item: Item
    asked: Item
    questions: Mapping[str, str]

    def code(self, field_code: str) -> str:
        """Return the shared code of an item's field."""
        return self.step.form_as.get(field_code, field_code)

    def material(self, key: str) -> str:
        """Return the shared key of an item's material."""
        return self.step.materials_as.get(key, key)

    @property
    def for_subject(self) -> bool:
        """Tell whether the item is the subject's, not the applicant's."""
        return self.step.role == "subject"


@dataclass(frozen=True)
class Bundle:
    """A theme with the chosen items at their pinned versions; ``lead`` is the theme's own part."""

    theme: Theme
    lead: Part
    parts: tuple[Part, ...]

    @property
    def all_parts(self) -> tuple[Part, ...]:
        """Return the lead and the items, in the order they are asked."""
        return (self.lead, *self.parts)


def make_bundle(theme: Theme, items: Mapping[str, Item], chosen: Sequence[str]) -> Bundle:
    """Join a theme with its items.

    Args:
        theme: The theme as pinned.
        items: Every item of the theme this counter has, by code; the chosen ones at their pinned
            versions.
        chosen: Codes of the chosen items, in any order.
    """
    lead = lead_item(theme)
    names = _shared_questions(theme, items)
    own = Part(ThemeStep(item=theme.theme_code), lead, lead, {q.key: q.key for q in lead.questions})
    parts = []
    for step in theme.steps:
        if step.item in chosen and step.item in items:
            item = items[step.item]
            asked = _without(item, *_given_by_earlier(theme, step, chosen))
            shared = {
                q.key: names[step.item, q.key] for q in item.questions if q.key not in step.preset
            }
            parts.append(Part(step, item, asked, shared))
    return Bundle(theme, own, tuple(parts))


def join_theme(
    theme: Theme, chosen: Mapping[str, str], item_json: Callable[[str, str], str | None]
) -> Bundle:
    """Join a theme with its items as a store has them.

    Args:
        theme: The theme as pinned.
        chosen: Item code → pinned version.
        item_json: Text of an item version, the newest for ``""``; None if it is not there.

    Raises:
        DomainError: ``ITEM-NONE``: a chosen item is not there.
    """
    items = {}
    for step in theme.steps:
        text = item_json(step.item, chosen.get(step.item, ""))
        if text is not None:
            items[step.item] = Item.model_validate_json(text)
        elif step.item in chosen:
            what = "选了的事项本机没有，请更新目录后再试。"
            raise DomainError(code="ITEM-NONE", what=what, field="item")
    return make_bundle(theme, items, tuple(chosen))


def _shared_questions(theme: Theme, items: Mapping[str, Item]) -> dict[tuple[str, str], str]:
    """Give equal questions about the same person one key, the first item's."""
    first: dict[object, str] = {}
    out = {}
    for step in theme.steps:
        for question in items[step.item].questions if step.item in items else ():
            if question.key not in step.preset:
                sign = (step.role, _sense(question))
                out[step.item, question.key] = first.setdefault(
                    sign, f"{step.item}{JOIN}{question.key}"
                )
    return out


def _sense(question: Question) -> object:
    options = tuple((o.key, o.label) for o in question.options)
    return question.key, question.text, options


def _given_by_earlier(
    theme: Theme, step: ThemeStep, chosen: Sequence[str]
) -> tuple[frozenset[str], frozenset[str]]:
    before = predecessors(theme, step.item, chosen)
    edges = [a for a in step.after if a.item in before]
    return (
        frozenset([*step.leave_out, *(code for a in edges for code in a.gives_fields)]),
        frozenset(key for a in edges for key in a.gives_materials),
    )


def _without(item: Item, codes: frozenset[str], keys: frozenset[str]) -> Item:
    """Return the item without fields and papers that come later, and the rules over them."""
    if not codes and not keys:
        return item
    sections = [_section(s, codes) for s in item.form]
    read = {f"form.{code}" for code in codes}
    return item.model_copy(
        update={
            "form": tuple(s for s in sections if s.fields),
            "materials": tuple(m for m in item.materials if m.key not in keys),
            "conditions": tuple(
                c for c in item.conditions if not read & set(compile_expr(c.when).paths)
            ),
        }
    )


def _section(section: FormSection, codes: frozenset[str]) -> FormSection:
    fields = tuple(f for f in section.fields if f.code not in codes)
    return section.model_copy(update={"fields": fields})


def share(draft: Draft, bundle: Bundle, part: Part, form: Mapping[str, Any]) -> Draft:
    """Return the draft as this item sees it.

    Args:
        draft: The one draft of the theme.
        bundle: The theme as chosen.
        part: One of its parts.
        form: Values by shared code: what was typed, and the defaults of earlier parts.
    """
    codes = [f.code for s in part.asked.form for f in s.fields]
    mine = {code: part.code(code) for code in codes}
    given = {m.key: draft.materials.get(part.material(m.key)) for m in part.asked.materials}
    answers = {key: draft.answers.get(name, "") for key, name in part.questions.items()}
    changes: dict[str, Any] = {
        "item_code": part.item.item_code,
        "item_version": part.item.task_version,
        "answers": {**{k: v for k, v in answers.items() if v}, **part.step.preset},
        "form": {code: form[name] for code, name in mine.items() if name in form},
        "form_sources": {
            code: draft.form_sources[name]
            for code, name in mine.items()
            if name in draft.form_sources
        },
        "materials": {k: g.model_copy(update={"key": k}) for k, g in given.items() if g},
    }
    subject = bundle.theme.subject
    if part.for_subject and subject is not None:
        changes |= _roles(draft, subject, form)
    return draft.model_copy(update=changes)


def _roles(draft: Draft, subject: Subject, form: Mapping[str, Any]) -> dict[str, Any]:
    """The subject becomes the applicant, and who came acts for it."""
    agent = draft.agent or Agent(
        person=draft.applicant,
        relation=subject.relation,
        kind=subject.kind,
        evidence=subject.evidence,
    )
    signature = draft.signature
    if signature is not None:
        signature = signature.model_copy(update={"signer": "agent"})
    return {"applicant": subject_person(subject, form), "agent": agent, "signature": signature}


def subject_person(subject: Subject, form: Mapping[str, Any]) -> Person:
    """Return the subject as far as the shared form knows it."""
    known = {name: str(form.get(code) or "") for name, code in subject.fields.items()}
    found = Person.model_validate({"id_type": subject.id_type, **known})
    if subject.id_type == "111" and found.id_no and not found.birth:
        # A resident's number tells the birth; nobody is asked for it a second time.
        checked = check_document("111", found.id_no, date.max).id_check
        if checked is not None and checked.birth is not None:
            found = found.model_copy(update={"birth": checked.birth.isoformat()})
    return found
