# SPDX-License-Identifier: MulanPSL-2.0
"""After the centre's database came from a backup: nothing it gave out since is given out again.

Counters notice by themselves what the centre lacks (``missing_seq``) and send it once more. What
they cannot notice is that a cursor or an official number is of a time the centre forgot.
"""

from __future__ import annotations

import secrets

from sync.hub.centre import FEED_EPOCH, Centre
from sync.hub.handlers import deeds
from sync.hub.storage import cases, oplog, settings

DAILY, LEASED = 5_000, 100_000  # more numbers than can have been given out since a day-old backup


def go_on(centre: Centre) -> str:
    """Start a new epoch of the feed and leave a gap in all serials; return the new epoch.

    Every cursor is then answered 410, so every counter takes a snapshot. Run it before the hub
    serves again, once for each restore; once too often only costs numbers and snapshots.
    """
    epoch, today = secrets.token_hex(8), f"{centre.clock():%Y%m%d}"
    with deeds.writing(centre, "restored") as (tx, deed):
        deed.about = epoch
        settings.put(tx, FEED_EPOCH, epoch)
        cases.skip_serials(tx, today, daily=DAILY, leased=LEASED)
        oplog.add_alarm(tx, at=centre.now(), kind="restored", device_id="", op_id="", detail=epoch)
    return epoch
