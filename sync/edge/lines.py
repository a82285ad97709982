# SPDX-License-Identifier: MulanPSL-2.0
"""Connections to the centre, used again: on the outside line a new one costs round trips and bytes.

Requests of the hall come from many threads; each takes a connection that is free, or a new one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from sync.client.engine.step import Line
from sync.client.transport import Ask, Reply

IDLE_S = 20.0  # the centre closes after 30: what is sent into a closing one is lost
MOST = 8


class Channel(Line, Protocol):
    """One connection to the centre."""

    def close(self) -> None:
        """Close it."""
        ...


class Lines:
    """Thread-safe; a connection is used by one thread at a time."""

    def __init__(self, opened: Callable[[], Channel], mono: Callable[[], float]) -> None:
        """Take what opens one; ``mono`` in seconds."""
        self._opened = opened
        self._mono = mono
        self._lock = threading.Lock()
        self._free: list[tuple[float, Channel]] = []  # the one used last is the last

    def call(self, ask: Ask) -> Reply:
        """Return a whole answer.

        Raises:
            LineError: with what happened instead; that connection is not used again.
        """
        channel = self._taken()
        try:
            reply = channel.call(ask)
        except BaseException:
            channel.close()
            self.close()  # what broke one has most likely broken all
            raise
        with self._lock:
            self._free.append((self._mono(), channel))
            spare = self._free[:-MOST]
            del self._free[:-MOST]
        _close(spare)
        return reply

    def close(self) -> None:
        """Close those that are free; the next request opens a new one."""
        with self._lock:
            free, self._free = self._free, []
        _close(free)

    def _taken(self) -> Channel:
        now = self._mono()
        with self._lock:
            old = [one for one in self._free if now - one[0] > IDLE_S]
            self._free = [one for one in self._free if now - one[0] <= IDLE_S]
            found = self._free.pop()[1] if self._free else None
        _close(old)
        return found or self._opened()


def _close(channels: list[tuple[float, Channel]]) -> None:
    for _, channel in channels:
        channel.close()
