# SPDX-License-Identifier: MulanPSL-2.0
"""Blocks of official serials for counters without a line, and what a number made of one is worth.

A range is leased once, to one device in one epoch. A number is bound only if it is of such a
lease, made before it ran out, and not bound yet; otherwise the case gets a number of the centre
and both numbers find it. Never do two cases have one number.
"""

from __future__ import annotations

from datetime import date, timedelta

from counter.domain.bodies import CaseReceived
from counter.domain.ids import uuid7
from counter.domain.leases import (
    HOLD,
    LEASE_DAYS,
    LEASED_FIRST,
    PROJECT,
    REFILL,
    NumberBlock,
    NumberBlocks,
    leased_no,
)
from counter.domain.operations import Operation
from sync.hub import rules
from sync.hub.centre import Centre
from sync.hub.storage import blocks, cases, feed
from sync.hub.storage.engine import Tx
from sync.hub.storage.halls import Device

_SERIES = "leased:project"


def top_up(centre: Centre, device: Device) -> None:
    """Lease the device more serials when it runs short; it hears of them by its next page."""
    with centre.database.read() as tx:
        if _left(centre, tx, device) >= REFILL:
            return
    with centre.database.write() as tx:
        left = _left(centre, tx, device)
        if left >= REFILL:
            return
        _lease(centre, tx, device, HOLD - left)
        told = NumberBlocks(blocks=tuple(row.block for row in _live(centre, tx, device)))
        change = feed.Change(
            feed.device_scope(device.device_id),
            "numbers",
            PROJECT,
            blocks.count(tx, device.device_id),
            told.model_dump(mode="json"),
            centre.now(),
        )
        feed.put(tx, change)


def blocks_of(centre: Centre, tx: Tx, device: Device) -> NumberBlocks:
    """Return what a device may use now, for a return bundle."""
    return NumberBlocks(blocks=tuple(row.block for row in _live(centre, tx, device)))


def bind(tx: Tx, op: Operation, body: CaseReceived, task: str) -> str:
    """Return why a number made at the counter cannot be bound, "" when it is.

    The lease counts one more number used.
    """
    lease = blocks.find(tx, body.lease)
    if lease is None or (lease.device_id, lease.block.epoch) != (op.device_id, op.epoch):
        return "号段不是这台设备这一期的"
    if not lease.block.first <= body.lease_serial <= lease.block.last:
        return "序号不在号段里"
    try:
        day = date.fromisoformat(body.received_at[:10])
    except ValueError:
        return "收件日期读不懂"
    if body.project_no != leased_no(task, day, body.lease_serial):
        return "编号和号段、事项、日期对不上"
    claimed, until = rules.moment(body.received_at), rules.moment(lease.block.expires_at)
    if claimed is None or until is None or claimed > until:
        return "号段在收件时已过期"
    if cases.numbered(tx, body.project_no):
        return "另一个办件已用这个编号"
    blocks.count_use(tx, body.lease)
    return ""


def _left(centre: Centre, tx: Tx, device: Device) -> int:
    return sum(row.left for row in _live(centre, tx, device))


def _live(centre: Centre, tx: Tx, device: Device) -> list[blocks.Lease]:
    now = centre.clock()
    return [
        row
        for row in blocks.of_device(tx, device.device_id, device.epoch)
        if row.left and (rules.moment(row.block.expires_at) or now) > now
    ]


def _lease(centre: Centre, tx: Tx, device: Device, size: int) -> None:
    first = LEASED_FIRST + cases.take_serials(tx, _SERIES, size) - 1
    until = centre.clock() + timedelta(days=LEASE_DAYS)
    block = NumberBlock(
        block_id=uuid7(),
        epoch=device.epoch,
        first=first,
        last=first + size - 1,
        expires_at=until.isoformat(timespec="seconds"),
    )
    blocks.add(tx, blocks.Lease(block, device.device_id, 0), at=centre.now())
