# SPDX-License-Identifier: MulanPSL-2.0
"""The centre as its handlers see it: database, blob files, keys, clock and limits."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from counter.domain.errors import DomainError, KnownError
from sync.hub.keys import CentreKeys, load_keys, write_private
from sync.hub.storage import blobs as blob_rows
from sync.hub.storage import settings
from sync.hub.storage.blob_files import BlobFiles, check_place, make_folder
from sync.hub.storage.engine import CONNECTIONS, Database, Tx, parse_url

BEIJING = timezone(timedelta(hours=8))
FEED_EPOCH = "feed_epoch"
_CENTRE = "centre_kid"
_BLOBS = "blobs_at"
_UNTOUCHED = "没有改动。"


def beijing_now() -> datetime:
    """Return the present moment in Chinese standard time, which legal times are in."""
    return datetime.now(BEIJING)


def push_places() -> int:
    """Return how many pushes run well at the same time on this machine.

    All their operations pass one sequencer: more places make nothing faster, they only make
    everybody wait. The last of 32 with 50 operations each waits some seconds of the 20 it expects
    (sync-protocol §4).
    """
    return min(32, 8 * (os.cpu_count() or 1))


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
    # Of one address, behind which a whole city may be; each answer costs a signature.
    pings_per_s: float = 1000.0
    ping_burst: int = 20_000
    # At the same time in one process; more are asked to come later.
    pushes: int = field(default_factory=push_places)
    pulls: int = 64
    waiting: int = 32  # for a place of either kind

    def share(self, workers: int) -> Limits:
        """Return what one of ``workers`` processes may take, so that all together hold these.

        A caller's requests meet the worker its connection is with; rounded up, never nothing.
        """
        return replace(
            self,
            requests_per_s=self.requests_per_s / workers,
            request_burst=-(-self.request_burst // workers),
            enrol_per_minute=-(-self.enrol_per_minute // workers),
            pings_per_s=self.pings_per_s / workers,
            ping_burst=-(-self.ping_burst // workers),
            pushes=-(-self.pushes // workers),
            pulls=-(-self.pulls // workers),
        )


@dataclass(frozen=True)
class Doer:
    """In whose name something is done: the key of a person, or who works on the machine itself."""

    kid: str
    name: str = ""


LOCAL = Doer("local")


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
    doer: Doer = LOCAL

    def now(self) -> str:
        """Return the centre's time, ISO 8601 with offset, milliseconds."""
        return self.clock().isoformat(timespec="milliseconds")

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def open_centre(
    data: Path,
    *,
    limits: Limits | None = None,
    database: str = "",
    connections: int = CONNECTIONS,
    partitions: int = 0,
    blobs: str = "",
) -> Centre:
    """Open the data folder, making what is missing (keys, database, folders).

    Args:
        data: Folder of keys and blobs, and of the embedded database.
        limits: What the hub takes.
        database: Address of a PostgreSQL database; "" = the embedded one.
        connections: How many to have at most.
        partitions: Make the big tables in so many; 0 = as they are, or whole.
        blobs: ``s3://bucket/prefix`` for whole blobs; "" = the data folder.

    Raises:
        DomainError: ``HUB-DB-URL``, ``HUB-BLOBS-URL``.
        KnownError: ``HUB-DB…``: cannot be opened, or does not belong to this folder;
            ``HUB-BLOBS…``: blobs are elsewhere, or cannot be reached.
    """
    url = parse_url(database) if database else None
    if blobs:
        check_place(blobs)
    embedded, mark = data / "hub.db", data / "store"
    # A folder keeps its store: a forgotten address must not make an empty centre of a full one.
    if url and embedded.exists():
        words = "这个文件夹已有自带的数据库，不能同时再用另一个。"
        raise KnownError(code="HUB-DB-TWO", what=words, safe=_UNTOUCHED, todo="请换一个 --data。")
    if not url and mark.exists():
        words = "这个中心的数据在 PostgreSQL 里，没有给出地址。"
        todo = "请用 --database 或环境变量 YC_HUB_DATABASE 给出。"
        raise KnownError(code="HUB-DB-WHERE", what=words, safe=_UNTOUCHED, todo=todo)
    if not url:
        make_folder(data)
    store = Database(url or embedded, connections=connections, partitions=partitions)
    try:
        if not (data / "keys").exists():
            with store.read() as tx:
                _check_fresh(tx)
        keys = load_keys(data / "keys")
        with store.write() as tx:
            epoch = _own(tx, keys)
            files = _blob_files(tx, data, blobs)
    except (DomainError, KnownError):
        store.close()
        raise
    if url and not mark.exists():
        write_private(mark, "postgresql\n")
    return Centre(data, store, files, keys, epoch, limits or Limits())


def _check_fresh(tx: Tx) -> None:
    """Refuse a database that has an owner, before a folder without keys gets new ones.

    Raises:
        KnownError: ``HUB-DB-OTHER``.
    """
    if settings.get(tx, _CENTRE):
        raise _not_ours()


def _not_ours() -> KnownError:
    words = "这个数据库属于另一个中心，钥匙对不上。"
    todo = "请核对 --data 和 --database；钥匙丢了，把备份里的 keys 放回数据文件夹。"
    return KnownError(code="HUB-DB-OTHER", what=words, safe=_UNTOUCHED, todo=todo)


def _own(tx: Tx, keys: CentreKeys) -> str:
    """Bind a new database to the keys of this folder and return the epoch of its feed.

    Raises:
        KnownError: ``HUB-DB-OTHER``: what it signed before, this centre cannot answer for.
    """
    kid = settings.get(tx, _CENTRE)
    if kid and kid != keys.signing.kid:
        raise _not_ours()
    if not kid:
        settings.put(tx, _CENTRE, keys.signing.kid)
    epoch = settings.get(tx, FEED_EPOCH)
    if not epoch:
        epoch = secrets.token_hex(8)
        settings.put(tx, FEED_EPOCH, epoch)
    return epoch


def _blob_files(tx: Tx, data: Path, place: str) -> BlobFiles:
    """Return where blobs lie; a forgotten or another address must not hide those that are there.

    Raises:
        DomainError: ``HUB-BLOBS-URL``.
        KnownError: ``HUB-BLOBS-WHERE``, ``HUB-BLOBS-MISSING``, ``HUB-BLOBS``.
    """
    before = settings.get(tx, _BLOBS)
    if place != before and (before or blob_rows.count(tx)):
        raise KnownError(
            code="HUB-BLOBS-WHERE",
            what="这个中心已有的材料在别处：" + (before or "数据文件夹"),
            safe=_UNTOUCHED,
            todo="请用 --blobs 或环境变量 YC_HUB_BLOBS 给出原来的地址；原来在数据文件夹就不要给。",
        )
    if not place:
        return BlobFiles(data)
    try:
        # Here alone: the library of an optional extra, heavy, for those who ask for it.
        from sync.hub.storage.blob_s3 import S3BlobFiles  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise KnownError(
            code="HUB-BLOBS-MISSING",
            what="没有安装 S3 的程序包。",
            safe=_UNTOUCHED,
            todo="请安装 counter-yichuang[s3]。",
        ) from error
    files = S3BlobFiles(data, place)
    settings.put(tx, _BLOBS, place)
    return files
