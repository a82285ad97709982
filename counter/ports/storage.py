# SPDX-License-Identifier: MulanPSL-2.0
"""What the use cases need from storage; one unit of work is one transaction.

All of it runs on the database thread (ADR 0004). Rows are frozen; nothing of SQLAlchemy leaves.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

from counter.domain.appeal_draft import AppealDraft
from counter.domain.case import CaseState
from counter.domain.case_life import CaseLife
from counter.domain.draft import Draft
from counter.domain.tickets import Ticket, TicketEvent, TicketKind
from counter.ports.blobs import StoredBlob
from counter.ports.hall_queue import HallQueue
from counter.ports.outbox import Outbox


@dataclass(frozen=True)
class CaseRecord:
    """A case as the counter keeps it. ``body`` is the ``CaseReceived`` content as JSON."""

    case_id: str
    receipt_no: str
    project_no: str
    item_code: str
    item_version: str
    item_name: str
    applicant_name: str
    applicant_id_no: str
    operator_id: str
    state: CaseState
    rev: int  # the centre's revision, 0 before it knows
    received_at: str
    answer_due: str
    answer_provisional: bool
    promise_due: str
    due: str  # the date that matters now; '' when closed
    due_kind: str  # answer | promise | gap | ''
    body: dict[str, Any]
    centre: dict[str, Any] = field(default_factory=dict)  # the centre's row (CaseView)
    life: CaseLife = field(
        default_factory=CaseLife
    )  # the centre's, or ours while our acts lie over it


@dataclass(frozen=True)
class CaseEventRow:
    """One line of a case's timeline: local acts, papers, and what the centre did."""

    case_id: str
    at: str
    what: str
    who: str
    where: str
    why: str
    origin: str  # counter | centre


@dataclass(frozen=True)
class DateChange:
    """A day of a case that a new list of holidays moved, and why in words."""

    case_id: str
    kind: str  # answer | promise | legal | gap
    old_due: str
    new_due: str
    why: str


@dataclass(frozen=True)
class OperatorRow:
    """An operator of this hall."""

    operator_id: str
    name: str
    job_no: str
    roles: frozenset[str]
    active: bool


class Drafts(Protocol):
    """Drafts by id."""

    def save(self, draft: Draft) -> None:
        """Keep the draft, replacing its earlier state."""
        ...

    def get(self, draft_id: str) -> Draft | None:
        """Return a draft or ``None``."""
        ...

    def of_operator(self, operator_id: str) -> list[Draft]:
        """Return an operator's drafts, newest first."""
        ...

    def delete(self, draft_id: str) -> None:
        """Remove a draft."""
        ...


class Cases(Protocol):
    """Cases by either number."""

    def add(self, case: CaseRecord) -> None:
        """Add a received case."""
        ...

    def get(self, case_id: str) -> CaseRecord | None:
        """Return a case or ``None``."""
        ...

    def by_number(self, number: str) -> CaseRecord | None:
        """Find by receipt number or 办件编号."""
        ...

    def update(self, case: CaseRecord) -> None:
        """Replace a case."""
        ...

    def similar(self, id_no: str, item_code: str, since: str, person: str = "") -> list[CaseRecord]:
        """Return cases of this person and item received on or after the ISO day ``since``.

        ``person`` is the person key: with it cases of other counters of the hall are found too.
        """
        ...

    def of_person(self, id_no: str) -> list[CaseRecord]:
        """Return all cases of a person."""
        ...

    def helped_by(self, person: str, since: str) -> set[str]:
        """Return the keys of the people this agent acted for since an ISO moment."""
        ...

    def open_cases(self) -> list[CaseRecord]:
        """Return the cases whose clocks may still run (no final state), oldest first."""
        ...

    def note_date_changes(self, at: str, version: str, changes: Sequence[DateChange]) -> None:
        """Keep which days a calendar moved, until a person has seen the list."""
        ...

    def see_date_changes(self, at: str) -> int:
        """Mark all kept changes as seen; return how many were not."""
        ...

    def add_event(self, event: CaseEventRow) -> None:
        """Append to a timeline."""
        ...

    def events(self, case_id: str) -> list[CaseEventRow]:
        """Return a timeline, oldest first."""
        ...


class Audit(Protocol):
    """Hash-chained audit rows."""

    def record(
        self, at: str, operator_id: str, action: str, entity_id: str, detail: dict[str, Any]
    ) -> None:
        """Append one row to the chain; ``detail`` holds codes and ids, no personal data."""
        ...

    def after(self, row_no: int, limit: int) -> list[dict[str, Any]]:
        """Return rows behind ``row_no``, oldest first, each with ``row_no`` … ``row_hash``."""
        ...


@dataclass(frozen=True)
class LeasedSerial:
    """A serial of a block the centre leased to this device."""

    block_id: str
    serial: int


