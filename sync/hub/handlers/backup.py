# SPDX-License-Identifier: MulanPSL-2.0
"""A copy of the centre in a folder: database, then keys, then pages – in the order that is safe.

Pages after the database: every page the copy of the database speaks of is then in the copy. They
are named by their content and never change, so only those that are not there yet are copied.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from counter.domain.errors import KnownError
from sync.hub.centre import Centre
from sync.hub.storage.blob_files import fsync_dir, make_folder


@dataclass(frozen=True)
class Copied:
    """What one run copied; ``database`` is false where the database has its own tools."""

    database: bool
    pages: int
    elsewhere: bool  # pages lie in S3


def copy_centre(centre: Centre, target: Path) -> Copied:
    """Copy the centre into ``target`` while it serves; again copies what is new.

    Raises:
        KnownError: ``HUB-BACKUP``: not written; the copy before is as it was, file by file.
    """
    try:
        make_folder(target)
        embedded = centre.database.dialect == "sqlite"
        if embedded:
            temporary = target / ".hub.db.new"
            temporary.unlink(missing_ok=True)
            centre.database.copy_to(temporary)
            _keep(temporary, target / "hub.db")
        for source in sorted((centre.data / "keys").iterdir()):
            _copy(source, target / "keys" / source.name)
        pages = 0
        blobs = centre.data / "blobs"
        for source in sorted(blobs.glob("*/*")):
            place = target / "blobs" / source.relative_to(blobs)
            if not place.exists():
                _copy(source, place)
                pages += 1
    except OSError as error:
        raise KnownError(
            code="HUB-BACKUP",
            what="备份没有写完。",
            safe="中心的数据没有改动，原来的备份还能用。",
            todo="请核对备份的位置和磁盘空间，再做一次。",
        ) from error
    return Copied(embedded, pages, centre.files.elsewhere)


def _copy(source: Path, target: Path) -> None:
    make_folder(target.parent)
    temporary = target.with_name(f".{target.name}.new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file, source.open("rb") as data:
        shutil.copyfileobj(data, file)
    _keep(temporary, target)


def _keep(temporary: Path, target: Path) -> None:
    """Make a whole file certain, then let it take its name."""
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    temporary.replace(target)
    fsync_dir(target.parent)
