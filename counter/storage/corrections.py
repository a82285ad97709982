# SPDX-License-Identifier: MulanPSL-2.0
"""Corrections in the outbox: what they stand for, and what ends when the centre took one.

Every correction names the first operation of its row, so that in whatever order they arrive at
most one of them takes effect; dependents wait for that first one, at both ends.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, or_, select, update

from counter.ports.outbox import Reported
from counter.storage import tables as t

SUPERSEDED = "superseded"  # the centre's code: a correction took effect instead
_UNSETTLED = ("QUEUED", "WAIT_DEP")


def unmet(state: ColumnElement[str], closed_at: ColumnElement[str]) -> ColumnElement[bool]:
    """Tell of a row others depend on whether they still wait here for it.

    They do until it is applied or closed: by the centre, which took a correction, or by a person
    who wants nothing more of it. Behind what a person closed they would wait for ever: they go to
    the centre, which holds them for a person if the row did not take effect (§4).
    """
    return (state != "APPLIED") & (closed_at == "")


def reported(connection: Connection, op_id: str) -> Reported | None:
    """Return what a correction of an operation needs to know."""
    o = t.outbox.c
    row = connection.execute(
        select(o.jws, o.deadline, o.supersedes).where(o.op_id == op_id)
    ).first()
    if row is None:
        return None
    first = row.supersedes or op_id
    waiting = connection.scalar(
        select(o.op_id).where(o.supersedes == first, o.state.in_((*_UNSETTLED, "APPLIED"))).limit(1)
    )
    return Reported(row.jws, row.deadline, first, waiting or "")


def close_replaced(connection: Connection, op_id: str, at: str) -> None:
    """The centre took a correction: the first one and those that were tried in vain are closed."""
    o = t.outbox
    row = or_(o.c.op_id == op_id, o.c.supersedes == op_id)
    why = connection.scalar(select(o.c.last_message).where(o.c.op_id == op_id)) or ""
    connection.execute(
        update(o)
        .where(row, o.c.state.in_(("HELD", "CONFLICT", "REJECTED")), o.c.closed_at == "")
        .values(closed_at=at, closed_by="centre", closed_why=why)
    )
