# SPDX-License-Identifier: MulanPSL-2.0
"""Checks a folder of papers: the list against its schema, every name a template uses.

The names are those of ``counter.app.papers.content``; a misspelt one would otherwise show only
when that paper is printed for somebody. Loops and ``set`` are followed, macros are trusted with
what they are given.
"""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from dataclasses import dataclass
from pathlib import Path

from jinja2 import TemplateSyntaxError, meta, nodes
from pydantic import ValidationError

from counter.app.papers.content import PaperContent
from counter.domain.papers import PaperKind, PaperList
from counter.infra.paper_templates import LIST, environment

_FREE = {"loop", "caller", "self", "super", "range", "parts"}
Shape = object
"""A type of ``content``, or ``None`` where nothing is known about a value."""


@dataclass(frozen=True)
class Fault:
    """One error of an author: where, what, and a hint."""

    file: str
    line: int
    words: str

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line}: {self.words}" if self.line else f"{self.file}: {self.words}"
        )


def _fields(shape: Shape) -> dict[str, Shape] | None:
    if not (isinstance(shape, type) and dataclasses.is_dataclass(shape)):
        return None
    hints = typing.get_type_hints(shape)
    return {one.name: _plain(hints[one.name]) for one in dataclasses.fields(shape)}


def _plain(hint: Shape) -> Shape:
    """``X | None`` is X: templates ask whether it is there."""
    if isinstance(hint, types.UnionType):
        return next(one for one in typing.get_args(hint) if one is not types.NoneType)
    return hint


def _element(shape: Shape) -> Shape:
    return typing.get_args(shape)[0] if typing.get_origin(shape) is tuple else None


def names() -> list[tuple[str, str]]:
    """Return every name a template may use and its type's word, for authors."""
    found: list[tuple[str, str]] = []

    def walk(prefix: str, shape: Shape) -> None:
        for name, inner in (_fields(shape) or {}).items():
            many = _element(inner) is not None
            part = _element(inner) if many else inner
            path = f"{prefix}{name}{'[]' if many else ''}"
            if _fields(part) is None:
                found.append((path, getattr(part, "__name__", str(part))))
            else:
                walk(f"{path}.", part)

    walk("", PaperContent)
    return found


class _Walk:
    """Follows one template; ``known`` maps the names in sight to their shapes."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def shape(self, node: nodes.Node, known: dict[str, Shape]) -> Shape:
        """Return the shape of an expression; note names that do not exist."""
        if isinstance(node, nodes.Name) and node.ctx == "load":
            if node.name not in known:
                self._fault(node, node.name, known)
            return known.get(node.name)
        if isinstance(node, nodes.Getattr):
            inner = self.shape(node.node, known)
            fields = _fields(inner)
            if fields is None:
                return None
            if node.attr not in fields:
                self._fault(node, node.attr, fields)
            return fields.get(node.attr)
        for child in node.iter_child_nodes():
            self.visit(child, known)
        return None

    def visit(self, node: nodes.Node, known: dict[str, Shape]) -> None:
        """Check a node and everything in it."""
        if isinstance(node, nodes.For):
            over = _element(self.shape(node.iter, known))
            inner = {**known, "loop": None}
            inner.update(dict.fromkeys(_targets(node.target), over))
            self._all([*node.body, *([node.test] if node.test else [])], inner)
            self._all(node.else_, known)
        elif isinstance(node, nodes.Macro | nodes.CallBlock):
            inner = {**known, "caller": None}
            inner.update({argument.name: None for argument in node.args})
            self._all([*node.defaults, *node.body], inner)
            if isinstance(node, nodes.CallBlock):
                self.visit(node.call, known)
        elif isinstance(node, nodes.Assign):
            known.update(dict.fromkeys(_targets(node.target), self.shape(node.node, known)))
        elif isinstance(node, nodes.Import):
            known[node.target] = None
        elif isinstance(node, nodes.Expr):
            self.shape(node, known)
        else:
            self._all(list(node.iter_child_nodes()), known)

    def _all(self, many: list[nodes.Node], known: dict[str, Shape]) -> None:
        for one in many:
            self.visit(one, known)

    def _fault(self, node: nodes.Node, name: str, known: typing.Iterable[str]) -> None:
        near = difflib.get_close_matches(name, [one for one in known if one not in _FREE], 1, 0.5)
        hint = f"是不是「{near[0]}」？" if near else "可用的名字见 counter papers names。"
        self.faults.append(Fault(self.file, node.lineno, f"没有「{name}」这个内容，{hint}"))


def _targets(node: nodes.Node) -> list[str]:
    return [one.name for one in [node, *node.find_all(nodes.Name)] if isinstance(one, nodes.Name)]


def _template(folder: Path, name: str) -> list[Fault]:
    try:
        source = (folder / name).read_text("utf-8")
        tree = environment(folder).parse(source)
    except OSError:
        return [Fault(name, 0, "找不到这个模板文件。")]
    except TemplateSyntaxError as error:
        return [Fault(name, error.lineno, f"模板写法有错：{error.message}")]
    walk = _Walk(name)
    known: dict[str, Shape] = dict.fromkeys(_FREE)
    known |= _fields(PaperContent) or {}
    macros = {one.name for one in tree.find_all(nodes.Macro)}
    walk.visit(tree, known | dict.fromkeys(macros))
    return walk.faults


def _needs(kind: PaperKind) -> list[Fault]:
    found = []
    for need in kind.needs:
        shape: Shape = PaperContent
        for name in need.value.split("."):
            fields = _fields(shape) or {}
            if name not in fields:
                words = (
                    f"{kind.code} 的 needs：没有「{need.value}」这个内容，见 counter papers names。"
                )
                found.append(Fault(LIST, 0, words))
                break
            shape = fields[name]
    return found


def check(folder: Path) -> list[Fault]:
    """Return every error of a folder of papers, none if all is well."""
    try:
        listed = PaperList.model_validate_json((folder / LIST).read_bytes())
    except OSError:
        return [Fault(LIST, 0, "读不出来。")]
    except ValidationError as error:
        return [
            Fault(LIST, 0, f"{'.'.join(map(str, one['loc']))}：{one['msg']}")
            for one in error.errors()
        ]
    codes = [kind.code for kind in listed.papers]
    found = [Fault(LIST, 0, f"代码 {one} 写了两次。") for one in {*codes} if codes.count(one) > 1]
    titles = [kind.title for kind in listed.papers]
    found += [
        Fault(LIST, 0, f"标题「{one}」写了两次。") for one in {*titles} if titles.count(one) > 1
    ]
    for kind in listed.papers:
        found += _needs(kind)
    for name in _used(folder, {kind.template for kind in listed.papers}):
        found += _template(folder, name)
    return found


def _used(folder: Path, wanted: set[str]) -> list[str]:
    """Return these templates and all they extend or import; others in the folder are not ours."""
    env, found, waiting = environment(folder), set[str](), list(wanted)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        try:
            tree = env.parse((folder / name).read_text("utf-8"))
        except (OSError, TemplateSyntaxError):
            continue  # said by _template
        waiting += [one for one in meta.find_referenced_templates(tree) if one]
    return sorted(found)
