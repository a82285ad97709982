# SPDX-License-Identifier: MulanPSL-2.0
"""Rows of verified blobs and of open uploads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import delete, func, insert, select, update

from sync.hub.storage import tables as t
from sync.hub.storage.engine import Tx
from sync.hub.storage.prepared import Ask, Prepared, either, either_of, padded


@dataclass(frozen=True)
class Upload:
    """One tus upload; its offset is the length of the part on disk."""

    upload_id: str
    blob_id: str
    device_id: str
    length: int
    media_type: str
    expires_at: str
    done: bool


@cache
def _present(size: int) -> Prepared:
    b = t.blobs.c.blob_id
    return Prepared(select(b).where(b.in_(either(size))))


def present(tx: Tx, blob_ids: Sequence[str]) -> frozenset[str]:
    """Return those of the blobs that the centre holds, verified."""
    if not blob_ids:
        return frozenset()
    statement, values = ask_present(blob_ids)
    rows = statement.rows(tx, **values)
    return frozenset(str(row[0]) for row in rows)


def ask_present(blob_ids: Sequence[str]) -> Ask:
    """Return what ``present`` asks about some blobs."""
    return _present(padded(len(blob_ids))), either_of(blob_ids)


def add_blob(tx: Tx, blob_id: str, size: int, media_type: str, at: str) -> None:
    """Count a verified blob; twice is once."""
    if not present(tx, [blob_id]):
        tx.execute(
            insert(t.blobs).values(blob_id=blob_id, size=size, media_type=media_type, stored_at=at)
        )


def count(tx: Tx) -> int:
    """Return how many blobs there are."""
    return int(tx.scalar(select(func.count()).select_from(t.blobs)) or 0)


def add_upload(tx: Tx, upload: Upload) -> None:
    """Remember an upload."""
    tx.execute(insert(t.uploads).values(**vars(upload)))


def upload(tx: Tx, upload_id: str) -> Upload | None:
    """Return an upload."""
    row = tx.execute(select(t.uploads).where(t.uploads.c.upload_id == upload_id)).first()
    return Upload(**row._asdict()) if row else None


def finish_upload(tx: Tx, upload_id: str) -> None:
    """Mark an upload as complete."""
    where = t.uploads.c.upload_id == upload_id
    tx.execute(update(t.uploads).where(where).values(done=True))


def drop_upload(tx: Tx, upload_id: str) -> None:
    """Forget an upload."""
    tx.execute(delete(t.uploads).where(t.uploads.c.upload_id == upload_id))


def expired(tx: Tx, now: str) -> list[str]:
    """Return ids of uploads whose time is over."""
    u = t.uploads.c
    return [str(x) for x in tx.execute(select(u.upload_id).where(u.expires_at < now)).scalars()]
