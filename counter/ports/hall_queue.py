# SPDX-License-Identifier: MulanPSL-2.0
"""Where the events of the hall's queue are kept, for the use cases and for the way to the host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from counter.domain.queueing import QueueEvent


class HallQueue(Protocol):
    """The events of a day, inside a unit of work. Database thread only."""

    def events(self, day: str) -> list[tuple[int, QueueEvent]]:
        """Return the day's events, each with its place in the host's order."""
        ...

    def add(self, event: QueueEvent) -> None:
        """Keep an event of this window; earlier days go."""
        ...

    def next_serial(self, day: str, window: int) -> int:
        """Return the next serial of a window's numbers: one more than the highest ever seen."""
        ...


@dataclass(frozen=True)
class QueuePlace:
    """How far the host's order is known; ``line_id`` names the host's list, '' before the first."""

    line_id: str
    upto: int


class QueueExchange(Protocol):
    """The same events on their way; each call one transaction. Database thread only."""

    def place(self) -> QueuePlace:
        """Return how far the host's order is known."""
        ...

    def unsent(self, window: int, limit: int) -> list[QueueEvent]:
        """Return events of a window the host has not taken, oldest first."""
        ...

    def take(self, place: QueuePlace, events: Sequence[tuple[int, QueueEvent]]) -> bool:
        """Keep what the host told, our own events among it; whether anything new came.

        A host with another list begins anew: everything of today is to be sent to it.
        """
        ...
