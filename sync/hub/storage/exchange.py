# SPDX-License-Identifier: MulanPSL-2.0
"""The hub's own memory of the exchange: what a target has, what could not go, pages of cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, tuple_

from sync.hub.storage import exchange_tables as x
from sync.hub.storage import tables as t
from sync.hub.storage.cases import CaseRow
from sync.hub.storage.engine import Tx
from sync.hub.storage.exchange_target import TargetRow

_IN_LIMIT = 500  # bound parameters of one statement


@dataclass(frozen=True)
class Problem:
    """One value that could not go; without the value itself, which is personal data.

    ``code``: empty, too_long, not_in_list, not_a_number, not_a_time, refused_by_target (then
    ``column_name`` may be empty, for a database names no column).
    """

    row_guid: str
    column_name: str
    table_name: str
    case_id: str
    project_no: str
    code: str
    detail: str


def case_page(tx: Tx, after: tuple[str, str], limit: int) -> list[CaseRow]:
    """Return the next cases behind ``(received_at, case_id)`` in the order of arrival."""
    c = t.cases.c
    query = (
        select(t.cases)
        .where(tuple_(c.received_at, c.case_id) > after)
        .order_by(c.received_at, c.case_id)
        .limit(limit)
    )
    return [CaseRow(**row._asdict()) for row in tx.execute(query)]


def published(tx: Tx, item_code: str, version: str) -> tuple[dict[str, Any], int]:
    """Return the body of an item version and its number (1, 2, …), or an empty body."""
    d = t.documents.c
    where = (d.kind == "item") & (d.name == item_code) & (d.version == version)
    row = tx.execute(select(d.body, d.rev).where(where)).first()
    return (dict(row[0]), int(row[1])) if row else ({}, 0)


def digests(tx: Tx, target: str, guids: Sequence[str]) -> dict[str, str]:
    """Return what the target has of these rows: row_guid -> digest."""
    r = x.exchange_rows.c
    out: dict[str, str] = {}
    for start in range(0, len(guids), _IN_LIMIT):
        part = guids[start : start + _IN_LIMIT]
        query = select(r.row_guid, r.digest).where(r.target == target, r.row_guid.in_(part))
        out |= {str(guid): str(digest) for guid, digest in tx.execute(query)}
    return out


def record(tx: Tx, target: str, rows: Sequence[TargetRow], *, batch: str, at: str) -> None:
    """Remember that the target has committed these rows."""
    table = x.exchange_rows
    for start in range(0, len(rows), _IN_LIMIT):
        part = rows[start : start + _IN_LIMIT]
        guids = [row.row_guid for row in part]
        tx.execute(delete(table).where(table.c.target == target, table.c.row_guid.in_(guids)))
        tx.execute(
            insert(table),
            [
                {"target": target, "row_guid": r.row_guid, "digest": r.digest}
                | {"table_name": r.table, "case_id": r.case_id, "batch": batch, "at": at}
                for r in part
            ],
        )


def forget(tx: Tx, target: str) -> None:
    """Forget what a target has: the next run compares every row with the target itself."""
    tx.execute(delete(x.exchange_rows).where(x.exchange_rows.c.target == target))


def replace_problems(
    tx: Tx, target: str, case_ids: Sequence[str], found: Sequence[Problem], at: str
) -> None:
    """Make the list of these cases what was found now."""
    p = x.exchange_problems
    for start in range(0, len(case_ids), _IN_LIMIT):
        part = case_ids[start : start + _IN_LIMIT]
        tx.execute(delete(p).where(p.c.target == target, p.c.case_id.in_(part)))
    if found:
        tx.execute(insert(p), [{"target": target, "at": at, **vars(one)} for one in found])


def has_problems(tx: Tx, target: str, case_ids: Sequence[str]) -> bool:
    """Tell whether any of these cases is on the list."""
    p = x.exchange_problems
    where = (p.c.target == target) & p.c.case_id.in_(case_ids)
    return tx.execute(select(p.c.row_guid).where(where).limit(1)).first() is not None


def problems(tx: Tx, target: str = "") -> list[dict[str, Any]]:
    """Return the list of one target or of all, in the order of cases and tables."""
    p = x.exchange_problems
    query = select(p).order_by(p.c.target, p.c.project_no, p.c.table_name, p.c.column_name)
    if target:
        query = query.where(p.c.target == target)
    return [dict(row._asdict()) for row in tx.execute(query)]
