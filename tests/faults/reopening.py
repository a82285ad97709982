# SPDX-License-Identifier: MulanPSL-2.0
"""Opens a home as it was found after a power cut, with the real store, and says what is there."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from counter.domain.draft import Draft
from counter.domain.errors import CounterError
from counter.domain.journal_records import Record
from counter.domain.operations import ZERO_HASH, Operation, verify_operation
from counter.infra.paths import Paths
from counter.ports.blobs import StoredBlob
from counter.storage import tables as t
from counter.storage.files import FileLayer
from counter.storage.journal import Journal
from counter.storage.store import Store, open_store
from tests.faults.disk import Image
from tests.faults.drafting import focus_at, text_at
from tests.faults.looking import GARBAGE, Row
from tests.storage.kit import SetClock

# Words of a start-up that needed the other copy to get an operation back.
_FROM_JOURNAL = ("收件流水比数据库多", "数据库损坏", "数据库文件不见了")


class NoSync(FileLayer):
    """The disk of the looker: nothing it writes has to last."""

    def fsync(self, fd: int) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Keys:
    """What a sign-in would have found out; asked once, as Argon2 is slow on purpose."""

    database: bytes
    seal_recipient: str
    journal_identity: str
    device_key: str
    now: datetime

    def bench(self, folder: Path) -> Bench:
        """Return a bench: these keys are all that is needed to judge an enrolled home."""
        return Bench(folder, self)


@dataclass
class Found:
    """What one disk holds. ``half`` names what is shown as whole and is not."""

    opens: str = ""
    journal: set[tuple[int, int]] = field(default_factory=set)
    ops: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    receipts: set[str] = field(default_factory=set)
    drafts: dict[str, tuple[str, str]] = field(default_factory=dict)
    helped: tuple[str, ...] = ()
    half: list[str] = field(default_factory=list)

    def broken(self, promises: list[Row]) -> list[str]:
        """Return the promises that this disk does not keep; both copies must keep each."""
        if self.opens:
            return [f"does not open: {self.opens}"] if promises else []
        lost: list[str] = []
        # Of a draft only the last save counts; every receipt counts for ever.
        for said in {p.get("draft_id") or p["op_id"]: p for p in promises}.values():
            lost += self._draft(said) if "draft_id" in said else self._receipt(said)
        return lost + list(self.helped)

    def _receipt(self, said: Row) -> list[str]:
        number = said["receipt_no"]
        op_hash, epoch, seq = self.ops.get(said["op_id"], ("", 0, 0))
        if op_hash != said["op_hash"] or number not in self.receipts:
            return [f"{number}: not in the database"]
        return [] if (epoch, seq) in self.journal else [f"{number}: not in the journal"]

    def _draft(self, said: Row) -> list[str]:
        good = [(focus_at(n), text_at(n)) for n in (said["step"], said["step"] + 1)]
        return [] if self.drafts.get(said["draft_id"]) in good else [f"draft at {said['step']}"]


class Bench:
    """A folder where one image after the other is laid out and opened."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        """Use ``folder``, best one in memory."""
        self._paths = Paths(folder)
        self._keys = keys
        self._laid: dict[str, bytes | None] = {}
        self._good: set[tuple[str, int]] = set()

    def look(self, image: Image) -> Found:
        """Lay the image out, open it, and look at everything."""
        self._lay(image.files)
        found = Found()
        for path, content in image.files.items():
            if path.endswith(".json") and content is not None and not path.startswith("logs/"):
                try:
                    json.loads(content)
                except ValueError:
                    found.half.append(f"{path} is half")
        journal = Journal(self._paths.journal, [], "", NoSync())
        found.journal = {(r.epoch, r.seq) for r in journal.records() if isinstance(r, Record)}
        clock = SetClock()
        clock.time = self._keys.now
        try:
            store = open_store(
                self._paths.database,
                self._keys.database,
                self._paths.blobs,
                self._paths.journal,
                clock,
                recipients=(self._keys.seal_recipient,),
                journal_identity=self._keys.journal_identity,
                files=NoSync(),
            )
        except CounterError as error:
            found.opens = error.code
            return found
        try:
            found.helped = tuple(
                words for words in store.report if any(sign in words for sign in _FROM_JOURNAL)
            )
            self._read(store, found)
        finally:
            store.close()
        return found

    def _lay(self, files: dict[str, bytes | None]) -> None:
        """Write what differs; the last look changed everything but the pages."""
        home = self._paths.home
        for path, content in self._laid.items():
            if path not in files or (content is None) != (files[path] is None):
                if content is None:
                    shutil.rmtree(home / path, ignore_errors=True)
                else:
                    (home / path).unlink(missing_ok=True)
        for left in [p for p in home.glob("*") if p.is_file() and p.name not in files]:
            left.unlink()
        for left in self._paths.journal.glob("*"):
            if f"journal/{left.name}" not in files:
                left.unlink()
        for path, content in files.items():
            if content is None:
                if self._laid.get(path, b"") is not None:
                    (home / path).mkdir(exist_ok=True, parents=True)
            elif not path.startswith("blobs/") or self._laid.get(path) is not content:
                (home / path).write_bytes(content)
        if "counter.db-wal" in files:
            (home / "counter.db-shm").write_bytes(GARBAGE)
        self._laid = dict(files)

    def _read(self, store: Store, found: Found) -> None:
        o = t.outbox.c
        with store._database.reading() as connection:
            ops = connection.execute(
                select(o.op_id, o.op_hash, o.epoch, o.seq, o.jws).order_by(o.epoch, o.seq)
            ).all()
            found.receipts = set(connection.scalars(select(t.cases.c.receipt_no)))
            cases = set(connection.scalars(select(t.cases.c.case_id)))
            drafts = [
                Draft.model_validate_json(b) for b in connection.scalars(select(t.drafts.c.body))
            ]
            blobs = connection.execute(
                select(t.blobs.c.blob_id, t.blobs.c.key, t.blobs.c.size, t.blobs.c.media_type)
            ).all()
            heads = {(h.epoch, h.seq, h.op_hash) for h in connection.execute(select(t.heads))}
        found.ops = {row.op_id: (row.op_hash, row.epoch, row.seq) for row in ops}
        self._chain(ops, heads, cases, {b.blob_id for b in blobs}, found)
        for row in blobs:
            self._page(store, StoredBlob(*row), found)
        known = {b.blob_id for b in blobs}
        for draft in drafts:
            found.drafts[draft.draft_id] = (draft.focus, draft.form.get("home.address", ""))
            pages = [page for given in draft.materials.values() for page in given.pages]
            if any(page.blob_id not in known for page in pages):
                found.half.append("a draft shows a page that is not there")

    def _chain(
        self, rows: Any, heads: set[Any], cases: set[str], pages: set[str], found: Found
    ) -> None:
        """Every operation is genuine, numbered without a gap, and stands on the one before."""
        before: dict[int, tuple[int, str]] = {}
        for row in rows:
            seq, last = before.get(row.epoch, (0, ZERO_HASH))
            op = self._operation(row.jws)
            if (row.seq, op.seq, op.prev_hash) != (seq + 1, seq + 1, last):
                found.half.append(f"gap at {row.seq}")
            if op.kind == "case.received" and op.entity_id not in cases:
                found.half.append(f"operation {row.seq} without its case")
            if any(ref.blob_id not in pages for ref in op.blobs):
                found.half.append(f"operation {row.seq} without its pages")
            before[row.epoch] = (row.seq, row.op_hash)
        if heads != {(epoch, seq, last) for epoch, (seq, last) in before.items()}:
            found.half.append("the head is not the last operation")

    def _operation(self, jws: str) -> Operation:
        """Verify once; an operation never changes."""
        if jws not in _VERIFIED:
            if len(_VERIFIED) > 10_000:
                _VERIFIED.clear()
            _VERIFIED[jws] = verify_operation(jws, self._keys.device_key)
        return _VERIFIED[jws]

    def _page(self, store: Store, blob: StoredBlob, found: Found) -> None:
        """A page is whole: decrypt and hash each content once."""
        content = self._laid.get(
            f"blobs/{store.blob_files.name_of(blob)[:2]}/{store.blob_files.name_of(blob)}"
        )
        mark = (blob.blob_id, id(content))
        if content is not None and mark in self._good:
            return
        try:
            store.blob_files.read(blob)
        except CounterError as error:
            found.half.append(f"a page in the database is {error.code}")
            return
        if content is not None:
            _KEPT.append(content)  # so that its id stays its own
            self._good.add(mark)


_VERIFIED: dict[str, Operation] = {}
_KEPT: list[bytes] = []
