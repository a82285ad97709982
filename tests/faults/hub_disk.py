# SPDX-License-Identifier: MulanPSL-2.0
"""The power goes at the centre: what a counter has been answered must be there afterwards.

Recorded from the empty folder on, with a restart in between. Each disk is opened as ``counter hub
serve`` opens it and read whole; on one of ``AGAIN`` everything the counters ever sent is sent
again, as they would, and the centre must end where it ended without the cut.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from counter.domain.checksum import checksum
from counter.domain.errors import CounterError
from counter.domain.signing import verify_json
from sync.hub.centre import Centre, Limits, open_centre
from sync.hub.handlers import deemed, enrol, judging, push, uploads
from sync.hub.storage import blobs, cases, feed, halls, oplog
from sync.hub.storage import tables as t
from sync.hub.storage.engine import Tx
from sync.hub.storage.nonces import NonceStore
from sync.protocol import errors
from sync.protocol.errors import ProblemError
from sync.protocol.wire import RESULT_TYP, EnrolRequest, OpResult, PushRequest
from tests.faults.disk import Image
from tests.faults.forking import END_S
from tests.faults.hub_talk import Row, Sent, Talk
from tests.faults.looking import Recording, below, lay
from tests.faults.processes import HUB_START_S, ROOT, environment
from tests.faults.recording import Event, Say, read_trace, watched

DATA = "hub"
HOME = "tests.faults.hub_home"
AGAIN = 8  # to work off everything again costs six times the look
_SETTLED = frozenset({"applied", "rejected", "conflict"})


def record_hub(folder: Path, rng: random.Random, *, cases: int) -> Recording:
    """Record a centre from nothing: two counters at once, a restart, and one of them again."""
    place, before = folder / "place", folder / "before"
    place.mkdir()
    before.mkdir()
    talk = Talk(rng)
    traces = [folder / "trace1", folder / "trace2"]
    with _serving(traces[0], HOME, place / DATA, folder / "first") as (url, codes):
        counters = [talk.enrol(url, code) for code in codes]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda device: talk.work(device, cases), counters))
    words = ("--data", str(place / DATA), "serve", "--ready-file")
    with _serving(traces[1], "sync.hub", *words, folder / "second") as (url, _):
        counters[0].url = url
        talk.work(counters[0], 1)
    events: list[Event] = []
    for trace in traces:
        events += read_trace(trace, place, len(events))
    final = {row["op_id"]: row["status"] for _, row in talk.promises if row["what"] == "result"}
    with_key = HubLook(counters[0].centre_key, tuple(talk.steps), final)
    return Recording(before, events, moments(events, talk.promises), with_key)


@contextmanager
def _serving(trace: Path, module: str, *words: object) -> Iterator[tuple[str, list[str]]]:
    """Run a centre under strace; the last word is the ready file. Ends it with SIGTERM."""
    ready = Path(str(words[-1]))
    command = watched(trace, module, *map(str, words), more=" sendto")
    with trace.with_suffix(".log").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment(), cwd=ROOT
        )
    try:
        end = time.monotonic() + HUB_START_S
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(trace.with_suffix(".log").read_text("utf-8")[-500:])
            time.sleep(0.02)
        codes = ready.with_suffix(".codes")
        told = json.loads(codes.read_text("ascii"))["codes"] if codes.exists() else []
        yield json.loads(ready.read_text("utf-8"))["url"], told
    finally:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        with suppress(OSError):
            for child in children.read_text("ascii").split():
                os.kill(int(child), signal.SIGTERM)
        process.wait(END_S)


def moments(events: list[Event], promises: list[tuple[bytes, Row]]) -> list[tuple[int, Row]]:
    """Return each promise with the event by which its mark had left the centre."""
    sent = [(n, event.data) for n, event in enumerate(events) if isinstance(event, Say)]
    found: dict[bytes, int] = {}
    for mark in {mark for mark, _ in promises}:
        found[mark] = next((n for n, data in sent if mark in data), -1)
        if found[mark] < 0:
            raise LookupError(f"never sent: {mark[:40]!r}")
    return sorted(((found[mark], row) for mark, row in promises), key=lambda pair: pair[0])


@dataclass(frozen=True)
class HubLook:
    """The centre's key, everything that was sent, and how each operation ended."""

    centre_key: str
    steps: tuple[Sent, ...]
    final: dict[str, str]

    def bench(self, folder: Path) -> HubBench:
        """Return a bench."""
        return HubBench(folder, self)


