# SPDX-License-Identifier: MulanPSL-2.0
"""The desk: what a screen is given to work with after sign-in, and nothing more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from ui.signals import app_signals

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from counter.app.centre_wishes import Wish
    from counter.app.commands import Command, Done
    from counter.app.queries import Queries
    from counter.app.session import Session
    from counter.domain.papers import SheetSize
    from counter.infra.paper_templates import PaperTemplates
    from counter.ports.clock import Clock
    from counter.ports.devices import Devices
    from counter.ports.keys import Hall
    from ui.operations.courier import Stick
    from ui.operations.line import Line
    from ui.runner import Latest, Runner

T = TypeVar("T")


@dataclass(frozen=True)
class Desk:
    """Access of the screens to the core. GUI thread only.

    Attributes:
        handle: The bus; called on the database thread only.
        queries: The read side; called on the database thread only.
        line: The sync worker as screens may see it: kick, pause, read, training switch.
    """

    runner: Runner
    handle: Callable[[Command, Session], Done]
    queries: Queries
    session: Session
    hall: Hall
    clock: Clock
    devices: Devices
    papers: PaperTemplates
    line: Line
    key_mode: str  # keyring | passphrase-only
    stick: Stick | None = None  # the courier; none where there is nothing to carry
    regret_minutes: int = 0  # how long an elder's case waits for second thoughts
    wishes: Callable[[], tuple[Wish, ...]] = tuple  # what the centre wants said; database thread
    paper_sizes: dict[str, SheetSize] = field(default_factory=dict)  # last chosen, by paper

    def write(
        self,
        command: Command,
        on_done: Callable[[Done], object],
        on_error: Callable[[BaseException], object] | None = None,
        *,
        owner: QObject | None = None,
    ) -> None:
        """Run a command; after success its changes are told to every screen, then ``on_done``."""

        def done(result: Done) -> None:
            if result.changes.kinds:
                app_signals().changes.emit(result.changes)
            on_done(result)

        self.runner.run_db(lambda: self.handle(command, self.session), done, on_error, owner=owner)

    def read(
        self,
        query: Callable[[Queries], T],
        on_done: Callable[[T], object],
        on_error: Callable[[BaseException], object] | None = None,
        *,
        owner: QObject | None = None,
        latest: Latest | None = None,
    ) -> None:
        """Run a query; with ``latest`` a late answer to an old question is dropped."""
        queries = self.queries
        self.runner.run_db(lambda: query(queries), on_done, on_error, owner=owner, latest=latest)
