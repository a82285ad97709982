# SPDX-License-Identifier: MulanPSL-2.0
"""Identifiers made without asking anybody: UUID version 7 (RFC 9562 §5.7)."""

from __future__ import annotations

import secrets
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0


def uuid7(unix_ms: int | None = None) -> str:
    """Return a UUIDv7 as text: 48 bits of Unix milliseconds, then 74 bits that sort and surprise.

    Within one process the ids rise strictly (RFC 9562 §6.2 method 2): in the same millisecond, or
    after the clock was set back, the last id is counted up by a random step. So a wrong clock never
    makes two ids equal; nothing may conclude a time from an id.

    Args:
        unix_ms: Time to use instead of the system's, for tests.
    """
    global _last  # noqa: PLW0603 - the last id given out is a property of the process
    now = time.time_ns() // 1_000_000 if unix_ms is None else unix_ms
    fresh = (now & (1 << 48) - 1) << 74 | secrets.randbits(74)
    if unix_ms is None:
        with _lock:
            if fresh >> 74 <= _last >> 74:
                fresh = _last + 1 + secrets.randbits(32)
            _last = fresh
    high, low = fresh >> 62, fresh & (1 << 62) - 1
    value = (high >> 12) << 80 | 0x7 << 76 | (high & 0xFFF) << 64 | 0b10 << 62 | low
    return str(uuid.UUID(int=value))
