# SPDX-License-Identifier: MulanPSL-2.0
"""What changed for the citizen between two versions of an item, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from counter.domain.catalog import Dicts, FormField, Item, Material, Question
from counter.domain.catalog_guide import UNIT_WORDS, duration_words, material_words

_ROW = TypeVar("_ROW", Material, Question)
_PLAIN = (
    ("task_name", "事项名称"),
    ("dept_name", "办理部门"),
    ("accept_condition", "谁能办"),
    ("handle_flow", "办理流程"),
    ("handle_area", "通办范围"),
    ("result_name", "办结后拿到的"),
    ("by_law", "依据"),
    ("link_way", "咨询方式"),
    ("supervise_way", "投诉方式"),
    ("special_procedure", "特别程序"),
    ("duplicate_days", "多少天内重复会提醒"),
    ("limit_scene_num", "最多跑几次"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        topic: What it is about: 材料, 时限, 情形, 表单, 收费, 条件, 说明, 状态.
        text: A whole sentence.
    """

    topic: str
    text: str

    def __str__(self) -> str:
        """Return 【材料】新增…。"""
        return f"【{self.topic}】{self.text}"


def item_changes(old: Item, new: Item) -> list[Change]:
    """Return what changed, the weightiest first; [] when nobody could tell the two apart."""
    found = [
        *_state(old, new),
        *_materials(old, new),
        *_times(old, new),
        *_questions(old, new),
        *_form(old, new),
        *_fees(old, new),
        *_rules(old, new),
        *_plain(old, new),
    ]
    if not found and _content(old) != _content(new):
        found.append(Change("说明", "只改了编码、别名或提示一类的文字，办法没有变。"))
    return found


def catalog_changes(
    old: Mapping[str, Item], new: Mapping[str, Item]
) -> Iterator[tuple[str, list[Change]]]:
    """Give (item name, changes) for every item that is new, gone or changed."""
    for code in sorted(old.keys() | new.keys()):
        if code not in old:
            yield new[code].short_name, [Change("状态", "这是新增的事项。")]
        elif code not in new:
            yield old[code].short_name, [Change("状态", "目录里不再有这个事项。")]
        elif found := item_changes(old[code], new[code]):
            yield new[code].short_name, found


def dicts_changes(old: Dicts, new: Dicts) -> list[Change]:
    """Return what changed in the code lists."""
    before, after = old.plain(), new.plain()
    out = []
    for name in sorted(before.keys() | after.keys()):
        title = (new.lists.get(name) or old.lists[name]).title
        one, two = before.get(name, {}), after.get(name, {})
        if fresh := [two[c] for c in two if c not in one]:
            out.append(Change("代码表", f"「{title}」新增：{_listed(fresh)}。"))
        if gone := [one[c] for c in one if c not in two]:
            out.append(Change("代码表", f"「{title}」去掉：{_listed(gone)}。"))
        renamed = [f"{one[c]}→{two[c]}" for c in one if c in two and one[c] != two[c]]
        if renamed:
            out.append(Change("代码表", f"「{title}」改名：{'、'.join(renamed)}。"))
    return out


def _content(item: Item) -> dict[str, Any]:
    return item.model_dump(exclude={"task_version", "provenance"})


def _listed(names: Iterable[str]) -> str:
    return "、".join(f"「{name}」" for name in names)


def _state(old: Item, new: Item) -> Iterator[Change]:
    if old.task_state != new.task_state:
        yield Change("状态", f"原来是「{old.task_state}」，现在是「{new.task_state}」。")
    if old.agent_forbidden != new.agent_forbidden:
        text = "现在必须本人来办，不能代办。" if new.agent_forbidden else "现在可以请人代办。"
        yield Change("条件", text)


def _paired(old: Iterable[_ROW], new: Iterable[_ROW]) -> list[tuple[_ROW | None, _ROW | None]]:
    before: dict[str, _ROW] = {r.key: r for r in old}
    after: dict[str, _ROW] = {r.key: r for r in new}
    keys = [*after, *(k for k in before if k not in after)]
    return [(before.get(key), after.get(key)) for key in keys]


def _materials(old: Item, new: Item) -> Iterator[Change]:
    for before, after in _paired(old.materials, new.materials):
        if before is None and after is not None:
            yield Change("材料", f"新增：{material_words(after, new)}。")
        elif after is None and before is not None:
            yield Change("材料", f"不再要「{before.material_name}」。")
        elif before and after and before != after:
            text = "；".join(_material_words(before, after)) or "受理标准或说明文字有改动"
            yield Change("材料", f"「{after.material_name}」：{text}。")


def _material_words(old: Material, new: Material) -> Iterator[str]:
    if old.material_name != new.material_name:
        yield f"原来叫「{old.material_name}」"
    if (old.material_type, old.page_num) != (new.material_type, new.page_num):
        yield f"从{old.material_type}{old.page_num}份改为{new.material_type}{new.page_num}份"
    if old.is_need != new.is_need:
        yield f"从「{old.is_need}」改为「{new.is_need}」"
    if (old.tolerable, old.tolerate_days) != (new.tolerable, new.tolerate_days):
        later = f"没带的可以在 {new.tolerate_days} 个工作日内补交"
        yield later if new.tolerable else "不能再后补"
    if old.promise_allowed != new.promise_allowed:
        yield "可以签承诺书代替了" if new.promise_allowed else "不能再用承诺书代替"
    elif old.promise_text != new.promise_text:
        yield "承诺书的内容有改动"
    if bool(old.exempt_source) != bool(new.exempt_source):
        yield "联网核对到的可以免交了" if new.exempt_source else "不能再免交"
    if old.cert_types != new.cert_types:
        yield "可用的电子证照有变化" if new.cert_types else "不能再用电子证照"
    if old.generated != new.generated:
        yield "改由窗口打印，当场签字" if new.generated else "改为自己带来"
    if old.signers != new.signers:
        yield f"要{new.signers.who}各自签字" if new.signers else "不再要多人签字"
    if (old.needed_if, old.tolerable_if) != (new.needed_if, new.tolerable_if):
        yield "在哪些情形下用到它，有变化"


