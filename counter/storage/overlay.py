# SPDX-License-Identifier: MulanPSL-2.0
"""What is shown of a case: the centre's row plus our unfinished operations (sync-protocol §3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, update

from counter.domain.case import FINAL, CaseState
from counter.domain.clocks import PROMISE, CaseClock, fresh
from counter.storage import tables as t
from counter.storage.in_force import calendar_in_force
from counter.storage.meta import loads

_ACCEPTED = frozenset({CaseState.ACCEPTED, CaseState.APPROVED, CaseState.REFUSED})
_WORDS = {
    CaseState.NOT_ACCEPTED: "中心不予受理",
    CaseState.RETURNED: "中心退回",
    CaseState.WITHDRAWN: "中心已办撤回",
    CaseState.SUPPLEMENT: "中心要求补正",
}


def refresh_case(connection: Connection, case_id: str) -> None:
    """Work out state, due date and delivery of a case anew; nothing happens for other entities."""
    case = connection.execute(
        select(
            t.cases.c.local_state,
            t.cases.c.rev,
            t.cases.c.centre,
            t.cases.c.answer_due,
            t.cases.c.promise_due,
            t.cases.c.due,
            t.cases.c.due_kind,
        ).where(t.cases.c.case_id == case_id)
    ).first()
    if case is None:
        return
    ops = connection.execute(
        select(
            t.outbox.c.state,
            t.outbox.c.result_rev,
            t.outbox.c.closed_at,
            t.outbox.c.exported_in,
        ).where(t.outbox.c.entity_id == case_id)
    ).all()
    centre = loads(case.centre)
    state, values = case.local_state, {}
    there = centre_state(centre)
    if there is not None and not any(_overlays(op, case.rev) for op in ops):
        state = there.value
        values = _due(there, case, _promise(connection, centre) or case.promise_due)
    delivery, word = delivery_of(ops, centre)
    connection.execute(
        update(t.cases)
        .where(t.cases.c.case_id == case_id)
        .values(state=state, delivery=delivery, delivery_word=word, **values)
    )


def centre_state(centre: dict[str, Any]) -> CaseState | None:
    """Return the centre's state, ``None`` if it has no row or a state this release cannot name."""
    try:
        return CaseState(centre["state"])
    except (KeyError, ValueError):
        return None


def _overlays(op: Row[*tuple[Any, ...]], rev: int) -> bool:
    """Tell whether an operation still lies over the centre's row."""
    if op.state == "APPLIED":
        return bool(op.result_rev > rev)
    return op.state != "REJECTED" and not op.closed_at


def _promise(connection: Connection, centre: dict[str, Any]) -> str:
    """Return the promised day; by the list here, where it is newer than the centre's was."""
    for clock in centre.get("clocks", ()):
        if clock["kind"] == PROMISE:
            calendar = calendar_in_force(connection)
            told = CaseClock.model_validate(clock)
            return fresh(told, calendar).due if calendar else told.due
    return str(centre.get("promise_date", ""))


def _due(state: CaseState, case: Row[*tuple[Any, ...]], promise: str) -> dict[str, str]:
    """Return the date that matters now that the centre's row is what counts."""
    if state in FINAL:
        return {"due": "", "due_kind": ""}
    if state is CaseState.ACCEPTED:
        return {"promise_due": promise, "due": promise, "due_kind": "promise"}
    if state is CaseState.RECEIVED and case.due_kind != "gap":
        return {"due": case.answer_due, "due_kind": "answer" if case.answer_due else ""}
    return {}


def delivery_of(ops: Sequence[Row[*tuple[Any, ...]]], centre: dict[str, Any]) -> tuple[str, str]:
    """Return the delivery and its words: saved here ≠ at the centre ≠ accepted (design §1.3)."""
    open_ops = [op for op in ops if not op.closed_at]
    for state, word in (
        ("REJECTED", "中心退回"),
        ("CONFLICT", "与中心不一致，等人决定"),
        ("HELD", "中心暂挂，等人决定"),
    ):
        if any(op.state == state for op in open_ops):
            return "attention", word
    unsent = [op for op in ops if op.state in ("QUEUED", "WAIT_DEP")]
    if unsent:
        carried = all(op.exported_in != "[]" for op in unsent)
        return ("exported", "已拷U盘") if carried else ("local", "只在本机")
    there = centre_state(centre)
    if there in _ACCEPTED:
        return "centre", "中心已受理"
    if there is not None:
        return "sent", _WORDS.get(there, "已到中心")
    arrived = bool(centre) or any(op.state == "APPLIED" for op in ops)
    return ("sent", "已到中心") if arrived else ("local", "只在本机")
