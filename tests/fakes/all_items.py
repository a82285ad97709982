# SPDX-License-Identifier: MulanPSL-2.0
"""Every item in every situation: taken by the real handlers, decided by the real centre, printed.

Counter and centre hand each other the very operations; only the counter's store is a fake, new
for each case, and what the counter has after a pull is put together from the centre's row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path as Folder
from random import Random

from counter.app.bus import Bus
from counter.app.commands import (
    Command,
    Receipt,
    ReceiveCase,
    SaveDraft,
    StartDraft,
    SupplementCase,
)
from counter.app.handlers.registry import all_handlers
from counter.app.papers.from_case import PaperWish, paper_content
from counter.app.papers.lawful import belongs, why_not
from counter.app.work import Surroundings
from counter.devices.images import normalise
from counter.domain.bodies import CaseReceived
from counter.domain.case import CaseState
from counter.domain.catalog import Item
from counter.domain.ids import uuid7
from counter.domain.sample import Path, generate_valid, page
from counter.domain.signing import SigningKey, verify_json
from counter.infra.paper_templates import PaperTemplates
from counter.ports.blobs import StoredBlob
from counter.security.receipts import DeviceReceiptSigner
from sync.hub.centre import open_centre
from sync.hub.handlers import backoffice, publish
from sync.hub.handlers.push import receive
from sync.hub.storage import blobs, cases
from sync.protocol.wire import RESULT_TYP, OpResult
from tests.fakes.clock import FakeClock
from tests.fakes.hall import HALL, certificate, identity, session
from tests.fakes.storage import FakeBlobFiles, FakeStore
from tests.fakes.township import admit, register
from tests.unit.catalog_kit import FOLDER, NOW, TODAY, catalog

ALWAYS = {"REC", "NXT", "QRY"}
"""Papers a case has from the moment it is received."""


@dataclass(frozen=True)
class Shown:
    """One state a case was in, and every paper that is lawful then, as HTML by its code."""

    state: CaseState
    papers: dict[str, str]


class AllItems:
    """One centre with the whole catalogue."""

    def __init__(self, folder: Folder) -> None:
        self.centre = open_centre(folder)
        self.centre.clock = lambda: NOW
        register(self.centre)
        publish.publish(self.centre, list(publish.read_folder(FOLDER.parent)))
        self.templates = PaperTemplates(FOLDER.parent / "documents")

    def take(self, item: Item, path: Path, rng: Random) -> Iterator[Shown]:
        """Take a case on this path to its end and give each state it was in.

        Raises:
            AssertionError: something of it was refused.
        """
        counter = _Counter(self, item)
        case_id = counter.receive(path, rng)
        yield self._shown(counter, case_id)
        if self._state(case_id) is CaseState.RECEIVED:  # else decided by its rule (秒批)
            backoffice.act(self.centre, case_id, "accept")
            yield self._shown(counter, case_id)
            counter.close_gaps(case_id, rng)
            backoffice.act(self.centre, case_id, "approve")
        assert self._state(case_id) is CaseState.APPROVED, (item.item_code, path)
        yield self._shown(counter, case_id)

    def push(self, token: str, case_id: str) -> None:
        """Bring the centre an operation, and the pages of its case."""
        told, public = receive(self.centre, token), self.centre.keys.signing.public_hex
        result = OpResult.model_validate(verify_json(told, public, RESULT_TYP))
        assert (result.status, result.code) == ("applied", ""), result
        with self.centre.database.write() as tx:
            for blob_id in cases.missing_blobs(tx, case_id, required_only=False):
                blobs.add_blob(tx, blob_id, 1, "image/jpeg", self.centre.now())

    def _state(self, case_id: str) -> CaseState:
        with self.centre.database.read() as tx:
            found = cases.find(tx, case_id)
        assert found is not None
        return CaseState(found.state)

    def _shown(self, counter: _Counter, case_id: str) -> Shown:
        with self.centre.database.read() as tx:
            row = cases.find(tx, case_id)
        assert row is not None
        state = CaseState(row.state)
        record = counter.store.tables.cases[case_id]
        case = replace(record, state=state, centre=json.loads(json.dumps(row.view)))
        made = {}
        for kind in self.templates.kinds():
            if not belongs(kind, state):
                continue
            wish = PaperWish(kind=kind, qr="", printed_at=NOW)
            content = paper_content(wish, case, counter.item, HALL, session())
            if not why_not(kind, state, content):
                made[kind.code] = self.templates.render(content)
        return Shown(state, made)


class _Counter:
    """A counter that has one item and takes one case."""

    def __init__(self, world: AllItems, item: Item) -> None:
        self.item, self._world = item, world
        self.store = FakeStore()
        tables = self.store.tables
        tables.items[item.item_code, item.task_version] = item.model_dump_json()
        tables.reference |= _reference()
        device_id = uuid7()
        key = SigningKey.from_seed(f"key-{device_id}", uuid7().encode()[-32:])
        admit(world.centre, device_id, key)
        self._me = replace(
            identity(), device_id=device_id, key=key, certificate=certificate(key, device_id)
        )
        clock = FakeClock(NOW)
        around = Surroundings(
            identity=self._me,
            clock=clock,
            blob_files=FakeBlobFiles(),
            check_page=normalise,
            sign_receipt=DeviceReceiptSigner(key, self._me.certificate),
            seal=lambda data: data,
            shipped={},
        )
        self._bus = Bus(self.store, all_handlers(), around)

    def _do(self, command: Command) -> object:
        return self._bus.handle(command, session()).value

    def _push(self) -> None:
        op, token, *_ = self.store.tables.ops[-1]
        self._world.push(token, op.entity_id)

    def _stored(self, *pages: str) -> None:
        for blob_id in pages:
            self.store.tables.blobs[blob_id] = StoredBlob(blob_id, b"k" * 32, 1, "image/jpeg")

    def receive(self, path: Path, rng: Random) -> str:
        """收件 of a valid sample on this path; return the case's id."""
        lists = catalog().code_lists
        sample = generate_valid(self.item, rng, TODAY, path=path, code_lists=lists)
        draft_id = str(self._do(StartDraft()))
        begun = self.store.tables.drafts[draft_id]
        same = {n: getattr(begun, n) for n in ("draft_id", "case_id", "operator_id", "started_at")}
        draft = sample.model_copy(update=same)
        assert draft.signature is not None
        pages = [p for given in draft.materials.values() for p in given.pages]
        self._stored(*(p.blob_id for p in (*pages, draft.signature.page)))
        self._do(SaveDraft(draft))
        receipt = self._do(ReceiveCase(draft))
        assert isinstance(receipt, Receipt)
        self._push()
        return receipt.case_id

    def close_gaps(self, case_id: str, rng: Random) -> None:
        """容缺: bring what was promised for later, or there is no decision."""
        body = CaseReceived.model_validate(self.store.tables.cases[case_id].body)
        for row in body.materials:
            if row.way == "tolerated":
                one = page(rng)
                self._stored(one.blob_id)
                given = row.model_copy(
                    update={"way": "scanned", "pages": (one,), "due": "", "original_checked": True}
                )
                self._do(SupplementCase(case_id, (given,)))
                self._push()


def _reference() -> dict[tuple[str, str], dict[str, object]]:
    calendar = FOLDER.parent / "calendars" / "cn-2024-2026.json"
    return {
        ("calendar", "CN"): json.loads(calendar.read_bytes()),
        ("dicts", "dicts"): json.loads((FOLDER / "dicts.json").read_bytes()),
    }