@dataclass
class HubFound:
    """What one disk holds as it is found."""

    opens: str = ""
    kept: bool = True
    ops: dict[str, StoredResult] = field(default_factory=dict)
    feed: dict[tuple[str, str, str], tuple[int, int]] = field(default_factory=dict)
    blobs: frozenset[str] = frozenset()
    devices: dict[str, int] = field(default_factory=dict)
    half: list[str] = field(default_factory=list)

    def broken(self, promises: list[Row]) -> list[str]:
        """Return the promises that this disk does not keep."""
        if self.opens:
            return [f"does not open: {self.opens}"] if promises else []
        if promises and not self.kept:
            return ["the centre has other keys"]
        return [words for row in promises if (words := self._missing(row))]

    def _missing(self, row: Row) -> str:
        match row["what"]:
            case "device":
                good = self.devices.get(row["device_id"], 0) >= row["epoch"]
                return "" if good else f"device {row['device_id']} is unknown"
            case "blob":
                return "" if row["blob_id"] in self.blobs else f"page {row['blob_id'][:8]} is gone"
            case "feed":
                number, rev = self.feed.get(tuple(row["key"]), (0, 0))
                newer = number > row["no"] and rev >= row["rev"]
                return (
                    "" if newer or (number, rev) == (row["no"], row["rev"]) else "the feed is back"
                )
        here = self.ops.get(row["op_id"])
        if here is None or here.op_hash != row["op_hash"]:
            return f"operation {row['op_id']} is gone"
        told = (row["status"].replace("already", "applied"), row["rev"], row["human_no"])
        if told[0] in _SETTLED and (here.status, here.rev, here.human_no) != told:
            return f"operation {row['op_id']}: {told} became {here}"
        return ""


@dataclass(frozen=True)
class StoredResult:
    """What the centre keeps of an operation."""

    op_hash: str
    status: str
    rev: int
    human_no: str


class HubBench:
    """A folder where one centre after the other is laid out and opened."""

    def __init__(self, folder: Path, look: HubLook) -> None:
        """Use ``folder``, best one in memory."""
        self._folder = folder / "laid"
        self._look = look
        self._seen: dict[bytes, HubFound] = {}

    def look(self, image: Image) -> HubFound:
        """Look at one disk; what differs in the memory of nonces alone is opened once."""
        files = below(DATA, image)
        if files is None:
            return HubFound(opens="the folder is gone")
        lay(self._folder, files)
        spoilt = self._nonces()
        digest = _digest(files)
        if digest not in self._seen:
            self._seen[digest] = self._open(again=digest[0] % AGAIN == 0)
        found = self._seen[digest]
        if not spoilt:
            return found
        return HubFound(**{**vars(found), "half": [*found.half, *spoilt]})

    def _nonces(self) -> list[str]:
        """The gate must work with whatever is left of the nonces; it may have forgotten."""
        try:
            store = NonceStore(self._folder / "nonces.cache")
            try:
                fresh = [store.fresh("kid", f"nonce{n % 30}") for n in range(31)]
            finally:
                store.close()
        except Exception as error:  # noqa: BLE001 - any error here would be a 500 for everybody
            return [f"nonces: {type(error).__name__} {error}"]
        return [] if all(fresh[:30]) and not fresh[30] else ["nonces: a request is good twice"]

    def _open(self, *, again: bool) -> HubFound:
        found = HubFound()
        try:
            centre = open_centre(self._folder, limits=Limits(upload_days=30))
        except CounterError as error:
            found.opens = error.code
            return found
        try:
            judging.recheck(centre, errors.HELD_DEP, errors.HELD_FORM, errors.HELD_AUTHZ)
            deemed.deem_overdue(centre)
            found.kept = centre.keys.signing.public_hex == self._look.centre_key
            _read(centre, found)
            if again:
                self._again(centre, found)
        finally:
            centre.close()
        return found

    def _again(self, centre: Centre, found: HubFound) -> None:
        """Send everything again; the centre must end where it ended without the cut."""
        prepared = all(self._known(centre, sent) for sent in self._look.steps if sent.enrol)
        if not prepared or not found.kept:
            return  # the cut was before anybody could have got a code
        final: dict[str, str] = {}
        for sent in self._look.steps:
            try:
                self._send(centre, sent, final)
            except ProblemError as error:
                found.half.append(f"sent again: {error.problem.status} {error.problem.code}")
                return
        with centre.database.read() as tx:
            now = {op_id: row.status for op_id, row in _results(tx).items()}
        told = {op_id: status for op_id, status in self._look.final.items() if status in _SETTLED}
        if wrong := [op_id for op_id, status in told.items() if now.get(op_id) != status]:
            found.half.append(f"sent again, {len(wrong)} operations ended otherwise")
        after = HubFound()
        _read(centre, after)
        found.half += [f"sent again: {words}" for words in after.half]

    def _known(self, centre: Centre, sent: Sent) -> bool:
        with centre.database.read() as tx:
            return halls.code(tx, enrol.code_hash(sent.enrol["code"])) is not None

    def _send(self, centre: Centre, sent: Sent, final: dict[str, str]) -> None:
        if sent.enrol:
            enrol.enrol(centre, EnrolRequest.model_validate(sent.enrol))
            return
        with centre.database.read() as tx:
            device = halls.device(tx, sent.device_id)
        assert device is not None
        if sent.ops:
            asked = PushRequest(device_id=device.device_id, epoch=device.epoch, ops=sent.ops)
            for line in push.push(centre, device, asked):
                if line.result:
                    result = verify_json(line.result, self._look.centre_key, RESULT_TYP)
                    final[str(result["op_id"])] = str(result["status"])
            return
        blob_id = hashlib.sha256(sent.page).hexdigest()
        if uploads.have(centre, [blob_id]) == "0":
            uploads.create(
                centre,
                device,
                blob_id=blob_id,
                media_type="image/jpeg",
                length=len(sent.page),
                chunk=sent.page,
            )


