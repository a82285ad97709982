# SPDX-License-Identifier: MulanPSL-2.0
"""One sync process per device: a lock of the operating system, gone when its process is gone."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from counter.domain.errors import KnownError
from counter.infra.single_instance import lock_file


class SyncLock:
    """Held while a worker runs (sync-protocol §9); idempotency does not depend on it."""

    def __init__(self, path: Path) -> None:
        """Name the lock file; nothing is opened yet."""
        self._path = path
        self._file: IO[bytes] | None = None

    def take(self) -> None:
        """Take the lock.

        Raises:
            KnownError: ``SYNC-TWICE``, another worker runs on this device's data.
        """
        file = self._path.open("ab")
        try:
            lock_file(file)
        except OSError as error:
            file.close()
            raise KnownError(
                code="SYNC-TWICE",
                what="另一个程序正在传送本机的数据。",
                safe="数据都在本机，由那个程序继续传送。",
                todo="请关掉多余的程序窗口。",
            ) from error
        self._file = file

    def release(self) -> None:
        """Give it back."""
        if self._file is not None:
            self._file.close()
            self._file = None
