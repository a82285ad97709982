# SPDX-License-Identifier: MulanPSL-2.0
"""Counters of the fault machine: the real store and engines, without window, bus or threads."""

from __future__ import annotations

import os
import random
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from counter.domain.bodies import CaseReceived
from counter.domain.case import CaseState
from counter.domain.ids import uuid7
from counter.domain.leases import PROJECT, leased_no
from counter.domain.numbers import make_receipt_no, tag_source
from counter.domain.operations import Actor, BlobRef, Operation, OpKind, TimeEvidence, Versions
from counter.domain.people import Person
from counter.ports.blobs import StoredBlob
from counter.ports.keys import DeviceIdentity, Hall
from counter.ports.storage import CaseRecord
from counter.storage.store import Store, open_store
from counter.storage.unit_of_work import SqlUnitOfWork
from sync.client.bundle import Courier
from sync.client.centre import Centre
from sync.client.engine.blobs import BlobEngine
from sync.client.engine.checkin import EpochKeeper
from sync.client.engine.pull import PullEngine
from sync.client.engine.push import PushEngine
from sync.client.engine.step import Engine, Kit
from tests.fakes.hub import small_item
from tests.fakes.sync_store import DirectExecution
from tests.faults.front import Front, Wire
from tests.storage.kit import IDENTITY, KEY, FailingDisk, SetClock

ITEM = "test_card"
TASK = small_item().task_code
NAME, BORN, ADDRESS = "王桂兰", "9901011945", "柳河镇一村"  # ID numbers begin with ``BORN``
PRINTED = ("receipt_no", "lease", "lease_serial")  # at the counter, whatever else is said
ONE_PERSON = BORN + "03120124"


class QuickDisk(FailingDisk):
    """May fail, and knows what a power cut would leave; asks no real disk to sync."""

    def __init__(self) -> None:
        super().__init__()
        self._unsynced: dict[int, int] = {}  # inode → bytes that are certain
        self._unnamed: set[Path] = set()  # names whose folder was not synced

    def write(self, fd: int, data: bytes) -> None:
        """Write; until the next sync only what was there before is certain."""
        about = os.fstat(fd)
        self._unsynced.setdefault(about.st_ino, about.st_size)
        super().write(fd, data)

    def fsync(self, fd: int) -> None:
        """Count, and note that it is certain now."""
        self._step("fsync")
        about = os.fstat(fd)
        self._unsynced.pop(about.st_ino, None)
        if stat.S_ISDIR(about.st_mode):
            self._unnamed = {p for p in self._unnamed if not _is_folder(p.parent, about.st_ino)}

    def replace(self, source: Path, target: Path) -> None:
        """Rename; the name is certain when its folder was synced."""
        super().replace(source, target)
        self._unnamed.add(target)

    def lose(self, root: Path, copy: Path) -> None:
        """Take out of a copy of ``root`` what no sync made certain; forget it."""
        for path in root.rglob("*"):
            twin = copy / path.relative_to(root)
            if path in self._unnamed:
                twin.unlink(missing_ok=True)
            elif (certain := self._unsynced.get(path.stat().st_ino)) is not None:
                os.truncate(twin, certain)
        self._unsynced.clear()
        self._unnamed.clear()


@dataclass(frozen=True)
class Made:
    """An operation as it was committed."""

    op: Operation
    jws: str
    op_hash: str
    receipt_no: str = ""
    project_no: str = ""  # of a leased serial


