# SPDX-License-Identifier: MulanPSL-2.0
"""A condition over the answers as people say it: 选了「卡丢了，补卡」或「挂失」."""

from __future__ import annotations

import re

from counter.domain.catalog import Item

_IS = re.compile(r"answers\.(\w+) (==|!=) '(\w+)'")
_ONE_OF = re.compile(r"answers\.(\w+) in \[([^\]]*)\]")


def situation_words(item: Item, expr: str) -> str:
    """Return when a condition holds, by the labels of the answers; '' if it says more than that.

    Comparisons joined all by ``&&`` or all by ``||`` are put in words; what is nested, or asks
    for anything but answers, is not.
    """
    sign, word = (" || ", "或") if " || " in expr else (" && ", "，并且")
    parts = [_part(item, one) for one in expr.split(sign)]
    return word.join(parts) if all(parts) else ""


def _part(item: Item, expr: str) -> str:
    labels = {(q.key, o.key): o.label for q in item.questions for o in q.options}
    if found := _IS.fullmatch(expr):
        key, sign, option = found.groups()
        label = labels.get((key, option))
        return f"{'不是' if sign == '!=' else ''}「{label}」" if label else ""
    if found := _ONE_OF.fullmatch(expr):
        key, listed = found.groups()
        options = re.findall(r"'(\w+)'", listed)
        named = [labels.get((key, one), "") for one in options]
        return "或".join(f"「{one}」" for one in named) if named and all(named) else ""
    return ""