def _digest(files: dict[str, bytes | None]) -> bytes:
    whole = hashlib.blake2b(digest_size=16)
    for path in sorted(files):
        if not path.startswith("nonces"):
            content = files[path]
            whole.update(path.encode() + b"\0" + (b"" if content is None else content) + b"\1")
    return whole.digest()


def _results(tx: Tx) -> dict[str, StoredResult]:
    return {op.op_id: _stored(op) for op in oplog.all_ops(tx)}


def _stored(op: oplog.StoredOp) -> StoredResult:
    part = op.result.split(".")[1]
    told = OpResult.model_validate_json(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return StoredResult(op.op_hash, op.status, told.rev, told.human_no)


def _read(centre: Centre, found: HubFound) -> None:
    with centre.database.read() as tx:
        if tx.scalar(text("PRAGMA quick_check")) != "ok":
            found.half.append("the database is damaged")
            return
        found.ops = _results(tx)
        rows = tx.execute(t.feed.select()).all()
        found.feed = {(r.scope, r.kind, r.entity_id): (r.change_no, r.rev) for r in rows}
        for scope in {row.scope for row in rows}:
            live = [(r.kind, r.entity_id, r.rev) for r in feed.live(tx, scope)]
            if feed.checksum(tx, scope) != checksum(live):
                found.half.append(f"the checksum of {scope} is not its content's")
        if max((row.change_no for row in rows), default=0) > feed.head(tx):
            found.half.append("the feed is ahead of its head")
        found.devices = {one.device_id: one.epoch for one in halls.all_devices(tx)}
        there = {case.case_id for case in cases.all_cases(tx)}
        ids = list(tx.scalars(t.blobs.select().with_only_columns(t.blobs.c.blob_id)))
        found.blobs = blobs.present(tx, ids)
        found.half += [
            f"operation {op.op_id} without its case"
            for op in oplog.all_ops(tx)
            if op.kind == "case.received" and op.status == "applied" and op.entity_id not in there
        ]
    for blob_id in ids:
        try:
            content = b"".join(centre.files.read(blob_id))
        except OSError:
            content = b""
        if hashlib.sha256(content).hexdigest() != blob_id:
            found.half.append(f"page {blob_id[:8]} is in the database and not on the disk")
