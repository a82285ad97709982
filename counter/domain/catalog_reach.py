# SPDX-License-Identifier: MulanPSL-2.0
"""Faults that show only when every situation is walked: dead answers, parts nobody meets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from counter.domain.catalog import FormField, FormSection, Item, Material
from counter.domain.catalog_finding import PER_DAY, Finding, Place, finding
from counter.domain.catalog_probe import variants
from counter.domain.cel import compile_expr
from counter.domain.conditions import Facts, holds
from counter.domain.facts import facts
from counter.domain.field_check import CodeLists
from counter.domain.intake import promised
from counter.domain.materials_list import material_states
from counter.domain.sample import SampleError, generate_valid, paths

_DAY = date(2026, 11, 22)
_DEAD = "请核对这个选项的 show_if、derive 和受理条件有没有互相矛盾。"


@dataclass
class _Walk:
    """What was met on the way through all situations."""

    taken: set[tuple[str, str]] = field(default_factory=set)
    needed: set[str] = field(default_factory=set)
    shortest: dict[str, float] = field(default_factory=dict)  # material → least promise, days
    known: list[Facts] = field(default_factory=list)


def check_reach(item: Item, code_lists: CodeLists) -> list[Finding]:
    """Walk every situation with made-up people; what never happens is dead.

    The item's conditions must be sound; otherwise what is found here would be their echo.
    """
    walk = _walk(item, code_lists)
    found = [*_options(item, walk), *_materials(item, walk), *_promises(item, walk)]
    if walk.known:
        found += _form(item, walk, code_lists)
        found += _rows_that_switch(item, walk, code_lists)
    return found


def _walk(item: Item, code_lists: CodeLists) -> _Walk:
    rng = Random(14)  # noqa: S311 - sample data, not secrets
    walk = _Walk()
    for path in paths(item):
        try:
            draft = generate_valid(item, rng, _DAY, path=path, code_lists=code_lists)
        except SampleError:
            continue
        known = facts(draft, item, _DAY)
        walk.known.append(known)
        walk.taken |= set(path.items())
        amount, unit = promised(item, known)
        days = amount * PER_DAY[unit]
        for state in material_states(item, draft, known):
            if state.needed:
                walk.needed.add(state.key)
            if state.needed and state.tolerable:
                walk.shortest[state.key] = min(days, walk.shortest.get(state.key, days))
    return walk


def _options(item: Item, walk: _Walk) -> Iterator[Finding]:
    for i, question in enumerate(item.questions):
        dead = [o for o in question.options if (question.key, o.key) not in walk.taken]
        if len(dead) == len(question.options):
            place: Place = ("questions", i, "show_if" if question.show_if else "key")
            text = f"「{question.text}」从来问不到，或者怎么答都走不通。"
            yield finding(place, "CAT-DEAD", text, "请核对 show_if 和受理条件。")
            continue
        for k, option in enumerate(question.options):
            if option in dead:
                text = f"「{option.label}」走不通：没有人能符合。"
                yield finding(("questions", i, "options", k), "CAT-DEAD", text, _DEAD)


def _materials(item: Item, walk: _Walk) -> Iterator[Finding]:
    for at, row in enumerate(item.materials):
        if row.key not in walk.needed:
            text = f"「{row.material_name}」在哪种情形下都用不到。"
            yield _unreached(("materials", at, "needed_if"), text, "请核对 needed_if。")
        elif row.tolerable and row.key not in walk.shortest:
            text = f"「{row.material_name}」在哪种情形下都不能容缺。"
            yield _unreached(("materials", at, "tolerable_if"), text, "请核对 tolerable_if。")
        elif row.tolerable and not row.tolerate_beyond:
            yield from _too_late(at, row, walk.shortest[row.key])


def _too_late(at: int, row: Material, promise: float) -> Iterator[Finding]:
    """A gap ends within the promised time of every situation (domain brief §3.2)."""
    if row.tolerate_days > promise:
        text = f"容缺 {row.tolerate_days} 个工作日，比有的情形的承诺时限还长。"
        hint = "请改短，或用 tolerable_if 限定情形；法规另有规定的，把依据写进 tolerate_beyond。"
        yield finding(("materials", at, "tolerate_days"), "CAT-TOLERATE-LONG", text, hint)


def _promises(item: Item, walk: _Walk) -> Iterator[Finding]:
    first = {_first_rule(item, known) for known in walk.known}
    for at in range(len(item.promise_rules)):
        if walk.known and at not in first:
            text = "这条时限规则在哪种情形下都轮不到。"
            hint = "请核对 when；前面的规则成立时，后面的不再看。"
            yield _unreached(("promise_rules", at, "when"), text, hint)


def _first_rule(item: Item, known: Facts) -> int:
    rules = enumerate(item.promise_rules)
    return next((at for at, rule in rules if holds(rule.when, known) is True), -1)


def _form(item: Item, walk: _Walk, code_lists: CodeLists) -> Iterator[Finding]:
    for i, section in enumerate(item.form):
        seen = [
            _ever((section.shown_if, f.shown_if), item, walk, code_lists) for f in section.fields
        ]
        if not any(seen):
            text = f"「{section.title}」这一栏在哪种情形下都不出现。"
            place: Place = ("form", i, "shown_if" if section.shown_if else "fields")
            yield _unreached(place, text, "请核对这一栏和栏内字段的 shown_if。")
            continue
        for k, (one, reached) in enumerate(zip(section.fields, seen, strict=True)):
            if not reached:
                text = f"「{one.label}」在哪种情形下都不出现。"
                yield _unreached(("form", i, "fields", k, "shown_if"), text, "请核对 shown_if。")
            elif one.required_if and not _asked(section, one, item, walk, code_lists):
                text = f"「{one.label}」要求必填的时候，这个字段是藏着的。"
                hint = "required_if 要和 shown_if（含整栏的）能同时成立。"
                yield finding(("form", i, "fields", k, "required_if"), "CAT-HIDDEN", text, hint)


def _asked(
    section: FormSection, one: FormField, item: Item, walk: _Walk, code_lists: CodeLists
) -> bool:
    return _ever((section.shown_if, one.shown_if, one.required_if), item, walk, code_lists)


def _rows_that_switch(item: Item, walk: _Walk, code_lists: CodeLists) -> Iterator[Finding]:
    """Parts with a condition of their own that are neither asked nor promised."""
    rule = item.auto_approve
    if rule is None:
        return
    if not _ever((rule.deciding_if,), item, walk, code_lists):
        place: Place = ("auto_approve", "deciding_if")
        yield _unreached(place, "秒批规则在哪种情形下都用不上。", "请核对 deciding_if。")
    for at, fact in enumerate(rule.all_of):
        if not _ever((rule.deciding_if, fact.only_if), item, walk, code_lists):
            text = f"「{fact.label}」在哪种情形下都不会核对。"
            place = ("auto_approve", "all_of", at, "only_if")
            yield _unreached(place, text, "请核对 only_if。")


def _ever(sources: Iterable[str], item: Item, walk: _Walk, code_lists: CodeLists) -> bool:
    """Tell whether all these conditions can hold together in some situation."""
    parts = [f"({source})" for source in sources if source]
    if not parts:
        return True
    source = " && ".join(parts)
    if any(holds(source, known) is True for known in walk.known):
        return True
    # The sample people filled in other values: try those the condition speaks of.
    expr = compile_expr(source)
    if not any(path.startswith("form.") for path in expr.paths):
        return False
    form = frozenset({"form"})
    tried: list[Any] = []
    for known in walk.known:
        if known["answers"] in tried:
            continue
        tried.append(known["answers"])
        for facts_here in variants(expr, known, item, code_lists, roots=form, absent=True):
            if holds(source, facts_here) is True:
                return True
    return False


def _unreached(place: Place, text: str, hint: str) -> Finding:
    return finding(place, "CAT-UNREACHED", text, hint)
