# SPDX-License-Identifier: MulanPSL-2.0
"""A bundle file is written so that it is whole and read back, or has no name that looks good."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from counter.domain.errors import KnownError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

TEMPORARY = ".unfinished"  # no reader looks at this ending
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Disk:
    """The file operations whose failure an export must survive, in one place to be faked."""

    def write(self, fd: int, data: bytes) -> None:
        """Write all of ``data``; ``os.write`` may take only part of it."""
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]

    def fsync(self, fd: int) -> None:
        """Return when the file is on the medium."""
        os.fsync(fd)

    def replace(self, source: Path, target: Path) -> None:
        """Rename over the target."""
        source.replace(target)

    def fsync_dir(self, folder: Path) -> None:
        """Make a rename durable; Windows has no such call for folders."""
        if os.name == "nt":
            return
        fd = os.open(folder, os.O_RDONLY)
        try:
            self.fsync(fd)
        finally:
            os.close(fd)


class _FileSink(io.BufferedIOBase):
    """Writes through the layer that tests may break."""

    def __init__(self, disk: Disk, fd: int) -> None:
        super().__init__()
        self._disk, self._fd = disk, fd
        self.error: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        got = bytes(data)
        if self.error is not None:
            raise self.error  # the library may try once more while it gives up
        try:
            self._disk.write(self._fd, got)
        except OSError as error:
            self.error = error  # the sealing library keeps only its text
            raise
        return len(got)

    def flush(self) -> None:
        """Nothing is buffered here."""


def write_checked(
    path: Path,
    fill: Callable[[io.BufferedIOBase], None],
    check: Callable[[io.BufferedIOBase], None],
    disk: Disk,
) -> None:
    """Temp → write → fsync → read back and ``check`` → rename → fsync of the folder (§10).

    Args:
        path: The final name; an older file of this name stays until the new one was checked.
        fill: Writes the content.
        check: Reads the content from the medium and raises when it is not what was meant.
        disk: File operations.

    Raises:
        KnownError: ``BUNDLE-FULL``, ``BUNDLE-WRITE``, or what ``check`` raises; no good-looking
            file is left.
    """
    temporary = path.with_name(path.name + TEMPORARY)
    try:
        _write(temporary, fill, disk)
        with temporary.open("rb") as file:
            check(file)
        disk.replace(temporary, path)
        _sync_name(path, disk)
    except OSError as error:
        _drop(temporary)
        raise write_error(error) from error
    except BaseException:
        _drop(temporary)
        raise


def _write(temporary: Path, fill: Callable[[io.BufferedIOBase], None], disk: Disk) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    fd = os.open(temporary, flags, 0o600)
    try:
        sink = _FileSink(disk, fd)
        try:
            fill(sink)
        finally:
            if sink.error is not None:
                raise sink.error
        disk.fsync(fd)
        if hasattr(os, "posix_fadvise"):
            # Read back what the medium holds, not what the memory remembers.
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(fd)


def _sync_name(path: Path, disk: Disk) -> None:
    """Make the name durable; one that may vanish must not be taken for a good copy."""
    try:
        disk.fsync_dir(path.parent)
    except OSError:
        _drop(path)
        raise


def _drop(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def write_error(error: OSError) -> KnownError:
    """Return the words for a medium that cannot be written; no path in them."""
    if error.errno in _FULL:
        return KnownError(
            code="BUNDLE-FULL",
            what="放不下：U盘（或文件夹）的空间不够，这一份没有拷成。",
            safe="本机的数据没有改动，都还在。",
            todo="请清理或换一个U盘再拷。",
        )
    return KnownError(
        code="BUNDLE-WRITE",
        what="U盘（或文件夹）写不进去，或写完读回来不对，这一份没有拷成。",
        safe="本机的数据没有改动，都还在。",
        todo="请换一个U盘再拷。",
    )
