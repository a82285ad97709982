# SPDX-License-Identifier: MulanPSL-2.0
"""The form as it stands: which sections and fields are there, what they hold, what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from counter.domain.ages import parse_day
from counter.domain.catalog import FormField, FormSection, Item
from counter.domain.conditions import Facts, on
from counter.domain.draft import Draft
from counter.domain.facts import field_value, is_blank
from counter.domain.field_check import CodeLists, check_value
from counter.domain.problems import Problem


@dataclass(frozen=True, slots=True)
class FieldState:
    """One field: ``source`` tells where the value came from (typed, id_card, previous …)."""

    field: FormField
    visible: bool
    required: bool
    value: Any
    source: str
    problem: Problem | None

    @property
    def code(self) -> str:
        """Return the semantic code."""
        return self.field.code


@dataclass(frozen=True, slots=True)
class SectionState:
    """One titled group; hidden when nothing in it applies."""

    section: FormSection
    visible: bool
    fields: tuple[FieldState, ...]


@dataclass(frozen=True, slots=True)
class FormState:
    """All sections in order."""

    sections: tuple[SectionState, ...]

    def visible_fields(self) -> tuple[FieldState, ...]:
        """Return the fields that are asked here, in reading order."""
        return tuple(f for s in self.sections for f in s.fields if f.visible)

    def values(self) -> dict[str, Any]:
        """Return what goes into the case: values of visible fields that are filled, by code."""
        return {f.code: f.value for f in self.visible_fields() if not is_blank(f.value)}

    def get(self, code: str) -> FieldState | None:
        """Return a field's state by its code."""
        return next((f for s in self.sections for f in s.fields if f.code == code), None)


def form_state(item: Item, draft: Draft, facts: Facts, code_lists: CodeLists) -> FormState:
    """Return the form for the facts; hidden fields keep their typed value in the draft only."""
    given = _Given(draft, facts, code_lists, parse_day(facts["today"]))
    sections = []
    for section in item.form:
        shown = on(section.shown_if, facts)
        fields = tuple(_field(f, given, shown=shown) for f in section.fields)
        sections.append(SectionState(section, shown and any(f.visible for f in fields), fields))
    return FormState(tuple(sections))


@dataclass(frozen=True, slots=True)
class _Given:
    draft: Draft
    facts: Facts
    code_lists: CodeLists
    today: date | None


def _field(field: FormField, given: _Given, *, shown: bool) -> FieldState:
    if not shown or not on(field.shown_if, given.facts):
        return FieldState(field, False, False, "", "", None)
    required = field.required or bool(field.required_if and on(field.required_if, given.facts))
    value, source = field_value(given.draft, field, given.facts)
    problem = None
    if not is_blank(value):
        problem = check_value(field, value, given.code_lists, given.today)
    elif required:
        problem = Problem("FIELD-REQUIRED", f"请填写「{field.label}」。", "error", field.code)
    return FieldState(field, True, required, value, source, problem)