def _times(old: Item, new: Item) -> Iterator[Change]:
    for words, amount, unit in (
        ("承诺时限", "promise_day", "promise_type"),
        ("法定时限", "anticipate_day", "anticipate_type"),
    ):
        before = duration_words(getattr(old, amount), getattr(old, unit))
        after = duration_words(getattr(new, amount), getattr(new, unit))
        if before != after:
            yield Change("时限", f"{words}从{before}改为{after}。")
    if old.answer_day != new.answer_day:
        days = f"从{old.answer_day}{UNIT_WORDS['G']}改为{new.answer_day}{UNIT_WORDS['G']}"
        yield Change("时限", f"收件后答复{days}。")
    if old.promise_rules != new.promise_rules:
        yield Change("时限", "部分情形的承诺时限有变化。")
    if old.cycle != new.cycle:
        text = f"要定期办：{new.cycle.text}" if new.cycle else "不用再定期办了。"
        yield Change("时限", text)


def _questions(old: Item, new: Item) -> Iterator[Change]:
    for before, after in _paired(old.questions, new.questions):
        if before is None and after is not None:
            yield Change("情形", f"会多问一句：{after.text}")
        elif after is None and before is not None:
            yield Change("情形", f"不再问：{before.text}")
        elif before and after and before != after:
            text = "；".join(_question_words(before, after)) or "什么时候问、怎么自动判断，有变化"
            yield Change("情形", f"「{after.text}」{text}。")


def _question_words(old: Question, new: Question) -> Iterator[str]:
    before, after = ({o.key: o.label for o in q.options} for q in (old, new))
    if fresh := [after[k] for k in after if k not in before]:
        yield f"新增答案{_listed(fresh)}"
    if gone := [before[k] for k in before if k not in after]:
        yield f"去掉答案{_listed(gone)}"
    for key in before.keys() & after.keys():
        if before[key] != after[key]:
            yield f"「{before[key]}」改叫「{after[key]}」"
    if old.text != new.text:
        yield f"原来问的是：{old.text}"


def _fields(item: Item) -> dict[str, FormField]:
    return {f.code: f for s in item.form for f in s.fields}


def _form(old: Item, new: Item) -> Iterator[Change]:
    before, after = _fields(old), _fields(new)
    fresh = [f for code, f in after.items() if code not in before]
    for words, must in (("必填", True), ("选填", False)):
        if names := [f.label for f in fresh if f.required is must]:
            yield Change("表单", f"多填（{words}）：{_listed(names)}。")
    if gone := [f.label for code, f in before.items() if code not in after]:
        yield Change("表单", f"不再填：{_listed(gone)}。")
    for code, field in after.items():
        if code in before and before[code] != field:
            text = "；".join(_field_words(before[code], field)) or "填写要求或提示有改动"
            yield Change("表单", f"「{field.label}」{text}。")
    titles = [(s.key, s.title, s.shown_if) for s in old.form]
    if not fresh and titles != [(s.key, s.title, s.shown_if) for s in new.form]:
        yield Change("表单", "分栏或栏目出现的情形有变化。")


def _field_words(old: FormField, new: FormField) -> Iterator[str]:
    if old.label != new.label:
        yield f"原来叫「{old.label}」"
    if old.required != new.required:
        yield "改为必填" if new.required else "不再必填"
    elif old.required_if != new.required_if:
        yield "在哪些情形下必填，有变化"
    if old.shown_if != new.shown_if:
        yield "在哪些情形下出现，有变化"
    if (old.type, old.code_list) != (new.type, new.code_list):
        yield "填写方式变了，已填的要核对"


def _fees(old: Item, new: Item) -> Iterator[Change]:
    if (old.is_fee, old.fees) == (new.is_fee, new.fees):
        return
    if not new.is_fee:
        yield Change("收费", "不再收费。")
        return
    rows = "；".join(f"{f.fee_name} {f.fee_stand}" for f in new.fees)
    yield Change("收费", f"{'收费有变化' if old.is_fee else '开始收费'}：{rows}。")


def _rules(old: Item, new: Item) -> Iterator[Change]:
    before, after = ({r.key: r for r in i.conditions} for i in (old, new))
    for key, rule in after.items():
        if key not in before:
            yield Change("条件", f"新增条件：{rule.text}")
        elif before[key] != rule:
            yield Change("条件", f"条件有改动：{rule.text}")
    for key, rule in before.items():
        if key not in after:
            yield Change("条件", f"取消条件：{rule.text}")
    if old.auto_approve != new.auto_approve:
        states: dict[bool, str] = {
            True: "可以自动办结的条件有变化。",
            False: "不再自动办结，由工作人员审核。",
        }
        text = states[new.auto_approve is not None]
        yield Change("条件", text if old.auto_approve else "符合条件的可以由中心自动办结。")


def _plain(old: Item, new: Item) -> Iterator[Change]:
    value: Callable[[Item, str], object] = getattr
    for name, words in _PLAIN:
        if value(old, name) != value(new, name):
            yield Change(
                "说明", f"{words}：原来是「{value(old, name)}」，现在是「{value(new, name)}」。"
            )
    if old.faqs != new.faqs:
        yield Change("说明", "常见问题有更新。")
