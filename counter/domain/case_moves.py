# SPDX-License-Identifier: MulanPSL-2.0
"""The one declared table of moves between case states; ``case_guard`` refuses illegal ones.

Sources: domain brief §3.2 (moves, papers, what must be blocked) and §3.7 (what needs no line).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from counter.domain.case import CaseState

Side = Literal["counter", "centre", "both"]
Offline = Literal["yes", "item", "draft", "no"]

SIDE_WORDS: dict[Side, str] = {"counter": "窗口", "centre": "中心", "both": "窗口、中心"}
OFFLINE_WORDS: dict[Offline, str] = {
    "yes": "可以",
    "item": "事项允许时可以",
    "draft": "只能起草，由中心确认",
    "no": "不可以",
}
ROLE_WORDS = {
    "clerk": "综窗受理员",
    "helper": "帮办代办员",
    "leader": "值班长",
    "approver": "后台审批员",
    "system": "系统",
}
NEED_WORDS = {
    "reason": "理由",
    "basis": "法律依据",
    "approver": "批准人",
    "days": "天数",
    "kind": "种类",
    "office": "接办的部门",
    "defects": "缺陷清单",
    "materials": "材料清单",
    "delivery": "送达情况（领取人、关系、方式、文书）",
}
PAPER_WORDS = {
    "REC": "收件凭证",
    "SUP": "补正告知书",
    "SUR": "补正材料收件凭证",
    "TOL": "容缺受理承诺书",
    "TON": "容缺受理通知书",
    "NAN": "不予受理情况说明",
    "NAC": "不予受理决定书",
    "ACP": "受理通知书",
    "SPE": "特别程序告知书",
    "SAL": "准予决定书",
    "NSA": "不予决定书",
    "STL": "办结通知书",
    "NST": "审核不通过通知书",
    "WDR": "撤回申请书",
    "RCH": "送达回证",
    "ARC": "归档目录",
}


@dataclass(frozen=True)
class Transition:
    """One row of the table of moves.

    Attributes:
        name: Key, part of operations and command lines.
        word: What it is called in a case's timeline.
        sources: States it starts from.
        target: State it leads to; ``None``: the state stays.
        side: Who may do it: the counter, the centre or both.
        roles: Roles of which the acting person or system needs one.
        offline: Whether the counter may do it without a line (§3.7).
        needs: What must be given, keys of ``NEED_WORDS``.
        paper: Code of the paper it gives, "" if none.
    """

    name: str
    word: str
    sources: frozenset[CaseState]
    target: CaseState | None
    side: Side
    roles: frozenset[str]
    offline: Offline = "no"
    needs: tuple[str, ...] = ()
    paper: str = ""


_WINDOW = "clerk helper leader"
_OPEN = "accepted tolerated promised deemed reviewing"
_ALIVE = f"received supplement supplied {_OPEN} suspended"


def _t(
    name: str,
    word: str,
    sources: str,
    target: CaseState | None,
    side: Side,
    *,
    roles: str,
    offline: Offline = "no",
    needs: str = "",
    paper: str = "",
) -> Transition:
    states = frozenset(CaseState(s) for s in sources.split())
    who = frozenset(roles.split())
    return Transition(name, word, states, target, side, who, offline, tuple(needs.split()), paper)


TRANSITIONS: dict[str, Transition] = {
    t.name: t
    for t in (
        _t(
            "receive",
            "收件",
            "draft",
            CaseState.RECEIVED,
            "counter",
            roles=_WINDOW,
            offline="yes",
            paper="REC",
        ),
        _t(
            "request_supplement",
            "一次性告知补正",
            "received supplied",
            CaseState.SUPPLEMENT,
            "both",
            roles="clerk leader approver",
            offline="yes",
            needs="defects",
            paper="SUP",
        ),
        _t(
            "supplement",
            "补正材料",
            "supplement",
            CaseState.SUPPLIED,
            "counter",
            roles=_WINDOW,
            offline="yes",
            needs="materials",
            paper="SUR",
        ),
        _t(
            "add_papers",
            "补交材料",
            _ALIVE,
            None,
            "counter",
            roles=_WINDOW,
            offline="yes",
            needs="materials",
            paper="SUR",
        ),
        _t(
            "tolerate",
            "登记容缺",
            "received supplied",
            None,
            "counter",
            roles="clerk leader",
            offline="yes",
            needs="materials",
            paper="TOL",
        ),
        _t(
            "close_gaps",
            "容缺补齐",
            "tolerated",
            CaseState.ACCEPTED,
            "counter",
            roles=_WINDOW,
            offline="yes",
            needs="materials",
            paper="SUR",
        ),
        _t(
            "draft_refusal",
            "起草不予受理",
            "received supplement supplied",
            None,
            "counter",
            roles="leader",
            offline="draft",
            needs="reason basis office",
            paper="NAN",
        ),
        _t(
            "not_accept",
            "不予受理",
            "received supplement supplied",
            CaseState.NOT_ACCEPTED,
            "centre",
            roles="approver",
            needs="reason basis",
            paper="NAC",
        ),
        _t(
            "accept",
            "受理",
            "received supplied",
            CaseState.ACCEPTED,
            "both",
            roles="clerk leader approver system",
            offline="item",
            paper="ACP",
        ),
        _t(
            "accept_tolerant",
            "容缺受理",
            "received supplied",
            CaseState.TOLERATED,
            "both",
            roles="clerk leader approver system",
            offline="item",
            paper="TON",
        ),
        _t(
            "accept_promised",
            "告知承诺受理",
            "received supplied",
            CaseState.PROMISED,
            "both",
            roles="clerk leader approver system",
            offline="item",
            paper="ACP",
        ),
        _t(
            "deem",
            "视为受理",
            "received supplied",
            CaseState.DEEMED,
            "both",
            roles="leader system",
            offline="yes",
            needs="reason",
            paper="ACP",
        ),
        _t(
            "handle",
            "承办",
            "accepted tolerated promised deemed",
            CaseState.REVIEWING,
            "centre",
            roles="approver system",
        ),
        _t("review", "审核", "reviewing", CaseState.REVIEWING, "centre", roles="approver system"),
        _t(
            "suspend",
            "特别程序",
            "reviewing",
            CaseState.SUSPENDED,
            "centre",
            roles="approver",
            needs="kind reason basis approver",
            paper="SPE",
        ),
        _t("resume", "特别程序结束", "suspended", CaseState.REVIEWING, "centre", roles="approver"),
        _t(
            "extend",
            "延长审批",
            "reviewing",
            CaseState.REVIEWING,
            "centre",
            roles="approver",
            needs="days reason basis approver",
            paper="SPE",
        ),
        _t(
            "approve",
            "准予",
            _OPEN,
            CaseState.APPROVED,
            "centre",
            roles="approver system",
            paper="SAL",
        ),
        _t(
            "refuse",
            "不予",
            _OPEN,
            CaseState.REFUSED,
            "centre",
            roles="approver",
            needs="reason basis",
            paper="NSA",
        ),
        _t(
            "transfer",
            "转报",
            _OPEN,
            CaseState.TRANSFERRED,
            "centre",
            roles="approver",
            needs="reason office",
            paper="STL",
        ),
        _t(
            "return",
            "退回",
            _ALIVE,
            CaseState.RETURNED,
            "centre",
            roles="approver",
            needs="reason",
            paper="NST",
        ),
        _t(
            "withdraw",
            "本人撤回",
            _ALIVE,
            CaseState.WITHDRAWN,
            "both",
            roles="clerk helper leader approver",
            offline="yes",
            needs="reason",
            paper="WDR",
        ),
        _t(
            "deliver",
            "送达",
            "approved refused transferred not_accepted returned",
            CaseState.DELIVERED,
            "both",
            roles="clerk helper leader approver",
            offline="yes",
            needs="delivery",
            paper="RCH",
        ),
        _t("rate", "评价", "delivered", CaseState.RATED, "centre", roles="system"),
        _t(
            "archive",
            "归档",
            "delivered rated withdrawn",
            CaseState.ARCHIVED,
            "centre",
            roles="approver system",
            paper="ARC",
        ),
    )
}
DECISIONS = frozenset({"approve", "refuse", "transfer"})
ANSWERS = frozenset({"request_supplement", "not_accept", "draft_refusal", "return", "tolerate"})
ACCEPTING = frozenset({"accept", "accept_tolerant", "accept_promised"})
REFUSALS = frozenset({"not_accept", "refuse", "return"})
"""Moves that are reported as 否定事项 (every refusal is reported)."""
SPECIAL = frozenset({"suspend", "extend"})
