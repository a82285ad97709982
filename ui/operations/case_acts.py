# SPDX-License-Identifier: MulanPSL-2.0
"""What a person may do with a case as it stands, each act with its consequence, and doing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from counter.app.case_commands import (
    CorrectOperation,
    InformCitizen,
    RefuseReceipt,
    TolerateCase,
)
from counter.app.commands import (
    AcceptCase,
    ConfirmDeemed,
    DeliverResult,
    DraftRefusal,
    RequestSupplement,
    WithdrawCase,
)
from counter.app.session import CAPTURE_ROLES
from counter.domain.bodies import CaseReceived
from counter.domain.case import FINAL, CaseState
from counter.domain.case_guard import Circumstances, move
from counter.domain.case_life import accept_name, open_gaps
from counter.domain.case_moves import ACCEPTING, ANSWERS, TRANSITIONS
from counter.domain.errors import NotAllowedError
from ui.operations.holding import Holding, give_back_words

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from counter.app.commands import Command, Done
    from counter.app.queries import CaseDetail
    from counter.domain.case_life import Defect, Delivery
    from counter.domain.catalog import Item
    from ui.operations.desk import Desk


@dataclass(frozen=True)
class Deed:
    """An act on a case.

    Attributes:
        name: Key of the table of moves.
        word: What the button says.
        words: The consequence, or why it may not be done now.
        paper: Code of the paper it gives, "" if none.
        allowed: Whether it may be done now.
    """

    name: str
    word: str
    words: str
    paper: str = ""
    allowed: bool = True


_CONSEQUENCES = {
    "deem": "依法从收到材料那天起视为已受理，承诺办结期限照此计算；可以打印受理通知书。不能取消。",
    "deliver": "登记谁领走了哪些东西，打印送达回证请领取人签字；登记后办件是「已送达」。",
    "accept": "以窗口名义正式受理：从下一个工作日起计算承诺办结期限，打印受理通知书。不能取消。",
    "accept_tolerant": "先受理，缺的材料在约定的日期前补齐，补齐前不发结果；打印容缺受理通知书。",
    "accept_promised": "凭申请人的书面承诺受理，先办理后核查；打印受理通知书。不能取消。",
    "supplement": "补齐后办件是「补正已收」，答复期限从补齐那天重新计算；没补齐的还要再补。",
    "close_gaps": "容缺的材料交来一份记一份，全部补齐后办件是「已受理」。",
    "add_papers": "补交的材料另记一条，排在收件后面传到中心；凭证号不变。",
    "request_supplement": "把缺的、不对的一次说全，打印补正告知书；等补正期间停止计时。"
    "漏说的不能随意再提：再次告知要值班长写明理由。",
    "tolerate": "这几份材料可以在约定的日期前补来，请申请人在容缺受理承诺书上签字。",
    "draft_refusal": "只是起草：由中心决定是否不予受理。先打印一份书面情况说明给申请人。",
    "withdraw": "撤回后这份办件不再办理，时限停止；以后要办须重新收件。撤回不能取消。",
}
_WORDS = {
    "deem": "确认视为受理…",
    "deliver": "送达…",
    "supplement": "收补正材料…",
    "close_gaps": "收容缺材料…",
    "add_papers": "补交材料…",
    "request_supplement": "告知补正…",
    "tolerate": "登记容缺…",
    "draft_refusal": "起草不予受理…",
    "withdraw": "本人撤回…",
    "take_over": "接手…",
    "give_back": "交回…",
}
_OVER = "这份办件已经结束，不能再补材料，也不用撤回。"


def deeds(
    detail: CaseDetail, item: Item | None, roles: frozenset[str], held: Holding
) -> tuple[Deed, ...]:
    """Return what may be done, the most urgent first; of the rest only what has a reason to tell.

    The case's own handlers check again: this is what the buttons show, not a permission.
    """
    state, by_law = detail.case.state, detail.row.state == CaseState.DEEMED.value
    body = CaseReceived.model_validate(detail.case.body)
    papers = {
        CaseState.SUPPLEMENT: "supplement",
        CaseState.TOLERATED: "close_gaps",
    }.get(state, "add_papers")
    accept = accept_name(body.materials)
    names = ["deem", "deliver", accept, papers, "request_supplement"]
    if tolerable(body, item):
        names.append("tolerate")
    names += ["draft_refusal", "withdraw"]
    about = Circumstances(
        open_gaps=open_gaps(body.materials) if accept == "accept_tolerant" else 0,
        offline_accept=bool(item and item.offline_accept),
        deemed=by_law,
        given=frozenset({"reason", "basis", "office", "defects", "materials", "delivery"}),
    )
    found = []
    for name in names:
        deed = _deed(name, state, roles, about, by_law=by_law)
        if deed is not None:
            found.append(deed)
    if CAPTURE_ROLES & roles:
        passing = (("take_over", held.take), ("give_back", give_back_words(held)))
        passed = [Deed(name, _WORDS[name], words) for name, words in passing if words]
        # Work on another window's case would be held at the centre: taking it over comes first.
        other = bool(held.window) and not held.mine
        found = [*passed, *found] if other else [*found, *passed]
    return tuple(found)


def tolerable(body: CaseReceived, item: Item | None) -> tuple[tuple[str, str], ...]:
    """Return key and name of the papers that are missing and may come later."""
    given = {row.key for row in body.materials if row.way != "missing"}
    rows = item.materials if item else ()
    asked = {row.key for row in body.materials}
    return tuple(
        (row.key, row.material_name)
        for row in rows
        if row.tolerable and row.key in asked and row.key not in given
    )


def _deed(
    name: str, state: CaseState, roles: frozenset[str], about: Circumstances, *, by_law: bool
) -> Deed | None:
    rule = TRANSITIONS[name]
    if state not in rule.sources or (name == "deem" and not by_law):
        return None
    word = _WORDS.get(name, f"{rule.word}…")
    # The law's acceptance is the leader's to confirm; every other answer came too late.
    if by_law and (name in ANSWERS or name in ACCEPTING):
        return None
    try:
        # What closes a gap is judged when the papers are there.
        move(
            state, name, side="counter", roles=roles, about=None if name == "close_gaps" else about
        )
    except NotAllowedError as error:
        told = error.code in {"CASE-OFFLINE", "CASE-GAP"} or name == "deem"
        return Deed(name, word, error.what, rule.paper, allowed=False) if told else None
    return Deed(name, word, _CONSEQUENCES[name], rule.paper)


def stands(state: CaseState) -> str:
    """Return a sentence for a case in which nothing more can be done here, '' while it is open."""
    return _OVER if state in FINAL else ""


# -- doing ----------------------------------------------------------------------------------


def accept(desk: Desk, case_id: str, on_done: Callable[[Done], object], *, owner: QObject) -> None:
    """受理 at the counter, where the item delegates it."""
    _act(desk, AcceptCase(case_id), on_done, owner)


def request_supplement(
    desk: Desk,
    case_id: str,
    defects: tuple[Defect, ...],
    leader_reason: str,
    on_done: Callable[[Done], object],
    *,
    owner: QObject,
) -> None:
    """一次性告知补正: everything at once."""
    _act(desk, RequestSupplement(case_id, defects, leader_reason), on_done, owner)


def tolerate(
    desk: Desk,
    case_id: str,
    keys: tuple[str, ...],
    on_done: Callable[[Done], object],
    *,
    owner: QObject,
) -> None:
    """登记容缺: these papers may come later."""
    _act(desk, TolerateCase(case_id, keys), on_done, owner)


def inform(
    desk: Desk, op_id: str, how: str, on_done: Callable[[Done], object], *, owner: QObject
) -> None:
    """告知本人: the person was told that the centre sent the case back."""
    _act(desk, InformCitizen(op_id, how), on_done, owner)


def correct(
    desk: Desk,
    op_id: str,
    told: tuple[Mapping[str, Any], str],
    on_done: Callable[[Done], object],
    *,
    owner: QObject,
) -> None:
    """改正后重报: changed fields of the body (none: the same again) and the reason."""
    _act(desk, CorrectOperation(op_id, told[1], told[0]), on_done, owner)


def confirm_deemed(
    desk: Desk, case_id: str, reason: str, on_done: Callable[[Done], object], *, owner: QObject
) -> None:
    """视为受理, dealt with by the shift leader."""
    _act(desk, ConfirmDeemed(case_id, reason), on_done, owner)


def draft_refusal(
    desk: Desk,
    case_id: str,
    told: tuple[str, str, str],
    on_done: Callable[[Done], object],
    *,
    owner: QObject,
) -> None:
    """起草不予受理: reason, legal basis and the office that is competent."""
    _act(desk, DraftRefusal(case_id, *told), on_done, owner)


def refuse_receipt(
    desk: Desk,
    told: tuple[str, str, str, str],
    on_done: Callable[[Done], object],
    *,
    owner: QObject,
) -> None:
    """不予收件, no case: item, reason, office and name as the person gave it."""
    item_code, reason, office, who = told
    _act(desk, RefuseReceipt(item_code, reason, office, who=who), on_done, owner)


def deliver(
    desk: Desk,
    case_id: str,
    delivery: Delivery,
    on_done: Callable[[Done], object],
    on_error: Callable[[BaseException], object] | None = None,
    *,
    owner: QObject,
) -> None:
    """送达, with its 送达回证."""
    desk.write(DeliverResult(case_id, delivery), on_done, on_error, owner=owner)


def withdraw(
    desk: Desk, case_id: str, reason: str, on_done: Callable[[Done], object], *, owner: QObject
) -> None:
    """本人撤回, with the person's reason."""
    _act(desk, WithdrawCase(case_id, reason), on_done, owner)


def _act(desk: Desk, command: Command, on_done: Callable[[Done], object], owner: QObject) -> None:
    desk.write(command, on_done, owner=owner)
