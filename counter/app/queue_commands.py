# SPDX-License-Identifier: MulanPSL-2.0
"""Commands of 取号 and 叫号."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TakeNumber:
    """取号 of a category; the answer is the ``QueueRow`` of the number."""

    category: str


@dataclass(frozen=True)
class CallNumber:
    """叫号: this one, or whoever is next ('' ); the answer is the ``QueueRow``, ``None``: nobody."""

    ticket_id: str = ""


@dataclass(frozen=True)
class EndNumber:
    """The called one is being served (办理) or did not come (过号)."""

    ticket_id: str
    missed: bool = False
