# SPDX-License-Identifier: MulanPSL-2.0
"""The machine's clocks: wall, monotonic since boot, and which boot it is."""

from __future__ import annotations

import sys
import time
import uuid
from datetime import datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path

LEGAL_TIME = timezone(timedelta(hours=8), "CST")
_LINUX_BOOT = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:
    """``counter.ports.clock.Clock`` over the operating system. Thread-safe."""

    def now(self) -> datetime:
        """Return legal time with its offset, to the second.

        The whole country has one legal time, UTC+8; a machine set to another zone must not
        shift a receipt into another day (ADR 0007).
        """
        return datetime.now(LEGAL_TIME).replace(microsecond=0)

    def mono_ms(self) -> int:
        """Return milliseconds since boot, sleep included where the system can tell."""
        if sys.platform == "win32":
            import ctypes  # noqa: PLC0415 - Windows only

            return int(ctypes.windll.kernel32.GetTickCount64())
        # CLOCK_BOOTTIME counts sleep (Linux); a laptop closed for the night is not a jump.
        boottime = getattr(time, "CLOCK_BOOTTIME", None)
        ns = time.monotonic_ns() if boottime is None else time.clock_gettime_ns(boottime)
        return ns // 1_000_000

    def boot_id(self) -> str:
        """Return an id of this boot: the kernel's on Linux, else derived from the boot minute."""
        return self._boot_id

    @cached_property
    def _boot_id(self) -> str:
        try:
            return _LINUX_BOOT.read_text("ascii").strip()
        except OSError:
            minute = round((time.time() - self.mono_ms() / 1000) / 60)
            return str(uuid.uuid5(uuid.NAMESPACE_OID, f"boot:{uuid.getnode():x}:{minute}"))
