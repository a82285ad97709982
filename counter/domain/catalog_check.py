# SPDX-License-Identifier: MulanPSL-2.0
"""Find what is wrong with catalogue items beyond their shape: conditions, keys, time, reach."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from counter.domain.catalog import Item, Option, Question
from counter.domain.catalog_cel import check_expressions
from counter.domain.facts import facts
from counter.domain.field_check import CodeLists
from counter.domain.materials_list import material_states
from counter.domain.numbers import check_task_code
from counter.domain.sample import SampleError, generate_valid, paths

Place = tuple[str | int, ...]

_DAY = date(2026, 11, 22)
_PER_DAY = {"G": 1.0, "Z": 5 / 7, "H": 1 / 24}


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of the catalogue.

    Attributes:
        code: Stable code.
        file: File name.
        place: Path inside the file.
        text: What is wrong.
        hint: What to do.
        line: Line, 1 if unknown.
        severity: ``warning`` does not fail the check.
    """

    code: str
    file: str
    place: Place
    text: str
    hint: str
    line: int = 1
    severity: str = "error"

    def at_line(self, line: int) -> Finding:
        """Return the finding with its line."""
        return replace(self, line=line)

    def __str__(self) -> str:
        """Return one line as compilers print it."""
        where = json_path_words(self.place)
        return f"{self.file}:{self.line}: {where}: {self.text}{self.hint}（{self.code}）"


def json_path_words(place: Place) -> str:
    """Return ``materials[2].needed_if``."""
    out = ""
    for part in place:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else part
    return out or "整个文件"


def check_catalog(items: Mapping[str, Item], code_lists: CodeLists) -> list[Finding]:
    """Check all items by file name, also against each other."""
    found: list[Finding] = []
    for file, item in items.items():
        found += [replace(f, file=file) for f in check_item(item, code_lists)]
    found += _doubled_items(items)
    found += _same_code_same_type(items)
    return found


def check_item(item: Item, code_lists: CodeLists) -> list[Finding]:
    """Check one item; ``file`` of the findings is empty."""
    found = [
        *_keys(item),
        *_labels(item),
        *_times(item),
        *_fields(item, code_lists),
        *_codes(item),
        *_materials(item),
    ]
    broken = [_finding(p, c, t, h) for p, c, t, h in check_expressions(item)]
    if broken:  # walking the situations needs sound conditions
        return found + broken
    if not any(f.severity == "error" for f in found):
        found += _situations(item, code_lists)
    return found


def _finding(place: Place, code: str, text: str, hint: str, severity: str = "error") -> Finding:
    return Finding(code, "", place, text, hint, severity=severity)


def _doubled(values: Iterable[str]) -> list[tuple[int, str]]:
    seen: set[str] = set()
    out = []
    for at, value in enumerate(values):
        if value in seen:
            out.append((at, value))
        seen.add(value)
    return out


def _keys(item: Item) -> Iterator[Finding]:
    hint = "请换一个不同的名称。"
    groups: list[tuple[Place, list[str]]] = [
        (("questions",), [q.key for q in item.questions]),
        (("conditions",), [c.key for c in item.conditions]),
        (("form",), [s.key for s in item.form]),
        (("materials",), [m.key for m in item.materials]),
    ]
    groups += [
        (("questions", at, "options"), [o.key for o in q.options])
        for at, q in enumerate(item.questions)
    ]
    for place, names in groups:
        for at, name in _doubled(names):
            yield _finding((*place, at, "key"), "CAT-KEY", f"「{name}」重复。", hint)
    for at, alias in _doubled([item.task_name, item.short_name, *item.aliases]):
        if at >= 2:
            place = ("aliases", at - 2)
            yield _finding(place, "CAT-ALIAS", f"别名「{alias}」重复。", "请删掉一个。")
    codes = Counter(f.code for s in item.form for f in s.fields)
    for place, code in _field_places(item):
        if codes[code] > 1:
            text = f"字段「{code}」出现了 {codes[code]} 次。"
            yield _finding((*place, "code"), "CAT-KEY", text, "同一件事只问一次。")
        if any(other.startswith(code + ".") for other in codes):
            text = f"字段「{code}」同时又是别的字段的前半段。"
            yield _finding((*place, "code"), "CAT-PREFIX", text, "请改成不同的代码。")


def _field_places(item: Item) -> list[tuple[Place, str]]:
    return [
        (("form", i, "fields", k), field.code)
        for i, section in enumerate(item.form)
        for k, field in enumerate(section.fields)
    ]


def _labels(item: Item) -> Iterator[Finding]:
    texts: list[tuple[Place, str]] = [
        (("task_name",), item.task_name),
        (("short_name",), item.short_name),
        (("by_law",), item.by_law),
        (("provenance",), item.provenance),
    ]
    texts += [(("questions", i, "text"), q.text) for i, q in enumerate(item.questions)]
    texts += [
        (("questions", i, "options", k, "label"), o.label)
        for i, q in enumerate(item.questions)
        for k, o in enumerate(q.options)
    ]
    texts += [(("form", i, "title"), s.title) for i, s in enumerate(item.form)]
    texts += [
        (("form", i, "fields", k, "label"), f.label)
        for i, s in enumerate(item.form)
        for k, f in enumerate(s.fields)
    ]
    texts += [
        (("materials", i, "material_name"), m.material_name) for i, m in enumerate(item.materials)
    ]
    texts += [(("conditions", i, "text"), c.text) for i, c in enumerate(item.conditions)]
    for place, text in texts:
        if not text.strip():
            yield _finding(place, "CAT-LABEL", "没有写文字。", "请写上群众看得懂的话。")


