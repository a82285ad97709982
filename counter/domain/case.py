# SPDX-License-Identifier: MulanPSL-2.0
"""Business states of a case (办件) and the one declared table of its transitions.

Source: domain brief §3.2. Delivery state (sync) is another field and never mixed in here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from counter.domain.errors import NotAllowedError


class CaseState(StrEnum):
    """Business state; the value is stored and sent, the word is shown."""

    DRAFT = "draft"
    RECEIVED = "received"
    SUPPLEMENT = "supplement"
    ACCEPTED = "accepted"
    APPROVED = "approved"
    REFUSED = "refused"
    NOT_ACCEPTED = "not_accepted"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


STATE_WORDS: dict[CaseState, str] = {
    CaseState.DRAFT: "草稿",
    CaseState.RECEIVED: "已收件",
    CaseState.SUPPLEMENT: "待补正",
    CaseState.ACCEPTED: "已受理",
    CaseState.APPROVED: "办结·准予",
    CaseState.REFUSED: "办结·不予",
    CaseState.NOT_ACCEPTED: "不予受理",
    CaseState.RETURNED: "已退回",
    CaseState.WITHDRAWN: "本人撤回",
}
FINAL = frozenset(
    {
        CaseState.APPROVED,
        CaseState.REFUSED,
        CaseState.NOT_ACCEPTED,
        CaseState.RETURNED,
        CaseState.WITHDRAWN,
    }
)


@dataclass(frozen=True)
class Transition:
    """One allowed move: who may do it (``counter`` or ``centre``) and the needed roles."""

    name: str
    word: str
    sources: frozenset[CaseState]
    target: CaseState
    side: str
    roles: frozenset[str] = frozenset()


def _t(name: str, word: str, sources: str, target: CaseState, side: str, roles: str) -> Transition:
    return Transition(
        name,
        word,
        frozenset(CaseState(s) for s in sources.split()),
        target,
        side,
        frozenset(roles.split()),
    )


TRANSITIONS: dict[str, Transition] = {
    t.name: t
    for t in (
        _t("receive", "收件", "draft", CaseState.RECEIVED, "counter", "clerk helper leader"),
        _t(
            "request_supplement",
            "一次性告知补正",
            "received",
            CaseState.SUPPLEMENT,
            "both",
            "clerk leader approver",
        ),
        _t(
            "supplement",
            "补正材料",
            "supplement",
            CaseState.RECEIVED,
            "counter",
            "clerk helper leader",
        ),
        _t("accept", "受理", "received", CaseState.ACCEPTED, "centre", "approver system"),
        _t(
            "not_accept",
            "不予受理",
            "received supplement",
            CaseState.NOT_ACCEPTED,
            "centre",
            "approver",
        ),
        _t("approve", "准予", "accepted", CaseState.APPROVED, "centre", "approver system"),
        _t("refuse", "不予", "accepted", CaseState.REFUSED, "centre", "approver"),
        _t(
            "return",
            "退回",
            "received supplement accepted",
            CaseState.RETURNED,
            "centre",
            "approver",
        ),
        _t(
            "withdraw",
            "本人撤回",
            "received supplement accepted",
            CaseState.WITHDRAWN,
            "both",
            "clerk helper leader approver",
        ),
    )
}


def move(
    state: CaseState, name: str, *, side: str, roles: frozenset[str], open_gaps: int = 0
) -> CaseState:
    """Return the state after a transition, or refuse with the reason in words.

    Args:
        state: Where the case is.
        name: Key of ``TRANSITIONS``.
        side: ``counter`` or ``centre``.
        roles: Roles of the acting person or system.
        open_gaps: Tolerated papers not yet handed in; closing waits for them (§3.2).

    Raises:
        NotAllowedError: unknown move, wrong state, side or role, or open 容缺 gaps.
    """
    rule = TRANSITIONS.get(name)
    if rule is None or state not in rule.sources:
        word = rule.word if rule else name
        raise NotAllowedError(
            code="CASE-MOVE",
            safe="办件没有改动。",
            what=f"「{STATE_WORDS[state]}」的办件不能「{word}」。",
        )
    if rule.side not in (side, "both"):
        raise NotAllowedError(
            code="CASE-SIDE",
            safe="办件没有改动。",
            what=f"「{rule.word}」要由中心决定，窗口不能代替。",
        )
    if not rule.roles & roles:
        raise NotAllowedError(
            code="CASE-ROLE",
            safe="办件没有改动。",
            what=f"您的岗位不能「{rule.word}」。",
            todo="请找值班长。",
        )
    if name == "approve" and open_gaps:
        raise NotAllowedError(
            code="CASE-GAP",
            safe="办件没有改动。",
            what=f"还有 {open_gaps} 份容缺材料没补齐，不能办结。",
        )
    return rule.target
