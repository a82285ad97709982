# SPDX-License-Identifier: MulanPSL-2.0
"""The one database thread: everything that touches the database runs there, in order."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

T = TypeVar("T")


class Execution(Protocol):
    """A queue with one worker (ADR 0004)."""

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Queue ``work``; the future carries its result or exception."""
        ...

    def run(self, work: Callable[[], T]) -> T:
        """Queue ``work`` and wait for it (never from the GUI thread)."""
        ...

    def close(self) -> None:
        """Finish what is queued, then stop the thread."""
        ...
