# SPDX-License-Identifier: MulanPSL-2.0
"""Time as the use cases see it: wall clock, monotonic clock, boot."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time is for people and law; order is never taken from it."""

    def now(self) -> datetime:
        """Return local time with its offset."""
        ...

    def mono_ms(self) -> int:
        """Return milliseconds since boot, never going back."""
        ...

    def boot_id(self) -> str:
        """Return an id of this boot of the machine."""
        ...
