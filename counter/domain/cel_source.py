# SPDX-License-Identifier: MulanPSL-2.0
"""Reads the fact paths off the text of a CEL expression, minding strings, scopes and has()."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_DEPTH = 60

_TOKEN = re.compile(
    r"//[^\n]*"
    r'|(?P<string>[rRbB]{0,2}(?:"""(?:.|\n)*?"""|\'\'\'(?:.|\n)*?\'\'\''
    r'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'))'
    r"|(?P<number>\d[\w.]*)"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<mark>\S)"
)
_WORDS = frozenset({"true", "false", "null", "in"})
_TYPES = frozenset(
    {"bool", "bytes", "double", "duration", "dyn", "int", "list", "map", "null_type"}
    | {"string", "timestamp", "type", "uint"}
)
_MACROS = frozenset({"all", "exists", "exists_one", "filter", "map"})
_INDEX = re.compile(r"""["']([A-Za-z_]\w*)["']""")


@dataclass(frozen=True, slots=True)
class Paths:
    """What an expression reads.

    Attributes:
        all: Full paths, e.g. ``person.age``.
        needed: Those outside has(), whose absence leaves the answer open.
        roots: First parts of all paths.
    """

    all: frozenset[str]
    needed: frozenset[str]
    roots: frozenset[str]


def too_deep(source: str) -> bool:
    """Tell whether brackets nest so deep that the engine's parser could run out of stack."""
    depth = deepest = 0
    for token in _tokens(source):
        depth += (token in {"(", "[", "{"}) - (token in {")", "]", "}"})
        deepest = max(deepest, depth)
    unary = re.search(rf"(?:[!\-]\s*){{{MAX_DEPTH}}}", source) is not None
    return unary or deepest > MAX_DEPTH


def paths_of(source: str) -> Paths:
    """Collect the paths; names bound by macros such as ``exists(x, …)`` are left out."""
    scan = _Scan(_tokens(source))
    scan.run()
    every = frozenset(scan.plain | scan.guarded)
    return Paths(every, frozenset(scan.plain), frozenset(p.partition(".")[0] for p in every))


class _Scan:
    """One pass over the tokens with the open brackets as a stack of (bound name, in has())."""

    def __init__(self, tokens: list[str]) -> None:
        self.plain: set[str] = set()
        self.guarded: set[str] = set()
        self._tokens = [*tokens, "", "", "", ""]
        self._at = 0
        self._stack: list[tuple[str, bool]] = []

    def run(self) -> None:
        """Go through all tokens."""
        while token := self._tokens[self._at]:
            if token in {"(", "[", "{"}:
                self._open()
            elif token in {")", "]", "}"}:
                del self._stack[-1:]
            elif _is_name(token) and token not in _WORDS and not self._is_member():
                self._path()
                continue
            self._at += 1

    def _is_member(self) -> bool:
        return self._at > 0 and self._tokens[self._at - 1] == "."

    def _open(self) -> None:
        before = self._tokens[self._at - 1] if self._at else ""
        bound = ""
        if before in _MACROS and self._tokens[self._at + 2] == ",":
            bound = self._tokens[self._at + 1]
        guarded = before == "has" or any(inside for _, inside in self._stack)
        self._stack.append((bound, guarded))

    def _path(self) -> None:
        parts = [self._tokens[self._at]]
        self._at += 1
        while part := self._next_part():
            parts.append(part)
        if self._tokens[self._at] == "(":
            parts.pop()
        bound = {name for name, _ in self._stack}
        type_name = len(parts) == 1 and parts[0] in _TYPES
        if parts and parts[0] not in bound and not type_name:
            guarded = any(inside for _, inside in self._stack)
            (self.guarded if guarded else self.plain).add(".".join(parts))

    def _next_part(self) -> str:
        """Take ``.name`` or ``["name"]``; return the name or ""."""
        one, two, three = self._tokens[self._at : self._at + 3]
        if one == "." and _is_name(two):
            self._at += 2
            return two
        index = _INDEX.fullmatch(two)
        if one == "[" and three == "]" and index is not None:
            self._at += 3
            return index[1]
        return ""


def _is_name(token: str) -> bool:
    return token[:1].isidentifier() and token.isidentifier()


def _tokens(source: str) -> list[str]:
    return [m[0] for m in _TOKEN.finditer(source) if m.lastgroup is not None]
