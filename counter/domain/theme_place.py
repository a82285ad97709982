# SPDX-License-Identifier: MulanPSL-2.0
"""The place of one case in its 一件事, and how the whole stands: the same words on both sides.

Each case of a theme is received at the centre at once, so its legal answer clock runs from the
counter's 收件 (行政许可法 art. 32) and it may be accepted in time. What waits for an earlier
item is only the *favourable decision*: that is the precedence of the business, not of the
transport, so it is no ``depends_on`` of the operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from counter.domain.case import FINAL, STATE_WORDS, CaseState
from counter.domain.operations import Frozen

IfRefused = Literal["wait", "continue"]
PREFIX = "YJS-"


class WaitsFor(Frozen):
    """An earlier case of the theme, and what happens when it ends without success."""

    case_id: str
    if_refused: IfRefused


class ThemePlace(Frozen):
    """Part of ``case.received``: one case among those taken together.

    Attributes:
        theme_no: Number of the whole; found by it like by a receipt number.
        theme_code: The theme, with its version.
        theme_name: In words, for papers and lists.
        position: Place of this case, from 1.
        count: How many cases were taken together.
        waits_for: Earlier cases whose end this one's decision waits for.
        released: Why a person at the centre set the waiting aside; empty while nobody did.
    """

    theme_no: str
    theme_code: str
    theme_version: str
    theme_name: str
    position: int = Field(ge=1)
    count: int = Field(ge=1)
    waits_for: tuple[WaitsFor, ...] = ()
    released: str = ""


def make_theme_no(first_receipt_no: str) -> str:
    """Return the number of a theme: unique because the first case's receipt number is."""
    return PREFIX + first_receipt_no


def waiting_for(place: ThemePlace | None, states: Mapping[str, str]) -> tuple[WaitsFor, ...]:
    """Return the earlier cases that still hold back this one's favourable decision.

    Args:
        place: Where the case stands in its theme, None outside of any.
        states: State of each known case by its id; an unknown one is still on its way.
    """
    if place is None or place.released:
        return ()
    return tuple(w for w in place.waits_for if _holds_back(w, states.get(w.case_id)))


def _holds_back(wait: WaitsFor, state: str | None) -> bool:
    if state is None or CaseState(state) not in FINAL:
        return True
    return wait.if_refused == "wait" and state != CaseState.APPROVED


@dataclass(frozen=True, slots=True)
class Member:
    """One case of a theme as a list shows it."""

    case_id: str
    receipt_no: str
    item_name: str
    state: CaseState
    place: ThemePlace


@dataclass(frozen=True, slots=True)
class ThemeStatus:
    """How the whole stands.

    Attributes:
        closed: All cases taken together have come to their end.
        word: 办理中, 全部办成, 部分没办成 or 都没办成.
        lines: One sentence per case, in order.
    """

    closed: bool
    word: str
    lines: tuple[str, ...]


def theme_status(members: Iterable[Member]) -> ThemeStatus:
    """Return the state of a theme from its cases; a failure of one never hides among the others."""
    rows = sorted(members, key=lambda m: m.place.position)
    states = {m.case_id: m.state.value for m in rows}
    names = {m.case_id: m.item_name for m in rows}
    ended = [m for m in rows if m.state in FINAL]
    failed = [m for m in ended if m.state is not CaseState.APPROVED]
    expected = max((m.place.count for m in rows), default=0)
    closed = bool(rows) and len(ended) == expected
    if closed:
        good = "全部办成" if not failed else "都没办成"
        word = good if len(failed) in (0, expected) else "部分没办成"
    else:
        word = "办理中，有事项没办成" if failed else "办理中"
    return ThemeStatus(closed, word, tuple(_line(m, states, names) for m in rows))


def _line(member: Member, states: Mapping[str, str], names: Mapping[str, str]) -> str:
    text = f"{member.item_name}：{STATE_WORDS[member.state]}"
    return f"{text}，{why}" if (why := wait_words(member, states, names)) else text


def wait_words(member: Member, states: Mapping[str, str], names: Mapping[str, str]) -> str:
    """Return what a case waits for, in words; '' when nothing of the theme holds it back."""
    if member.state in FINAL:
        return ""
    open_: list[str] = []
    refused: list[str] = []
    for wait in waiting_for(member.place, states):
        ended = CaseState(states.get(wait.case_id, CaseState.RECEIVED)) in FINAL
        (refused if ended else open_).append(names.get(wait.case_id, "前面的事项"))
    parts = [f"等「{name}」办好再决定" for name in open_]
    parts += [f"「{name}」没办成，等重新办好或由审批人员处理" for name in refused]
    return "；".join(parts)
