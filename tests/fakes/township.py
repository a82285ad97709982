# SPDX-License-Identifier: MulanPSL-2.0
"""A counter and its centre in one process, on one clock, without a network between them.

town = Township(tmp_path, moment)
with town.counter() as core:
    receive(core); town.push(core); town.pull(core)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from counter.bootstrap.core import Core
from counter.domain.catalog import Item
from counter.domain.signing import SigningKey, verify_json
from counter.ports.keys import EnrolmentFacts
from counter.security.vault import NewOperator
from sync.client.centre import Centre, settled
from sync.hub.centre import Centre as HubCentre
from sync.hub.centre import open_centre
from sync.hub.handlers import publish, training
from sync.hub.handlers.pull import pull
from sync.hub.handlers.push import receive as take
from sync.hub.storage import blobs, cases, epochs, halls
from sync.protocol.wire import RESULT_TYP, FeedRecord, OpResult
from tests.fakes.hall import DEVICE_ID, DEVICE_KEY, facts, item
from tests.storage.site import LEADER, ZHANG, Site


def register(centre: HubCentre) -> None:
    """Make the centre know the hall, the clerk and the device of ``tests.fakes.hall``."""
    with centre.database.write() as tx:
        halls.put_hall(tx, training.HALL)
        state = halls.OperatorState(
            "op-1", 1, "2026-01-01T00:00:00+08:00", training.HALL.hall_code, "张某", "A001",
            ("clerk",), True,
        )  # fmt: skip
        halls.put_operator(tx, state)
        leader = halls.OperatorState(
            "op-2", 1, "2026-01-01T00:00:00+08:00", training.HALL.hall_code, "李某", "A002",
            ("leader", "clerk"), True,
        )  # fmt: skip
        halls.put_operator(tx, leader)
    admit(centre, DEVICE_ID, DEVICE_KEY)


def admit(centre: HubCentre, device_id: str, key: SigningKey) -> None:
    """Make the centre know a device of that hall."""
    hall_code = training.HALL.hall_code
    with centre.database.write() as tx:
        halls.put_device(
            tx,
            halls.Device(device_id, hall_code, 3, "3号窗", 1, "", centre.now()),
            halls.DeviceKey(key.kid, device_id, key.public_hex, 1),
        )
        epochs.add(tx, epochs.Epoch(device_id, 1, centre.now(), "enrolment"))


class TownSite(Site):
    """A site that trusts the centre of this test."""

    centre_keys: dict[str, str]
    seal: str = ""

    def enrol(self) -> None:
        given: EnrolmentFacts = replace(
            facts(str(self.recovery.to_public()), self.seal), centre_keys=self.centre_keys
        )
        self.opening().enrol(given, (ZHANG, LEADER), "keyring")


class Township:
    """``site.clock`` is everybody's clock."""

    def __init__(self, folder: Path, moment: datetime, *items: Item) -> None:
        self.centre = open_centre(folder / "hub")
        self.site = TownSite(folder / "home")
        self.site.clock.wall = moment
        self.centre.clock = self.site.clock.now
        key = self.centre.keys.signing
        self.site.centre_keys = {key.kid: key.public_hex}
        self.site.seal = str(self.centre.keys.seal.to_public())
        self._register(items or (item(),))
        self.site.enrol()

    def _register(self, items: tuple[Item, ...]) -> None:
        register(self.centre)
        self.publish(
            *(("item", i.item_code, i.task_version, i.model_dump(mode="json")) for i in items)
        )

    def publish(self, *documents: tuple[str, str, str, dict[str, Any]]) -> None:
        publish.publish(self.centre, [publish.Document(*document) for document in documents])

    @contextmanager
    def counter(self, who: NewOperator = ZHANG) -> Iterator[Core]:
        """The counter, signed in."""
        core = self.site.opening().sign_in(who.operator_id, who.password, None)
        try:
            yield core
        finally:
            core.close()

    def push(self, core: Core) -> list[OpResult]:
        """Bring every unsettled operation to the centre and its answer back."""
        ops = core.execution.run(core.sync_store.exportable)
        return [self.push_one(core, op.jws) for op in ops]

    def push_one(self, core: Core, jws: str) -> OpResult:
        token = take(self.centre, jws)
        public = self.centre.keys.signing.public_hex
        result = OpResult.model_validate(verify_json(token, public, RESULT_TYP))
        core.execution.run(lambda: core.sync_store.settle([settled(result, token)]))
        return result

    def carry_pages(self, core: Core, case_id: str) -> None:
        """Bring the centre the pages of a case that it misses, whole and right."""
        with self.centre.database.write() as tx:
            for blob_id in cases.missing_blobs(tx, case_id, required_only=False):
                data = core.execution.run(partial(core.queries.blob, blob_id))
                assert sha256(data).hexdigest() == blob_id
                blobs.add_blob(tx, blob_id, len(data), "image/jpeg", self.centre.now())

    def pull(self, core: Core) -> None:
        """Bring the counter everything the centre has for it."""
        with self.centre.database.read() as tx:
            device = halls.device(tx, DEVICE_ID)
        assert device is not None
        while self._page(core, device):
            pass

    def _page(self, core: Core, device: halls.Device) -> bool:
        cursor = core.execution.run(core.sync_store.cursor)
        page = pull(self.centre, device, cursor=cursor, scopes=[], limit=500)
        records = [self._plain(core, record) for record in page.records]
        core.execution.run(lambda: core.sync_store.apply_page(records, page.cursor))
        return page.more

    @staticmethod
    def _plain(core: Core, record: FeedRecord) -> dict[str, Any]:
        """As the pull engine hands it over: of a catalogue version what the centre signed."""
        plain = record.model_dump(mode="json")
        if record.kind == "catalog":
            manifest = Centre(core.identity.centre_keys).manifest(record.body["token"])
            assert manifest is not None
            plain["body"] = manifest.model_dump(mode="json")
        return plain
