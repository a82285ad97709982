# SPDX-License-Identifier: MulanPSL-2.0
"""Results that wait to be handed out: found by number, name or card; what is handed out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counter.domain.bodies import CaseReceived
from counter.domain.case import CaseState
from counter.domain.case_moves import TRANSITIONS

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from counter.app.queries import CaseDetail, CasePage, CaseRow, Queries
    from counter.domain.catalog import Item
    from ui.operations.desk import Desk
    from ui.runner import Latest

_STATES = frozenset(TRANSITIONS["deliver"].sources)
_GONE = frozenset({CaseState.DELIVERED, CaseState.RATED, CaseState.ARCHIVED})
_PAPERS = {
    CaseState.REFUSED: "不予决定书",
    CaseState.NOT_ACCEPTED: "不予受理决定书",
    CaseState.TRANSFERRED: "办结通知书",
    CaseState.RETURNED: "退回的材料和审核不通过通知书",
}
_MOST = 50


@dataclass(frozen=True)
class Handing:
    """A case at the hand-out: who may take what.

    Attributes:
        detail: the case.
        name: the applicant.
        id_no: number of the applicant's identity paper.
        agent: the agent's name, "" if nobody acted for the applicant.
        agent_id: number of the agent's identity paper.
        relation: what the agent is to the applicant.
        documents: what there is to hand out.
        reason: the centre's reason, "" if it gave none.
        why_not: why nothing can be handed out, "" if it can.
    """

    detail: CaseDetail
    name: str
    id_no: str
    agent: str
    agent_id: str
    relation: str
    documents: tuple[str, ...]
    reason: str
    why_not: str = ""


def load_waiting(
    desk: Desk,
    text: str,
    on_done: Callable[[CasePage], object],
    *,
    owner: QObject,
    latest: Latest,
) -> None:
    """Read what waits; with a text also cases that match it and are not ready, to say so."""

    def ask(q: Queries) -> CasePage:
        return q.cases(text, "all" if text else "results", "", _MOST)

    desk.read(ask, on_done, owner=owner, latest=latest)


def load_of_person(
    desk: Desk, id_no: str, on_done: Callable[[list[CaseRow]], object], *, owner: QObject
) -> None:
    """Read the cases of whoever laid down a card."""
    desk.read(lambda q: q.cases_of_person(id_no), on_done, owner=owner)


def deliverable(row: CaseRow) -> bool:
    """Tell whether a result may be handed out."""
    return CaseState(row.state) in _STATES


def load(
    desk: Desk,
    case_id: str,
    on_done: Callable[[Handing | None], object],
    *,
    owner: QObject,
    latest: Latest,
) -> None:
    """Read one case as the hand-out needs it."""

    def ask(q: Queries) -> Handing | None:
        detail = q.case(case_id)
        if detail is None:
            return None
        return handing(detail, q.item(detail.case.item_code, detail.case.item_version))

    desk.read(ask, on_done, owner=owner, latest=latest)


def handing(detail: CaseDetail, item: Item | None) -> Handing:
    """Put together what the hand-out shows."""
    case = detail.case
    body = CaseReceived.model_validate(case.body)
    agent = body.agent
    return Handing(
        detail=detail,
        name=body.applicant.name,
        id_no=body.applicant.id_no,
        agent=agent.person.name if agent else "",
        agent_id=agent.person.id_no if agent else "",
        relation=agent.relation if agent else "",
        documents=_documents(case.state, item),
        reason=str(case.centre.get("reason") or ""),
        why_not=_why_not(detail),
    )


def _documents(state: CaseState, item: Item | None) -> tuple[str, ...]:
    if state in _PAPERS:
        return (_PAPERS[state],)
    return ((item.result_name if item else "") or "准予决定书",)


def _why_not(detail: CaseDetail) -> str:
    if detail.case.state in _STATES:
        return ""
    word = detail.row.state_word
    gave = detail.case.life.delivery
    if gave is not None:
        return f"结果已经领走：{gave.receiver}（{gave.relation}）领取。"
    if detail.case.state in _GONE:
        return "结果已经领走，可以补打送达回证。"
    return f"这份办件现在是「{word}」，中心还没有给出结果，现在没有东西可领。"
