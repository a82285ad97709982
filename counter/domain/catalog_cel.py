# SPDX-License-Identifier: MulanPSL-2.0
"""Check the conditions of an item: syntax, known facts, known answers, fitting types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from counter.domain.catalog import FormField, Item
from counter.domain.catalog_probe import variants
from counter.domain.cel import Expr, compile_expr, evaluate, evaluate_bool
from counter.domain.conditions import narrow
from counter.domain.errors import DomainError
from counter.domain.facts import AGENT_FACTS, PERSON_FACTS
from counter.domain.field_check import CodeLists

Place = tuple[str | int, ...]
Broken = tuple[Place, str, str, str]  # place, code, text, hint

_ANSWER = re.compile(r"""answers\.(\w+)\s*[!=]=\s*["']([^"']*)["']""")
_ANSWER_IN = re.compile(r"""answers\.(\w+)\s+in\s+\[([^\]]*)\]""")
_TEXT = re.compile(r"""["']([^"']*)["']""")
_SAMPLE: dict[str, Any] = {
    "number": 1,
    "money": 1,
    "yes_no": True,
    "date": "2026-01-01",
    "month": "2026-01",
}
_VARIED = frozenset({"answers", "form", "person", "agent"})
_PERSON_TYPES: dict[str, Any] = {
    "birth_ymd": 19460101,
    "age": 80,
    "age_months": 960,
    "card_expired": False,
}


class Expression(NamedTuple):
    """One condition of an item and where it stands; ``boolean`` is False for derive, default."""

    place: Place
    source: str
    boolean: bool


def expressions(item: Item) -> Iterator[Expression]:
    """Return every condition of an item that is not empty."""
    for place, source, boolean in _all(item):
        if source:
            yield Expression(place, source, boolean)


def _all(item: Item) -> Iterator[tuple[Place, str, bool]]:
    for i, question in enumerate(item.questions):
        yield ("questions", i, "show_if"), question.show_if, True
        yield ("questions", i, "derive"), question.derive, False
        for k, option in enumerate(question.options):
            yield ("questions", i, "options", k, "show_if"), option.show_if, True
    for i, rule in enumerate(item.conditions):
        yield ("conditions", i, "when"), rule.when, True
    for i, section in enumerate(item.form):
        yield ("form", i, "shown_if"), section.shown_if, True
        for k, field in enumerate(section.fields):
            yield ("form", i, "fields", k, "required_if"), field.required_if, True
            yield ("form", i, "fields", k, "shown_if"), field.shown_if, True
            yield ("form", i, "fields", k, "default"), field.default, False
    for i, material in enumerate(item.materials):
        yield ("materials", i, "needed_if"), material.needed_if, True
        yield ("materials", i, "tolerable_if"), material.tolerable_if, True
        if material.signers:
            yield ("materials", i, "signers", "count"), material.signers.count, False
    for i, promise in enumerate(item.promise_rules):
        yield ("promise_rules", i, "when"), promise.when, True
    if item.cycle:
        yield ("cycle", "when"), item.cycle.when, True
    if item.auto_approve:
        yield ("auto_approve", "deciding_if"), item.auto_approve.deciding_if, True
    for i, fact in enumerate(item.auto_approve.all_of if item.auto_approve else ()):
        yield ("auto_approve", "all_of", i, "when"), fact.when, True
        yield ("auto_approve", "all_of", i, "only_if"), fact.only_if, True


def check_expressions(item: Item, code_lists: CodeLists) -> list[Broken]:
    """Return what is wrong with the conditions of an item."""
    sample = sample_facts(item)
    found: list[Broken] = []
    for one in expressions(item):
        found += _check(one, item, sample, code_lists)
    return found


def sample_facts(item: Item) -> dict[str, Any]:
    """Return facts in which everything an item may name has a value of the right type."""
    person = {name: _PERSON_TYPES.get(name, "x") for name in PERSON_FACTS}
    form: dict[str, Any] = {}
    for section in item.form:
        for field in section.fields:
            _put(form, field)
    return {
        "today": "2026-11-22",
        "today_ymd": 20261122,
        "person": person,
        "agent": {name: _PERSON_TYPES.get(name, "x") for name in AGENT_FACTS},
        "answers": {q.key: q.options[0].key for q in item.questions},
        "form": form,
    }


def _put(form: dict[str, Any], field: FormField) -> None:
    *way, leaf = field.code.split(".")
    for part in way:
        following = form.setdefault(part, {})
        form = following if isinstance(following, dict) else {}
    form[leaf] = _SAMPLE.get(field.type, "x")


def _check(
    one: Expression, item: Item, sample: dict[str, Any], code_lists: CodeLists
) -> Iterator[Broken]:
    try:
        expr = compile_expr(one.source)
    except DomainError as error:
        yield one.place, error.code, error.what, "请核对引号、括号和运算符。"
        return
    unknown = [p for p in sorted(expr.paths) if not _known(p, sample)]
    for path in unknown:
        text = f"条件用到了没有的内容「{path}」。"
        yield one.place, "CEL-UNKNOWN", text, _hint(path, item)
    yield from _answers(one, item)
    yield from _later(one, expr, item)
    if unknown or expr.variables & {"platform"}:
        return
    fault = _misfit(expr, one, item, sample, code_lists)
    if fault:
        yield (
            one.place,
            "CEL-TYPE",
            fault,
            "数字不加引号，文字要加引号；条件的结果只能是“是”或“否”。",
        )


def _misfit(
    expr: Expr, one: Expression, item: Item, sample: dict[str, Any], code_lists: CodeLists
) -> str | None:
    """Return what does not fit in any of the situations the expression tells apart."""
    for tried in variants(expr, sample, item, code_lists, roots=_VARIED):
        if one.boolean:
            fault = evaluate_bool(expr, narrow(expr, tried)).error
        else:
            fault = _value_fault(expr, narrow(expr, tried))
        if fault:
            return fault
    return None


def _value_fault(expr: Expr, known: dict[str, Any]) -> str | None:
    try:
        evaluate(expr, known)
    except DomainError as error:
        return error.what
    return None


def _known(path: str, sample: dict[str, Any]) -> bool:
    if path == "platform" or path.startswith("platform."):
        return True
    here: Any = sample
    for part in path.split("."):
        if not isinstance(here, dict) or part not in here:
            return False
        here = here[part]
    return True


def _hint(path: str, item: Item) -> str:
    root, _, rest = path.partition(".")
    if root == "answers":
        return f"可用的问题有：{'、'.join(q.key for q in item.questions)}。"
    if root == "form":
        return f"表单里没有代码为「{rest}」的字段。"
    if root == "person":
        return f"可用的有：{'、'.join(PERSON_FACTS)}。"
    if root == "agent":
        return f"可用的有：{'、'.join(AGENT_FACTS)}。"
    return "可用的开头有：person、agent、answers、form、today、today_ymd、platform。"


def _answers(one: Expression, item: Item) -> Iterator[Broken]:
    options = {q.key: [o.key for o in q.options] for q in item.questions}
    pairs = [(m[1], m[2]) for m in _ANSWER.finditer(one.source)]
    for match in _ANSWER_IN.finditer(one.source):
        pairs += [(match[1], text) for text in _TEXT.findall(match[2])]
    if one.place[0] == "questions" and one.place[-1] == "derive":
        key = item.questions[int(one.place[1])].key
        # In a derive, the texts after ? and : are the options it gives.
        pairs += [(key, t) for t in re.findall(r"""[?:]\s*["']([^"']+)["']""", one.source)]
    for key, option in pairs:
        if key in options and option not in options[key]:
            text = f"问题「{key}」没有「{option}」这个选项。"
            yield one.place, "CEL-ANSWER", text, f"可用的选项有：{'、'.join(options[key])}。"


def _later(one: Expression, expr: Expr, item: Item) -> Iterator[Broken]:
    """A question sees the answers above it, a field the fields above it, and nothing below."""
    if one.place[0] == "questions":
        below = [f"answers.{q.key}" for q in item.questions[int(one.place[1]) :]]
        seen_form = sorted(p for p in expr.paths if p.startswith("form."))
        below += seen_form
    elif one.place[0] == "form" and one.place[-1] in {"shown_if", "default"}:
        rest = item.form[int(one.place[1]) :]
        codes = [f.code for s in rest for f in s.fields]
        skip = int(one.place[3]) if len(one.place) > 3 else 0
        below = [f"form.{code}" for code in codes[skip:]]
    else:
        return
    for path in below:
        if path in expr.paths:
            text = f"「{path}」排在后面，这时还不知道。"
            yield one.place, "CEL-ORDER", text, "请把它挪到前面，或换一个条件。"
