# SPDX-License-Identifier: MulanPSL-2.0
"""The operation log as the use cases see it, inside one unit of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from counter.domain.operations import Operation


@dataclass(frozen=True)
class Reported:
    """An operation as it was reported, for its correction.

    Attributes:
        jws: The operation, signed.
        deadline: The date it is urgent by.
        first: The operation that corrections stand for: itself, or what it corrects.
        waiting: A correction the centre has not answered yet or has taken, '' if there is none.
    """

    jws: str
    deadline: str
    first: str
    waiting: str


class Outbox(Protocol):
    """The operation log. ``next_position`` and ``append`` belong to one transaction."""

    def epoch(self) -> int:
        """Return the epoch further operations are numbered in."""
        ...

    def next_position(self) -> tuple[int, str]:
        """Return (seq, prev_hash) for the next operation of this device and epoch."""
        ...

    def append(self, op: Operation, jws: str, *, deadline: str, not_before: str = "") -> None:
        """Add the signed operation; it is the outbox row and never changes."""
        ...

    def last_op_of(self, entity_id: str) -> str:
        """Return the op_id of the last operation about an entity, or ''; corrections aside."""
        ...

    def to_follow(self, entity_id: str) -> str:
        """Return the op_id a further operation about an entity depends on, or ''.

        The last one, but for corrections and what a person closed.
        """
        ...

    def first_op_of(self, entity_id: str) -> str:
        """Return the op_id of the first operation about an entity, or ''."""
        ...

    def let_go(self, entity_id: str) -> int:
        """End the holding back of operations about an entity; return how many there were."""
        ...

    def open_issue(self, op_id: str) -> tuple[str, str] | None:
        """Return (entity_id, HELD | CONFLICT | REJECTED) of an operation nobody closed yet."""
        ...

    def reported(self, op_id: str) -> Reported | None:
        """Return what a correction of this operation needs to know."""
        ...

    def close_issue(self, op_id: str, at: str, operator_id: str, reason: str) -> None:
        """Take an operation off the list 要处理; its state and content stay.

        What waited for it alone may go: the centre says what becomes of it.
        """
        ...
