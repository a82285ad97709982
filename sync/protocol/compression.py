# SPDX-License-Identifier: MulanPSL-2.0
"""zstd for message bodies, with a hard limit on what a received frame may grow to."""

from __future__ import annotations

from backports import zstd

LEVEL = 9
_CHUNK = 64 * 1024


class CompressionError(Exception):
    """The frame is damaged or not zstd."""


class TooLargeError(CompressionError):
    """The frame would grow beyond the limit (a decompression bomb, or a mistake)."""


def compress(data: bytes) -> bytes:
    """Return one zstd frame of ``data``."""
    return zstd.compress(data, LEVEL)


def decompress(data: bytes, *, limit: int) -> bytes:
    """Return the content of one zstd frame, never holding more than ``limit`` bytes.

    Raises:
        TooLargeError: the content is longer than ``limit``.
        CompressionError: damaged, truncated, followed by other data, or needs a dictionary.
    """
    decoder = zstd.ZstdDecompressor()
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
