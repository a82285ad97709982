# SPDX-License-Identifier: MulanPSL-2.0
"""A counter's line that notes what is asked on it, and the memory of this process (Linux)."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from sync.client.transport import Ask, Channel, Reply, Transport

_SELF = Path("/proc/self")


class Notes:
    """When content of pages went out, and how long each piece took. Thread-safe."""

    def __init__(self) -> None:
        """Begin without any."""
        self._guard = threading.Lock()
        self.first_page_at = 0.0  # monotonic seconds, 0 = none yet
        self.pieces: list[tuple[int, float]] = []  # bytes, seconds

    def begins(self) -> None:
        """Content of a page is about to be sent."""
        with self._guard:
            self.first_page_at = self.first_page_at or time.monotonic()

    def done(self, size: int, seconds: float) -> None:
        """A piece was answered."""
        with self._guard:
            self.pieces.append((size, seconds))


class WatchedChannel(Channel):
    """Notes the pieces of pages."""

    def __init__(self, transport: Transport, notes: Notes) -> None:
        """Open a channel that writes into ``notes``."""
        super().__init__(transport)
        self._notes = notes

    def call(self, ask: Ask) -> Reply:
        """Send one request; a piece of a page is noted.

        Raises:
            LineError: as the channel does.
        """
        if not ask.body or not _of_page(ask.headers):
            return super().call(ask)
        self._notes.begins()
        began = time.monotonic()
        reply = super().call(ask)
        self._notes.done(len(ask.body), time.monotonic() - began)
        return reply


class WatchedTransport(Transport):
    """Opens channels that note the pieces of pages in ``notes``."""

    notes = Notes()

    def open(self) -> Channel:
        """Return a channel."""
        return WatchedChannel(self, self.notes)


def _of_page(headers: Mapping[str, str]) -> bool:
    return "Tus-Resumable" in headers


def forget_peak() -> int:
    """Begin to measure the peak of memory anew; returns the bytes in use now, 0 where unknown."""
    with contextlib.suppress(OSError):
        (_SELF / "clear_refs").write_text("5", "ascii")
    return _memory("VmRSS")


def peak() -> int:
    """Return the peak of memory since ``forget_peak`` in bytes, 0 where unknown."""
    return _memory("VmHWM")


def _memory(name: str) -> int:
    with contextlib.suppress(OSError):
        for line in (_SELF / "status").read_text("ascii", "replace").splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
    return 0
