# SPDX-License-Identifier: MulanPSL-2.0
"""The command bus: one command, one unit of work, one audit row, one answer.

Database thread only (ADR 0004).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from counter.app.audit_lane import pack_audit
from counter.app.commands import Command, Done
from counter.app.session import Session
from counter.app.work import Outcome, Surroundings, Work
from counter.domain.errors import KnownError
from counter.ports.storage import UnitOfWork

C = TypeVar("C")
JOURNAL_WAITS = "JOURNAL-WRITE"
Handler = Callable[[C, Work], Outcome]


class Registry:
    """Handlers by command class; registering twice is a fault of the program."""

    def __init__(self) -> None:
        """Begin empty."""
        self._handlers: dict[type[Any], Callable[[Any, Work], Outcome]] = {}

    def add(self, command: type[C], handler: Handler[C]) -> None:
        """Register the one handler of a command class.

        Raises:
            ValueError: it has one already.
        """
        if command in self._handlers:
            raise ValueError(f"second handler for {command.__name__}")
        self._handlers[command] = handler

    def of(self, command: object) -> Callable[[Any, Work], Outcome]:
        """Return the handler of a command.

        Raises:
            LookupError: nobody handles it (a fault of the program).
        """
        try:
            return self._handlers[type(command)]
        except KeyError:
            raise LookupError(f"no handler for {type(command).__name__}") from None

    def commands(self) -> frozenset[type[Any]]:
        """Return the handled classes."""
        return frozenset(self._handlers)


class Bus:
    """Runs commands."""

    def __init__(
        self,
        make_uow: Callable[[], UnitOfWork],
        registry: Registry,
        around: Surroundings,
    ) -> None:
        """Keep the parts."""
        self._make_uow = make_uow
        self._registry = registry
        self._around = around
        self._unshown: list[Outcome] = []

    def handle(self, command: Command, session: Session) -> Done:
        """Do a command and return only after the commit rule was kept (design §4).

        Raises:
            DomainError: the input or the state does not allow it; nothing was changed.
            KnownError: the surroundings failed; nothing was half saved. ``JOURNAL-WRITE``: saved
                in the database, but the answer may be shown only after ``finish``.
        """
        handler = self._registry.of(command)
        with self._make_uow() as uow:
            now = self._around.clock.now()
            outcome = handler(command, Work(uow, session, now, self._around))
            if outcome.audit is not None:
                note = outcome.audit
                uow.audit.record(
                    now.isoformat(),
                    session.operator_id,
                    note.action,
                    note.entity_id,
                    dict(note.detail),
                )
            self._commit(uow, outcome)
        return Done(outcome.changes, outcome.after())

    def preview(self, command: Command, session: Session) -> object:
        """Return the value a command would answer, without doing it: everything is rolled back."""
        handler = self._registry.of(command)
        with self._make_uow() as uow:
            now = self._around.clock.now()
            return handler(command, Work(uow, session, now, self._around)).after()

    def send_audit(self, session: Session) -> int:
        """Pack audit rows that are due for the centre; return how many (often 0)."""
        with self._make_uow() as uow:
            now = self._around.clock.now()
            packed = pack_audit(Work(uow, session, now, self._around))
            if packed:
                uow.commit()
        return packed

    def unshown(self) -> int:
        """Return how many acts are in the database but wait for the journal."""
        return len(self._unshown)

    def finish(self, retry_journal: Callable[[], object]) -> tuple[Done, ...]:
        """Bring waiting acts into the journal and return their answers, which may now be shown.

        Raises:
            KnownError: ``JOURNAL-WRITE`` again; call once more when there is room.
        """
        retry_journal()
        waiting, self._unshown = self._unshown, []
        return tuple(Done(outcome.changes, outcome.after()) for outcome in waiting)

    def _commit(self, uow: UnitOfWork, outcome: Outcome) -> None:
        """Commit; an act that only the journal lacks is kept, for its receipt is due."""
        try:
            uow.commit()
        except KnownError as error:
            if error.code == JOURNAL_WAITS:
                self._unshown.append(outcome)
            raise
