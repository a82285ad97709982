# SPDX-License-Identifier: MulanPSL-2.0
"""Durable small files: how a key file or a counter is written so that a power cut keeps one of two."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class DurableWrite(Protocol):
    """Replace a small file as a whole."""

    def __call__(self, path: Path, data: bytes) -> None:
        """Write temp → fsync → rename → fsync directory; the old content stays until then.

        Raises:
            KnownError: ``DISK-FULL``, ``DISK-WRITE``; the old file is untouched.
        """
        ...
