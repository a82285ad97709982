# SPDX-License-Identifier: MulanPSL-2.0
"""The hall's queue in memory, for use cases and for its way to the host."""

from __future__ import annotations

from collections.abc import Sequence

from counter.domain.queueing import UNHEARD, QueueEvent
from counter.ports.hall_queue import QueuePlace


class FakeHallQueue:
    """``HallQueue`` and ``QueueExchange``: event_id → place in the host's order, event."""

    def __init__(self, held: dict[str, tuple[int, QueueEvent]] | None = None) -> None:
        self.held = {} if held is None else held
        self.at = QueuePlace("", 0)

    def events(self, day: str) -> list[tuple[int, QueueEvent]]:
        return [(no or UNHEARD, one) for no, one in self.held.values() if one.day == day]

    def add(self, event: QueueEvent) -> None:
        self.held[event.event_id] = (0, event)

    def next_serial(self, day: str, window: int) -> int:
        mine = [one for _, one in self.held.values() if (one.day, one.window) == (day, window)]
        return max((int(one.number[-3:]) for one in mine if one.what == "taken"), default=0) + 1

    def place(self) -> QueuePlace:
        return self.at

    def unsent(self, window: int, limit: int) -> list[QueueEvent]:
        return [one for no, one in self.held.values() if not no and one.window == window][:limit]

    def take(self, place: QueuePlace, events: Sequence[tuple[int, QueueEvent]]) -> bool:
        if place.line_id != self.at.line_id:
            self.held = {name: (0, one) for name, (_, one) in self.held.items()}
        known = {name for name, (no, _) in self.held.items() if no}
        fresh = {one.event_id: (no, one) for no, one in events if one.event_id not in known}
        self.held.update(fresh)
        self.at = place
        return bool(fresh)
