# SPDX-License-Identifier: MulanPSL-2.0
"""Turns among the processes that serve one embedded database: who writes next, who holds a name.

SQLite lets writers try again and again; in a herd the unlucky never get their turn. Here they stand
in line: whoever is next already holds the first lock, so that a process which just wrote cannot pass
it. The locks belong to the open file (F_OFD_SETLK of Linux, fcntl(2)) and end with it, whatever ended
the process. Those of POSIX belong to the process: the system then sees two processes wait for each
other where only threads of theirs do, and refuses (EDEADLK); and they end when any file is closed.
Where the system has no such locks (Windows) one process serves alone, and the locks of its threads
are enough.
"""

from __future__ import annotations

import hashlib
import os
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform == "linux":
    import fcntl

SHARED = sys.platform == "linux"
_FLOCK = struct.Struct("hhqqi4x")  # type, whence, start, length, pid: ``struct flock``
_NEXT, _NOW, _NAMES = 0, 1, 2  # bytes of the file; a name has one behind them


class Turns:
    """Locks in a file beside the database; one for each process and database. Thread-safe."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it when it is missing; nothing is ever written to it."""
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        # Nobody is kept out by a lock of the same open file: threads need theirs as well.
        self._next, self._now = threading.Lock(), threading.Lock()
        # Held while a thread gets ready for its turn and has it: a second one would only take the
        # interpreter and the core from the one that everybody waits for.
        self.at_work = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn to write, and hold it for the block."""
        with self._next:
            self._lock(_NEXT)
            try:
                self._now.acquire()
                try:
                    self._lock(_NOW)
                except BaseException:
                    self._now.release()
                    raise
            finally:
                self._unlock(_NEXT)
        try:
            yield
        finally:
            self._unlock(_NOW)
            self._now.release()

    @contextmanager
    def name(self, name: str) -> Iterator[bool]:
        """Hold a name among the processes for the block; ``False``: another process holds it."""
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big") + _NAMES
        try:
            self._lock(number, wait=False)
        except OSError:
            yield False
            return
        try:
            yield True
        finally:
            self._unlock(number)

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):
            os.close(self._fd)

    def _lock(self, place: int, *, wait: bool = True) -> None:
        if sys.platform == "linux":
            words = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, place, 1, 0)
            fcntl.fcntl(self._fd, fcntl.F_OFD_SETLKW if wait else fcntl.F_OFD_SETLK, words)

    def _unlock(self, place: int) -> None:
        if sys.platform == "linux":
            words = _FLOCK.pack(fcntl.F_UNLCK, os.SEEK_SET, place, 1, 0)
            fcntl.fcntl(self._fd, fcntl.F_OFD_SETLK, words)
