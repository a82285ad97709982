# SPDX-License-Identifier: MulanPSL-2.0
"""One move of a case: guards, new state and what the case remembers of it; a pure function.

Both sides call it: the counter for its own acts, the centre for everything. Source: domain §3.2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from counter.domain import case_clock
from counter.domain.calendar import WorkCalendar
from counter.domain.case import CaseState
from counter.domain.case_guard import Circumstances, move
from counter.domain.case_life import (
    CaseLife,
    Defect,
    Delivery,
    Notice,
    Paper,
    Special,
    earlier_visible,
    open_gaps,
)
from counter.domain.case_moves import (
    ACCEPTING,
    DECISIONS,
    TRANSITIONS,
    Transition,
)
from counter.domain.catalog import DayUnit, Item
from counter.domain.errors import NotAllowedError
from counter.domain.materials import GivenMaterial

MAX_EXTENSION = 15  # working days: art. 42 ten, joint procedures fifteen


@dataclass(frozen=True)
class Act:
    """One act on a case, by whom, when, with what.

    Attributes:
        name: Key of ``TRANSITIONS``.
        at: Legal moment of the act, ISO 8601 with offset.
        side: ``counter`` or ``centre``.
        roles: Roles of the acting person or system.
        by: Who, in words.
        reason: Reason in words.
        basis: Legal basis.
        approver: Who approved a special procedure or an extension.
        kind: Kind of the special procedure.
        days: Days of an extension, or expected days of a special procedure.
        office: Where to, or which office is competent.
        defects: What a 补正告知 names.
        leader_reason: Why a further notice is unavoidable.
        due: ISO day by which a 补正 should be there, "" if none is set.
        keys: Keys of papers handed in or tolerated.
        delivery: 送达回证.
        promise: Promised time and unit of this situation; needed by the ways of 受理.
    """

    name: str
    at: str
    side: str
    roles: frozenset[str]
    by: str = ""
    reason: str = ""
    basis: str = ""
    approver: str = ""
    kind: str = ""
    days: int = 0
    office: str = ""
    defects: tuple[Defect, ...] = ()
    leader_reason: str = ""
    due: str = ""
    keys: tuple[str, ...] = ()
    delivery: Delivery | None = None
    promise: tuple[int, DayUnit] | None = None

    @property
    def given(self) -> frozenset[str]:
        """Which needs this act meets."""
        parts: dict[str, object] = {
            "reason": self.reason.strip(),
            "basis": self.basis.strip(),
            "approver": self.approver.strip(),
            "days": self.days > 0,
            "kind": self.kind.strip(),
            "office": self.office.strip(),
            "defects": self.defects,
            "materials": self.keys,
            "delivery": self.delivery,
        }
        return frozenset(name for name, value in parts.items() if value)


@dataclass(frozen=True)
class CaseNow:
    """A case as a move sees it: state, memory, papers, item and the calendar of the day."""

    state: CaseState
    life: CaseLife
    materials: Sequence[GivenMaterial]
    item: Item
    calendar: WorkCalendar | None


def advance(case: CaseNow, act: Act) -> tuple[CaseState, CaseLife]:
    """Return state and memory after an act, or refuse with the reason in words.

    ``materials`` are those *after* the act, when it brings papers.

    Raises:
        NotAllowedError: see ``case_moves.move``; CASE-DAYS for an extension beyond the law.
    """
    state = move(case.state, act.name, side=act.side, roles=act.roles, about=_about(case, act))
    if act.name == "extend" and act.days > MAX_EXTENSION:
        raise NotAllowedError(
            code="CASE-DAYS",
            what=f"最多延长 {MAX_EXTENSION} 个工作日。",
            safe="办件没有改动。",
        )
    if act.promise is None:
        act = replace(act, promise=(case.item.promise_day, case.item.promise_type))
    return state, after(case.life, act, state)


def after(life: CaseLife, act: Act, state: CaseState) -> CaseLife:
    """Return the memory after an act that led to ``state``, without asking whether it was allowed.

    For acts already on record, as when a counter is rebuilt from its journal.
    """
    rule = TRANSITIONS[act.name]
    changes = _remember(life, act, rule, state)
    papers = life.papers
    if rule.paper:
        papers = (*papers, Paper(code=rule.paper, at=act.at, move=act.name))
    return life.model_copy(update={**changes, "papers": papers})


def supply_name(case: CaseNow, keys: Sequence[str]) -> str:
    """Return which move papers handed in now make: 补正, 容缺补齐 or simply more papers."""
    return supply_move(case.state, case.life, case.materials, keys)


def supply_move(
    state: CaseState, life: CaseLife, materials: Sequence[GivenMaterial], keys: Sequence[str]
) -> str:
    """Return the same of the parts of a case; ``materials`` are those after the act."""
    if state is CaseState.SUPPLEMENT and life.covers(keys):
        return "supplement"
    if state is CaseState.TOLERATED and not open_gaps(materials):
        return "close_gaps"
    return "add_papers"


def _about(case: CaseNow, act: Act) -> Circumstances:
    """Collect what the guards look at."""
    day = datetime.fromisoformat(act.at).date()
    return Circumstances(
        open_gaps=open_gaps(case.materials),
        offline_accept=case.item.offline_accept,
        deemed=case_clock.deemed(case.state, case.life, case.item, case.calendar, day),
        earlier_visible=earlier_visible(case.life, act.defects),
        leader_reason=bool(act.leader_reason.strip()) and bool(act.roles & {"leader", "approver"}),
        step=case.life.step,
        extended=case.life.extension is not None,
        given=act.given,
    )


def _remember(life: CaseLife, act: Act, rule: Transition, state: CaseState) -> dict[str, object]:
    """Return the changed fields of the memory."""
    changes: dict[str, object] = {}
    if act.name in _NOTES:
        changes = _NOTES[act.name](life, act)
    elif act.name in ACCEPTING or act.name == "deem":
        changes = _accepted(life, act)
    if act.name in DECISIONS | {"not_accept", "return", "withdraw"}:
        changes |= {"outcome": state.value, "decided_at": act.at}
        if act.name in DECISIONS:
            changes |= {"step": "3"}
    if "materials" in rule.needs and act.name != "tolerate":
        changes["given"] = tuple(dict.fromkeys((*life.given, *act.keys)))
    if act.office:
        changes["office"] = act.office
    return changes


def _noticed(life: CaseLife, act: Act) -> dict[str, object]:
    notice = Notice(
        no=len(life.notices) + 1,
        at=act.at,
        by=act.by,
        defects=act.defects,
        leader_reason=act.leader_reason,
        due=act.due,
    )
    return {"notices": (*life.notices, notice), "given": ()}


def _supplied(_life: CaseLife, act: Act) -> dict[str, object]:
    return {"supplied_at": act.at}


def _accepted(life: CaseLife, act: Act) -> dict[str, object]:
    """受理日 is the day the last piece came in: an office cannot gain days by waiting (§3.2)."""
    amount, unit = act.promise or (0, "")
    return {
        "accepted_at": act.at,
        "accept_day": life.clock_from or act.at,
        "promise_amount": amount,
        "promise_unit": unit,
    }


def _handled(_life: CaseLife, _act: Act) -> dict[str, object]:
    return {"step": "1"}


def _reviewed(_life: CaseLife, _act: Act) -> dict[str, object]:
    return {"step": "2"}


def _special(act: Act, kind: str) -> Special:
    return Special(
        kind=kind,
        start=act.at,
        days=act.days,
        reason=act.reason,
        basis=act.basis,
        approver=act.approver,
    )


def _suspended(life: CaseLife, act: Act) -> dict[str, object]:
    return {"specials": (*life.specials, _special(act, act.kind))}


def _resumed(life: CaseLife, act: Act) -> dict[str, object]:
    *before, last = life.specials
    return {"specials": (*before, last.model_copy(update={"end": act.at}))}


def _extended(_life: CaseLife, act: Act) -> dict[str, object]:
    return {"extension": _special(act, "延长审批")}


def _drafted(_life: CaseLife, act: Act) -> dict[str, object]:
    return {"refusal_draft": act.reason}


def _delivered(_life: CaseLife, act: Act) -> dict[str, object]:
    return {"delivery": act.delivery}


_NOTES: dict[str, Callable[[CaseLife, Act], dict[str, object]]] = {
    "request_supplement": _noticed,
    "supplement": _supplied,
    "draft_refusal": _drafted,
    "handle": _handled,
    "review": _reviewed,
    "suspend": _suspended,
    "resume": _resumed,
    "extend": _extended,
    "deliver": _delivered,
}
