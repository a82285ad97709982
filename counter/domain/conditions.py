# SPDX-License-Identifier: MulanPSL-2.0
"""Evaluate one catalogue condition over the facts, fast: only the facts it names are handed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from counter.domain.cel import Expr, compile_expr, evaluate, evaluate_bool
from counter.domain.errors import DomainError

Facts = Mapping[str, Any]


def narrow(expr: Expr, facts: Facts) -> dict[str, Any]:
    """Return the part of the facts an expression can see.

    Handing all facts to the engine costs far more than the evaluation itself.
    """
    out: dict[str, Any] = {}
    for way in expr.ways:
        _copy(way, facts, out)
    return out


def _copy(path: tuple[str, ...], facts: Facts, out: dict[str, Any]) -> None:
    here: Any = facts
    target = out
    last = len(path) - 1
    for depth, part in enumerate(path):
        if part not in here:
            return
        here = here[part]
        if depth == last or not isinstance(here, (dict, Mapping)):  # dict: asked far faster
            target[part] = here
            return
        branch = target.setdefault(part, {})
        if branch is here:  # the whole branch was already handed over
            return
        target = branch


def holds(source: str, facts: Facts) -> bool | None:
    """Tell whether a condition holds; None while a fact it needs is not known."""
    expr = compile_expr(source)
    if expr.alone:
        found = _at(expr.alone, facts)
        return found if isinstance(found, bool) else None
    if expr.asked:
        *way, leaf = expr.asked
        branch = _at(way, facts)
        return branch.get(leaf) is not None if isinstance(branch, (dict, Mapping)) else None
    answers = facts.get("answers")
    if expr.questions and isinstance(answers, dict):
        return _by_answers(source, *map(answers.get, expr.questions))
    return evaluate_bool(expr, narrow(expr, facts)).value


@lru_cache(maxsize=4096, typed=True)
def _by_answers(source: str, *given: str | None) -> bool | None:
    """Decide by options chosen: there are few, and one condition stands at many fields."""
    expr = compile_expr(source)
    known = {key: one for key, one in zip(expr.questions, given, strict=True) if one is not None}
    return evaluate_bool(expr, {"answers": known}).value


def on(source: str, facts: Facts) -> bool:
    """Tell whether an optional condition switches its part on; an empty one always does."""
    return not source or holds(source, facts) is True


def _at(way: Sequence[str], facts: Facts) -> Any | None:
    """Return what a path alone says: most defaults are one, and need no engine."""
    here: Any = facts
    for part in way:
        if not isinstance(here, (dict, Mapping)):
            return None
        here = here.get(part)
    return here


def value_of(source: str, facts: Facts) -> Any | None:
    """Return the value of an expression, or None while a fact it needs is not known."""
    expr = compile_expr(source)
    if expr.alone:
        found = _at(expr.alone, facts)
        if found is None or isinstance(found, str):
            return found
    try:
        return evaluate(expr, narrow(expr, facts))
    except DomainError:
        return None
