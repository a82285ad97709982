# SPDX-License-Identifier: MulanPSL-2.0
"""Find what is wrong with catalogue items beyond their shape, alone and against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from counter.domain.catalog import Dicts, Item
from counter.domain.catalog_cel import check_expressions
from counter.domain.catalog_finding import Finding, Place, finding
from counter.domain.catalog_reach import check_reach
from counter.domain.catalog_rules import check_at_rest, doubled
from counter.domain.field_check import CodeLists


def check_catalog(items: Mapping[str, Item], code_lists: CodeLists) -> list[Finding]:
    """Check all items by file name, also against each other; themes: ``theme_check``."""
    found: list[Finding] = []
    for file, item in items.items():
        found += [replace(f, file=file) for f in check_item(item, code_lists)]
    found += _doubled_items(items)
    found += _doubled_words(items)
    found += _same_code_same_type(items)
    return found


def check_item(item: Item, code_lists: CodeLists) -> list[Finding]:
    """Check one item; ``file`` of the findings is empty."""
    found = check_at_rest(item, code_lists)
    broken = [finding(p, c, t, h) for p, c, t, h in check_expressions(item, code_lists)]
    if broken:  # walking the situations needs sound conditions
        return found + broken
    if not any(f.severity == "error" for f in found):
        found += check_reach(item, code_lists)
    return found


def check_dicts(dicts: Dicts, file: str) -> list[Finding]:
    """Find codes that stand twice in one list: the later would silently win."""
    found = []
    for name, one in dicts.lists.items():
        for at, code in doubled(c.code for c in one.codes):
            place: Place = ("lists", name, "codes", at, "code")
            text = f"代码表「{one.title}」里「{code}」写了两次。"
            found.append(Finding("CAT-KEY", file, place, text, "请删掉一个，或换一个代码。"))
    return found


def _doubled_items(items: Mapping[str, Item]) -> Iterator[Finding]:
    codes: dict[str, str] = {}
    for file, item in items.items():
        first = codes.setdefault(item.item_code, file)
        if first != file:
            text, hint = f"事项代码和 {first} 的一样。", "请改成不同的代码。"
            yield Finding("CAT-KEY", file, ("item_code",), text, hint)


def _doubled_words(items: Mapping[str, Item]) -> Iterator[Finding]:
    """A word that stands for two items leads the clerk to the wrong one."""
    first: dict[str, str] = {}
    for file, item in items.items():
        for name in (item.task_name, item.short_name):
            first.setdefault(name, file)
    for file, item in items.items():
        for at, alias in enumerate(item.aliases):
            other = first.setdefault(alias, file)
            if other != file:
                text = f"别名「{alias}」在 {other} 里已经有了。"
                hint = "同一个说法只能指一个事项，请换一个。"
                yield Finding("CAT-ALIAS", file, ("aliases", at), text, hint)


def _same_code_same_type(items: Mapping[str, Item]) -> Iterator[Finding]:
    """A semantic code means one thing, so that a fact is asked once across items."""
    known: dict[str, tuple[str, str]] = {}
    for file, item in items.items():
        for i, section in enumerate(item.form):
            for k, field in enumerate(section.fields):
                kind, first = known.setdefault(field.code, (field.type, file))
                if kind != field.type:
                    place = ("form", i, "fields", k, "type")
                    text = f"字段「{field.code}」在 {first} 里的类型是 {kind}。"
                    yield Finding("CAT-TYPE", file, place, text, "同一代码的类型要一致。")
