# SPDX-License-Identifier: MulanPSL-2.0
"""What the use cases need from storage; one unit of work is one transaction.

All of it runs on the database thread (ADR 0004). Rows are frozen; nothing of SQLAlchemy leaves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

from counter.domain.case import CaseState
from counter.domain.draft import Draft
from counter.domain.operations import Operation
from counter.ports.blobs import StoredBlob


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
class OperatorRow:
    """An operator of this hall."""

    operator_id: str
    name: str
    job_no: str
    roles: frozenset[str]
    active: bool


class Drafts(Protocol):
    """Drafts by id."""

    def save(self, draft: Draft) -> None: ...
    def get(self, draft_id: str) -> Draft | None: ...
    def of_operator(self, operator_id: str) -> list[Draft]: ...
    def delete(self, draft_id: str) -> None: ...


class Cases(Protocol):
    """Cases by either number."""

    def add(self, case: CaseRecord) -> None: ...
    def get(self, case_id: str) -> CaseRecord | None: ...
    def by_number(self, number: str) -> CaseRecord | None: ...
    def update(self, case: CaseRecord) -> None: ...
    def similar(self, id_no: str, item_code: str, since: str) -> list[CaseRecord]: ...
    def of_person(self, id_no: str) -> list[CaseRecord]: ...
    def add_event(self, event: CaseEventRow) -> None: ...
    def events(self, case_id: str) -> list[CaseEventRow]: ...


class Outbox(Protocol):
    """The operation log. ``next_position`` and ``append`` belong to one transaction."""

    def next_position(self) -> tuple[int, str]:
        """Return (seq, prev_hash) for the next operation of this device and epoch."""
        ...

    def append(self, op: Operation, jws: str, *, deadline: str, not_before: str = "") -> None:
        """Add the signed operation; it is the outbox row and never changes."""
        ...

    def last_op_of(self, entity_id: str) -> str:
        """Return the op_id of the last operation about an entity, or ''."""
        ...


class Audit(Protocol):
    """Hash-chained audit rows."""

    def record(
        self, at: str, operator_id: str, action: str, entity_id: str, detail: dict[str, Any]
    ) -> None: ...


class Numbers(Protocol):
    """Serials of the day."""

    def next_serial(self, day: str) -> int:
        """Take the next serial of an ISO day; used numbers never come back."""
        ...


class Reference(Protocol):
    """Versioned reference data from the centre (items, dicts, calendars, operators)."""

    def item_json(self, item_code: str, version: str = "") -> str | None: ...
    def item_codes(self) -> list[tuple[str, str]]: ...
    def get(self, kind: str, entity_id: str) -> dict[str, Any] | None: ...
    def put(self, kind: str, entity_id: str, version: str, body: dict[str, Any]) -> None: ...
    def version(self) -> str:
        """Return the catalogue's overall version as pinned by operations."""
        ...

    def operators(self) -> list[OperatorRow]: ...


class Blobs(Protocol):
    """Keys and references of blobs."""

    def add(self, blob: StoredBlob) -> None: ...
    def get(self, blob_id: str) -> StoredBlob | None: ...
    def refer(self, owner_id: str, blob_id: str, role: str, required: bool) -> None: ...


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

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    def commit(self) -> None: ...
