# SPDX-License-Identifier: MulanPSL-2.0
"""A tar of plain files as a stream in both directions; names only name, they are never paths."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import Protocol

BLOCK = tarfile.BLOCKSIZE
_END = bytes(2 * BLOCK)
_MAX_TAIL = 20 * BLOCK  # tar programs fill the last record with zeros


class TarError(Exception):
    """Not a tar of plain files; ``hostile`` when a link, device or folder hides in it."""

    def __init__(self, *, hostile: bool = False) -> None:
        super().__init__()
        self.hostile = hostile


class Receiver(Protocol):
    """Takes the files in order."""

    def begin(self, name: str, size: int) -> None:
        """Start a file of ``size`` bytes; raise to refuse."""
        ...

    def data(self, piece: bytes) -> None:
        """Take the next bytes of it."""
        ...

    def end(self) -> None:
        """Close it; all bytes came."""
        ...


def entry(name: str, data: bytes) -> Iterator[bytes]:
    """Yield one file; owner and time stay out, so that equal content gives equal bytes."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.mode = 0o600
    yield info.tobuf(tarfile.USTAR_FORMAT)
    yield data
    yield bytes(-len(data) % BLOCK)


def end() -> bytes:
    """Return the end mark."""
    return _END


class Unpacker:
    """Feeds a receiver from bytes as they come; memory is bounded by one piece.

    Raises:
        TarError: from ``feed`` and ``close``.
    """

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._buffer = bytearray()
        self._left = -1  # bytes of the open file, -1 between files
        self._padding = 0
        self._tail = -1  # zero bytes seen since the end mark, -1 before it

    def feed(self, piece: bytes) -> None:
        """Take the next bytes."""
        self._buffer += piece
        while self._step():
            pass

    def close(self) -> None:
        """Check that the archive came to its end."""
        if self._tail < 0 or self._buffer:
            raise TarError

    def _step(self) -> bool:
        if self._tail >= 0:
            return self._swallow_tail()
        if self._left > 0:
            return self._pass_on()
        if self._left == 0:
            return self._finish()
        if len(self._buffer) < BLOCK:
            return False
        self._header(bytes(self._buffer[:BLOCK]))
        del self._buffer[:BLOCK]
        return True

    def _header(self, block: bytes) -> None:
        if not any(block):
            self._tail = BLOCK
            return
        try:
            info = tarfile.TarInfo.frombuf(block, "ascii", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError) as error:
            raise TarError from error
        if info.type != tarfile.REGTYPE or info.size < 0:
            raise TarError(hostile=True)
        self._receiver.begin(info.name, info.size)
        self._left, self._padding = info.size, -info.size % BLOCK

    def _pass_on(self) -> bool:
        piece = bytes(self._buffer[: self._left])
        if not piece:
            return False
        del self._buffer[: len(piece)]
        self._left -= len(piece)
        self._receiver.data(piece)
        return True

    def _finish(self) -> bool:
        if len(self._buffer) < self._padding:
            return False
        del self._buffer[: self._padding]
        self._left = -1
        self._receiver.end()
        return True

    def _swallow_tail(self) -> bool:
        self._tail += len(self._buffer)
        if any(self._buffer) or self._tail > _MAX_TAIL:
            raise TarError
        self._buffer.clear()
        return False
