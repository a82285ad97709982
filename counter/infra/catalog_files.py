# SPDX-License-Identifier: MulanPSL-2.0
"""Read a catalogue folder (items, themes, code lists) into models, with line numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ValidationError

from counter.domain.canonical import canonical_hash
from counter.domain.catalog import Dicts, Item
from counter.domain.catalog_check import check_catalog, check_dicts
from counter.domain.catalog_finding import Finding, Place, json_path_words
from counter.domain.code_mapping import FILE as MAPPINGS
from counter.domain.code_mapping import CodeMappings, check_mappings
from counter.domain.errors import KnownError
from counter.domain.field_check import CodeLists
from counter.domain.hints import FILE as HINTS
from counter.domain.hints import Hints, check_hints
from counter.domain.theme import Theme
from counter.domain.theme_check import check_themes
from counter.infra.json_lines import JsonError, LinedJson

DICTS = "dicts.json"
_OPTIONAL: dict[str, type[BaseModel]] = {HINTS: Hints, MAPPINGS: CodeMappings}


@dataclass(frozen=True, slots=True)
class Catalog:
    """A whole catalogue version, read-only.

    Attributes:
        version: Label of the code lists and a short hash of everything; pinned by each case.
        items: Items by code.
        code_lists: Name of list → code → label.
        themes: 一件事 by code.
    """

    version: str
    items: dict[str, Item]
    code_lists: CodeLists
    themes: dict[str, Theme] = field(default_factory=dict)


@dataclass(slots=True)
class CatalogFolder:
    """What was read, faults included.

    Attributes:
        items: Readable items by file name.
        themes: Readable themes by file name.
        dicts: The code lists, or None if their file cannot be used.
        hints: The hints 您可能还能办, or None without such a file.
        mappings: Our codes in those of other platforms, or None without such a file.
        findings: Faults met while reading.
        sources: Parsed text by file name, for line numbers.
    """

    items: dict[str, Item] = field(default_factory=dict)
    themes: dict[str, Theme] = field(default_factory=dict)
    dicts: Dicts | None = None
    hints: Hints | None = None
    mappings: CodeMappings | None = None
    findings: list[Finding] = field(default_factory=list)
    sources: dict[str, LinedJson] = field(default_factory=dict)

    def line(self, file: str, place: Place) -> int:
        """Return the line of a place in a file."""
        source = self.sources.get(file)
        return source.line(place) if source else 1

    def check(self) -> list[Finding]:
        """Return all faults of the folder, those of meaning included, each with its line."""
        found = list(self.findings)
        lists = self.dicts.plain() if self.dicts else {}
        meant = check_catalog(self.items, lists)
        if self.dicts:
            meant += check_dicts(self.dicts, DICTS)
        meant += check_themes(self.themes, self.items.values(), lists)
        if self.hints:
            codes = {item.item_code for item in self.items.values()}
            themes = {theme.theme_code for theme in self.themes.values()}
            meant += check_hints(self.hints, codes, themes)
        if self.mappings:
            meant += check_mappings(self.mappings, lists)
        found += [one.at_line(self.line(one.file, one.place)) for one in meant]
        return sorted(found, key=lambda f: (f.file, f.line, f.code))


def read_folder(folder: Path) -> CatalogFolder:
    """Read items, themes and code lists of a folder; never raises for bad content."""
    out = CatalogFolder()
    _read(folder / DICTS, Dicts, out)
    for file, model in _OPTIONAL.items():
        if (folder / file).exists():
            _read(folder / file, model, out)
    for name, kind in (("items", Item), ("themes", Theme)):
        for path in sorted((folder / name).glob("*.json")):
            _read(path, kind, out)
    if not out.items:
        out.findings.append(
            Finding(
                "CAT-EMPTY", "items", (), "没有读到任何事项。", "请确认文件夹里有 items/*.json。"
            )
        )
    return out


def read_file(path: Path) -> CatalogFolder:
    """Read one item file; never raises for bad content."""
    out = CatalogFolder()
    _read(path, Item, out)
    return out


def load_catalog(folder: Path) -> Catalog:
    """Read a catalogue that must be good, as the program does at start.

    Raises:
        KnownError: CAT-BAD when a file cannot be read or understood.
    """
    read = read_folder(folder)
    if read.findings or read.dicts is None:
        first = read.findings[0]
        raise KnownError(
            code="CAT-BAD",
            what=f"事项目录里有读不懂的文件：{first.file} 第{first.line}行。",
            safe="已收的办件不受影响。",
            todo="请用 counter catalog check 查看详情，或恢复上一版目录。",
        )
    items = {i.item_code: i for i in read.items.values()}
    themes = {theme.theme_code: theme for theme in read.themes.values()}
    models = (read.dicts, *_in_order(items), *_in_order(themes))
    parts = [canonical_hash(m.model_dump(mode="json")) for m in models]
    digest = hashlib.sha256("".join(parts).encode()).hexdigest()[:8]
    return Catalog(f"{read.dicts.version}-{digest}", items, read.dicts.plain(), themes)


def _in_order(models: Mapping[str, BaseModel]) -> Iterator[BaseModel]:
    return (models[code] for code in sorted(models))


def _read(path: Path, model: type[BaseModel], out: CatalogFolder) -> None:
    name = f"themes/{path.name}" if model is Theme else path.name
    try:
        source = LinedJson(path.read_text(encoding="utf-8"))
    except JsonError as error:
        hint = "请用编辑器检查这一行和上一行。"
        out.findings.append(Finding("CAT-JSON", name, (), error.text, hint, error.line))
        return
    except (OSError, UnicodeDecodeError):
        hint = "请确认文件存在，并以 UTF-8 保存。"
        out.findings.append(Finding("CAT-FILE", name, (), "文件打不开。", hint))
        return
    out.sources[name] = source
    try:
        # Strict JSON rules: "1" is not 1; arrays become tuples.
        read = model.model_validate(source.value)
    except ValidationError as error:
        for detail in error.errors():
            place: Place = tuple(p for p in detail["loc"] if isinstance(p, str | int))
            text, hint = _in_words(detail["type"], str(detail["msg"]), place)
            line = source.line(place)
            out.findings.append(Finding("CAT-FIELD", name, place, text, hint, line))
        return
    if isinstance(read, Dicts):
        out.dicts = read
    elif isinstance(read, Hints):
        out.hints = read
    elif isinstance(read, CodeMappings):
        out.mappings = read
    elif isinstance(read, Item):
        out.items[name] = read
    elif isinstance(read, Theme):
        out.themes[name] = read


def _in_words(kind: str, message: str, place: Place) -> tuple[str, str]:
    name = json_path_words(place)
    if kind == "extra_forbidden":
        return (
            f"没有「{name}」这个字段。",
            "请核对拼写；用 counter catalog schema 可以看到所有字段。",
        )
    if kind == "missing":
        return f"少了必填的「{name}」。", "请补上。"
    if kind == "literal_error":
        return f"「{name}」的值不在允许范围内。", message
    if kind == "string_pattern_mismatch":
        return f"「{name}」的写法不对。", "用小写英文字母、数字和下划线，字段代码中间加点。"
    return f"「{name}」的值不对。", message
