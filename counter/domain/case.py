# SPDX-License-Identifier: MulanPSL-2.0
"""Business states of a case (办件): what each means, what clock it runs, how it is entered.

Source: domain brief §3.2. With ``case_moves`` it is the one declared table of the life cycle, from
which guards, tests and ``docs/life-cycle.md`` are made. Delivery state (sync) is another field.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CaseState(StrEnum):
    """Business state; the value is stored and sent, never renamed; the word is shown."""

    DRAFT = "draft"
    RECEIVED = "received"
    SUPPLEMENT = "supplement"
    SUPPLIED = "supplied"
    NOT_ACCEPTED = "not_accepted"
    DEEMED = "deemed"
    ACCEPTED = "accepted"
    TOLERATED = "tolerated"
    PROMISED = "promised"
    REVIEWING = "reviewing"
    SUSPENDED = "suspended"
    APPROVED = "approved"
    REFUSED = "refused"
    TRANSFERRED = "transferred"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    DELIVERED = "delivered"
    RATED = "rated"
    ARCHIVED = "archived"


class Clock(StrEnum):
    """Which of the law's clocks runs in a state (§3.3)."""

    NONE = "none"
    ANSWER = "answer"
    STOPPED = "stopped"
    PROMISE = "promise"
    PAUSED = "paused"
    DELIVERY = "delivery"


CLOCK_WORDS: dict[Clock, str] = {
    Clock.NONE: "不计时",
    Clock.ANSWER: "答复期限（收件起，事项的答复天数，一般 5 个工作日）",
    Clock.STOPPED: "停止计时，等申请人补正",
    Clock.PROMISE: "承诺办结期限（受理次日起算；有容缺的，另有补齐期限）",
    Clock.PAUSED: "暂停计时（特别程序期间不计算）",
    Clock.DELIVERY: "送达期限（作出决定起 10 个工作日）",
}


@dataclass(frozen=True)
class StateSpec:
    """One row of the table of states.

    Attributes:
        state: The state.
        word: Short word for lists.
        clock: The clock that runs.
        text: What it means, one sentence a citizen may read.
        deletable: Whether the record may be deleted; true before 收件 only.
    """

    state: CaseState
    word: str
    clock: Clock
    text: str
    deletable: bool = False


STATES: dict[CaseState, StateSpec] = {
    spec.state: spec
    for spec in (
        StateSpec(
            CaseState.DRAFT,
            "草稿",
            Clock.NONE,
            "还没有收件，只存在本机，可以删除。",
            deletable=True,
        ),
        StateSpec(
            CaseState.RECEIVED,
            "已收件",
            Clock.ANSWER,
            "材料已经收下，还没有受理；要在答复期限内答复。",
        ),
        StateSpec(
            CaseState.SUPPLEMENT,
            "待补正",
            Clock.STOPPED,
            "已一次性告知缺什么，等申请人补来；等待期间停止计时。",
        ),
        StateSpec(
            CaseState.SUPPLIED,
            "补正已收",
            Clock.ANSWER,
            "要补的材料已经补齐，从补齐那天起重新计算答复期限。",
        ),
        StateSpec(
            CaseState.NOT_ACCEPTED,
            "不予受理",
            Clock.NONE,
            "已书面说明不受理的理由、依据和救济途径。",
        ),
        StateSpec(
            CaseState.DEEMED,
            "视为受理",
            Clock.PROMISE,
            "逾期没有答复，从收到材料之日起视为受理，要由值班长处理。",
        ),
        StateSpec(
            CaseState.ACCEPTED,
            "已受理",
            Clock.PROMISE,
            "已正式受理，要在承诺办结日之前办完。",
        ),
        StateSpec(
            CaseState.TOLERATED,
            "容缺受理",
            Clock.PROMISE,
            "主要材料齐全，先受理；缺的材料要在约定的日期前补齐，补齐前不发结果。",
        ),
        StateSpec(
            CaseState.PROMISED,
            "告知承诺受理",
            Clock.PROMISE,
            "凭书面承诺受理，先办理，后核查。",
        ),
        StateSpec(
            CaseState.REVIEWING,
            "审核中",
            Clock.PROMISE,
            "后台正在承办、审核。",
        ),
        StateSpec(
            CaseState.SUSPENDED,
            "特别程序",
            Clock.PAUSED,
            "正在听证、检验、勘验或公示，时间不算在办理期限内。",
        ),
        StateSpec(
            CaseState.APPROVED,
            "办结·准予",
            Clock.DELIVERY,
            "已作出准予的决定，等送达。",
        ),
        StateSpec(
            CaseState.REFUSED,
            "办结·不予",
            Clock.DELIVERY,
            "已作出不予的决定，等送达；可以申请复议或起诉。",
        ),
        StateSpec(
            CaseState.TRANSFERRED,
            "办结·转报",
            Clock.NONE,
            "本级已办完，已转报有权决定的部门。",
        ),
        StateSpec(
            CaseState.RETURNED,
            "已退回",
            Clock.NONE,
            "已退件并说明理由，材料退还本人。",
        ),
        StateSpec(
            CaseState.WITHDRAWN,
            "本人撤回",
            Clock.NONE,
            "申请人自己撤回，不再办理。",
        ),
        StateSpec(
            CaseState.DELIVERED,
            "已送达",
            Clock.NONE,
            "结果已经交到申请人或代领人手里，有送达回证。",
        ),
        StateSpec(
            CaseState.RATED,
            "已评价",
            Clock.NONE,
            "结果已送达，申请人已评价。",
        ),
        StateSpec(
            CaseState.ARCHIVED,
            "已归档",
            Clock.NONE,
            "全部材料已归档，不再变动。",
        ),
    )
}
STATE_WORDS: dict[CaseState, str] = {state: spec.word for state, spec in STATES.items()}

# How a case can end.
DECIDED = frozenset(
    {
        CaseState.NOT_ACCEPTED,
        CaseState.APPROVED,
        CaseState.REFUSED,
        CaseState.TRANSFERRED,
        CaseState.RETURNED,
        CaseState.WITHDRAWN,
    }
)
# Ended or further: the person need not wait for the office any more.
FINAL = DECIDED | {CaseState.DELIVERED, CaseState.RATED, CaseState.ARCHIVED}
# Still before 受理: the answer clock runs or waits.
BEFORE_ACCEPTANCE = frozenset(
    {CaseState.DRAFT, CaseState.RECEIVED, CaseState.SUPPLEMENT, CaseState.SUPPLIED}
)
# Accepted by the centre, by delegation or by the law, or already decided on.
ACCEPTED_STATES = frozenset(
    {
        CaseState.DEEMED,
        CaseState.ACCEPTED,
        CaseState.TOLERATED,
        CaseState.PROMISED,
        CaseState.REVIEWING,
        CaseState.SUSPENDED,
        CaseState.APPROVED,
        CaseState.REFUSED,
        CaseState.TRANSFERRED,
    }
)
