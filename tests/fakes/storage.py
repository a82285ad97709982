# SPDX-License-Identifier: MulanPSL-2.0
"""A unit of work in memory that rolls back, counts commits and can fail at commit."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from counter.domain.appeal_draft import AppealDraft
from counter.domain.canonical import sha256_hex
from counter.domain.case import FINAL
from counter.domain.draft import Draft
from counter.domain.operations import ZERO_HASH, Operation
from counter.domain.people import people_in
from counter.domain.queueing import QueueEvent
from counter.domain.tickets import Ticket
from counter.ports.blobs import StoredBlob
from counter.ports.hall_queue import HallQueue
from counter.ports.outbox import Outbox, Reported
from counter.ports.storage import (
    Audit,
    Blobs,
    CallMark,
    CaseEventRow,
    CaseRecord,
    Cases,
    DateChange,
    Drafts,
    LeasedSerial,
    Numbers,
    OperatorRow,
    PersonRecord,
    PersonRecords,
    RatingMark,
    Reference,
    Tickets,
)
from tests.fakes.hall_queue import FakeHallQueue
from tests.fakes.tickets import FakeTickets


@dataclass
class Tables:
    """Everything a fake database holds."""

    drafts: dict[str, Draft] = field(default_factory=dict)
    cases: dict[str, CaseRecord] = field(default_factory=dict)
    events: list[CaseEventRow] = field(default_factory=list)
    ops: list[tuple[Operation, str, str, str]] = field(default_factory=list)
    issues: dict[str, tuple[str, str]] = field(default_factory=dict)
    closed: list[tuple[str, str, str, str]] = field(default_factory=list)
    audit: list[tuple[str, str, str, str, dict[str, Any]]] = field(default_factory=list)
    serials: dict[str, int] = field(default_factory=dict)
    date_changes: list[DateChange] = field(default_factory=list)
    items: dict[tuple[str, str], str] = field(default_factory=dict)
    reference: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    blobs: dict[str, StoredBlob] = field(default_factory=dict)
    refs: list[tuple[str, str, str, bool]] = field(default_factory=list)
    links: list[tuple[str, str, str]] = field(default_factory=list)
    people: dict[tuple[str, str], PersonRecord] = field(default_factory=dict)
    tickets: dict[tuple[str, str], Ticket] = field(default_factory=dict)
    queue: dict[str, tuple[int, QueueEvent]] = field(default_factory=dict)
    ratings: dict[tuple[str, str], RatingMark] = field(default_factory=dict)
    calls: dict[str, CallMark] = field(default_factory=dict)
    appeal_drafts: dict[str, AppealDraft] = field(default_factory=dict)


class FakeDrafts:
    """``Drafts``."""

    def __init__(self, t: Tables) -> None:
        self._t = t

    def save(self, draft: Draft) -> None:
        self._t.drafts[draft.draft_id] = draft.model_copy(deep=True)

    def get(self, draft_id: str) -> Draft | None:
        return self._t.drafts.get(draft_id)

    def of_operator(self, operator_id: str) -> list[Draft]:
        return [d for d in self._t.drafts.values() if d.operator_id == operator_id]

    def delete(self, draft_id: str) -> None:
        self._t.drafts.pop(draft_id, None)


class FakeCases:
    """``Cases``."""

    def __init__(self, t: Tables) -> None:
        self._t = t

    def add(self, case: CaseRecord) -> None:
        assert case.case_id not in self._t.cases
        people = people_in(case.body)
        self._t.links += [(case.case_id, key, role) for role, key in people.items()]
        self._t.cases[case.case_id] = case

    def get(self, case_id: str) -> CaseRecord | None:
        return self._t.cases.get(case_id)

    def by_number(self, number: str) -> CaseRecord | None:
        found = [c for c in self._t.cases.values() if number in {c.receipt_no, c.project_no}]
        return found[0] if found else None

    def update(self, case: CaseRecord) -> None:
        assert case.case_id in self._t.cases
        self._t.cases[case.case_id] = case

    def similar(self, id_no: str, item_code: str, since: str, person: str = "") -> list[CaseRecord]:
        return [
            c for c in self.of_person(id_no) if c.item_code == item_code and c.received_at >= since
        ]

    def of_person(self, id_no: str) -> list[CaseRecord]:
        return [c for c in self._t.cases.values() if c.applicant_id_no == id_no]

    def helped_by(self, person: str, since: str) -> set[str]:
        cases = {c for c, p, role in self._t.links if (p, role) == (person, "agent")}
        cases = {c for c in cases if self._t.cases[c].received_at >= since}
        return {p for c, p, role in self._t.links if c in cases and role == "applicant"}

    def open_cases(self) -> list[CaseRecord]:
        return [c for c in self._t.cases.values() if c.state not in FINAL]

    def note_date_changes(self, at: str, version: str, changes: Sequence[DateChange]) -> None:
        self._t.date_changes += changes

    def see_date_changes(self, at: str) -> int:
        seen = len(self._t.date_changes)
        self._t.date_changes = []
        return seen

    def add_event(self, event: CaseEventRow) -> None:
        self._t.events.append(event)

    def events(self, case_id: str) -> list[CaseEventRow]:
        return [e for e in self._t.events if e.case_id == case_id]


class FakeOutbox:
    """``Outbox``."""

    def __init__(self, t: Tables) -> None:
        self._t = t

    def epoch(self) -> int:
        return 1

    def next_position(self) -> tuple[int, str]:
        last = self._t.ops[-1][0] if self._t.ops else None
        return len(self._t.ops) + 1, last.op_hash() if last else ZERO_HASH

    def append(self, op: Operation, jws: str, *, deadline: str, not_before: str = "") -> None:
        assert (op.seq, op.prev_hash) == self.next_position()
        self._t.ops.append((op, jws, deadline, not_before))

    def last_op_of(self, entity_id: str) -> str:
        ops = [op for op, *_ in self._t.ops if op.entity_id == entity_id and not op.supersedes]
        return ops[-1].op_id if ops else ""

    def to_follow(self, entity_id: str) -> str:
        closed = {op_id for op_id, *_ in self._t.closed}
        mine = [op for op, *_ in self._t.ops if op.entity_id == entity_id and not op.supersedes]
        return next((op.op_id for op in reversed(mine) if op.op_id not in closed), "")

    def first_op_of(self, entity_id: str) -> str:
        ids = [op.op_id for op, *_ in self._t.ops if op.entity_id == entity_id]
        return ids[0] if ids else ""

    def let_go(self, entity_id: str) -> int:
        ops = enumerate(self._t.ops)
        held = [at for at, (op, *_, late) in ops if op.entity_id == entity_id and late]
        for at in held:
            self._t.ops[at] = (*self._t.ops[at][:3], "")
        return len(held)

    def open_issue(self, op_id: str) -> tuple[str, str] | None:
        return self._t.issues.get(op_id)

    def reported(self, op_id: str) -> Reported | None:
        rows = [r for r in self._t.ops if r[0].op_id == op_id]
        return Reported(*rows[0][1:3], rows[0][0].supersedes or op_id, "") if rows else None

    def close_issue(self, op_id: str, at: str, operator_id: str, reason: str) -> None:
        del self._t.issues[op_id]
        self._t.closed.append((op_id, at, operator_id, reason))


class FakeAudit:
    """``Audit``."""

    def __init__(self, t: Tables) -> None:
        self._t = t

    def record(
        self, at: str, operator_id: str, action: str, entity_id: str, detail: dict[str, Any]
    ) -> None:
        self._t.audit.append((at, operator_id, action, entity_id, detail))

    def after(self, row_no: int, limit: int) -> list[dict[str, Any]]:
        names = ("at", "operator_id", "action", "entity_id", "detail")
        rows: list[dict[str, Any]] = [
            {
                "row_no": no,
                **dict(zip(names, row, strict=True)),
                "prev_hash": "",
                "row_hash": "a" * 64,
            }
            for no, row in enumerate(self._t.audit, 1)
        ]
        return [row for row in rows if row["row_no"] > row_no][:limit]


class FakeNumbers:
    """``Numbers``."""

    def __init__(self, t: Tables) -> None:
        self._t = t

    def next_serial(self, day: str) -> int:
        self._t.serials[day] = self._t.serials.get(day, 0) + 1
        return self._t.serials[day]

    def take_leased(self, series: str, epoch: int, at: str) -> LeasedSerial | None:
        return None


class FakeReference:
    """``Reference``."""

    def __init__(self, t: Tables) -> None:
        self._t = t

    def item_json(self, item_code: str, version: str = "") -> str | None:
        if version:
            return self._t.items.get((item_code, version))
        found = [text for (code, _), text in self._t.items.items() if code == item_code]
        return found[-1] if found else None

    def theme_json(self, theme_code: str, version: str = "") -> str | None:
        del version
        body = self._t.reference.get(("theme", theme_code))
        return json.dumps(body) if body else None

    def item_codes(self) -> list[tuple[str, str]]:
        return list(self._t.items)

    def get(self, kind: str, entity_id: str) -> dict[str, Any] | None:
        return self._t.reference.get((kind, entity_id))

    def put(self, kind: str, entity_id: str, version: str, body: dict[str, Any]) -> None:
        del version
        self._t.reference[kind, entity_id] = body

    def version(self) -> str:
        return "catalog-1"

    def operators(self) -> list[OperatorRow]:
        return [
            OperatorRow(
                body["operator_id"],
                body["name"],
                body["job_no"],
                frozenset(body["roles"]),
                body.get("active", True),
            )
            for (kind, _), body in self._t.reference.items()
            if kind == "operator"
        ]


class FakeBlobs:
    """``Blobs``."""

    def __init__(self, t: Tables) -> None:
        self._t = t

    def add(self, blob: StoredBlob) -> None:
        self._t.blobs[blob.blob_id] = blob

    def get(self, blob_id: str) -> StoredBlob | None:
        return self._t.blobs.get(blob_id)

    def refer(self, owner_id: str, blob_id: str, role: str, required: bool) -> None:
        assert blob_id in self._t.blobs
        self._t.refs.append((owner_id, blob_id, role, required))


class FakePersonRecords:
    """``PersonRecords``."""

    def __init__(self, t: Tables) -> None:
        self._t = t

    def get(self, kind: str, entity_id: str) -> PersonRecord | None:
        return self._t.people.get((kind, entity_id))

    def of_people(self, kind: str, people: Collection[str]) -> list[PersonRecord]:
        return [r for r in self._t.people.values() if r.kind == kind and r.person in people]

    def put(self, record: PersonRecord) -> None:
        self._t.people[record.kind, record.entity_id] = record


class FakeUnitOfWork:
    """``UnitOfWork`` over a copy of the tables."""

    def __init__(self, store: FakeStore) -> None:
        self._store = store
        self._open(copy.deepcopy(store.tables))

    def _open(self, t: Tables) -> None:
        self._tables = t
        self.drafts: Drafts = FakeDrafts(t)
        self.cases: Cases = FakeCases(t)
        self.outbox: Outbox = FakeOutbox(t)
        self.audit: Audit = FakeAudit(t)
        self.numbers: Numbers = FakeNumbers(t)
        self.reference: Reference = FakeReference(t)
        self.blobs: Blobs = FakeBlobs(t)
        self.people: PersonRecords = FakePersonRecords(t)
        self.tickets: Tickets = FakeTickets(t)
        self.queue: HallQueue = FakeHallQueue(t.queue)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def commit(self) -> None:
        self._store.at_commit()
        self._store.tables = self._tables
        self._store.commits += 1


def _quiet() -> None:
    return None


@dataclass
class FakeStore:
    """A database in memory; call it to get a unit of work."""

    tables: Tables = field(default_factory=Tables)
    commits: int = 0
    at_commit: Callable[[], None] = _quiet

    def __call__(self) -> FakeUnitOfWork:
        return FakeUnitOfWork(self)


@dataclass
class FakeBlobFiles:
    """``BlobFiles`` in memory."""

    kept: dict[str, bytes] = field(default_factory=dict)

    def put(self, data: bytes, media_type: str) -> StoredBlob:
        blob_id = sha256_hex(data)
        self.kept[blob_id] = data
        return StoredBlob(blob_id, b"k" * 32, len(data), media_type)

    def read(self, blob: StoredBlob) -> bytes:
        return self.kept[blob.blob_id]

    def remove(self, blob_id: str) -> None:
        self.kept.pop(blob_id, None)
