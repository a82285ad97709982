# SPDX-License-Identifier: MulanPSL-2.0
"""Reads a bundle that may be cut, damaged, foreign or hostile: nothing counts before it is proved."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import pyrage
from backports import zstd

from sync.protocol import tar_stream
from sync.protocol.bundle import (
    HEAD_MAX,
    HEADS,
    BundleFile,
    Identities,
    Manifest,
    bad_path,
    damaged,
    refuse,
    sums_text,
    too_large,
)
from sync.protocol.tar_stream import TarError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_PIECE = 64 * 1024


class Taker(Protocol):
    """Takes one file of a bundle."""

    def take(self, piece: bytes) -> None:
        """Take the next bytes."""
        ...

    def done(self) -> None:
        """All bytes came and their SHA-256 is right."""
        ...


def read(
    source: io.BufferedIOBase,
    identities: Identities,
    verify: Callable[[str], Manifest],
    taker: Callable[[BundleFile], Taker | None],
) -> Manifest:
    """Read one part to its end and check every hash.

    Args:
        source: The file.
        identities: What may open it.
        verify: Returns the manifest of its token, or raises ``BundleError``.
        taker: Says who takes a file; ``None`` only checks it.

    Raises:
        BundleError: ``BUNDLE-SEALED``, ``-DAMAGED``, ``-PATH``, ``-LARGE``, or what ``verify`` and
            takers raise. What takers were given before counts for nothing.
    """
    opened = _Opened(_Contents(verify, taker))
    try:
        pyrage.decrypt_io(source, opened, identities)
    except pyrage.DecryptError as error:
        if opened.error is None:
            words = "打不开：不是给这里的，或者文件开头已损坏。"
            raise refuse("SEALED", words) from error
    except OSError as error:
        if opened.error is None:
            raise damaged() from error
    if opened.error is not None:
        raise opened.error
    return opened.finish()


class TokenTaker:
    """Collects the small files (operations, results) in order."""

    def __init__(self, into: list[str]) -> None:
        self._into = into
        self._data = bytearray()

    def take(self, piece: bytes) -> None:
        """Take the next bytes; the manifest has limited them."""
        self._data += piece

    def done(self) -> None:
        """Keep the token; what is no text is no token, and later nobody's signature."""
        self._into.append(self._data.decode("ascii", "replace"))


class _Opened(io.BufferedIOBase):
    """Where the opened bytes go: out of zstd and tar into the contents."""

    def __init__(self, contents: _Contents) -> None:
        super().__init__()
        self._contents = contents
        self._tar = tar_stream.Unpacker(contents)
        self._zstd = zstd.ZstdDecompressor()
        self.error: Exception | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        got = bytes(data)
        if self.error is not None:
            raise OSError  # the library may try once more while it gives up
        try:
            self._feed(got)
        except (zstd.ZstdError, EOFError) as error:
            self.error = damaged()
            raise OSError from error
        except TarError as error:
            self.error = bad_path() if error.hostile else damaged()
            raise OSError from error
        except Exception as error:
            self.error = error  # the sealing library keeps only its text
            raise
        return len(got)

    def _feed(self, data: bytes) -> None:
        pending = data
        while True:
            if self._zstd.eof:
                if pending or self._zstd.unused_data:
                    raise damaged()
                return
            piece = self._zstd.decompress(pending, max_length=_PIECE)
            pending = b""
            if piece:
                self._tar.feed(piece)
            elif self._zstd.needs_input:
                return

    def flush(self) -> None:
        """Nothing is held back."""

    def finish(self) -> Manifest:
        try:
            self._tar.close()
        except TarError as error:
            raise damaged() from error
        if not self._zstd.eof:
            raise damaged()
        return self._contents.finish()


class _Contents:
    """Checks what comes against the verified manifest."""

    def __init__(
        self, verify: Callable[[str], Manifest], taker: Callable[[BundleFile], Taker | None]
    ) -> None:
        self._verify, self._find_taker = verify, taker
        self._number = -1
        self._head = io.BytesIO()
        self._digest = hashlib.sha256()
        self._manifest: Manifest | None = None
        self._file: BundleFile | None = None
        self._taker: Taker | None = None

    def begin(self, name: str, size: int) -> None:
        self._number += 1
        if self._number < len(HEADS):
            if name != HEADS[self._number]:
                raise bad_path()
            if size > HEAD_MAX:
                raise too_large()
            self._head = io.BytesIO()
            return
        files = self._manifest.files if self._manifest else ()
        place = self._number - len(HEADS)
        if place >= len(files) or files[place].path != name:
            raise bad_path()
        if files[place].size != size:
            raise damaged()
        self._file = files[place]
        self._digest = hashlib.sha256()
        self._taker = self._find_taker(self._file)

    def data(self, piece: bytes) -> None:
        if self._file is None:
            self._head.write(piece)
            return
        self._digest.update(piece)
        if self._taker is not None:
            self._taker.take(piece)

    def end(self) -> None:
        if self._file is None:
            self._end_head(self._head.getvalue())
            return
        if self._digest.hexdigest() != self._file.sha256:
            raise damaged()
        if self._taker is not None:
            self._taker.done()
        self._file = None

    def _end_head(self, data: bytes) -> None:
        if self._number == 1:
            self._manifest = self._verify(data.decode("ascii", "replace"))
        elif self._number == 2 and self._manifest and data != sums_text(self._manifest):
            raise damaged()

    def finish(self) -> Manifest:
        manifest = self._manifest
        if manifest is None or self._number + 1 != len(HEADS) + len(manifest.files):
            raise damaged()
        return manifest
