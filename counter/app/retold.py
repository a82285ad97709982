# SPDX-License-Identifier: MulanPSL-2.0
"""Acts on cases read back from their operations, for a counter rebuilt from its journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from counter.app.dates import dated
from counter.app.handlers.informing import INFORMED, REFUSAL
from counter.domain.bodies import (
    CaseAcceptRequested,
    CaseDeemed,
    CaseDelivered,
    CaseReceived,
    CaseSupplemented,
    CaseSupplementRequested,
    CaseTolerated,
    CaseWithdrawn,
    CitizenInformed,
    RefusalDrafted,
    RefusalReported,
)
from counter.domain.calendar import WorkCalendar
from counter.domain.case import STATES, Clock
from counter.domain.case_advance import Act, CaseNow, after, supply_move
from counter.domain.case_facts import promise_of
from counter.domain.case_life import accept_name
from counter.domain.case_moves import ACCEPTING, TRANSITIONS
from counter.domain.catalog import Item
from counter.domain.materials import GivenMaterial, joined, tolerate
from counter.domain.operations import Operation
from counter.ports.storage import CaseRecord

RECORDS = frozenset({"case.refusal_reported", "case.informed"})
"""Operations that are kept as records beside the cases."""
_SUPPLY, _ACCEPT = "add_papers", "accept"  # which move exactly, the case itself says


@dataclass(frozen=True)
class Told:
    """An act that an operation tells, with the papers it brings and the gaps it names."""

    act: Act
    materials: tuple[GivenMaterial, ...] = ()
    gaps: Mapping[str, str] | None = None

    @property
    def at(self) -> str:
        """Moment of the act."""
        return self.act.at

    @property
    def word(self) -> str:
        """What the timeline calls it."""
        return TRANSITIONS[self.act.name].word

    @property
    def why(self) -> str:
        """What the timeline says of it."""
        return self.act.reason or "；".join(defect.what for defect in self.act.defects)


def told_in(op: Operation) -> Told | None:
    """Return the act on a case that an operation tells, ``None`` for other operations.

    Raises:
        pydantic.ValidationError: its body is of another version of the program.
    """
    read = _READERS.get(op.kind)
    return read(op) if read else None


def record_of(op: Operation) -> tuple[str, str, tuple[str, str, str] | None]:
    """Return kind and id of the record an operation of ``RECORDS`` is, and its timeline entry."""
    if op.kind == "case.informed":
        told = CitizenInformed.model_validate(op.body)
        return INFORMED, told.about_op, (told.informed_at, "告知本人", told.how)
    RefusalReported.model_validate(op.body)
    return REFUSAL, op.op_id, None


def done_again(
    case: CaseRecord, told: Told, item: Item | None, calendar: WorkCalendar | None
) -> CaseRecord:
    """Return the case after the act; its days too, where item and calendar are known here."""
    body = CaseReceived.model_validate(case.body) if case.body else None
    rows = body.materials if body else ()
    if body is not None:
        rows = tolerate(joined(rows, told.materials), told.gaps or {})
        body = body.model_copy(update={"materials": rows})
        case = replace(case, body=body.model_dump(mode="json"))
    act = told.act
    if act.name == _SUPPLY:
        act = replace(act, name=supply_move(case.state, case.life, rows, act.keys))
    elif act.name == _ACCEPT:
        act = replace(act, name=accept_name(rows))
    if item is not None and body is not None and act.name in {*ACCEPTING, "deem"}:
        act = replace(act, promise=promise_of(body, item, date.fromisoformat(act.at[:10])))
    state = TRANSITIONS[act.name].target or case.state
    case = replace(case, state=state, life=after(case.life, act, state))
    if item is None:
        stopped = STATES[state].clock in {Clock.NONE, Clock.STOPPED}
        return replace(case, due="", due_kind="") if stopped else case
    return dated(case, CaseNow(state, case.life, rows, item, calendar))


def _act(op: Operation, name: str, at: str, **more: Any) -> Act:
    return Act(name, at, "counter", frozenset(), by=op.actor.operator, **more)


def _requested(op: Operation) -> Told:
    body = CaseSupplementRequested.model_validate(op.body)
    words: dict[str, Any] = {
        "defects": body.defects,
        "leader_reason": body.leader_reason,
        "due": body.due,
    }
    return Told(_act(op, "request_supplement", body.requested_at, **words))


def _supplemented(op: Operation) -> Told:
    body = CaseSupplemented.model_validate(op.body)
    keys = (*(row.key for row in body.materials), *body.settled)
    act = _act(op, _SUPPLY, body.supplied_at, reason=body.note, keys=keys)
    return Told(act, materials=body.materials)


def _tolerated(op: Operation) -> Told:
    body = CaseTolerated.model_validate(op.body)
    act = _act(op, "tolerate", body.tolerated_at, keys=tuple(body.gaps))
    return Told(act, gaps=body.gaps)


def _accepted(op: Operation) -> Told:
    return Told(_act(op, _ACCEPT, CaseAcceptRequested.model_validate(op.body).accepted_at))


def _deemed(op: Operation) -> Told:
    body = CaseDeemed.model_validate(op.body)
    return Told(_act(op, "deem", body.confirmed_at, reason=body.reason))


def _drafted(op: Operation) -> Told:
    body = RefusalDrafted.model_validate(op.body)
    words: dict[str, Any] = {"reason": body.reason, "basis": body.basis, "office": body.office}
    return Told(_act(op, "draft_refusal", body.drafted_at, **words))


def _withdrawn(op: Operation) -> Told:
    body = CaseWithdrawn.model_validate(op.body)
    return Told(_act(op, "withdraw", body.withdrawn_at, reason=body.reason))


def _delivered(op: Operation) -> Told:
    body = CaseDelivered.model_validate(op.body)
    return Told(_act(op, "deliver", body.delivered_at, delivery=body.delivery))


_READERS: dict[str, Callable[[Operation], Told]] = {
    "case.supplement_requested": _requested,
    "case.supplemented": _supplemented,
    "case.tolerated": _tolerated,
    "case.accept_requested": _accepted,
    "case.deemed": _deemed,
    "case.refusal_drafted": _drafted,
    "case.withdrawn": _withdrawn,
    "case.delivered": _delivered,
}
