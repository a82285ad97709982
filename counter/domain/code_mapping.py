# SPDX-License-Identifier: MulanPSL-2.0
"""Our code lists in the codes of other platforms, one table per interface (domain brief §4.2)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from counter.domain.catalog import Key, Strict
from counter.domain.catalog_finding import Finding
from counter.domain.field_check import CodeLists

FILE = "mappings.json"


class CodeMapping(Strict):
    """How one interface writes the codes of one of our lists.

    Attributes:
        title: Interface and field, in words.
        list: Name of our code list.
        provenance: Where the other codes come from.
        codes: Our code → theirs; several of ours may share one of theirs.
        unmapped: Our codes the interface has no word for, declared so that none is forgotten.
    """

    title: str
    list: str
    provenance: str
    codes: dict[str, str] = Field(min_length=1)
    unmapped: tuple[str, ...] = ()

    def theirs(self, code: str) -> str | None:
        """Return the interface's code, None where it has none: then nothing may be sent for it."""
        return self.codes.get(code)


class CodeMappings(Strict):
    """``mappings.json``: the tables by interface."""

    version: str
    mappings: dict[Key, CodeMapping]


def check_mappings(tables: CodeMappings, code_lists: CodeLists) -> list[Finding]:
    """Return faults: a list nobody knows, a code that is neither mapped nor declared, or both."""
    return [
        found for name, one in tables.mappings.items() for found in _check(name, one, code_lists)
    ]


def _check(name: str, one: CodeMapping, code_lists: CodeLists) -> Iterator[Finding]:
    place = ("mappings", name)
    ours = code_lists.get(one.list)
    if ours is None:
        yield _fault("MAP-LIST", (*place, "list"), f"没有「{one.list}」这个代码表。")
        return
    for code in one.codes:
        if code not in ours:
            yield _fault("MAP-CODE", (*place, "codes", code), f"代码表里没有「{code}」。")
        if code in one.unmapped:
            yield _fault("MAP-BOTH", (*place, "codes", code), f"「{code}」又写了没有对应。")
    for at, code in enumerate(one.unmapped):
        if code not in ours:
            yield _fault("MAP-CODE", (*place, "unmapped", at), f"代码表里没有「{code}」。")
    for code, words in ours.items():
        if code not in one.codes and code not in one.unmapped:
            text = f"「{code} {words}」没有写对应的代码。"
            hint = "请在 codes 里写上；对方没有这一种的，写进 unmapped。"
            yield Finding("MAP-MISSING", FILE, (*place, "codes"), text, hint)


def _fault(code: str, place: tuple[str | int, ...], text: str) -> Finding:
    return Finding(code, FILE, place, text, "请核对 mappings.json 里的这一条。")
