# SPDX-License-Identifier: MulanPSL-2.0
"""A compressed stream of lines: readable as far as it came, never beyond its limit."""

from __future__ import annotations

import pytest

from sync.protocol.compression import CompressionError, TooLargeError, Unpacker, compress_lines

LINES = [f"{n} {'中心的回执' * 20}\n".encode() for n in range(5)]


def test_every_line_can_be_read_when_it_arrives() -> None:
    unpacker = Unpacker(10_000)
    pieces = list(compress_lines(LINES))
    for piece, line in zip(pieces, LINES, strict=False):
        assert b"".join(unpacker.feed(piece)) == line


def test_a_bomb_and_damage_are_refused() -> None:
    bomb = b"".join(compress_lines([b"0" * 1_000_000]))
    with pytest.raises(TooLargeError):
        list(Unpacker(100_000).feed(bomb))
    with pytest.raises(CompressionError):
        list(Unpacker(100).feed(b"no frame at all"))
    whole = Unpacker(10_000)
    with pytest.raises(CompressionError):
        list(whole.feed(b"".join(compress_lines(LINES)) + b"more"))
