# SPDX-License-Identifier: MulanPSL-2.0
"""A byte-counting loopback proxy that cuts everything whenever so many bytes have passed."""

from __future__ import annotations

import threading

from tests.fakes.proxy import BadLine


class Cutter:
    """Resets every open connection of a line each time another ``every`` bytes have passed.

    ``BadLine`` rules one connection; the goal speaks of the line, with all its lanes together.
    """

    def __init__(self, line: BadLine, every: int) -> None:
        """Watch ``line``; ``every`` in bytes up and down together."""
        self._line, self._every = line, every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="bench-cutter", daemon=True)
        self.cuts = 0

    def __enter__(self) -> Cutter:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        next_at = self._line.bytes_up + self._line.bytes_down + self._every
        while not self._stop.wait(0.001):
            if self._line.bytes_up + self._line.bytes_down >= next_at:
                self._line.cut_now()
                self.cuts += 1
                next_at += self._every
