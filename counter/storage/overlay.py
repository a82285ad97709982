# SPDX-License-Identifier: MulanPSL-2.0
"""What is shown of a case: the centre's row plus our unfinished operations (sync-protocol §3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from counter.domain.case import ACCEPTED_STATES, FINAL, STATES, CaseState, Clock
from counter.domain.clocks import ANSWER, LEGAL, PROMISE, CaseClock, fresh, nearest
from counter.storage import tables as t
from counter.storage.in_force import calendar_in_force
from counter.storage.meta import loads

NEAR = "near"  # in the centre's place: a neighbour's case the centre has not told of yet
AT_EDGE = '"edge:'  # in ``exported_in[]``: the hall's host keeps it, which is not the centre
# Built once, see repositories.
_CASE = select(
    t.cases.c.local_state,
    t.cases.c.rev,
    t.cases.c.centre,
    t.cases.c.answer_due,
    t.cases.c.promise_due,
    t.cases.c.due,
    t.cases.c.due_kind,
    t.cases.c.state,
    t.cases.c.overlaid,
    t.cases.c.delivery,
    t.cases.c.delivery_word,
).where(t.cases.c.case_id == bindparam("case_id"))
_OPS = select(
    t.outbox.c.state, t.outbox.c.result_rev, t.outbox.c.closed_at, t.outbox.c.exported_in
).where(t.outbox.c.entity_id == bindparam("case_id"))
_SHOW = update(t.cases).where(t.cases.c.case_id == bindparam("of_case"))
_ACCEPTED = ACCEPTED_STATES | {CaseState.DELIVERED, CaseState.RATED, CaseState.ARCHIVED}
_WORDS = {
    CaseState.NOT_ACCEPTED: "中心不予受理",
    CaseState.RETURNED: "中心退回",
    CaseState.WITHDRAWN: "中心已办撤回",
    CaseState.SUPPLEMENT: "中心要求补正",
}


def refresh_case(connection: Connection, case_id: str) -> None:
    """Work out state, due date and delivery of a case anew; nothing happens for other entities."""
    of_case = {"case_id": case_id}
    case = connection.execute(_CASE, of_case).first()
    if case is None:
        return
    ops = connection.execute(_OPS, of_case).all()
    centre = loads(case.centre)
    state, values = case.local_state, {}
    there = centre_state(centre)
    overlaid = there is None or any(overlays(op, case.rev) for op in ops)
    if there is not None and not overlaid:
        state = there.value
        values = _due(connection, there, case, centre)
    delivery, word = delivery_of(ops, centre)
    shown = values | {
        "state": state,
        "overlaid": int(overlaid),
        "delivery": delivery,
        "delivery_word": word,
    }
    if changed := {name: new for name, new in shown.items() if getattr(case, name) != new}:
        connection.execute(_SHOW, changed | {"of_case": case_id})


def centre_state(centre: dict[str, Any]) -> CaseState | None:
    """Return the centre's state, ``None`` if it has no row or a state this release cannot name."""
    try:
        return CaseState(centre["state"])
    except (KeyError, ValueError):
        return None


def overlays(op: Row[*tuple[Any, ...]], rev: int) -> bool:
    """Tell whether an operation still lies over the centre's row."""
    if op.state == "APPLIED":
        return bool(op.result_rev > rev)
    return op.state != "REJECTED" and not op.closed_at


def _due(
    connection: Connection,
    state: CaseState,
    case: Row[*tuple[Any, ...]],
    centre: dict[str, Any],
) -> dict[str, str]:
    """Return the dates that matter now that the centre's row is what counts.

    The centre's clocks hold pauses, extensions and gaps; where the list here is newer than the
    centre's was, they are read by it.
    """
    calendar = calendar_in_force(connection) if centre.get("clocks") else None
    told = [CaseClock.model_validate(clock) for clock in centre.get("clocks", ())]
    clocks = [fresh(clock, calendar) if calendar else clock for clock in told]
    by_kind = {clock.kind: clock.due for clock in clocks}
    promise = by_kind.get(PROMISE, "") or str(centre.get("promise_date") or case.promise_due)
    dates = {"promise_due": promise}
    if by_kind.get(ANSWER):
        dates["answer_due"] = by_kind[ANSWER]
    first = nearest([clock for clock in clocks if clock.kind != LEGAL])
    if first is not None:
        return dates | {"due": first.due, "due_kind": first.kind}
    if state in FINAL or STATES[state].clock in {Clock.STOPPED, Clock.PAUSED}:
        return dates | {"due": "", "due_kind": ""}
    if STATES[state].clock is Clock.PROMISE:
        return dates | {"due": promise, "due_kind": PROMISE if promise else ""}
    if case.due_kind != "gap":
        return {"due": case.answer_due, "due_kind": ANSWER if case.answer_due else ""}
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
        if all(AT_EDGE in op.exported_in for op in unsent):
            return "exported", "已到本厅主机，未到中心"
        carried = all(op.exported_in != "[]" for op in unsent)
        return ("exported", "已拷U盘") if carried else ("local", "只在本机")
    if centre.get(NEAR):
        return "exported", "邻窗已收，等中心消息"
    there = centre_state(centre)
    if there in _ACCEPTED:
        return "centre", "中心已受理"
    if there is not None:
        return "sent", _WORDS.get(there, "已到中心")
    arrived = bool(centre) or any(op.state == "APPLIED" for op in ops)
    return ("sent", "已到中心") if arrived else ("local", "只在本机")
