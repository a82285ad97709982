# SPDX-License-Identifier: MulanPSL-2.0
"""What the citizen is told, in plain words: before signing and with the receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from counter.app.commands import Receipt
from counter.domain.catalog import Item
from counter.domain.deadline_words import day_words
from counter.domain.draft import Draft
from counter.domain.form_state import FieldState
from counter.domain.intake import IntakeView
from counter.domain.masking import mask_id
from counter.domain.materials import WAY_WORDS
from ui.screens.intake.material_row import day_short

CodeLists = Mapping[str, Mapping[str, str]]
_UNITS = {"G": "个工作日", "Z": "天", "H": "小时"}


def value_words(state: FieldState, code_lists: CodeLists) -> str:
    """Return a field's value as people read it."""
    value = state.value
    if isinstance(value, bool):
        return "是" if value else "否"
    if state.field.type == "choice":
        return code_lists.get(state.field.code_list, {}).get(str(value), str(value))
    if state.field.type == "money":
        return f"{value} 元"
    if state.field.type == "account":
        plain = str(value)
        return " ".join(plain[i : i + 4] for i in range(0, len(plain), 4))
    return str(value)


def facts_rows(
    draft: Draft, item: Item, view: IntakeView, code_lists: CodeLists
) -> list[tuple[str, str]]:
    """Return (name, value) of everything the person confirms."""
    applicant = draft.applicant
    rows = [
        ("办什么", item.task_name),
        ("申请人", f"{applicant.name}　{mask_id(applicant.id_no)}"),
    ]
    if draft.agent is not None:
        agent = draft.agent
        rows.append(("代办人", f"{agent.person.name}（{agent.relation}）"))
    for state in view.questions:
        words = next((o.label for o in state.options if o.key == state.answer), "")
        rows.append((state.question.text.rstrip("？?"), words))
    rows += [
        (f.field.label, value_words(f, code_lists))
        for f in view.form.visible_fields()
        if f.value not in {"", None}
    ]
    return rows


def gaps(view: IntakeView) -> list[tuple[str, str]]:
    """Return (name, ISO due day) of the papers that come later."""
    return [
        (m.material.material_name, m.given.due)
        for m in view.needed_materials
        if m.given is not None and m.given.way == "tolerated"
    ]


def material_rows(view: IntakeView) -> list[tuple[str, str]]:
    """Return (name, how it was given) of every row of this situation."""
    out = []
    for state in view.needed_materials:
        given = state.given
        if state.material.generated:
            words = "现在签字"
        elif given is None or given.way == "missing":
            words = "还没交" if state.required else "没有交（可不交）"
        elif given.way == "scanned":
            words = f"拍了 {len(given.pages)} 页" + ("，看过原件" if given.original_checked else "")
        elif given.way == "tolerated":
            words = f"以后再交，{day_short(given.due)}前"
        else:
            words = WAY_WORDS[given.way]
        out.append((state.material.material_name, words))
    return out


def before_signing(draft: Draft, item: Item, view: IntakeView, today: date) -> str:
    """Return the paragraph that is read aloud before the person signs."""
    name = draft.applicant.name or "您"
    whose = f"您替{name}" if draft.agent is not None else "您"
    answer = day_words(view.clocks.answer.date, today)
    parts = [f"{whose}申请的是「{item.task_name}」。"]
    parts += [f"还缺「{n}」，请在{day_short(due)}前送来，家人代交也可以。" for n, due in gaps(view)]
    parts.append(f"今天只是收下材料，最晚{answer}前答复是否受理。")
    parts.append(f"受理以后{promise_words(view)}。")
    parts.append("请看一看内容对不对；对的，请签字或按指印。不识字的可以请我念。")
    return "".join(parts)


def promise_words(view: IntakeView) -> str:
    """Return 22个工作日内办结."""
    amount, unit = view.clocks.promise_amount, view.clocks.promise_unit
    return "当场办结" if amount == 0 else f"{amount}{_UNITS[unit]}内办结"


def with_receipt(draft: Draft, receipt: Receipt, view: IntakeView, phone: str) -> str:
    """Return 给群众的话 that goes with the receipt."""
    day = date.fromisoformat(receipt.answer_due[:10])
    missing = gaps(view)
    if missing:
        names = "、".join(name for name, _ in missing)
        due = min(due for _, due in missing)
        first = f"材料收下了，还缺「{names}」，{day_words(date.fromisoformat(due))}前送来就行，"
        first += "也可由家人代交。"
    else:
        first = "材料都收下了，不用再跑。"
    provisional = "（暂定）" if receipt.answer_provisional else ""
    return (
        f"{first}最晚 {day_words(day)}{provisional}前会答复是否受理。"
        f"有事打 {phone}，报凭证号和查询密码 {receipt.query_code}。"
    )


def together_lines(receipt: Receipt, names: Sequence[str]) -> str:
    """Return the cases taken together, one a line: number in order, name, receipt number."""
    rows = zip(names, receipt.together, strict=False)
    return "\n".join(f"{at}. {name}　{one.receipt_no}" for at, (name, one) in enumerate(rows, 1))
