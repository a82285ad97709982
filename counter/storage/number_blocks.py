# SPDX-License-Identifier: MulanPSL-2.0
"""Leased serials on this counter: kept durably, taken inside the commit, never given twice."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from counter.domain.leases import NumberBlocks
from counter.ports.storage import LeasedSerial
from counter.storage import tables as t

# Built once, see repositories.
_b = t.number_blocks.c
_NEXT = (
    select(_b.block_id, _b.next_serial)
    .where(
        _b.series == bindparam("series"),
        _b.epoch == bindparam("epoch"),
        _b.next_serial <= _b.last,
        func.julianday(_b.expires_at) > func.julianday(bindparam("at")),
    )
    .order_by(_b.first)
    .limit(1)
)
_TAKEN = update(t.number_blocks).where(_b.block_id == bindparam("of_block"))


def install_blocks(connection: Connection, body: dict[str, Any]) -> None:
    """Keep blocks the centre leased to this device; what is known already stays as it is.

    A database rebuilt from the journal may have used serials of a block it no longer knew: they
    are read off its cases, so that none is taken again.
    """
    for block in NumberBlocks.model_validate(body).blocks:
        used = connection.scalar(_used_in(block.block_id)) or 0
        connection.execute(
            upsert(t.number_blocks)
            .values(**block.model_dump(), next_serial=max(block.first, used + 1))
            .on_conflict_do_nothing()
        )


def take_serial(connection: Connection, series: str, epoch: int, at: str) -> LeasedSerial | None:
    """Take the next serial of the oldest block that may be used, ``None`` if there is none."""
    row = connection.execute(_NEXT, {"series": series, "epoch": epoch, "at": at}).first()
    if row is None:
        return None
    rest = {"of_block": row.block_id, "next_serial": row.next_serial + 1}
    connection.execute(_TAKEN, rest)
    return LeasedSerial(row.block_id, row.next_serial)


def note_leased(connection: Connection, block_id: str, serial: int) -> None:
    """A rebuilt database met a case with this serial: never take it again."""
    b = t.number_blocks
    behind = (b.c.block_id == block_id, b.c.next_serial <= serial)
    connection.execute(update(b).where(*behind).values(next_serial=serial + 1))


def _used_in(block_id: str) -> Any:
    body = t.cases.c.body
    return select(func.max(func.json_extract(body, "$.lease_serial"))).where(
        func.json_extract(body, "$.lease") == block_id
    )
