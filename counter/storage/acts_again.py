# SPDX-License-Identifier: MulanPSL-2.0
"""Doing acts on a case once more from their operations, after its row was lost or came late."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import Connection, select

from counter.app.retold import Told, done_again, told_in
from counter.domain.catalog import Item
from counter.domain.operations import read_operation
from counter.ports.storage import CaseRecord
from counter.storage import tables as t
from counter.storage.cases import SqlCases
from counter.storage.in_force import calendar_in_force
from counter.storage.overlay import overlays
from counter.storage.repositories import SqlReference

_o = t.outbox.c


def act_again(connection: Connection, case_id: str, told: Told) -> None:
    """Do one act again: it was checked when it was done, so no guard asks. Without a row, nothing."""
    cases = SqlCases(connection)
    case = cases.get(case_id)
    if case is not None:
        cases.update(done_again(case, told, _item(connection, case), calendar_in_force(connection)))


def own_acts_again(connection: Connection, case_id: str, rev: int) -> None:
    """Do what was done here to a case whose row came only now and does not tell of it yet.

    A database rebuilt from the journal has no row for a receipt whose body another version of the
    program wrote; the acts on it are in the outbox all the same, and the clerk who withdrew the
    case must go on seeing it withdrawn (sync-protocol §3). ``rev`` is the row's.
    """
    rows = connection.execute(
        select(_o.jws, _o.state, _o.result_rev, _o.closed_at)
        .where(_o.entity_id == case_id)
        .order_by(_o.epoch, _o.seq)
    ).all()
    for row in rows:
        if not overlays(row, rev):
            continue
        with suppress(ValueError):  # an act of another version: the centre tells what it did
            told = told_in(read_operation(row.jws))
            if told is not None:
                act_again(connection, case_id, told)


def _item(connection: Connection, case: CaseRecord) -> Item | None:
    text = SqlReference(connection).item_json(case.item_code, case.item_version)
    return Item.model_validate_json(text) if text else None
