# SPDX-License-Identifier: MulanPSL-2.0
"""Write a small file so that after a power cut either the old or the new one is there, whole."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path

from counter.domain.errors import KnownError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def write_atomic(path: Path, data: bytes) -> None:
    """Replace ``path`` durably: temp file, fsync, rename, fsync of the directory.

    The temp file is readable by its owner only and never holds anything that may not stand in
    ``path`` itself.

    Raises:
        KnownError: ``DISK-FULL`` or ``DISK-WRITE``; the old file is untouched.
    """
    temp = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    try:
        handle = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temp.replace(path)
        fsync_dir(path.parent)
    except OSError as error:
        with suppress(OSError):
            temp.unlink(missing_ok=True)
        raise disk_error(error) from error


def fsync_dir(folder: Path) -> None:
    """Make a rename in ``folder`` durable; Windows does that by itself (NTFS journal)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Create a folder and its parents so that their names survive a power cut.

    One that is there is synced all the same: who made it may have been cut off before that. A
    parent that may not even be read was made by somebody else, long before.
    """
    if not folder.parent.is_dir():
        make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    with suppress(PermissionError):
        fsync_dir(folder.parent)


def disk_error(error: OSError) -> KnownError:
    """Say in words what a failed write means; the path is left out (it may name a user)."""
    if error.errno in _FULL:
        return KnownError(
            code="DISK-FULL",
            what="磁盘满了，这一步没有保存。",
            safe="以前保存的内容都还在。",
            todo="请先清理磁盘或把未传的办件导出到 U 盘，再试一次。",
        )
    return KnownError(
        code="DISK-WRITE",
        what="写不进磁盘，这一步没有保存。",
        safe="以前保存的内容都还在。",
        todo="请检查磁盘是否只读或已拔出，再试一次。",
    )
