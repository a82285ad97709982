# SPDX-License-Identifier: MulanPSL-2.0
"""预判: what the automatic decision at the centre would look at, as far as it is known here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from counter.domain.catalog import Item
from counter.domain.conditions import Facts, holds

Status = Literal["holds", "fails", "unknown", "none"]
_NOT_A_DECISION = "这是预判，不是决定。"


@dataclass(frozen=True, slots=True)
class FactState:
    """One condition of the rule: what it says, whether it holds, who can know it."""

    key: str
    label: str
    value: bool | None
    source: Literal["local", "platform"]


@dataclass(frozen=True, slots=True)
class PreJudge:
    """The 预判 of one situation; it never refuses anybody.

    Attributes:
        status: ``holds`` = all that can be checked here holds (the centre checks the rest),
            ``fails`` = something known here does not, ``unknown`` = something that could be
            known here is missing, ``none`` = the item has no automatic decision.
        facts: Every condition; platform facts are None at the counter.
        text: The sentence for the screen.
    """

    status: Status
    facts: tuple[FactState, ...]
    text: str

    @property
    def pending(self) -> tuple[FactState, ...]:
        """Return the conditions nobody has answered yet."""
        return tuple(f for f in self.facts if f.value is None)


def prejudge(item: Item, facts: Facts) -> PreJudge:
    """Evaluate the item's 秒批 rule over the facts.

    The centre calls the same function with ``platform`` facts added.
    """
    rule = item.auto_approve
    if rule is None:
        return PreJudge("none", (), "这个事项没有秒批规则，由工作人员审核。")
    if rule.deciding_if and holds(rule.deciding_if, facts) is not True:
        return PreJudge("none", (), "这种情形没有秒批规则，由工作人员审核。")
    states = tuple(
        FactState(f.key, f.label, holds(f.when, facts), f.source)
        for f in rule.all_of
        if not f.only_if or holds(f.only_if, facts) is not False
    )
    failed = [f.label for f in states if f.value is False]
    local = [f.label for f in states if f.value is None and f.source == "local"]
    remote = [f for f in states if f.value is None and f.source == "platform"]
    if failed:
        text = f"「{'」「'.join(failed)}」不符合，会转人工审核。"
        return PreJudge("fails", states, text + _NOT_A_DECISION)
    if local:
        text = f"还要知道「{'」「'.join(local)}」。"
        return PreJudge("unknown", states, text + _NOT_A_DECISION)
    known = len(states) - len(remote)
    text = f"现在能核对的 {known} 条都符合" if known else "本机没有能核对的条件"
    text += f"，另有 {len(remote)} 条要中心核对。" if remote else "。"
    return PreJudge("holds", states, text + _NOT_A_DECISION)