def _times(item: Item) -> Iterator[Finding]:
    law = item.anticipate_day * _PER_DAY[item.anticipate_type]
    hint = f"法定时限是 {item.anticipate_day}（{item.anticipate_type}），承诺只能更短。"
    promises: list[tuple[Place, float]] = [
        (("promise_day",), item.promise_day * _PER_DAY[item.promise_type])
    ]
    promises += [
        (("promise_rules", at, "promise_day"), r.promise_day * _PER_DAY[r.promise_type])
        for at, r in enumerate(item.promise_rules)
    ]
    for place, days in promises:
        if days > law:
            yield _finding(place, "CAT-PROMISE", "承诺时限比法定时限长。", hint)
    if item.licence_law and item.answer_day > 5:
        text = "行政许可收件后最多5个工作日答复。"
        yield _finding(("answer_day",), "CAT-ANSWER", text, "见行政许可法第三十二条。")


def _fields(item: Item, code_lists: CodeLists) -> Iterator[Finding]:
    for i, section in enumerate(item.form):
        for k, field in enumerate(section.fields):
            place: Place = ("form", i, "fields", k)
            if field.type == "choice" and field.code_list not in code_lists:
                text = f"没有「{field.code_list}」这个代码表。"
                hint = "请核对 dicts.json 里的名称。"
                yield _finding((*place, "code_list"), "CAT-LIST", text, hint)
            if field.type == "phone" and (field.required or field.required_if):
                text = "电话不能设为必填。"
                hint = "没有手机的人也要能办。"
                yield _finding((*place, "required"), "CAT-PHONE", text, hint)
            if field.pattern and not _is_pattern(field.pattern):
                text, hint = "格式规则写得不对。", "请核对正则表达式。"
                yield _finding((*place, "pattern"), "CAT-PATTERN", text, hint)
            if not field.purpose:
                text, hint = "没有写收集目的。", "按个人信息保护法，请写明用来做什么。"
                yield _finding(place, "CAT-PURPOSE", text, hint, "warning")


def _is_pattern(source: str) -> bool:
    try:
        re.compile(source)
    except re.error:
        return False
    return True


def _codes(item: Item) -> Iterator[Finding]:
    if item.task_code:
        for problem in check_task_code(item.task_code):
            # Provinces keep other forms (domain brief §2.2): never more than a warning.
            yield _finding(("task_code",), "CAT-TASK-CODE", problem.text, "", "warning")


def _materials(item: Item) -> Iterator[Finding]:
    for at, row in enumerate(item.materials):
        place: Place = ("materials", at)
        if row.tolerable and not row.tolerate_days:
            hint = "请写 tolerate_days。"
            yield _finding((*place, "tolerable"), "CAT-TOLERATE", "没写容缺几天补交。", hint)
        if row.promise_allowed and not row.promise_text.strip():
            hint = "请写 promise_text。"
            yield _finding((*place, "promise_allowed"), "CAT-PLEDGE", "没写承诺内容。", hint)
        if row.is_need == "容缺后补" and not row.tolerable:
            hint = "请把 tolerable 设为 true。"
            text = "写了容缺后补，却不允许容缺。"
            yield _finding((*place, "is_need"), "CAT-TOLERATE", text, hint)


def _situations(item: Item, code_lists: CodeLists) -> list[Finding]:
    """Walk every situation with generated data; what never happens is dead."""
    rng = Random(14)  # noqa: S311 - sample data, not secrets
    used: set[tuple[str, str]] = set()
    reached: set[str] = set()
    for path in paths(item):
        try:
            draft = generate_valid(item, rng, _DAY, path=path, code_lists=code_lists)
        except SampleError:
            continue
        used |= set(path.items())
        known = facts(draft, item, _DAY)
        reached |= {m.key for m in material_states(item, draft, known) if m.needed}
    found = [
        _finding(place, "CAT-DEAD", f"「{option.label}」走不通：没有人能符合。", _DEAD_HINT)
        for place, question, option in _options(item)
        if (question.key, option.key) not in used
    ]
    found += [
        _finding(
            ("materials", at, "needed_if"),
            "CAT-UNREACHED",
            f"「{m.material_name}」在哪种情形下都用不到。",
            "请核对 needed_if。",
        )
        for at, m in enumerate(item.materials)
        if m.key not in reached
    ]
    return found


_DEAD_HINT = "请核对这个选项的 show_if、derive 和受理条件有没有互相矛盾。"


def _options(item: Item) -> Iterator[tuple[Place, Question, Option]]:
    for i, question in enumerate(item.questions):
        for k, option in enumerate(question.options):
            yield ("questions", i, "options", k), question, option


def _doubled_items(items: Mapping[str, Item]) -> Iterator[Finding]:
    codes: dict[str, str] = {}
    aliases: dict[str, str] = {}
    for file, item in items.items():
        first = codes.setdefault(item.item_code, file)
        if first != file:
            text, hint = f"事项代码和 {first} 的一样。", "请改成不同的代码。"
            yield Finding("CAT-KEY", file, ("item_code",), text, hint)
        for at, alias in enumerate(item.aliases):
            first = aliases.setdefault(alias, file)
            if first != file:
                text = f"别名「{alias}」在 {first} 里已经有了。"
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
