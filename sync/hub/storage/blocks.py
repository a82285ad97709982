# SPDX-License-Identifier: MulanPSL-2.0
"""Leased ranges of official serials; a row is never deleted, a range never leased again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, func, select, update

from counter.domain.leases import NumberBlock
from sync.hub.storage import tables as t
from sync.hub.storage.engine import Tx
from sync.hub.storage.prepared import Prepared, prepared_insert


@dataclass(frozen=True)
class Lease:
    """A block, whose it is, and how many of its numbers have been bound."""

    block: NumberBlock
    device_id: str
    used: int

    @property
    def left(self) -> int:
        """How many serials the device may still have, as far as the centre knows."""
        return self.block.last - self.block.first + 1 - self.used


_b = t.number_blocks.c
_BLOCK = tuple(NumberBlock.model_fields)
_OF_DEVICE = Prepared(
    select(*(_b[name] for name in _BLOCK), _b.device_id, _b.used)
    .where(_b.device_id == bindparam("device"), _b.epoch == bindparam("of_epoch"))
    .order_by(_b.first)
)
_ADD = prepared_insert(t.number_blocks)


def add(tx: Tx, lease: Lease, *, at: str) -> None:
    """Write a new lease."""
    values = {**lease.block.model_dump(), "device_id": lease.device_id, "used": 0, "leased_at": at}
    _ADD.write(tx, **values)


def find(tx: Tx, block_id: str) -> Lease | None:
    """Return a lease by its name."""
    b = t.number_blocks
    row = tx.execute(select(b).where(b.c.block_id == block_id)).first()
    return _lease(row) if row else None


def of_device(tx: Tx, device_id: str, epoch: int) -> list[Lease]:
    """Return the leases of a device in an epoch, oldest first."""
    rows = _OF_DEVICE.rows(tx, device=device_id, of_epoch=epoch)
    return [
        Lease(NumberBlock(**dict(zip(_BLOCK, block, strict=True))), owner, used)
        for *block, owner, used in rows
    ]


def count(tx: Tx, device_id: str) -> int:
    """Return how many leases a device ever had."""
    b = t.number_blocks
    query = select(func.count()).select_from(b).where(b.c.device_id == device_id)
    return int(tx.scalar(query) or 0)


def count_use(tx: Tx, block_id: str) -> None:
    """One more number of the block is bound."""
    b = t.number_blocks
    tx.execute(update(b).where(b.c.block_id == block_id).values(used=b.c.used + 1))


def _lease(row: Row[Any]) -> Lease:
    block = {name: getattr(row, name) for name in _BLOCK}
    return Lease(NumberBlock(**block), row.device_id, row.used)


def every(tx: Tx) -> list[Lease]:
    """Return all leases in the order of their numbers."""
    b = t.number_blocks
    return [_lease(row) for row in tx.execute(select(b).order_by(b.c.series, b.c.first))]
