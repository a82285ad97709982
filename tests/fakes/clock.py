# SPDX-License-Identifier: MulanPSL-2.0
"""A clock that stands still until it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))


@dataclass
class FakeClock:
    """``Clock`` for tests; wall and monotonic time move together unless told otherwise."""

    wall: datetime = datetime(2026, 11, 23, 9, 30, tzinfo=CHINA)
    mono: int = 1_000_000
    boot: str = "boot-1"

    def now(self) -> datetime:
        return self.wall

    def mono_ms(self) -> int:
        return self.mono

    def boot_id(self) -> str:
        return self.boot

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.wall += timedelta(seconds=seconds)
        self.mono += int(seconds * 1000)

    def reboot(self) -> None:
        """Restart the machine."""
        self.boot += "x"
        self.mono = 5_000
