# SPDX-License-Identifier: MulanPSL-2.0
"""Encrypted, content-addressed files for scans, photos and signatures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class StoredBlob:
    """A durable encrypted file and the key that opens it; the key goes into the database."""

    blob_id: str  # SHA-256 of the plaintext, hex
    key: bytes
    size: int  # plaintext bytes
    media_type: str


class BlobReader(Protocol):
    """One stored blob, read piece by piece in bounded memory. Any thread; no database inside."""

    @property
    def size(self) -> int:
        """Plaintext bytes."""
        ...

    def check(self) -> None:
        """Read everything once and prove it against ``blob_id``; before the first ``read``.

        Raises:
            KnownError: the file is missing or damaged (``BLOB-LOST``, ``BLOB-BAD``).
        """
        ...

    def read(self, offset: int, size: int) -> bytes:
        """Return up to ``size`` bytes of the plaintext from ``offset``.

        Raises:
            KnownError: the file went missing (``BLOB-LOST``).
        """
        ...


class BlobFiles(Protocol):
    """The folder of encrypted files. Thread-safe; no database inside."""

    def put(self, data: bytes, media_type: str) -> StoredBlob:
        """Write temp → fsync → rename → fsync directory, then return.

        Raises:
            KnownError: disk full or not writable (``DISK-FULL``, ``DISK-WRITE``).
        """
        ...

    def read(self, blob: StoredBlob) -> bytes:
        """Return the plaintext, verified against ``blob_id``.

        Raises:
            KnownError: the file is missing or damaged (``BLOB-LOST``, ``BLOB-BAD``).
        """
        ...

    def remove(self, blob_id: str) -> None:
        """Delete the file; the caller has dropped the key before."""
        ...
