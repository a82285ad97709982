# SPDX-License-Identifier: MulanPSL-2.0
"""Counts of what the database holds, for the monitoring."""

from __future__ import annotations

from sqlalchemy import func, select

from sync.hub.storage import tables as t
from sync.hub.storage.engine import Tx


def ops(tx: Tx) -> dict[str, int]:
    """Return how many operations are in each status."""
    rows = tx.execute(select(t.ops.c.status, func.count()).group_by(t.ops.c.status))
    return {str(row[0]): int(row[1]) for row in rows}


def held(tx: Tx) -> dict[str, int]:
    """Return how many operations are held for each reason."""
    query = select(t.ops.c.code, func.count()).where(t.ops.c.status == "held")
    return {str(row[0]): int(row[1]) for row in tx.execute(query.group_by(t.ops.c.code))}


def sizes(tx: Tx) -> dict[str, int]:
    """Return how many rows the tables have that grow or that somebody must look at."""
    named = {
        "hub_feed_records": t.feed,
        "hub_blobs": t.blobs,
        "hub_open_uploads": t.uploads,
        "hub_devices": t.devices,
        "hub_alarms": t.alarms,
    }
    counted = {
        name: int(tx.scalar(select(func.count()).select_from(table)) or 0)
        for name, table in named.items()
    }
    size = tx.scalar(select(func.coalesce(func.sum(t.blobs.c.size), 0)))
    return {**counted, "hub_blob_bytes": int(size or 0)}
