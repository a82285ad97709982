# SPDX-License-Identifier: MulanPSL-2.0
"""Find what is wrong with themes (一件事) beyond their shape, against the items of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from counter.domain.catalog import FormField, Item
from counter.domain.catalog_cel import check_expressions
from counter.domain.catalog_finding import Finding, Place
from counter.domain.field_check import CodeLists
from counter.domain.theme import (
    PERSON_FIELDS,
    Theme,
    ThemeStep,
    in_order,
    lead_item,
)


def check_themes(
    themes: Mapping[str, Theme], items: Iterable[Item], code_lists: CodeLists
) -> list[Finding]:
    """Check all themes by file name, against the items and against each other."""
    known = {item.item_code: item for item in items}
    found: list[Finding] = []
    for file, theme in themes.items():
        here = [*_steps(theme, known), *_subject(theme), *_conditions(theme, code_lists)]
        here += [*_fields(theme, known, code_lists), *_papers(theme, known)]
        found += [replace(one, file=file) for one in here]
    return found + list(_names(themes, known.values()))


def _finding(place: Place, code: str, text: str, hint: str) -> Finding:
    return Finding(code, "", place, text, hint)


def _steps(theme: Theme, items: Mapping[str, Item]) -> Iterator[Finding]:
    own = [s.item for s in theme.steps]
    for at, step in enumerate(theme.steps):
        place: Place = ("steps", at)
        if step.item in own[:at]:
            text = f"「{step.item}」在这个主题里出现了两次。"
            yield _finding((*place, "item"), "THEME-TWICE", text, "请删掉一个。")
        for k, edge in enumerate(step.after):
            if edge.item not in own:
                text = f"先办的「{edge.item}」不在这个主题里。"
                hint = f"可以写的有：{'、'.join(own)}。"
                yield _finding((*place, "after", k, "item"), "THEME-AFTER", text, hint)
        item = items.get(step.item)
        if item is None:
            text = f"目录里没有「{step.item}」这个事项。"
            hint = "请核对事项代码；窗口办不了的，写到 elsewhere（另行办理）。"
            yield _finding((*place, "item"), "THEME-ITEM", text, hint)
        else:
            yield from _names_of_item(place, step, item)
    if in_order(theme) is None:
        text = "先后次序绕成了圈，谁也排不到第一。"
        yield _finding(("steps",), "THEME-CYCLE", text, "请删掉其中一个 after。")


def _names_of_item(place: Place, step: ThemeStep, item: Item) -> Iterator[Finding]:
    """Everything a step says of its item must be there."""
    fields = {f.code: f for s in item.form for f in s.fields}
    options = {q.key: {o.key for o in q.options} for q in item.questions}
    papers = {m.key for m in item.materials}
    name = item.short_name
    for key, option in step.preset.items():
        if option not in options.get(key, ()):
            text = f"「{name}」没有问题「{key}」，或没有「{option}」这个答案。"
            hint = f"可用的问题有：{'、'.join(options)}。"
            yield _finding((*place, "preset", key), "THEME-PRESET", text, hint)
    codes = [((*place, "form_as", c), c) for c in step.form_as]
    codes += [((*place, "leave_out", n), c) for n, c in enumerate(step.leave_out)]
    keys: list[tuple[Place, str]] = [((*place, "materials_as", k), k) for k in step.materials_as]
    for k, edge in enumerate(step.after):
        at: Place = (*place, "after", k)
        codes += [((*at, "gives_fields", n), c) for n, c in enumerate(edge.gives_fields)]
        keys += [((*at, "gives_materials", n), m) for n, m in enumerate(edge.gives_materials)]
    for spot, code in codes:
        if code not in fields:
            text = f"「{name}」的表单里没有字段「{code}」。"
            yield _finding(spot, "THEME-NAME", text, "请核对字段代码。")
    for spot, key in keys:
        if key not in papers:
            text = f"「{name}」的材料里没有「{key}」。"
            yield _finding(spot, "THEME-NAME", text, "请核对材料代码。")
    for n, code in enumerate(step.leave_out):
        field = fields.get(code)
        if field is not None and (field.required or field.required_if):
            text = f"「{name}」的「{field.label}」是必填的，不能不问。"
            hint = "只有选填的字段可以写进 leave_out。"
            yield _finding((*place, "leave_out", n), "THEME-NEEDED", text, hint)


def _subject(theme: Theme) -> Iterator[Finding]:
    codes = {f.code for s in theme.form for f in s.fields}
    for at, step in enumerate(theme.steps):
        if step.role == "subject" and theme.subject is None:
            text = "写了为当事人（subject）办，却没有写当事人是谁。"
            hint = "请补上 subject，或改成 applicant。"
            yield _finding(("steps", at, "role"), "THEME-SUBJECT", text, hint)
    for name, code in theme.subject.fields.items() if theme.subject else ():
        place: Place = ("subject", "fields", name)
        if name not in PERSON_FIELDS:
            hint = f"可用的有：{'、'.join(PERSON_FIELDS)}。"
            yield _finding(place, "THEME-SUBJECT", f"人没有「{name}」这一项。", hint)
        if code not in codes:
            text = f"主题自己的表单里没有字段「{code}」。"
            hint = "当事人是谁，要在主题的 form 里先问清楚。"
            yield _finding(place, "THEME-SUBJECT", text, hint)


def _conditions(theme: Theme, lists: CodeLists) -> Iterator[Finding]:
    lead = lead_item(theme)
    for place, code, text, hint in check_expressions(lead, lists):
        yield _finding(place, code, text, hint)
    # The choice is offered over the theme's own facts: checked as the rules of an item are.
    rules = [
        {"key": f"step_{at}", "when": step.offered_if, "text": "-"}
        for at, step in enumerate(theme.steps)
    ]
    asked = Item.model_validate({**lead.model_dump(), "conditions": rules})
    for place, code, text, hint in check_expressions(asked, lists):
        if place[0] == "conditions":
            yield _finding(("steps", place[1], "offered_if"), code, text, hint)


def _fields(theme: Theme, items: Mapping[str, Item], lists: CodeLists) -> Iterator[Finding]:
    """One code is one fact: the same kind of value and the same code list for every item."""
    known: dict[str, tuple[FormField, str]] = {}
    for i, section in enumerate(theme.form):
        for k, field in enumerate(section.fields):
            known[field.code] = (field, "主题")
            if field.type == "choice" and field.code_list not in lists:
                text = f"没有「{field.code_list}」这个代码表。"
                place: Place = ("form", i, "fields", k, "code_list")
                yield _finding(place, "CAT-LIST", text, "请核对 dicts.json 里的名称。")
    for at, step in enumerate(theme.steps):
        item = items.get(step.item)
        for field in (f for s in item.form for f in s.fields) if item else ():
            code = step.form_as.get(field.code, field.code)
            first, whose = known.setdefault(code, (field, step.item))
            if (first.type, first.code_list) != (field.type, field.code_list):
                text = (
                    f"「{step.item}」的字段「{field.code}」是 {_kind(field)}，"
                    f"{whose}里的「{code}」是 {_kind(first)}，不能只问一次。"
                )
                hint = "请在 form_as 里给它另一个代码，或统一类型。"
                yield _finding(("steps", at, "item"), "THEME-FIELD", text, hint)


def _kind(field: FormField) -> str:
    return f"{field.type}（{field.code_list}）" if field.code_list else field.type


def _papers(theme: Theme, items: Mapping[str, Item]) -> Iterator[Finding]:
    made: dict[str, bool] = {}
    for at, step in enumerate(theme.steps):
        item = items.get(step.item)
        for row in item.materials if item else ():
            key = step.materials_as.get(row.key, row.key)
            if made.setdefault(key, row.generated) != row.generated:
                text = f"材料「{key}」有的事项由窗口打印，有的要群众交，不能合成一份。"
                hint = "请在 materials_as 里给它另一个代码。"
                yield _finding(("steps", at, "item"), "THEME-PAPER", text, hint)


def _names(themes: Mapping[str, Theme], items: Iterable[Item]) -> Iterator[Finding]:
    codes: dict[str, str] = {}
    said: dict[str, str] = {}
    for item in items:
        codes[item.item_code] = "事项"
        said |= dict.fromkeys((item.task_name, item.short_name, *item.aliases), item.short_name)
    for file, theme in themes.items():
        if theme.theme_code in codes:
            text = f"代码「{theme.theme_code}」已经用了（{codes[theme.theme_code]}）。"
            yield Finding("THEME-CODE", file, ("theme_code",), text, "请改成不同的代码。")
        codes.setdefault(theme.theme_code, file)
        for at, alias in enumerate(theme.aliases):
            owner = said.setdefault(alias, theme.short_name)
            if owner != theme.short_name or alias in theme.aliases[:at]:
                text = f"别名「{alias}」已经指「{owner}」。"
                hint = "同一个说法只能指一件事，请换一个。"
                yield Finding("CAT-ALIAS", file, ("aliases", at), text, hint)
