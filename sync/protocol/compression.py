# SPDX-License-Identifier: MulanPSL-2.0
"""zstd for message bodies, with a hard limit on what a received frame may grow to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from backports import zstd

from sync.protocol.dictionaries import Dictionary

LEVEL = 9
LEVEL_DICT = 19  # a tenth of a second for 50 operations, worth two on a narrow line
_CHUNK = 64 * 1024


class CompressionError(Exception):
    """The frame is damaged or not zstd."""


class TooLargeError(CompressionError):
    """The frame would grow beyond the limit (a decompression bomb, or a mistake)."""


def compress(data: bytes, dictionary: Dictionary | None = None) -> bytes:
    """Return one zstd frame of ``data``; with a dictionary the other end needs the same one."""
    if dictionary is None:
        return zstd.compress(data, LEVEL)
    # Digested: the library keeps it ready for the level; undigested it is read in at every call.
    return zstd.compress(data, LEVEL_DICT, zstd_dict=dictionary.zstd.as_digested_dict)


def decompress(data: bytes, *, limit: int, dictionary: Dictionary | None = None) -> bytes:
    """Return the content of one zstd frame, never holding more than ``limit`` bytes.

    Raises:
        TooLargeError: the content is longer than ``limit``.
        CompressionError: damaged, truncated, followed by other data, or needs another dictionary.
    """
    decoder = zstd.ZstdDecompressor(dictionary.zstd if dictionary else None)
    parts: list[bytes] = []
    size = 0
    pending = data
    try:
        while not decoder.eof:
            piece = decoder.decompress(pending, max_length=min(_CHUNK, limit + 1 - size))
            pending = b""
            size += len(piece)
            if size > limit:
                raise TooLargeError
            parts.append(piece)
            if not piece and decoder.needs_input:
                raise CompressionError
    except (zstd.ZstdError, EOFError) as error:
        raise CompressionError from error
    if decoder.unused_data:
        raise CompressionError
    return b"".join(parts)


def compress_lines(lines: Iterable[bytes], dictionary: Dictionary | None = None) -> Iterator[bytes]:
    """Compress a stream line by line: whatever arrives of it can be read at once."""
    ready = dictionary.zstd.as_digested_dict if dictionary else None
    encoder = zstd.ZstdCompressor(LEVEL, zstd_dict=ready)
    for line in lines:
        yield encoder.compress(line, zstd.ZstdCompressor.FLUSH_BLOCK)
    yield encoder.flush(zstd.ZstdCompressor.FLUSH_FRAME)


class Unpacker:
    """The other end of ``compress_lines``: bytes in as they arrive, content out."""

    def __init__(self, limit: int, dictionary: Dictionary | None = None) -> None:
        """Never give more than ``limit`` bytes in all."""
        self._decoder = zstd.ZstdDecompressor(dictionary.zstd if dictionary else None)
        self._left = limit

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what ``data`` brings, in pieces of bounded size.

        Raises:
            TooLargeError: more content than the limit.
            CompressionError: damaged, or followed by other data.
        """
        pending = data
        try:
            while not self._decoder.eof:
                piece = self._decoder.decompress(pending, max_length=_CHUNK)
                pending = b""
                self._left -= len(piece)
                if self._left < 0:
                    raise TooLargeError
                if piece:
                    yield piece
                elif self._decoder.needs_input:
                    return
        except (zstd.ZstdError, EOFError) as error:
            raise CompressionError from error
        if pending or self._decoder.unused_data:
            raise CompressionError
