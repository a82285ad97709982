# SPDX-License-Identifier: MulanPSL-2.0
"""Keeps a rebuilt database from giving a receipt serial a second time."""

from __future__ import annotations

from sqlalchemy import Connection, func
from sqlalchemy.dialects.sqlite import insert as upsert

from counter.domain.errors import DomainError
from counter.domain.numbers import parse_receipt_no
from counter.storage import tables as t


def note_serial(connection: Connection, receipt_no: str) -> None:
    """Raise the day's counter to at least the serial of this receipt number."""
    try:
        number = parse_receipt_no(receipt_no)
    except DomainError:
        return
    connection.execute(
        upsert(t.serials)
        .values(day=number.day.isoformat(), last=number.serial)
        .on_conflict_do_update(
            index_elements=["day"], set_={"last": func.max(t.serials.c.last, number.serial)}
        )
    )
