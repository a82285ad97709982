# SPDX-License-Identifier: MulanPSL-2.0
"""How much of a page travels at once: what the line carries in some seconds (sync-protocol §5)."""

from __future__ import annotations

from dataclasses import dataclass

SMALLEST = 16 * 1024
LARGEST = 1024 * 1024
FIRST = 64 * 1024
SECONDS_A_CHUNK = 7.5  # "what the line carries in 5–10 s"


@dataclass
class ChunkSize:
    """Bytes a PATCH carries: grows while the line holds, halves when it breaks."""

    ceiling: int = FIRST
    broken: bool = False

    def size(self, speed: float) -> int:
        """Return the bytes to send next; ``speed`` in bytes/s, 0 when not measured."""
        carried = int(speed * SECONDS_A_CHUNK) if speed else FIRST
        return max(SMALLEST, min(LARGEST, self.ceiling, carried))

    def arrived(self) -> None:
        """A chunk was taken: double, or +25 % on a line that broke before."""
        step = self.ceiling // 4 if self.broken else self.ceiling
        self.ceiling = min(LARGEST, self.ceiling + step)

    def broke(self, size: int) -> None:
        """A chunk of ``size`` was lost."""
        self.broken = True
        self.ceiling = max(SMALLEST, size // 2)
