# SPDX-License-Identifier: MulanPSL-2.0
"""The guard of the life cycle: it reads the declared table and refuses illegal moves in words.

Source: domain brief §3.2, last paragraph.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from counter.domain.case import STATE_WORDS, CaseState
from counter.domain.case_moves import (
    ANSWERS,
    DECISIONS,
    NEED_WORDS,
    SIDE_WORDS,
    TRANSITIONS,
    Transition,
)
from counter.domain.errors import NotAllowedError


@dataclass(frozen=True)
class Circumstances:
    """What guards look at beside state, side and roles.

    Attributes:
        open_gaps: Tolerated papers not yet handed in.
        offline_accept: The item lets the counter accept (the seal is delegated).
        deemed: The law holds the case accepted already, for nobody answered in time.
        earlier_visible: A defect of a second notice could be seen at the first.
        leader_reason: The shift leader's reason for that was written down.
        step: Step of the review done last: "" | 1 承办 | 2 审核.
        extended: The time was already extended once.
        given: Which of ``NEED_WORDS`` were given.
    """

    open_gaps: int = 0
    offline_accept: bool = False
    deemed: bool = False
    earlier_visible: bool = False
    leader_reason: bool = False
    step: str = ""
    extended: bool = False
    given: frozenset[str] = field(default_factory=frozenset)


def move(
    state: CaseState,
    name: str,
    *,
    side: str,
    roles: frozenset[str],
    about: Circumstances | None = None,
) -> CaseState:
    """Return the state after a transition, or refuse with the reason in words.

    Args:
        state: Where the case is.
        name: Key of ``TRANSITIONS``.
        side: ``counter`` or ``centre``.
        roles: Roles of the acting person or system.
        about: What else matters; without it only state, side and role are looked at.

    Raises:
        NotAllowedError: CASE-MOVE, CASE-SIDE, CASE-ROLE, and with ``about`` CASE-OFFLINE,
            CASE-NEED, CASE-GAP, CASE-DEEMED, CASE-SECOND, CASE-STEP, CASE-EXTENDED.
    """
    rule = TRANSITIONS.get(name)
    if rule is None or state not in rule.sources:
        word = rule.word if rule else name
        raise _refused("CASE-MOVE", f"「{STATE_WORDS[state]}」的办件不能「{word}」。")
    if rule.side not in (side, "both"):
        raise _refused("CASE-SIDE", f"「{rule.word}」要由{SIDE_WORDS[rule.side]}决定，不能代替。")
    if not rule.roles & roles:
        raise _refused("CASE-ROLE", f"您的岗位不能「{rule.word}」。", "请找值班长。")
    if about is not None:
        _check(rule, state, side, about)
    return rule.target or state


def _check(rule: Transition, state: CaseState, side: str, about: Circumstances) -> None:
    """Refuse what the state alone would allow (§3.2, last paragraph)."""
    lacking = [NEED_WORDS[need] for need in rule.needs if need not in about.given]
    if lacking:
        raise _refused("CASE-NEED", f"「{rule.word}」要写明{'、'.join(lacking)}。")
    if side == "counter" and rule.offline == "item" and not about.offline_accept:
        raise _refused(
            "CASE-OFFLINE",
            "这个事项没有授权窗口受理，要由中心受理。",
            "收件凭证照常有效，传到中心后由中心受理。",
        )
    _check_answer(rule, about)
    if rule.name in {*DECISIONS, "accept", "accept_promised", "close_gaps"} and about.open_gaps:
        act = {"accept": "受理，只能容缺受理", "close_gaps": "算补齐"}.get(rule.name, "办结")
        raise _refused("CASE-GAP", f"还有 {about.open_gaps} 份容缺材料没补齐，不能{act}。")
    if rule.name == "accept_tolerant" and not about.open_gaps:
        raise _refused("CASE-GAP", "没有容缺的材料，应当直接受理。")
    if state is CaseState.REVIEWING and rule.name in DECISIONS and about.step != "2":
        raise _refused("CASE-STEP", f"还没有审核，不能「{rule.word}」。", "请先审核，再批准。")
    if rule.name == "extend" and about.extended:
        raise _refused("CASE-EXTENDED", "已经延长过一次，不能再延长。")


def _check_answer(rule: Transition, about: Circumstances) -> None:
    """The five days of art. 32: one notice, in time, or the case is accepted by law."""
    if rule.name == "deem" and not about.deemed:
        raise _refused("CASE-DEEMED", "答复期限还没有过，或这个事项不适用视为受理。")
    if rule.name in ANSWERS and about.deemed:
        raise _refused(
            "CASE-DEEMED",
            f"答复期限已过，依法视为受理，不能再「{rule.word}」。",
            "请值班长确认视为受理。",
        )
    if rule.name == "request_supplement" and about.earlier_visible and not about.leader_reason:
        raise _refused(
            "CASE-SECOND",
            "已经一次性告知过，这次提出的问题上一次就看得出来。",
            "确实要再提，请值班长写明理由。",
        )


def _refused(code: str, what: str, todo: str = "") -> NotAllowedError:
    return NotAllowedError(code=code, what=what, safe="办件没有改动。", todo=todo)
