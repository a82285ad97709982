# SPDX-License-Identifier: MulanPSL-2.0
"""Conditions and rules of the catalogue in CEL, three-valued where a fact is not known yet.

Facts are plain mappings by semantic field code. Dates travel as ISO strings (they compare rightly
as text), ages and amounts as integers; ``date`` values are turned into ISO strings here. A fact
that is None counts as not known, so ``has(person.phone)`` is false for it.
"""

from __future__ import annotations

import datetime as dt
import functools
import importlib.machinery
import importlib.util
import re
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

from counter.domain.cel_source import paths_of, too_deep
from counter.domain.errors import DomainError, KnownError
from counter.domain.problems import Problem

MAX_SOURCE = 4000
_LOCK = threading.Lock()
_EXTENSION = "cel.cel"


class Program(Protocol):
    """A compiled expression of the engine."""

    def execute(self, context: dict[str, object]) -> object:
        """Compute the value; raises the engine's errors."""

    def functions(self) -> list[str]:
        """Return the functions and operators used."""


class _Engine(Protocol):
    def compile(self, expression: str) -> Program: ...


@dataclass(frozen=True, slots=True)
class Expr:
    """A compiled expression; compare by source.

    Attributes:
        source: The text in the catalogue.
        variables: Roots the expression reads, e.g. ``person``.
        paths: Full paths where they can be read off the text, e.g. ``person.age``.
        ways: ``paths`` in parts, a whole branch before its parts.
        needed: Those of ``paths`` outside has(), whose absence leaves the answer open.
        questions: Keys of the questions whose answers decide, none when something else does too.
        alone: The only one of ``ways``, when the expression is nothing but this path.
        asked: The same of a path in has() alone.
        program: The engine's compiled form.
    """

    source: str
    variables: frozenset[str]
    paths: frozenset[str]
    needed: frozenset[str]
    ways: tuple[tuple[str, ...], ...]
    questions: tuple[str, ...]
    alone: tuple[str, ...]
    asked: tuple[str, ...]
    program: Program = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Answer to a condition.

    Attributes:
        value: None when it cannot be decided (facts missing, or an error in the expression).
        missing: Paths of facts that are not known, only when that is why.
        error: Chinese sentence when the expression does not fit the facts; a fault of the data.
    """

    value: bool | None
    missing: tuple[str, ...] = ()
    error: str | None = None


@functools.lru_cache(maxsize=4096)
def compile_expr(source: str) -> Expr:
    """Compile an expression once.

    Raises:
        DomainError: CEL-SYNTAX with place and hint; CEL-LENGTH if it is too long or too nested.
        KnownError: CEL-ENGINE if the engine is not installed.
    """
    if len(source) > MAX_SOURCE or too_deep(source):
        raise DomainError(code="CEL-LENGTH", what="条件表达式太长或括号嵌套太深，请拆开写。")
    try:
        program = _engine().compile(source)
    except ValueError as error:
        raise DomainError(code="CEL-SYNTAX", what=_syntax_words(str(error))) from error
    found = paths_of(source)
    ways = tuple(tuple(path.split(".")) for path in sorted(found.all))
    only_answers = all(len(way) == 2 and way[0] == "answers" for way in ways)
    questions = tuple(way[1] for way in ways) if only_answers else ()
    first = ".".join(ways[0]) if ways else ""
    alone = ways[0] if source.strip() == first else ()
    asked = ways[0] if source.strip() == f"has({first})" else ()
    return Expr(
        source, found.roots, found.all, found.needed, ways, questions, alone, asked, program
    )


def evaluate_bool(expr: Expr, facts: Mapping[str, object]) -> Outcome:
    """Decide a condition; never raises for facts.

    As CEL prescribes, ``a || b`` is true when one side is, even if the other is not known.
    """
    value, outcome = _run(expr, facts)
    if outcome is not None:
        return outcome
    if isinstance(value, bool):
        return Outcome(value)
    return Outcome(None, error="条件的结果不是“是”或“否”。")


def evaluate(expr: Expr, facts: Mapping[str, object]) -> object:
    """Compute a value (a list of materials, a number of days).

    Raises:
        DomainError: CEL-MISSING if facts are not known, CEL-RUN if the expression does not fit.
    """
    value, outcome = _run(expr, facts)
    if outcome is None:
        return value
    if outcome.missing:
        listed = "、".join(outcome.missing)
        raise DomainError(code="CEL-MISSING", what=f"还缺这些内容，算不出来：{listed}。")
    raise DomainError(code="CEL-RUN", what=outcome.error or "")


def check_types(source: str, sample_facts: Mapping[str, object]) -> list[Problem]:
    """Check an expression of the catalogue against sample facts; an empty list means it fits."""
    try:
        outcome = evaluate_bool(compile_expr(source), sample_facts)
    except DomainError as error:
        return [Problem(error.code, error.what, "error", "catalog.expression")]
    if outcome.missing:
        listed = "、".join(outcome.missing)
        words = f"表达式用到了没有定义的内容：{listed}。"
        return [Problem("CEL-UNKNOWN", words, "error", "catalog.expression")]
    if outcome.error is not None:
        return [Problem("CEL-TYPE", outcome.error, "error", "catalog.expression")]
    return []


def _run(expr: Expr, facts: Mapping[str, object]) -> tuple[object, Outcome | None]:
    plain = {key: _plain(value) for key, value in facts.items() if value is not None}
    try:
        return expr.program.execute(plain), None
    except KeyError as error:
        return None, _not_known(expr, plain, str(error.args[0]))
    except RuntimeError as error:
        name = re.search(r"Undefined variable or function: '([^']*)'", str(error))
        if name is not None and name[1] not in expr.program.functions():
            return None, _not_known(expr, plain, name[1])
        words = f"表达式用到了不认识的函数{name[1]}。" if name is not None else "表达式算不出来。"
        return None, Outcome(None, error=words)
    # The engine's own words are not passed on: they may hold values of a person.
    except TypeError:
        return None, Outcome(None, error="表达式里两边的类型对不上（例如拿数字和文字比较）。")
    except (ArithmeticError, LookupError, ValueError):
        return None, Outcome(None, error="表达式对这些内容算不出来（除以零、超出范围或格式不对）。")


def _not_known(expr: Expr, facts: Mapping[str, object], raised: str) -> Outcome:
    missing = {path for path in expr.needed if not _resolves(facts, path)}
    return Outcome(None, missing=tuple(sorted(missing)) or (raised,))


def _resolves(facts: Mapping[str, object], path: str) -> bool:
    here: object = facts
    for part in path.split("."):
        if not isinstance(here, Mapping):
            return True
        if part not in here:
            return False
        here = here[part]
    return True


def _plain(value: object) -> object:
    if isinstance(value, (str, int)):
        return value
    if isinstance(value, (dict, Mapping)):
        return {str(k): _plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(v) for v in cast("Sequence[object]", value)]
    return value


def _syntax_words(message: str) -> str:
    place = re.search(r"<input>:(\d+):(\d+)", message)
    where = f"第{place[1]}行第{place[2]}列" if place is not None else "某处"
    if "input '<EOF>'" in message:
        hint = "可能没有写完，或少了右括号、右引号"
    elif "token recognition" in message:
        hint = "有不认识的符号，可能引号没有成对，或用了中文标点、中文变量名"
    elif "unsupported syntax" in message:
        hint = "用了不支持的写法"
    else:
        hint = "多了或少了运算符"
    return f"条件表达式在{where}写得不对：{hint}。"


def _engine() -> _Engine:
    """Load the engine's compiled part only, at first use.

    This is the one marked place of deferred loading: ``cel/__init__.py`` pulls a command-line
    toolkit (0.2-0.5 s). The module is registered as ``cel.cel``, because the extension can be
    initialised only once in a process.
    """
    with _LOCK:
        module = sys.modules.get(_EXTENSION) or _load_extension()
    return cast("_Engine", module)


def _load_extension() -> ModuleType:
    package = importlib.util.find_spec("cel")
    folders = package.submodule_search_locations if package is not None else None
    for folder in folders or ():
        for suffix in importlib.machinery.EXTENSION_SUFFIXES:
            path = Path(folder) / f"cel{suffix}"
            if path.is_file():
                loader = importlib.machinery.ExtensionFileLoader(_EXTENSION, str(path))
                spec = importlib.util.spec_from_file_location(_EXTENSION, path, loader=loader)
                module = importlib.util.module_from_spec(
                    cast("importlib.machinery.ModuleSpec", spec)
                )
                loader.exec_module(module)
                sys.modules[_EXTENSION] = module
                return module
    raise KnownError(
        code="CEL-ENGINE",
        what="条件计算部件没有装好，表单不能自动显示和隐藏栏目。",
        todo="请重新安装程序，或联系技术人员。",
    )
