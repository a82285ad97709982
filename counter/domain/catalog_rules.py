# SPDX-License-Identifier: MulanPSL-2.0
"""Faults of one item that its data show at rest: keys, words, times, code lists, materials."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from counter.domain.catalog import Item, Material
from counter.domain.catalog_finding import PER_DAY, Finding, Place, finding
from counter.domain.field_check import CodeLists
from counter.domain.numbers import check_task_code


def check_at_rest(item: Item, code_lists: CodeLists) -> list[Finding]:
    """Return the faults of one item that need no situation; ``file`` is empty."""
    return [
        *_keys(item),
        *_labels(item),
        *_times(item),
        *_fees(item),
        *_fields(item, code_lists),
        *_codes(item),
        *(f for at, row in enumerate(item.materials) for f in _material(at, row)),
    ]


def doubled(values: Iterable[str]) -> list[tuple[int, str]]:
    """Return place and text of every value that stood before."""
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
        (("auto_approve", "all_of"), _fact_keys(item)),
    ]
    groups += [
        (("questions", at, "options"), [o.key for o in q.options])
        for at, q in enumerate(item.questions)
    ]
    for place, names in groups:
        for at, name in doubled(names):
            yield finding((*place, at, "key"), "CAT-KEY", f"「{name}」重复。", hint)
    for at, alias in doubled([item.task_name, item.short_name, *item.aliases]):
        if at >= 2:
            place = ("aliases", at - 2)
            yield finding(place, "CAT-ALIAS", f"别名「{alias}」重复。", "请删掉一个。")
    codes = Counter(f.code for s in item.form for f in s.fields)
    for place, code in _field_places(item):
        if codes[code] > 1:
            text = f"字段「{code}」出现了 {codes[code]} 次。"
            yield finding((*place, "code"), "CAT-KEY", text, "同一件事只问一次。")
        if any(other.startswith(code + ".") for other in codes):
            text = f"字段「{code}」同时又是别的字段的前半段。"
            yield finding((*place, "code"), "CAT-PREFIX", text, "请改成不同的代码。")


def _fact_keys(item: Item) -> list[str]:
    return [f.key for f in item.auto_approve.all_of] if item.auto_approve else []


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
            yield finding(place, "CAT-LABEL", "没有写文字。", "请写上群众看得懂的话。")


def _times(item: Item) -> Iterator[Finding]:
    law = item.anticipate_day, item.anticipate_type
    yield from _promise(("promise_day",), (item.promise_day, item.promise_type), law)
    for at, rule in enumerate(item.promise_rules):
        place: Place = ("promise_rules", at)
        limit = law
        if rule.anticipate_day is not None:
            limit = rule.anticipate_day, rule.anticipate_type
            if not rule.anticipate_explain.strip():
                text = "这种情形的法定时限和事项的不同，却没写依据。"
                hint = "请在 anticipate_explain 里写明是哪条规定。"
                yield finding((*place, "anticipate_day"), "CAT-LIMIT", text, hint)
        yield from _promise((*place, "promise_day"), (rule.promise_day, rule.promise_type), limit)
    if item.licence_law and item.answer_day > 5:
        text = "行政许可收件后最多5个工作日答复。"
        yield finding(("answer_day",), "CAT-ANSWER", text, "见行政许可法第三十二条。")


def _promise(place: Place, promise: tuple[int, str], law: tuple[int, str]) -> Iterator[Finding]:
    if promise[0] * PER_DAY[promise[1]] > law[0] * PER_DAY[law[1]]:
        hint = f"法定时限是 {law[0]}（{law[1]}），承诺只能更短。"
        yield finding(place, "CAT-PROMISE", "承诺时限比法定时限长。", hint)


def _fees(item: Item) -> Iterator[Finding]:
    if item.is_fee and not item.fees:
        yield finding(("is_fee",), "CAT-FEE", "写了收费，却没有收费项目。", "请写 fees。")
    if item.fees and not item.is_fee:
        text = "列了收费项目，却写着不收费。"
        yield finding(("fees",), "CAT-FEE", text, "请把 is_fee 设为 true，或删掉 fees。")
    for at, fee in enumerate(item.fees):
        if not fee.fee_basis.strip():
            text, hint = f"「{fee.fee_name}」没写收费依据。", "没有依据不能收费，请写 fee_basis。"
            yield finding(("fees", at, "fee_basis"), "CAT-FEE", text, hint)


def _fields(item: Item, code_lists: CodeLists) -> Iterator[Finding]:
    for i, section in enumerate(item.form):
        for k, field in enumerate(section.fields):
            place: Place = ("form", i, "fields", k)
            if field.type == "choice" and field.code_list not in code_lists:
                text = f"没有「{field.code_list}」这个代码表。"
                hint = "请核对 dicts.json 里的名称。"
                yield finding((*place, "code_list"), "CAT-LIST", text, hint)
            if field.type == "phone" and (field.required or field.required_if):
                text = "电话不能设为必填。"
                hint = "没有手机的人也要能办。"
                yield finding((*place, "required"), "CAT-PHONE", text, hint)
            if field.pattern and not _is_pattern(field.pattern):
                text, hint = "格式规则写得不对。", "请核对正则表达式。"
                yield finding((*place, "pattern"), "CAT-PATTERN", text, hint)
            if not field.purpose:
                text, hint = "没有写收集目的。", "按个人信息保护法，请写明用来做什么。"
                yield finding(place, "CAT-PURPOSE", text, hint, "warning")


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
            yield finding(("task_code",), "CAT-TASK-CODE", problem.text, "", "warning")


def _material(at: int, row: Material) -> Iterator[Finding]:
    place: Place = ("materials", at)
    if row.tolerable and not row.tolerate_days:
        hint = "请写 tolerate_days。"
        yield finding((*place, "tolerable"), "CAT-TOLERATE", "没写容缺几天补交。", hint)
    if row.tolerable_if and not row.tolerable:
        hint = "请把 tolerable 设为 true，或删掉 tolerable_if。"
        text = "写了可容缺的情形，却不允许容缺。"
        yield finding((*place, "tolerable_if"), "CAT-TOLERATE", text, hint)
    if row.promise_allowed and not row.promise_text.strip():
        hint = "请写 promise_text。"
        yield finding((*place, "promise_allowed"), "CAT-PLEDGE", "没写承诺内容。", hint)
    if row.is_need == "容缺后补" and not row.tolerable:
        hint = "请把 tolerable 设为 true。"
        text = "写了容缺后补，却不允许容缺。"
        yield finding((*place, "is_need"), "CAT-TOLERATE", text, hint)
    if row.is_proof and not row.proof_basis.strip():
        hint = "没有法律法规依据的证明不能要，请写 proof_basis，或删掉这份材料。"
        yield finding((*place, "is_proof"), "CAT-PROOF", "没写这份证明的依据。", hint)
    if row.other_cert_types and not row.cert_type_code:
        text, hint = "没有写主要的电子证照类型。", "请先写 cert_type_code。"
        yield finding((*place, "other_cert_types"), "CAT-CERT", text, hint)
