# SPDX-License-Identifier: MulanPSL-2.0
"""The office guide (办事指南) of an item as plain text."""

from __future__ import annotations

from counter.domain.catalog import DayUnit, Item, Material
from counter.domain.situation_words import situation_words

UNIT_WORDS: dict[DayUnit, str] = {"G": "个工作日", "Z": "天", "H": "小时"}
KIND_WORDS = {"1": "即办件", "2": "承诺件", "9": "其他"}
TYPE_WORDS = {
    "01": "行政许可",
    "05": "行政给付",
    "07": "行政确认",
    "08": "行政奖励",
    "09": "行政裁决",
    "10": "其他行政权力",
    "20": "公共服务",
}


def duration_words(amount: int, unit: DayUnit) -> str:
    """Return 22个工作日; 0 is 当场."""
    return f"{amount}{UNIT_WORDS[unit]}" if amount else "当场"


def material_copies(material: Material) -> str:
    """Return 原件1份."""
    if material.generated:
        return "窗口打印"
    return f"{material.material_type}{material.page_num}份"


def material_notes(material: Material, item: Item | None = None) -> str:
    """Return when it is needed, by the labels of the item's answers, and the easier ways."""
    ways = [
        (material.generated, "不用自己准备，窗口打印，当场签字"),
        (bool(material.cert_type_code), "可用电子证照"),
        (bool(material.exempt_source), "联网核对可免交"),
        (
            material.tolerable,
            f"{_sometimes(material)}可容缺，{material.tolerate_days}个工作日内补交",
        ),
        (material.promise_allowed, "可签承诺书代替"),
        (material.is_need == "非必要", "有就带上"),
        (bool(material.needed_if), _when(material, item)),
        (material.signers is not None, f"{_who(material)}每个人都要签字"),
    ]
    return "；".join(text for applies, text in ways if applies)


def material_words(material: Material, item: Item | None = None) -> str:
    """Return one line about a material: what, how many, and the easier ways."""
    notes = material_notes(material, item)
    line = f"{material.material_name}（{material_copies(material)}）"
    return f"{line}：{notes}" if notes else line


def _who(material: Material) -> str:
    return material.signers.who if material.signers else ""


def _when(material: Material, item: Item | None) -> str:
    words = situation_words(item, material.needed_if) if item else ""
    return f"{words}时需要" if words else "只有部分情形需要"


def _sometimes(material: Material) -> str:
    return "有的情形" if material.tolerable_if else ""


def guide_facts(item: Item) -> list[tuple[str, str]]:
    """Return what a citizen wants to know first, as label and text."""
    promise = duration_words(item.promise_day, item.promise_type)
    law = duration_words(item.anticipate_day, item.anticipate_type)
    cycle = [("多久办一次", item.cycle.text)] if item.cycle else []
    own = item.agent_forbidden_reason or "要本人到场"
    agent = (
        f"不能：{own}。来不了的可以预约上门。" if item.agent_forbidden else "可以，带上双方证件。"
    )
    return [
        ("谁能办", item.accept_condition),
        ("能代办吗", agent),
        ("怎么办", item.handle_flow),
        ("多久办好", f"承诺{promise}，法定{law}。{item.promise_explain}"),
        *cycle,
        ("收费", _fees(item)),
        ("要跑几次", f"最多 {item.limit_scene_num} 次"),
        ("办理部门", item.dept_name),
        ("依据", item.by_law),
        ("咨询", item.link_way),
        ("投诉", item.supervise_way),
    ]


def guide_text(item: Item) -> str:
    """Return the whole guide, for a terminal or a plain print."""
    lines = [
        f"{item.task_name} 办事指南",
        f"事项类型：{TYPE_WORDS[item.task_type]}　办件类型：{KIND_WORDS[item.project_type]}",
        f"实施编码：{item.task_code or '未赋码'}　版本：{item.task_version}",
        f"群众常说：{'、'.join(item.aliases) or '无'}",
        *(f"{label}：{text}" for label, text in guide_facts(item)),
        "会问的问题：",
        *(f"  {q.text} {' / '.join(o.label for o in q.options)}" for q in item.questions),
        "要带的材料：",
        *(f"  {n}. {material_words(m, item)}" for n, m in enumerate(item.materials, 1)),
        "常见问题：",
        *(f"  问：{f.question}\n  答：{f.answer}" for f in item.faqs),
        f"说明：{item.provenance}",
    ]
    return "\n".join(lines)


def _fees(item: Item) -> str:
    if not item.is_fee:
        return "不收费"
    return "；".join(f"{fee.fee_name} {fee.fee_stand}" for fee in item.fees)
