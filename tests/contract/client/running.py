# SPDX-License-Identifier: MulanPSL-2.0
"""What a contract test may ask of the running hub, beside its doors."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from counter.ports.keys import EnrolmentFacts
from sync.client.enrol import enrol
from sync.hub.centre import Centre, open_centre
from sync.hub.handlers.enrol import new_code
from sync.hub.handlers.training import HALL
from sync.hub.storage import oplog, tables


@dataclass
class RunningHub:
    """The hub process and a second look into its database."""

    data: Path
    url: str
    window: int = 10
    centre: Centre = field(init=False)

    def __post_init__(self) -> None:
        self.centre = open_centre(self.data)

    def code(self) -> str:
        self.window += 1
        return new_code(self.centre, HALL.hall_code, self.window)

    def another_device(self) -> EnrolmentFacts:
        return enrol(self.url, self.code(), f"练习窗口{self.window}")

    def status(self, op_id: str) -> str:
        with self.centre.database.read() as tx:
            found = oplog.find(tx, op_id)
        return found.status if found else ""

    def effects(self, op_id: str) -> int:
        where = tables.facts.c.op_id == op_id
        with self.centre.database.read() as tx:
            return tx.scalar(select(func.count()).select_from(tables.facts).where(where)) or 0

    def blob(self, blob_id: str) -> bytes | None:
        path = self.centre.files.path(blob_id)
        return path.read_bytes() if path.exists() else None

    def forget(self, *op_ids: str) -> None:
        """Lose operations and their results, as a centre does that is put back from a backup."""
        with self.centre.database.write() as tx:
            for op_id in op_ids:
                for table in (tables.facts, tables.ops):
                    tx.execute(table.delete().where(table.c.op_id == op_id))
                tx.execute(tables.feed.delete().where(tables.feed.c.entity_id == op_id))
            tx.execute(tables.device_epochs.update().values(through_seq=0))

    def forget_blob(self, blob_id: str) -> None:
        """Lose a page, as a centre does that is put back from a backup."""
        with self.centre.database.write() as tx:
            tx.execute(tables.blobs.delete().where(tables.blobs.c.blob_id == blob_id))
        self.centre.files.path(blob_id).unlink()

    def revoke(self, device_id: str) -> None:
        with self.centre.database.write() as tx:
            tx.execute(
                tables.devices.update()
                .where(tables.devices.c.device_id == device_id)
                .values(revoked_at="2026-11-22T08:00:00+08:00")
            )
