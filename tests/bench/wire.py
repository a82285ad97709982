# SPDX-License-Identifier: MulanPSL-2.0
"""Bytes on the line for cases with a form of 2 KB and three pages of 60 KB, clean and cut."""

from __future__ import annotations

import itertools
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from counter.domain.ids import uuid7
from counter.domain.numbers import make_receipt_no, tag_source
from counter.domain.operations import Actor, BlobRef, Operation, TimeEvidence, Versions
from counter.domain.people import Person
from counter.infra.clock import SystemClock
from counter.ports.keys import DeviceIdentity, EnrolmentFacts
from counter.ports.storage import CaseRecord
from counter.storage.db_thread import DatabaseThread
from counter.storage.journal import new_journal_identity
from counter.storage.store import Store, open_store
from sync.client.centre import Centre
from sync.client.embedded import EmbeddedHub
from sync.client.engine.pull import PullEngine
from sync.client.engine.step import Kit
from sync.client.enrol import enrol
from sync.client.transport import Transport
from sync.client.worker import SyncWorker
from sync.hub.centre import open_centre
from sync.hub.handlers.enrol import new_code
from sync.hub.handlers.training import HALL
from tests.bench.line_meter import Cutter
from tests.fakes.proxy import BadLine
from tests.storage.kit import KEY, SetClock, case_record

OUT = Path("build/bench")  # never beside the sources
CASES, CURVE = 50, (5, 50)
PAGES, PAGE_BYTES, FORM_BYTES = 3, 60_000, 2_000
CUT_EVERY = 3_000_000
LIMIT_S = 90.0
_WINDOWS = itertools.count(20)
_WORDS = "柳河镇一村东街幼儿园门牌号现住址户主联系电话备注领取方式邮寄自取银行账户开户支行姓名"


@dataclass
class Counter:
    """A real store with its device, on its database thread."""

    facts: EnrolmentFacts
    execution: DatabaseThread
    store: Store
    rng: random.Random
    item: tuple[str, str] = ("", "")
    pages: int = PAGES
    page_bytes: int = PAGE_BYTES

    @classmethod
    def open(cls, folder: Path, facts: EnrolmentFacts, seed: int) -> Counter:
        """Make an enrolled store in ``folder``."""
        execution = DatabaseThread()
        own, _ = new_journal_identity()

        def make() -> Store:
            store = open_store(
                folder / "counter.db", KEY, folder / "blobs", folder / "journal", SetClock(),
                recipients=[facts.seal_recipient], journal_identity=own,
            )  # fmt: skip
            store.use_device(facts.device_id, facts.epoch, facts.key.public_hex)
            return store

        return cls(facts, execution, execution.run(make), random.Random(seed))

    def receive(self) -> None:
        """Commit one case with its pages, as the handler does."""
        self.execution.run(self._receive)

    def _receive(self) -> None:
        facts, rng = self.facts, self.rng
        pages = [(rng.randbytes(self.page_bytes), "image/jpeg") for _ in range(self.pages)]
        blobs = self.store.blob_files.put_many(pages)
        now = datetime.now(UTC)
        with self.store.unit_of_work() as work:
            seq, prev_hash = work.outbox.next_position()
            case_id, op_id = uuid7(), uuid7()
            hall, day = facts.hall, now.date()
            number = make_receipt_no(
                hall.hall_code, hall.counter_no, day,
                work.numbers.next_serial(day.isoformat()),
                tag_source(op_id, facts.device_id, prev_hash, seq),
            )  # fmt: skip
            record = self._record(case_id, number, now.isoformat())
            refs = []
            for place, blob in enumerate(blobs):
                work.blobs.add(blob)
                work.blobs.refer(case_id, blob.blob_id, f"material.{place}", required=True)
                refs.append(BlobRef(
                    blob_id=blob.blob_id, size=blob.size, role=f"material.{place}",
                    media_type=blob.media_type,
                ))  # fmt: skip
            op = Operation(
                op_id=op_id, device_id=facts.device_id, epoch=facts.epoch, seq=seq,
                prev_hash=prev_hash,
                actor=Actor(
                    operator=f"{hall.hall_code}-0312", session="s1",
                    authn="offline", authn_age_s=5,
                ),
                kind="case.received", entity="case", entity_id=case_id,
                versions=Versions(catalog="1", item=record.item_version),
                blobs=tuple(refs),
                time=TimeEvidence(wall=now.isoformat(), boot_id="b", mono_ms=seq),
                body=record.body,
            )  # fmt: skip
            work.cases.add(record)
            work.outbox.append(op, op.sign(facts.key), deadline="2027-01-01", not_before="")
            work.commit()

    def _record(self, case_id: str, number: str, at: str) -> CaseRecord:
        """A case whose form is 2 KB of UTF-8 that looks like what people write."""
        rng = self.rng
        record = case_record(
            case_id, number, "王秀兰", f"99012319460308{rng.randrange(1000):03}4", at
        )
        form: dict[str, str] = {}
        while sum(len(k.encode()) + len(v.encode()) for k, v in form.items()) < FORM_BYTES:
            text = "".join(rng.choices(_WORDS, k=12)) + str(rng.randrange(10**11))
            form[f"field.{len(form):02}"] = text
        code, version = self.item
        body = {
            **record.body,
            "item_code": code,
            "item_version": version,
            "form": form,
            "applicant": Person(name="王秀兰", birth="1946-03-08").model_dump(mode="json"),
        }
        known = {"item_code": code, "item_version": version, "body": body}
        return CaseRecord(**{**vars(record), **known})

    def any_item(self) -> tuple[str, str]:
        """An item that the centre has published."""
        with self.store.unit_of_work() as work:
            return work.reference.item_codes()[0]

    def close(self) -> None:
        """Close the store and end its thread."""
        self.execution.run(self.store.close)
        self.execution.close()


