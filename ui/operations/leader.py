# SPDX-License-Identifier: MulanPSL-2.0
"""The shift leader's day: read, prove an identity, agree to a busy agent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counter.app.commands import ApproveAgent, NoteIdentity

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from counter.app.commands import Done
    from counter.app.queries import LeaderView, MovedDate, Queries, RefusalRow
    from counter.domain.people import Person
    from ui.operations.desk import Desk
    from ui.runner import Latest


@dataclass(frozen=True)
class LeaderDay:
    """Everything the leader's day shows."""

    view: LeaderView
    refusals: tuple[RefusalRow, ...]
    moved: tuple[MovedDate, ...]


def load(
    desk: Desk, on_done: Callable[[LeaderDay], object], *, owner: QObject, latest: Latest
) -> None:
    """Read it."""

    def ask(q: Queries) -> LeaderDay:
        return LeaderDay(q.leader_view(), tuple(q.refusals(50)), tuple(q.moved_dates()))

    desk.read(ask, on_done, owner=owner, latest=latest)


def prove_identity(
    desk: Desk, case_id: str, on_done: Callable[[Done], object], *, owner: QObject
) -> None:
    """补核验: the applicant was seen with the card."""
    desk.write(NoteIdentity(case_id, "applicant", "card_visual"), on_done, owner=owner)


def approve_agent(
    desk: Desk, agent: Person, reason: str, on_done: Callable[[Done], object], *, owner: QObject
) -> None:
    """同意代办: this agent may go on for the rest of the day."""
    desk.write(ApproveAgent(agent, reason), on_done, owner=owner)
