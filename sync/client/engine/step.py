# SPDX-License-Identifier: MulanPSL-2.0
"""What one step of a lane did, and what every engine works with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from counter.ports.blobs import BlobReader
from counter.ports.sync_store import BlobJob, SyncStore
from sync.client.centre import Centre
from sync.client.meter import Meter
from sync.client.outcomes import Outcome
from sync.client.transport import Ask, Reply

T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """Result of one step.

    Attributes:
        more: There is work left that could be done at once.
        moved: Something useful travelled.
        ids: Entities whose rows changed.
        trouble: What went wrong in part; the lane backs off but what came before counts.
        wait_s: Not before so many seconds (0: no wish).
        held: Why nothing was done, in words; '' when something was.
    """

    more: bool = False
    moved: bool = False
    ids: frozenset[str] = frozenset()
    trouble: Outcome | None = None
    wait_s: float = 0.0
    held: str = ""


class Run(Protocol):
    """Runs work on the database thread and waits for it (``Execution.run``)."""

    def __call__(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns; its exception comes through."""
        ...


class Line(Protocol):
    """What an engine may do with a connection; ``transport.Channel`` is the real one."""

    @property
    def meter(self) -> Meter:
        """Counters and speeds."""
        ...

    @property
    def base(self) -> str:
        """The centre's address."""
        ...

    def beside(self) -> Line:
        """Return the one other connection, for a request beside one that is being answered."""
        ...

    def call(self, ask: Ask) -> Reply:
        """Return a whole answer.

        Raises:
            LineError: with what happened instead.
        """
        ...

    def lines(self, ask: Ask, media_type: str) -> Iterator[bytes]:
        """Yield the lines of an answer as they arrive.

        Raises:
            LineError: possibly after some lines.
        """
        ...


class PageQueue(Protocol):
    """Pages to send; a counter's ``SyncStore`` is one, what an edge host keeps another."""

    def blob_jobs(self, limit: int) -> list[BlobJob]:
        """Return pages the centre still misses, most urgent first."""
        ...

    def blob_reader(self, blob_id: str) -> BlobReader:
        """Return where a page is read."""
        ...

    def blob_progress(self, blob_id: str, upload_url: str, offset: int) -> None:
        """Remember how far an upload came."""
        ...

    def blob_done(self, blob_id: str) -> None:
        """Note that the centre holds the page, by its signed word."""
        ...

    def blob_failed(self, blob_id: str, code: str) -> None:
        """Count a failed upload."""
        ...


class PageKit(Protocol):
    """What sending pages needs of a kit."""

    @property
    def store(self) -> PageQueue:
        """What is to be sent."""
        ...

    @property
    def run(self) -> Run:
        """Where the queue is worked on."""
        ...

    @property
    def channel(self) -> Line:
        """The connection."""
        ...

    @property
    def centre(self) -> Centre:
        """Whose signatures count."""
        ...

    @property
    def mono(self) -> Callable[[], float]:
        """Monotonic seconds."""
        ...


@dataclass(frozen=True)
class Kit:
    """What every engine works with; the channel belongs to one lane."""

    store: SyncStore
    run: Run
    channel: Line
    centre: Centre
    now: Callable[[], datetime]
    mono: Callable[[], float]  # seconds


class Engine(Protocol):
    """One lane's work, in steps small enough to stop between them."""

    def step(self) -> Step:
        """Do one piece of work.

        Raises:
            LineError: nothing came of it.
        """
        ...
