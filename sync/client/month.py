# SPDX-License-Identifier: MulanPSL-2.0
"""Bytes of this calendar month, kept in a small file, for lines that are paid by the byte."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

from counter.domain.errors import KnownError
from counter.ports.files import DurableWrite

_log = logging.getLogger("counter.sync")
STEP = 256 * 1024  # written each time so much was added: what a kill may leave uncounted


class MonthMeter:
    """Sums up what travelled. Thread-safe; a file that cannot be written stops nothing."""

    def __init__(self, path: Path, write: DurableWrite, today: Callable[[], date]) -> None:
        """Read the file; a damaged one counts from zero."""
        self._path, self._write, self._today = path, write, today
        self._guard = threading.Lock()
        self._unsaved = 0
        self._month, self._bytes = _read(path)

    def add(self, size: int) -> None:
        """Count bytes; from time to time they are written down."""
        with self._guard:
            self._turn()
            self._bytes += size
            self._unsaved += size
            if self._unsaved >= STEP:
                self._save()

    @property
    def used(self) -> int:
        """Bytes of this month so far."""
        with self._guard:
            self._turn()
            return self._bytes

    def save(self) -> None:
        """Write it down now."""
        with self._guard:
            self._save()

    def _turn(self) -> None:
        month = self._today().strftime("%Y-%m")
        # Only forward: a clock set back must not give a month twice.
        if month > self._month:
            self._month, self._bytes = month, 0

    def _save(self) -> None:
        self._unsaved = 0
        text = json.dumps({"month": self._month, "bytes": self._bytes})
        try:
            self._write(self._path, text.encode())
        except KnownError as error:
            _log.warning("traffic of the month not written: %s", error.code)


def _read(path: Path) -> tuple[str, int]:
    try:
        found = json.loads(path.read_bytes())
        return str(found["month"]), max(0, int(found["bytes"]))
    except (OSError, ValueError, KeyError, TypeError):
        return "", 0
