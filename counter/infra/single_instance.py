# SPDX-License-Identifier: MulanPSL-2.0
"""One program per home folder: a lock of the operating system, gone when its process is gone."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from counter.domain.errors import KnownError
from counter.infra.atomic import disk_error


class SingleInstance:
    """Held while the program runs; a killed program leaves no stale lock."""

    def __init__(self, path: Path) -> None:
        """Name the lock file; nothing is opened yet."""
        self._path = path
        self._file: IO[bytes] | None = None

    def take(self) -> None:
        """Take the lock.

        Raises:
            KnownError: ``SECOND-START`` if the program already runs on this home;
                ``DISK-FULL``, ``DISK-WRITE`` if the file cannot be made.
        """
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = self._path.open("ab")
        except OSError as error:
            raise disk_error(error) from error
        try:
            lock_file(file)
        except OSError as error:
            file.close()
            raise KnownError(
                code="SECOND-START",
                what="一窗柜台已经在这台电脑上打开了。",
                safe="正在办的内容都在那个窗口里。",
                todo="请切换到已打开的窗口；找不到时，请注销后重新登录电脑再试。",
            ) from error
        self._file = file

    def release(self) -> None:
        """Give it back; safe to call twice."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def lock_file(file: IO[bytes]) -> None:
    """Lock an open file for this process alone, without waiting.

    Raises:
        OSError: another process holds it.
    """
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - Windows only

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415 - absent on Windows

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
