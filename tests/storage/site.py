# SPDX-License-Identifier: MulanPSL-2.0
"""A whole counter in a folder: enrol it, open it, take a case, with the real store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pyrage import x25519

from counter.app.commands import (
    Command,
    Receipt,
    ReceiveCase,
    SaveDraft,
    StartDraft,
    StorePage,
)
from counter.bootstrap import Home
from counter.bootstrap.core import Core
from counter.bootstrap.opening import Opening
from counter.domain.catalog import Item
from counter.domain.draft import Draft, Signature
from counter.domain.materials import GivenMaterial, Page
from counter.infra.atomic import write_atomic
from counter.infra.paths import Paths
from counter.security.vault import NewOperator
from counter.security.vault_file import KdfParams, VaultStore
from tests.fakes.clock import FakeClock
from tests.fakes.hall import CALENDAR, PERSON, facts, item
from tests.fakes.keyring import FakeKeyring
from tests.storage.kit import FailingDisk

CHEAP = KdfParams(memory_kib=8 * 1024, time=1)
ZHANG = NewOperator("op-1", "张某", "A001", "correct horse 1")
LEADER = NewOperator("op-2", "李某", "A002", "another pass 22", frozenset({"leader", "clerk"}))


@dataclass
class Site:
    root: Path
    keyring: FakeKeyring = field(default_factory=FakeKeyring)
    clock: FakeClock = field(default_factory=FakeClock)
    recovery: x25519.Identity = field(default_factory=x25519.Identity.generate)
    disk: FailingDisk = field(default_factory=FailingDisk)

    @property
    def paths(self) -> Paths:
        return Paths(self.root)

    @property
    def home(self) -> Home:
        return Home(self.paths, self.keyring, self.clock)

    def opening(self) -> Opening:
        store = VaultStore(self.paths.vault, write_atomic)
        return Opening(self.paths, self.keyring, self.clock, store, self.disk, CHEAP)

    def enrol(self) -> None:
        given = facts(str(self.recovery.to_public()))
        self.opening().enrol(given, (ZHANG, LEADER), "keyring")

    @contextmanager
    def core(self, who: NewOperator = ZHANG) -> Iterator[Core]:
        core = self.opening().sign_in(who.operator_id, who.password, None)
        try:
            yield core
        finally:
            core.close()


def enrolled(root: Path) -> Site:
    """A site with its first operators and one item."""
    made = Site(root)
    made.enrol()
    with made.core() as core:
        core.execution.run(lambda: install(core, item()))
    return made


def install(core: Core, new: Item) -> None:
    with core._store.unit_of_work() as uow:
        uow.reference.put("item", new.item_code, new.task_version, new.model_dump(mode="json"))
        uow.reference.put("calendar", "CN", "2026", CALENDAR)
        uow.commit()


def do(core: Core, command: Command) -> object:
    return core.execution.run(lambda: core.bus.handle(command, core.session)).value


def page(core: Core, title: str) -> Page:
    camera = core.devices.camera
    assert camera is not None
    data = camera.capture(title)
    assert isinstance(data, bytes)
    stored = do(core, StorePage(data, "simulated"))
    assert isinstance(stored, Page)
    return stored


def ready(core: Core) -> Draft:
    draft_id = str(do(core, StartDraft()))
    draft = core.execution.run(lambda: core.queries.draft(draft_id))
    assert draft is not None
    draft.item_code, draft.item_version = "allowance_80", "1"
    draft.applicant = PERSON.model_copy()
    draft.form = {"account.bank": "示例银行"}
    draft.materials = {
        "id_card": GivenMaterial(
            key="id_card", way="scanned", pages=(page(core, "身份证"),), original_checked=True
        ),
        "photo": GivenMaterial(key="photo", way="tolerated"),
    }
    draft.signature = Signature(
        method="paper",
        signer="applicant",
        page=page(core, "签字页"),
        signed_at=core.clock.now().isoformat(),
    )
    do(core, SaveDraft(draft))
    return draft


def receive(core: Core) -> Receipt:
    value = do(core, ReceiveCase(ready(core)))
    assert isinstance(value, Receipt)
    return value
