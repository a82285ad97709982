# SPDX-License-Identifier: MulanPSL-2.0
"""How sealed operations lie in a journal file; the centre reads it too when a counter is broken."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_MAGIC = b"YCJ1"
# magic, epoch, seq, length of the part for centre and device, length of the device's own part
_HEAD = struct.Struct(">4sIQII")
_TAIL = struct.Struct(">32sI")  # SHA-256 of the sealed parts, CRC-32 of everything before


@dataclass(frozen=True)
class Record:
    """One record as found; the sealed parts are opened by ``open_record``."""

    epoch: int
    seq: int
    sealed: bytes
    sealed_local: bytes
    segment: int


@dataclass(frozen=True)
class Tear:
    """Bytes of a segment that are no record: a write cut short, or damage."""

    segment: int
    offset: int


def pack_record(epoch: int, seq: int, sealed: bytes, sealed_local: bytes) -> bytes:
    """Return the bytes of one record."""
    head = _HEAD.pack(_MAGIC, epoch, seq, len(sealed), len(sealed_local))
    body = head + sealed + sealed_local + hashlib.sha256(sealed + sealed_local).digest()
    return body + struct.pack(">I", zlib.crc32(body))


def records_in(data: bytes, segment: int) -> Iterator[Record | Tear]:
    """Yield what a segment holds, in order; damage is reported and passed over."""
    at = 0
    while at < len(data):
        found = _parse(data, at, segment)
        if found is not None:
            record, at = found
            yield record
            continue
        yield Tear(segment, at)
        at = data.find(_MAGIC, at + 1)
        while at >= 0 and _parse(data, at, segment) is None:
            at = data.find(_MAGIC, at + 1)
        if at < 0:
            return


def _parse(data: bytes, at: int, segment: int) -> tuple[Record, int] | None:
    if len(data) - at < _HEAD.size + _TAIL.size:
        return None
    magic, epoch, seq, length, local_length = _HEAD.unpack_from(data, at)
    start = at + _HEAD.size
    end = start + length + local_length
    if magic != _MAGIC or end + _TAIL.size > len(data):
        return None
    _digest, crc = _TAIL.unpack_from(data, end)
    if crc != zlib.crc32(data[at : end + 32]):
        return None
    middle = start + length
    return Record(epoch, seq, data[start:middle], data[middle:end], segment), end + _TAIL.size
