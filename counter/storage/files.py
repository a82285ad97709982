# SPDX-License-Identifier: MulanPSL-2.0
"""The few file operations whose failure storage must survive, in one place to be faked."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from counter.domain.errors import KnownError

_FULL = {errno.ENOSPC, errno.EDQUOT}


class FileLayer:
    """Durable file operations. Every write, sync and rename of storage goes through here."""

    def write(self, fd: int, data: bytes) -> None:
        """Write all of ``data``; ``os.write`` may take only part of it."""
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]

    def fsync(self, fd: int) -> None:
        """Return when the file is on the medium."""
        os.fsync(fd)

    def fsync_dir(self, folder: Path) -> None:
        """Make renames and new names in a folder durable (Windows does so by itself)."""
        if os.name == "nt":
            return
        fd = os.open(folder, os.O_RDONLY)
        try:
            self.fsync(fd)
        finally:
            os.close(fd)

    def replace(self, source: Path, target: Path) -> None:
        """Rename over the target, atomically."""
        source.replace(target)


def open_new(path: Path) -> int:
    """Open a file for writing from its beginning, readable by its owner only."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    return os.open(path, flags, 0o600)


def open_append(path: Path) -> int:
    """Open a file for appending, readable by its owner only."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    return os.open(path, flags, 0o600)


def make_folder(files: FileLayer, folder: Path) -> None:
    """Create a folder (with its parents) durably; nothing happens if it is there."""
    if folder.is_dir():
        return
    make_folder(files, folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    files.fsync_dir(folder.parent)


def write_durably(files: FileLayer, path: Path, data: bytes) -> None:
    """Temp file → fsync → rename → fsync of the folder; the old content stays until then."""
    write_all_durably(files, [(path, [data])])


def write_all_durably(files: FileLayer, many: list[tuple[Path, Iterable[bytes]]]) -> None:
    """Write several files durably, each from its pieces, with one folder sync per folder.

    Raises:
        OSError: nothing of the failed file is left; files before it may be there, complete.
    """
    for path, pieces in many:
        temp = path.with_name(path.name + ".tmp")
        fd = open_new(temp)
        try:
            try:
                for piece in pieces:
                    files.write(fd, piece)
                files.fsync(fd)
            finally:
                os.close(fd)
            files.replace(temp, path)
        except OSError:
            temp.unlink(missing_ok=True)
            raise
    for folder in dict.fromkeys(path.parent for path, _ in many):
        files.fsync_dir(folder)


def disk_error(error: OSError, safe: str = "之前已保存的内容都还在。") -> KnownError:
    """Return the words for a failed write; paths and content stay out of them."""
    if error.errno in _FULL:
        return KnownError(
            code="DISK-FULL",
            what="本机磁盘满了，刚才这一步没有保存。",
            safe=safe,
            todo="请让管理员清理磁盘，然后再点一次保存；现在不要给群众打印凭证。",
        )
    return KnownError(
        code="DISK-WRITE",
        what="本机磁盘写不进去，刚才这一步没有保存。",
        safe=safe,
        todo="请再试一次；还不行就请管理员检查磁盘，本窗口先用纸质登记。",
    )
