# SPDX-License-Identifier: MulanPSL-2.0
"""CEL conditions: three-valued, never raising for facts, no command-line toolkit loaded."""

from __future__ import annotations

import datetime as dt
import importlib.machinery
import importlib.util
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter.domain.cel import check_types, compile_expr, evaluate, evaluate_bool
from counter.domain.cel_source import paths_of
from counter.domain.errors import DomainError, KnownError

FACTS: dict[str, object] = {
    "person": {"age": 81, "name": "王", "phone": None, "born": dt.date(1945, 1, 2)},
    "kinds": ("a", "b"),
    "n": 5,
    "gone": None,
}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("person.age >= 80", True),
        ("person['age'] < 80", False),
        ("person.born < '1946-01-01'", True),
        ("has(person.phone)", False),
        ("person.age >= 80 || person.zip == 'x'", True),
        ("nobody > 1 && person.age < 80", False),
        ("kinds.exists(k, k == 'b')", True),
        ("'a' in kinds", True),
    ],
)
def test_decided(source: str, value: bool) -> None:
    outcome = evaluate_bool(compile_expr(source), FACTS)
    assert (outcome.value, outcome.missing, outcome.error) == (value, (), None)


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("person.zip == 'x'", ("person.zip",)),
        ("person.phone == 'x' && agent.name == 'y'", ("agent.name", "person.phone")),
        ("gone > 1", ("gone",)),
        ("kinds.exists(k, k == other)", ("other",)),
        ("has(other.x)", ("other",)),
        ("nobody == 1 || (false && person.name.x == 1)", ("nobody",)),
        ("{'a': 1}['b'] == 1", ("b",)),
    ],
)
def test_not_known(source: str, missing: tuple[str, ...]) -> None:
    outcome = evaluate_bool(compile_expr(source), FACTS)
    assert (outcome.value, outcome.missing, outcome.error) == (None, missing, None)


@pytest.mark.parametrize(
    "source",
    [
        "person.age > 'a'",
        "person.age",
        "n / 0 == 1",
        "kinds[9] == 'a'",
        "foo(n)",
        "person.name.first == 'x'",
        "int(person.name) == 1",
        "person.name.matches('(')",
    ],
)
def test_an_expression_that_does_not_fit_is_said_without_values(source: str) -> None:
    outcome = evaluate_bool(compile_expr(source), FACTS)
    assert outcome.value is None
    assert outcome.missing == ()
    assert outcome.error is not None
    assert "王" not in outcome.error
    assert [p.code for p in check_types(source, FACTS)] == ["CEL-TYPE"]


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("person.age >=", "第1行第14列"),
        ('"abc', "引号没有成对|没有写完"),
        ("年龄 > 1", "不认识|没有写完"),
        ("person.?age", "不支持"),
        ("n n", "运算符"),
    ],
)
def test_syntax_errors_name_the_place(source: str, hint: str) -> None:
    with pytest.raises(DomainError, match=hint) as caught:
        compile_expr(source)
    assert caught.value.code == "CEL-SYNTAX"
    assert [p.code for p in check_types(source, {})] == ["CEL-SYNTAX"]


@pytest.mark.parametrize("source", ["1" * 4001, "(" * 61, "!" * 60 + "true"])
def test_sources_that_could_exhaust_the_parser(source: str) -> None:
    with pytest.raises(DomainError, match="CEL-LENGTH"):
        compile_expr(source)


def test_values() -> None:
    facts = {"n": 2, "x": {1}, "d": {"k": [dt.date(2026, 1, 1)]}}
    assert evaluate(compile_expr("n * 3"), facts) == 6
    assert evaluate(compile_expr("d.k"), facts) == ["2026-01-01"]
    with pytest.raises(DomainError, match="CEL-MISSING"):
        evaluate(compile_expr("m + 1"), facts)
    with pytest.raises(DomainError, match="CEL-RUN"):
        evaluate(compile_expr("n + 'a'"), facts)


def test_check_types_of_the_catalogue() -> None:
    assert check_types("person.age > 1", FACTS) == []
    assert [p.code for p in check_types("person.agee > 1", FACTS)] == ["CEL-UNKNOWN"]


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ("a.b.c > 1 && d['e'] == \"f.g\"", {"a.b.c", "d.e"}),
        ("x.list.exists(i, i.y == z) && i", {"x.list", "z", "i"}),
        ("size(a.b) > int(c) // d", {"a.b", "c"}),
        ("a.b.startsWith('x') ? 1.5 : 2u", {"a.b"}),
        ("has(a.b) && a.c", {"a.b", "a.c"}),
        ("a[0].b", {"a"}),
        ("type(a) == int", {"a"}),
    ],
)
def test_paths(source: str, paths: set[str]) -> None:
    found = paths_of(source)
    assert found.all == paths
    assert found.roots == {p.split(".")[0] for p in paths}
    assert paths_of(")]" + source).all == paths
    if "//" not in source:
        assert compile_expr(source).variables == found.roots


def test_guarded_paths_are_not_needed() -> None:
    assert compile_expr("has(a.b) && a.c").needed == {"a.c"}


@given(st.text("ab.()[]{}\"'!-+ 1,?:|&=<>hasxist中", max_size=40))
def test_any_text_is_compiled_or_refused(source: str) -> None:
    try:
        expr = compile_expr(source)
    except DomainError:
        return
    evaluate_bool(expr, FACTS)


def test_only_the_extension_is_loaded() -> None:
    code = (
        "import sys; from counter.domain.cel import compile_expr as c;"
        "assert 'cel.cel' not in sys.modules; c('1 == 1');"
        "assert 'cel' not in sys.modules and 'typer' not in sys.modules;"
        "assert 'cel.cel' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


@pytest.mark.parametrize("found", [True, False])
def test_missing_engine_is_said(monkeypatch: pytest.MonkeyPatch, found: bool) -> None:
    loaded = compile_expr("1 == 1")
    monkeypatch.delitem(sys.modules, "cel.cel")
    if found:
        monkeypatch.setattr(importlib.machinery, "EXTENSION_SUFFIXES", [".none"])
    else:
        monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(KnownError, match="CEL-ENGINE"):
        compile_expr(f"{loaded.source} || {found}".lower())
