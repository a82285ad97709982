# SPDX-License-Identifier: MulanPSL-2.0
"""Values to try a condition with, so that what hides behind ``||`` and ``?`` is met too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any

from counter.domain.catalog import FormField, Item
from counter.domain.cel import Expr
from counter.domain.field_check import CodeLists

MOST = 240  # combinations per condition; the catalogue's own need fewer
ABSENT = object()

_TEXT = re.compile(r"""["']([^"']*)["']""")
_DAY = re.compile(r"\d{4}-\d\d(-\d\d)?")
_NUMBER = re.compile(r"(?<![\w.\"'])\d+(?:\.\d+)?(?![\w.\"'])")
_AGES = {"age": (0, 17, 59, 60, 80, 101), "age_months": (0, 300, 720, 959, 960, 1212)}


def fields_of(item: Item) -> dict[str, FormField]:
    """Return the form's fields by code."""
    return {f.code: f for s in item.form for f in s.fields}


def variants(
    expr: Expr,
    base: Mapping[str, Any],
    item: Item,
    code_lists: CodeLists,
    *,
    roots: frozenset[str],
    absent: bool = False,
) -> Iterator[dict[str, Any]]:
    """Give facts in which the paths of a condition take every value that can matter.

    Args:
        expr: The condition.
        base: Facts for everything that is not varied.
        item: Where the questions and fields stand.
        code_lists: For choices.
        roots: Which of ``answers``, ``form``, ``person``, ``agent`` vary.
        absent: Try "not known" as well.
    """
    paths = [p for p in sorted(expr.paths) if p.partition(".")[0] in roots and "." in p]
    fields = fields_of(item)
    known = [p for p in paths if _values(p, expr, item, fields, code_lists)]
    none = (ABSENT,) if absent else ()
    choices = [(*_values(p, expr, item, fields, code_lists), *none) for p in known]
    for values in islice(product(*choices), MOST):
        facts = dict(base)
        for path, value in zip(known, values, strict=True):
            _set(facts, path.split("."), value)
        yield facts


def _values(
    path: str, expr: Expr, item: Item, fields: Mapping[str, FormField], code_lists: CodeLists
) -> tuple[Any, ...]:
    root, _, rest = path.partition(".")
    texts = tuple(dict.fromkeys(_TEXT.findall(expr.source)))
    if root == "answers":
        return tuple(o.key for q in item.questions if q.key == rest for o in q.options)
    if root == "form":
        return _of_field(fields[rest], expr, texts, code_lists) if rest in fields else ()
    if rest in _AGES:
        return _AGES[rest]
    if rest in {"birth", "id_valid_to"}:
        return _days("date", texts)
    if rest == "card_expired":
        return (False, True)
    return () if rest == "birth_ymd" else ("x", *texts)


def _of_field(
    field: FormField, expr: Expr, texts: tuple[str, ...], code_lists: CodeLists
) -> tuple[Any, ...]:
    if field.type in {"number", "money"}:
        near = (float(n) for n in _NUMBER.findall(expr.source))
        numbers = {0, 1, 10_000, *(round(n) + d for n in near for d in (-1, 0, 1))}
        return tuple(sorted(n for n in numbers if n >= 0))
    if field.type == "yes_no":
        return (True, False)
    if field.type == "choice":
        codes = tuple(code_lists.get(field.code_list, ()))
        named = tuple(c for c in codes if c in texts)
        return (*named, *[c for c in codes if c not in named][:1]) or ("x",)
    if field.type in {"date", "month"}:
        return _days(field.type, texts)
    return ("x", *texts)


def _days(kind: str, texts: tuple[str, ...]) -> tuple[str, ...]:
    length = 7 if kind == "month" else 10
    named = (text for text in texts if _DAY.fullmatch(text))
    return ("2020-01-01"[:length], "2027-01-01"[:length], *named)


def _set(facts: dict[str, Any], path: list[str], value: Any) -> None:
    here = facts
    for part in path[:-1]:
        branch = dict(here.get(part) or {})  # a copy: the base stays as it is
        here[part] = branch
        here = branch
    if value is ABSENT:
        here.pop(path[-1], None)
    else:
        here[path[-1]] = value