class Numbers(Protocol):
    """Serials of the day, and leased ones."""

    def take_leased(self, series: str, epoch: int, at: str) -> LeasedSerial | None:
        """Take a leased serial inside this transaction.

        ``None`` when the blocks are used up, ran out, or are of another epoch: then the work goes
        on with the receipt number alone.
        """
        ...

    def next_serial(self, day: str) -> int:
        """Take the next serial of an ISO day; used numbers never come back."""
        ...


class Reference(Protocol):
    """Versioned reference data from the centre (items, dicts, calendars, operators)."""

    def item_json(self, item_code: str, version: str = "") -> str | None:
        """Return an item version as JSON text; the newest without ``version``."""
        ...

    def theme_json(self, theme_code: str, version: str = "") -> str | None:
        """Return a theme version (一件事) as JSON text; the newest without ``version``."""
        ...

    def item_codes(self) -> list[tuple[str, str]]:
        """Return (item_code, newest version) of every item."""
        ...

    def get(self, kind: str, entity_id: str) -> dict[str, Any] | None:
        """Return one record or ``None``."""
        ...

    def put(self, kind: str, entity_id: str, version: str, body: dict[str, Any]) -> None:
        """Store one version of a record."""
        ...

    def version(self) -> str:
        """Return the catalogue's overall version as pinned by operations."""
        ...

    def operators(self) -> list[OperatorRow]:
        """Return the hall's operators."""
        ...


class Blobs(Protocol):
    """Keys and references of blobs."""

    def add(self, blob: StoredBlob) -> None:
        """Keep the key of a durable blob file."""
        ...

    def get(self, blob_id: str) -> StoredBlob | None:
        """Return a blob's key and facts, or ``None``."""
        ...

    def refer(self, owner_id: str, blob_id: str, role: str, required: bool) -> None:
        """Note that an owner (case or draft) refers to a blob."""
        ...


@dataclass(frozen=True)
class PersonRecord:
    """Something the hall keeps about a person besides cases: a checked paper, an authorisation.

    ``body`` is the record's own model as JSON; ``person`` the key of whom it is about.
    """

    kind: str  # material | authorisation | approval
    entity_id: str
    person: str
    body: dict[str, Any]


class PersonRecords(Protocol):
    """What the hall knows of people; asked by person key, never listed."""

    def get(self, kind: str, entity_id: str) -> PersonRecord | None:
        """Return one record or ``None``."""
        ...

    def of_people(self, kind: str, people: Collection[str]) -> list[PersonRecord]:
        """Return the records of these people, in the order of their ids."""
        ...

    def put(self, record: PersonRecord) -> None:
        """Keep a record, replacing its earlier state."""
        ...


@dataclass(frozen=True)
class RatingMark:
    """That a handling was put to the citizen, and whether they answered; never what they said."""

    case_id: str
    handling: str
    invite: str
    state: str  # asked | given | declined | paper
    at: str


@dataclass(frozen=True)
class CallMark:
    """A call to 110, 119 or 120 that was made for a 诉求, or why none was needed."""

    ticket_id: str
    danger: str
    called: str
    called_at: str
    by: str


class Tickets(Protocol):
    """工单 of this hall, and what the counter notes beside them."""

    def get(self, kind: TicketKind, ticket_id: str) -> Ticket | None:
        """Return a ticket with the steps of this counter that the centre has not told yet."""
        ...

    def all(self, kind: TicketKind) -> list[Ticket]:
        """Return the tickets of a kind, newest first."""
        ...

    def add(self, ticket: Ticket) -> None:
        """Add a ticket made here."""
        ...

    def add_event(self, kind: TicketKind, ticket_id: str, event: TicketEvent) -> None:
        """Keep a step done here."""
        ...

    def rating(self, case_id: str, handling: str) -> RatingMark | None:
        """Return the mark of a handling."""
        ...

    def put_rating(self, mark: RatingMark) -> None:
        """Keep the mark of a handling, replacing its earlier state."""
        ...

    def call(self, ticket_id: str) -> CallMark | None:
        """Return the call that was made for a 诉求."""
        ...

    def note_call(self, mark: CallMark) -> None:
        """Keep a call; the first one stays."""
        ...

    def keep_draft(self, operator_id: str, draft: AppealDraft | None, at: str) -> None:
        """Keep an operator's 诉求 as far as it is typed; ``None`` removes it."""
        ...

    def draft(self, operator_id: str) -> AppealDraft | None:
        """Return what an operator has not registered yet."""
        ...


class UnitOfWork(Protocol):
    """One transaction. Leaving without ``commit`` rolls back.

    ``commit`` keeps the commit rule: SQLite transaction (``synchronous=FULL``), then journal
    append and fsync for every operation appended; only when it returns may "已保存" be said.

    Raises:
        KnownError: ``DISK-FULL``, ``DISK-WRITE``, ``DB-LOCKED``; nothing was half saved.
    """

    drafts: Drafts
    cases: Cases
    outbox: Outbox
    audit: Audit
    numbers: Numbers
    reference: Reference
    blobs: Blobs
    people: PersonRecords
    tickets: Tickets
    queue: HallQueue

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Roll back unless committed."""
        ...

    def commit(self) -> None:
        """Make it durable; see the class."""
        ...
