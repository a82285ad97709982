# SPDX-License-Identifier: MulanPSL-2.0
"""Snapshots (§6): a signed manifest and hashed zstd chunks; over the line, or sealed in a file.

A chunk holds the records of one bucket of one scope. Buckets are chosen by the hash of an entity's
name, and a chunk's bytes depend on its records alone: what did not change since yesterday has
yesterday's hash and is not fetched again.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import Field, ValidationError

from counter.domain.operations import Frozen, Hex64
from sync.protocol import tar_stream
from sync.protocol.compression import CompressionError, compress, decompress
from sync.protocol.tar_stream import TarError
from sync.protocol.wire import FeedRecord

SNAPSHOT_TYP = "yc-snapshot+jws"
FILE_SUFFIX = ".ycs"
MANIFEST = "manifest.jws"
TARGET = 128 * 1024  # plain bytes of a chunk, about
LIMIT = 64 * 1024 * 1024  # plain bytes a chunk may grow to
MANIFEST_MAX = 8 * 1024 * 1024


class SnapshotError(Exception):
    """A chunk or a file is not what the manifest says."""


class Chunk(Frozen):
    """One piece; ``size`` in bytes as it travels."""

    scope: str
    place: str  # folder of its scope at the centre
    sha256: Hex64
    size: int = Field(ge=1)
    records: int = Field(ge=1)


class SnapshotManifest(Frozen):
    """Payload of the signed manifest: what a device's scopes hold, and where the feed goes on.

    Attributes:
        hall: Of a snapshot for all counters of a hall, kept by its edge host: then ``device_id`` is
            empty, and it holds what those counters share.
        cursor: "" when not all scopes of the device are in it: then its own cursor stays.
        feed_no: The newest change of the centre it knows of. A counter takes no file with a
            smaller one than it has seen: an old stick must not bring a revoked key back.
    """

    v: Literal[1] = 1
    device_id: str
    hall: str = ""
    scopes: tuple[str, ...]
    cursor: str
    checksums: dict[str, str]
    chunks: tuple[Chunk, ...]
    made_at: str
    feed_no: int = Field(default=0, ge=0)


class SnapshotReply(Frozen):
    """``manifest`` is a JWS of the centre (SNAPSHOT_TYP)."""

    manifest: str


def place_of(scope: str) -> str:
    """Return the folder name of a scope; it tells nothing of the hall or device."""
    return hashlib.sha256(scope.encode()).hexdigest()[:32]


def buckets(records: Iterable[FeedRecord]) -> Iterator[list[FeedRecord]]:
    """Deal records out to buckets that a change of one of them leaves alone."""
    every = list(records)
    size = sum(len(record.model_dump_json()) for record in every)
    count = 1
    while count * TARGET < size:
        count *= 2
    dealt: dict[int, list[FeedRecord]] = {}
    for record in every:
        name = hashlib.sha256(f"{record.kind}\n{record.entity_id}".encode()).digest()
        dealt.setdefault(int.from_bytes(name[:4], "big") % count, []).append(record)
    for number in sorted(dealt):
        yield sorted(dealt[number], key=lambda r: (r.kind, r.entity_id))


def pack(records: Iterable[FeedRecord]) -> bytes:
    """Return the bytes of a chunk."""
    return compress(b"".join(record.model_dump_json().encode() + b"\n" for record in records))


def unpack(chunk: Chunk, data: bytes) -> list[FeedRecord]:
    """Return the records of a chunk.

    Raises:
        SnapshotError: it is not the chunk the manifest names.
    """
    if len(data) != chunk.size or hashlib.sha256(data).hexdigest() != chunk.sha256:
        raise SnapshotError
    try:
        lines = decompress(data, limit=LIMIT).splitlines()
        records = [FeedRecord.model_validate_json(line) for line in lines]
    except (CompressionError, ValidationError) as error:
        raise SnapshotError from error
    foreign = any(r.scope != chunk.scope or r.action != "put" for r in records)
    if foreign or len(records) != chunk.records:
        raise SnapshotError
    return records


def file_pieces(token: str, chunks: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """Yield the content of a snapshot file before it is sealed: manifest, then chunks by name."""
    yield from tar_stream.entry(MANIFEST, token.encode())
    for sha256, data in chunks:
        yield from tar_stream.entry(sha256, data)
    yield tar_stream.end()


class _Files:
    """Collects the files of one tar; a snapshot fits in memory."""

    def __init__(self) -> None:
        self.found: dict[str, bytes] = {}
        self._name = ""
        self._data = io.BytesIO()

    def begin(self, name: str, size: int) -> None:
        if size > max(LIMIT, MANIFEST_MAX) or name in self.found:
            raise TarError
        self._name, self._data = name, io.BytesIO()

    def data(self, piece: bytes) -> None:
        self._data.write(piece)

    def end(self) -> None:
        self.found[self._name] = self._data.getvalue()


def read_file(plain: bytes) -> tuple[str, dict[str, bytes]]:
    """Return manifest token and chunks by hash of an opened snapshot file.

    Raises:
        SnapshotError: not such a file.
    """
    files = _Files()
    unpacker = tar_stream.Unpacker(files)
    try:
        unpacker.feed(plain)
        unpacker.close()
        token = files.found.pop(MANIFEST).decode("ascii")
    except (TarError, KeyError, UnicodeDecodeError) as error:
        raise SnapshotError from error
    return token, files.found