@dataclass
class Site:
    """One counter: a folder, a clock, a line, and the engines on it."""

    root: Path
    identity: DeviceIdentity
    front: Front
    clock: SetClock
    rng: random.Random
    operators: tuple[str, ...]
    disk: QuickDisk = field(default_factory=QuickDisk)
    version: str = "1"

    def __post_init__(self) -> None:
        self.wire = Wire(self.front, self.identity.device_id, self.rng)
        self.mono = 0.0
        self.centre = Centre(self.identity.centre_keys)
        self.proved: set[tuple[str, str, str]] = set()  # results that were looked at (S4)
        self.repairs = 0  # scopes pulled again because their checksum was wrong
        self.snapshots = 0  # taken because the cursor was too old
        self.renewed = 0  # epochs taken at a check-in
        self.open()

    def open(self) -> None:
        """Open the folder as a start of the program does; nothing in memory is left over."""
        self.store: Store = open_store(
            self.root / "counter.db",
            KEY,
            self.root / "blobs",
            self.root / "journal",
            self.clock,
            recipients=[self.identity.seal_recipient],
            journal_identity=IDENTITY,
            files=self.disk,
        )
        self.sync = self.store.sync_store()
        kit = Kit(
            self.sync,
            DirectExecution().run,
            self.wire,
            self.centre,
            self.clock.now,
            lambda: self.mono,
        )
        who = self.identity
        self.keeper = EpochKeeper(kit, who)
        self.push: Engine = PushEngine(kit, who.device_id, who.epoch, self.keeper)
        self.pull = PullEngine(kit, who.device_id, doubt=self.keeper.doubt)
        self.blobs: Engine = BlobEngine(kit)

    def close(self) -> None:
        """Close the store."""
        self.repairs += self.pull.repairs
        self.snapshots += self.pull.snapshots
        self.renewed += self.keeper.renewed
        self.pull.repairs = self.pull.snapshots = self.keeper.renewed = 0
        self.store.close()

    def restart(self) -> None:
        """Stop and start."""
        self.close()
        self.open()

    def die(self, hurt: Callable[[Path], None]) -> None:
        """Lose the power in the middle of things, ``hurt`` what is left, and start again."""
        left = self.root.with_name(f"{self.root.name}.left")
        shutil.copytree(self.root, left)  # before the store can say goodbye
        self.disk.lose(self.root, left)
        self.close()
        shutil.rmtree(self.root)
        left.rename(self.root)
        hurt(self.root)
        self.open()

    def copy_to(self, folder: Path) -> None:
        """Copy the folder as a backup program does, with the counter stopped."""
        self.close()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.root, folder)
        self.open()

    def put_back(self, folder: Path, *, journal: bool) -> None:
        """Put a copy back; without ``journal`` only the database, as a hurried helper does."""
        self.close()
        if journal:
            shutil.rmtree(self.root)
            shutil.copytree(folder, self.root)
        else:
            for left in self.root.glob("counter.db*"):
                left.unlink()
            for part in folder.glob("counter.db*"):
                shutil.copy(part, self.root)
        self.open()

    @property
    def courier(self) -> Courier:
        """What a bundle needs."""
        return Courier(self.sync, DirectExecution(), self.identity, self.clock.now)

    def receive(
        self,
        pages: int,
        *,
        version: str = "",
        body: dict[str, Any] | None = None,
        size: int = 0,
        id_no: str = "",
    ) -> Made:
        """Take a case; a ``body`` of one's own replaces the right one but for the numbers (poison).

        ``size`` of a page in bytes, by chance when 0; without ``id_no`` it is always another person.
        """
        person = Person(name=NAME, id_no=id_no or f"{BORN}{self.rng.randrange(10**8):08}")
        blobs = tuple(self._page(size) for _ in range(pages))
        case_id, op_id = uuid7(), uuid7()

        def act(work: SqlUnitOfWork) -> Made:
            seq, prev_hash = work.outbox.next_position()
            day = self.clock.now().date()
            hall = self.identity.hall
            number = make_receipt_no(
                hall.hall_code,
                hall.counter_no,
                day,
                work.numbers.next_serial(day.isoformat()),
                tag_source(op_id, self.identity.device_id, prev_hash, seq),
            )
            at = self.clock.now()
            record = _record(case_id, number, version or self.version, at.isoformat(), person)
            leased = work.numbers.take_leased(PROJECT, work.outbox.epoch(), at.isoformat())
            if leased is not None:
                official = leased_no(TASK, day, leased.serial)
                more = {"lease": leased.block_id, "lease_serial": leased.serial}
                body_of = {**record.body, **more, "project_no": official}
                record = replace(record, project_no=official, body=body_of)
            for blob in blobs:
                work.blobs.add(blob)
                work.blobs.refer(case_id, blob.blob_id, "page", required=True)
            work.cases.add(record)
            said = record.body if body is None else {k: record.body.get(k) for k in PRINTED} | body
            made = self._write(work, "case.received", case_id, said, op_id, (), blobs)
            return replace(made, receipt_no=number, project_no=record.project_no)

        return self._commit(act)

    def follow(
        self, kind: OpKind, case_id: str, body: dict[str, Any], needs: tuple[str, ...]
    ) -> Made:
        """Commit a later fact about a case, or one of its own (``visit.recorded``)."""
        pages = 1 if kind == "case.supplemented" and self.rng.random() < 0.5 else 0
        blobs = tuple(self._page() for _ in range(pages))

        def act(work: SqlUnitOfWork) -> Made:
            for blob in blobs:
                work.blobs.add(blob)
                work.blobs.refer(case_id, blob.blob_id, "page", required=True)
            case = work.cases.get(case_id) if kind == "case.withdrawn" else None
            if case is not None:
                work.cases.update(replace(case, state=CaseState.WITHDRAWN, due="", due_kind=""))
            return self._write(work, kind, case_id, body, uuid7(), needs, blobs)

        return self._commit(act)

    def act(self, kind: OpKind, case_id: str) -> Made:
        """Commit work on a case this counter knows, as it knows it (``handlers.assignment``)."""
        at = self.clock.now().isoformat()
        body: dict[str, Any] = {"reason": "群众到本窗口来办", "done_at": at}
        if kind == "case.supplemented":
            paper = {"key": f"h{uuid7()[-8:]}", "way": "scanned"}
            body = {"materials": [paper], "supplied_at": at}

        def act(work: SqlUnitOfWork) -> Made:
            case = work.cases.get(case_id)
            assert case is not None
            last = work.outbox.to_follow(case_id)
            needs = (last,) if last else ()
            made = self._write(work, kind, case_id, body, uuid7(), needs, (), base_rev=case.rev)
            work.cases.update(case)
            return made

        return self._commit(act)

    def correct(self, old: Made) -> Made | None:
        """Report again what waits for a person, as ``handlers.corrections`` does; or there is none."""
        with self.store.unit_of_work() as work:
            told = work.outbox.reported(old.op.op_id)
            case = work.cases.get(old.op.entity_id)
            open_issue = work.outbox.open_issue(old.op.op_id)
            if told is None or told.waiting or open_issue is None or case is None:
                return None
            body = {**case.body, "form": {"home.address": f"{ADDRESS}二组"}}
            kept = old.op.blobs if self.rng.random() < 0.5 else old.op.blobs[1:]  # a page left out
            found = [work.blobs.get(ref.blob_id) for ref in kept]
            made = self._write(
                work,
                old.op.kind,
                case.case_id,
                body,
                uuid7(),
                old.op.depends_on,
                tuple(blob for blob in found if blob is not None),
                base_rev=case.rev,
                supersedes=told.first,
            )
            work.cases.update(replace(case, body=body))
            work.commit()
        return made

    def _page(self, size: int = 0) -> StoredBlob:
        data = self.rng.randbytes(size or self.rng.randrange(1, 4000))
        return self.store.blob_files.put(data, "image/jpeg")

    def _commit(self, act: Callable[[SqlUnitOfWork], Made]) -> Made:
        with self.store.unit_of_work() as work:
            made = act(work)
            self.doubtful = made
            work.commit()
        return made

    doubtful: Made | None = None  # in the database perhaps, when commit raised JOURNAL-WRITE

    def _write(  # noqa: PLR0917 - the parts of an operation
        self,
        work: SqlUnitOfWork,
        kind: OpKind,
        entity_id: str,
        body: dict[str, Any],
        op_id: str,
        needs: tuple[str, ...],
        blobs: tuple[StoredBlob, ...],
        *,
        base_rev: int = 0,
        supersedes: str = "",
    ) -> Made:
        seq, prev_hash = work.outbox.next_position()
        operator = self.rng.choice(self.operators)
        op = Operation(
            op_id=op_id,
            device_id=self.identity.device_id,
            epoch=work.outbox.epoch(),
            seq=seq,
            prev_hash=prev_hash,
            actor=Actor(operator=operator, session="s", authn="offline", authn_age_s=1),
            kind=kind,
            entity="visit" if kind == "visit.recorded" else "case",
            entity_id=entity_id,
            base_rev=base_rev,
            depends_on=needs,
            supersedes=supersedes,
            versions=Versions(catalog="1"),
            blobs=tuple(
                BlobRef(blob_id=b.blob_id, size=b.size, role="page", media_type=b.media_type)
                for b in blobs
            ),
            time=TimeEvidence(wall=self.clock.now().isoformat(), boot_id="b", mono_ms=1),
            body=body,
        )
        jws = op.sign(self.identity.key)
        due = date(2026, 11, 27).isoformat() if self.rng.random() < 0.5 else ""
        work.outbox.append(op, jws, deadline=due)
        return Made(op, jws, op.op_hash())


def _record(case_id: str, number: str, version: str, at: str, person: Person) -> CaseRecord:
    body = CaseReceived(
        receipt_no=number,
        query_code="123456",
        item_code=ITEM,
        item_version=version,
        applicant=person,
        form={"home.address": ADDRESS},
        received_at=at,
        answer_due="2026-11-27",
    )
    return CaseRecord(
        case_id=case_id,
        receipt_no=number,
        project_no="",
        item_code=ITEM,
        item_version=version,
        item_name="练习用证明",
        applicant_name=person.name,
        applicant_id_no=person.id_no,
        operator_id="",
        state=CaseState.RECEIVED,
        rev=0,
        received_at=at,
        answer_due="2026-11-27",
        answer_provisional=False,
        promise_due="",
        due="2026-11-27",
        due_kind="answer",
        body=body.model_dump(mode="json"),
    )


def hall_of(code: str, counter_no: int) -> Hall:
    """Return a training hall for an identity."""
    return Hall(code, "练习", "990123", counter_no, f"{counter_no}号窗", "", "", training=True)


def _is_folder(folder: Path, number: int) -> bool:
    """Tell whether this is the folder with that inode; one that is gone (put back) is none."""
    return folder.is_dir() and folder.stat().st_ino == number
