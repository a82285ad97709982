# SPDX-License-Identifier: MulanPSL-2.0
"""A store in a temporary folder, a clock that is set by hand, and cases to put in."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from counter.domain.bodies import CaseReceived
from counter.domain.case import CaseState
from counter.domain.case_life import received_life
from counter.domain.numbers import make_receipt_no, tag_source
from counter.domain.operations import Actor, BlobRef, Operation, TimeEvidence, Versions
from counter.domain.people import Person
from counter.domain.signing import SigningKey
from counter.ports.blobs import StoredBlob
from counter.ports.storage import CaseEventRow, CaseRecord
from counter.storage.files import FileLayer
from counter.storage.journal import new_journal_identity
from counter.storage.store import Store, open_store
from counter.storage.unit_of_work import SqlUnitOfWork

KEY = bytes(range(32))
NAME = "标记甲乙兰"
ID_NO = "990101194503120124"
SIGNER = SigningKey.from_seed("test-device", b"\x07" * 32)
IDENTITY, RECIPIENT = new_journal_identity()
CENTRE_IDENTITY, CENTRE = new_journal_identity()


class SetClock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def mono_ms(self) -> int:
        return 1

    def boot_id(self) -> str:
        return "boot"

    def later(self, **delta: float) -> None:
        self.time += timedelta(**delta)


class FailingDisk(FileLayer):
    """A file layer whose n-th operation fails, and all behind it until it is healed."""

    def __init__(self) -> None:
        self.left = -1
        self.code = errno.ENOSPC
        self.seen: list[str] = []

    def _step(self, name: str) -> None:
        self.seen.append(name)
        if self.left == 0:
            raise OSError(self.code, "full")
        if self.left > 0:
            self.left -= 1

    def write(self, fd: int, data: bytes) -> None:
        try:
            self._step("write")
        except OSError:
            super().write(fd, data[: len(data) // 2])
            raise
        super().write(fd, data)

    def fsync(self, fd: int) -> None:
        self._step("fsync")
        super().fsync(fd)

    def replace(self, source: Path, target: Path) -> None:
        self._step("replace")
        super().replace(source, target)


@dataclass
class Home:
    """A counter's folder; opens stores in it."""

    root: Path
    clock: SetClock = field(default_factory=SetClock)
    disk: FailingDisk = field(default_factory=FailingDisk)
    identity: str = IDENTITY
    key: bytes = KEY

    @property
    def db(self) -> Path:
        return self.root / "counter.db"

    @property
    def journal(self) -> Path:
        return self.root / "journal"

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @contextmanager
    def open(self) -> Iterator[Store]:
        store = open_store(
            self.db,
            self.key,
            self.blobs,
            self.journal,
            self.clock,
            recipients=[CENTRE],
            journal_identity=self.identity,
            files=self.disk,
        )
        try:
            if store.device() is None:
                store.use_device("device-1", 1, SIGNER.public_hex)
            yield store
        finally:
            store.close()


def operation(
    work: SqlUnitOfWork,
    case_id: str,
    body: dict[str, object],
    *,
    kind: str = "case.received",
    depends_on: tuple[str, ...] = (),
    blobs: tuple[StoredBlob, ...] = (),
    op_id: str = "",
) -> Operation:
    """Build the next operation."""
    seq, prev_hash = work.outbox.next_position()
    return Operation.model_validate(
        {
            "op_id": op_id or str(uuid4()),
            "device_id": "device-1",
            "epoch": work.outbox.epoch(),
            "seq": seq,
            "prev_hash": prev_hash,
            "actor": Actor(operator="u1", session="s1", authn="offline", authn_age_s=5),
            "kind": kind,
            "entity": "case",
            "entity_id": case_id,
            "depends_on": depends_on,
            "versions": Versions(catalog="1"),
            "blobs": tuple(
                BlobRef(blob_id=b.blob_id, size=b.size, role="page", media_type=b.media_type)
                for b in blobs
            ),
            "time": TimeEvidence(wall="2026-11-22T09:00:00+00:00", boot_id="b", mono_ms=1),
            "body": body,
        }
    )


def case_record(
    case_id: str, receipt_no: str, name: str, id_no: str, received_at: str
) -> CaseRecord:
    """Return the record of a case that was just received."""
    body = CaseReceived(
        receipt_no=receipt_no,
        query_code="123456",
        item_code="elder_card",
        item_version="1",
        applicant=Person(name=name, id_no=id_no),
        received_at=received_at,
        answer_due="2026-11-27",
    ).model_dump(mode="json")
    return CaseRecord(
        case_id=case_id,
        receipt_no=receipt_no,
        project_no="",
        item_code="elder_card",
        item_version="1",
        item_name="老年人优待证办理",
        applicant_name=name,
        applicant_id_no=id_no,
        operator_id="u1",
        state=CaseState.RECEIVED,
        rev=0,
        received_at=received_at,
        answer_due="2026-11-27",
        answer_provisional=False,
        promise_due="",
        due="2026-11-27",
        due_kind="answer",
        body=body,
        life=received_life(received_at),
    )


def put_case(
    work: SqlUnitOfWork,
    *,
    name: str = NAME,
    id_no: str = ID_NO,
    blobs: tuple[StoredBlob, ...] = (),
    deadline: str = "2026-11-27",
    not_before: str = "",
    received_at: str = "2026-11-22T09:00:00+00:00",
) -> tuple[CaseRecord, Operation]:
    """Receive a case inside a unit of work, as the handler does; no commit."""
    case_id, op_id = str(uuid4()), str(uuid4())
    seq, prev_hash = work.outbox.next_position()
    serial = work.numbers.next_serial("2026-11-22")
    receipt_no = make_receipt_no(
        "7K2QM", 3, date(2026, 11, 22), serial, tag_source(op_id, "device-1", prev_hash, seq)
    )
    record = case_record(case_id, receipt_no, name, id_no, received_at)
    for blob in blobs:
        work.blobs.add(blob)
        work.blobs.refer(case_id, blob.blob_id, "page", required=True)
    work.cases.add(record)
    work.cases.add_event(CaseEventRow(case_id, received_at, "收件", "u1", "窗口", "", "counter"))
    op = operation(work, case_id, record.body, blobs=blobs, op_id=op_id)
    work.outbox.append(op, op.sign(SIGNER), deadline=deadline, not_before=not_before)
    work.audit.record(received_at, "u1", "receive", case_id, {"receipt_no": receipt_no})
    return record, op


def receive(
    store: Store, *, name: str = NAME, blobs: tuple[StoredBlob, ...] = ()
) -> tuple[CaseRecord, Operation]:
    """Receive a case in a unit of work of its own."""
    with store.unit_of_work() as work:
        found = put_case(work, name=name, blobs=blobs)
        work.commit()
    return found
