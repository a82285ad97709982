# SPDX-License-Identifier: MulanPSL-2.0
"""Which folders a program made certain: it asked the system to flush them."""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_ISDIR

import pytest


def synced_folders(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return a list that fills with every folder synced from now on (Linux)."""
    found: list[Path] = []
    real = os.fsync

    def fsync(fd: int) -> None:
        real(fd)
        if S_ISDIR(os.fstat(fd).st_mode):
            found.append(Path(f"/proc/self/fd/{fd}").readlink())

    monkeypatch.setattr(os, "fsync", fsync)
    return found