def identity_of(facts: EnrolmentFacts) -> DeviceIdentity:
    """Return who the enrolled device is."""
    return DeviceIdentity(
        facts.device_id, facts.epoch, facts.key, facts.certificate, facts.hall,
        facts.centre_keys, facts.seal_recipient, facts.recovery_recipient, facts.hub_url,
    )  # fmt: skip


def _send(
    counter: Counter, line: BadLine, folder: Path, cases: int, *, every: int, limit_s: float
) -> dict[str, Any]:
    """Take the cases, then bring them up; bytes are those that passed the proxy."""
    store = counter.execution.run(counter.store.sync_store)
    for _ in range(cases):
        counter.receive()
    there = counter.execution.run(store.counts).at_centre
    before_up, before_down = line.bytes_up, line.bytes_down
    worker = _worker(counter, line, folder)
    began = time.monotonic()
    with Cutter(line, every or 1 << 60) as cutter:
        worker.start()
        end = began + limit_s
        counts = counter.execution.run(store.counts)
        while time.monotonic() < end and (counts.local_only or counts.pages_pending):
            time.sleep(0.05)
            counts = counter.execution.run(store.counts)
        seconds = time.monotonic() - began
        time.sleep(0.5)
        worker.stop()
    return {
        "up": line.bytes_up - before_up,
        "down": line.bytes_down - before_down,
        "delivered": counts.at_centre - there,  # other counters of the hall show up here too
        "pages_left": counts.pages_pending,
        "cuts": cutter.cuts,
        "seconds": round(seconds, 1),
    }


def catch_up(counter: Counter, line: BadLine) -> None:
    """Bring the catalogue down before anything is counted."""
    channel = Transport(line.url, counter.facts.key).open()
    store = counter.execution.run(counter.store.sync_store)
    centre = Centre(counter.facts.centre_keys)
    kit = Kit(
        store, counter.execution.run, channel, centre, lambda: datetime.now(UTC), time.monotonic
    )
    engine = PullEngine(kit)
    while engine.step().more:
        pass
    channel.close()
    counter.item = counter.execution.run(counter.any_item)


def _worker(counter: Counter, line: BadLine, folder: Path) -> SyncWorker:
    identity = identity_of(counter.facts)
    return SyncWorker(
        counter.execution.run(counter.store.sync_store),
        counter.execution,
        identity,
        Transport(line.url, identity.key),
        SystemClock(),
        lambda _: None,
        lambda _: None,
        lock_file=folder / "sync.lock",
        chance=lambda: 0.02,  # short waits, still from the real policy
    )


def case_run(
    hub_data: Path,
    url: str,
    folder: Path,
    cases: int,
    *,
    every: int = 0,
    spoil: Callable[[BadLine], None] = lambda _: None,
    limit_s: float = LIMIT_S,
    seed: int = 0,
) -> dict[str, Any]:
    """Enrol a counter of its own and send ``cases`` through a line that is counted.

    Args:
        hub_data: Data folder of the hub at ``url``.
        url: Address of the hub.
        folder: For the counter; made here.
        cases: How many.
        every: The line is cut whenever so many bytes passed; 0 = never.
        spoil: Told the line before the cases go, to make it worse.
        limit_s: Give up after so long.
        seed: Of the pages; the same pages never travel twice.
    """
    parts = urlsplit(url)
    centre = open_centre(hub_data)
    try:
        code = new_code(centre, HALL.hall_code, next(_WINDOWS))
    finally:
        centre.close()
    folder.mkdir()
    facts = enrol(url, code, "bench")
    counter = Counter.open(folder, facts, seed or cases + bool(every))
    try:
        with BadLine(str(parts.hostname), int(parts.port or 0)) as line:
            catch_up(counter, line)
            spoil(line)
            return _send(counter, line, folder, cases, every=every, limit_s=limit_s)
    finally:
        counter.close()


def _ratio(said: dict[str, Any], cases: int) -> float:
    """Bytes on the line, less 400 B a case, over the bytes that cannot be made smaller."""
    whole: int = said["up"] + said["down"]
    return (whole - 400 * cases) / (cases * PAGES * PAGE_BYTES)


def run() -> dict[str, Any]:
    """Return bytes and ratios: both directions, request heads, pings, pulls and all."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=OUT) as name:
        root = Path(name)
        with EmbeddedHub(root / "hub") as hub:
            url = hub.start().url
            clean = {n: case_run(root / "hub", url, root / f"clean{n}", n) for n in CURVE}
            cut = case_run(root / "hub", url, root / "cut", CASES, every=CUT_EVERY)
    payload = CASES * PAGES * PAGE_BYTES
    whole = clean[CASES]
    return {
        "cases": CASES,
        "payload_bytes": payload,
        "clean_bytes": whole["up"] + whole["down"],
        "clean_ratio": round((whole["up"] + whole["down"]) / payload, 4),
        "clean_ratio_less_400_a_case": round(_ratio(whole, CASES), 4),
        "cut_bytes": cut["up"] + cut["down"],
        "cut_ratio": round((cut["up"] + cut["down"]) / payload, 4),
        "cuts": cut["cuts"],
        "delivered": [whole["delivered"], cut["delivered"]],
        "pages_left": [whole["pages_left"], cut["pages_left"]],
        "curve": [
            {
                "n": n,
                "bytes_a_case": round((one["up"] + one["down"]) / n - PAGES * PAGE_BYTES),
                "up": one["up"],
                "down": one["down"],
                "seconds": one["seconds"],
            }
            for n, one in clean.items()
        ],
        "cut_seconds": cut["seconds"],
    }
