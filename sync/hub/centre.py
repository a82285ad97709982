# SPDX-License-Identifier: MulanPSL-2.0
"""The centre as its handlers see it: database, blob files, keys, clock and limits."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from sync.hub.keys import CentreKeys, load_keys
from sync.hub.storage import settings
from sync.hub.storage.blob_files import BlobFiles
from sync.hub.storage.engine import Database

BEIJING = timezone(timedelta(hours=8))
_FEED_EPOCH = "feed_epoch"


def beijing_now() -> datetime:
    """Return the present moment in Chinese standard time, which legal times are in."""
    return datetime.now(BEIJING)


@dataclass(frozen=True)
class Limits:
    """What the hub takes; sizes in bytes, times in seconds."""

    body: int = 2 * 1024 * 1024
    unpacked: int = 8 * 1024 * 1024
    chunk: int = 4 * 1024 * 1024
    blob: int = 2 * 1024 * 1024 * 1024
    page_bytes: int = 256 * 1024
    page_records: int = 500
    upload_days: int = 30
    requests_per_s: float = 50.0
    request_burst: int = 500
    enrol_per_minute: int = 30


@dataclass
class Centre:
    """Everything a handler needs; safe to share between threads."""

    data: Path
    database: Database
    files: BlobFiles
    keys: CentreKeys
    feed_epoch: str
    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], datetime] = beijing_now

    def now(self) -> str:
        """Return the centre's time, ISO 8601 with offset, milliseconds."""
        return self.clock().isoformat(timespec="milliseconds")

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def open_centre(data: Path, *, limits: Limits | None = None) -> Centre:
    """Open the data folder, making what is missing (keys, database, folders)."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = load_keys(data / "keys")
    database = Database(data / "hub.db")
    with database.write() as tx:
        epoch = settings.get(tx, _FEED_EPOCH)
        if not epoch:
            epoch = secrets.token_hex(8)
            settings.put(tx, _FEED_EPOCH, epoch)
    return Centre(data, database, BlobFiles(data), keys, epoch, limits or Limits())
