# SPDX-License-Identifier: MulanPSL-2.0
"""The opened counter: enrol, sign in, receive, fail, restart, with the real store."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from pyrage import x25519

from counter.app.commands import (
    Command,
    Receipt,
    ReceiveCase,
    SaveDraft,
    StartDraft,
    StorePage,
    WithdrawCase,
)
from counter.app.timekeeping import CENTRE
from counter.app.timekeeping import KIND as CLOCK
from counter.bootstrap import Home
from counter.bootstrap.core import Core
from counter.bootstrap.opening import Opening
from counter.domain.bodies import AuditBatch
from counter.domain.canonical import canonical_hash
from counter.domain.catalog import Item
from counter.domain.draft import Draft, Signature
from counter.domain.errors import KnownError, NotAllowedError
from counter.domain.materials import GivenMaterial, Page
from counter.domain.operations import ZERO_HASH, verify_operation
from counter.infra.atomic import write_atomic
from counter.infra.paths import Paths
from counter.receipt_cli import main as verify_main
from counter.security.vault import NewOperator
from counter.security.vault_file import KdfParams, VaultStore
from tests.fakes.clock import FakeClock
from tests.fakes.hall import CALENDAR, DEVICE_KEY, PERSON, facts, item
from tests.fakes.keyring import FakeKeyring
from tests.storage.kit import FailingDisk
from tests.unit.catalog_kit import FOLDER, ITEMS, calendar, catalog, good

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


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path / "home")
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


def test_a_receipt_survives_the_end_of_the_program(site: Site) -> None:
    with site.core() as core:
        receipt = receive(core)
    with site.core(LEADER) as core:
        assert core.reconcile_report == ()
        detail = core.execution.run(lambda: core.queries.case(receipt.case_id))
        ops = core.execution.run(core.queries.outbox)
        assert detail is not None
        assert detail.case.receipt_no == receipt.receipt_no
        assert [op.op_hash for op in ops] == [receipt.op_hash]
        op = verify_operation(ops[0].jws, DEVICE_KEY.public_hex)
        assert (op.actor.operator, op.seq) == ("op-1", 1)
        assert len(core.execution.run(lambda: core.queries.blob(op.blobs[0].blob_id))) > 1000


def test_the_printed_token_verifies_with_the_homes_public_file(site: Site) -> None:
    with site.core() as core:
        receipt = receive(core)
    said: list[str] = []
    assert verify_main([receipt.qr_token, "--trust", str(site.paths.trust)], said.append) == 0
    assert "王桂兰" not in receipt.qr_token + "".join(said)


def test_nothing_readable_lies_in_the_home(site: Site) -> None:
    with site.core() as core:
        receive(core)
    everything = b"".join(p.read_bytes() for p in site.root.rglob("*") if p.is_file())
    for secret in ("王桂兰", "990123194603080124", DEVICE_KEY.seed.hex(), ZHANG.password):
        assert secret.encode() not in everything
    assert DEVICE_KEY.seed not in everything


def test_a_wrong_password_or_another_machine_opens_nothing(site: Site) -> None:
    with pytest.raises(NotAllowedError) as wrong:
        site.home.sign_in("op-1", "wrong wrong")
    assert wrong.value.code == "SIGN-IN"
    stranger = Site(site.root, clock=site.clock)
    with pytest.raises(KnownError) as copied:
        stranger.home.sign_in("op-1", ZHANG.password)
    assert copied.value.code == "VAULT-DEVICE"
    stranger.keyring.kept = dict.fromkeys(site.keyring.kept, b"\1" * 32)
    with pytest.raises(NotAllowedError) as other:
        stranger.home.sign_in("op-1", ZHANG.password)
    assert str(other.value) == str(wrong.value)


def test_six_wrong_passwords_lock_the_door(site: Site) -> None:
    for _ in range(5):
        with pytest.raises(NotAllowedError):
            site.home.sign_in("op-1", "wrong wrong")
    with pytest.raises(NotAllowedError) as error:
        site.home.sign_in("op-1", ZHANG.password)
    assert error.value.code == "SIGN-WAIT"


@pytest.mark.parametrize("left", range(3))
def test_a_full_disk_at_commit_shows_no_receipt_and_loses_nothing(site: Site, left: int) -> None:
    with site.core() as core:
        draft = ready(core)
        site.disk.left = left
        receipts: list[object] = []
        try:
            receipts.append(do(core, ReceiveCase(draft)))
        except KnownError as error:
            assert error.code == "JOURNAL-WRITE"  # noqa: PT017 - either outcome is right
            site.disk.left = -1
            (done,) = core.retry_journal()
            receipts.append(done.value)
        site.disk.left = -1
        (receipt,) = receipts
        assert isinstance(receipt, Receipt)
        assert len(core.execution.run(core.queries.outbox)) == 1
    with site.core() as core:
        assert core.reconcile_report == ()
        assert core.execution.run(lambda: core.queries.case(receipt.case_id)) is not None


def test_a_full_disk_while_scanning_keeps_the_draft(site: Site) -> None:
    with site.core() as core:
        draft = ready(core)
        site.disk.left = 0
        with pytest.raises(KnownError) as error:
            page(core, "照片")
        assert error.value.code == "DISK-FULL"
        site.disk.left = -1
        kept = core.execution.run(lambda: core.queries.draft(draft.draft_id))
        assert kept is not None
        assert kept.materials == draft.materials


def test_an_elders_undo_waits_behind_the_first_operation(site: Site) -> None:
    with site.core() as core:
        value = do(core, ReceiveCase(ready(core), regret_minutes=10))
        assert isinstance(value, Receipt)
        do(core, WithdrawCase(value.case_id, "老人改变主意"))
        now = core.clock.now().isoformat()
        assert core.execution.run(lambda: core.sync_store.sendable(now, 50)) == []
        later = (core.clock.now() + timedelta(minutes=11)).isoformat()
        sendable = core.execution.run(lambda: core.sync_store.sendable(later, 50))
        assert [row.kind for row in sendable] == ["case.received"]


def test_the_lease_runs_from_the_last_word_of_the_centre(site: Site) -> None:
    site.clock.advance(15 * 86400)
    with site.core() as core:
        assert not core.session.reading
        receive(core)  # capture goes on
        told = core.clock.now().isoformat()
        core.execution.run(lambda: core.sync_store.note_centre_time(told, 1500))
        assert core.renew().reading
        receive_again = ready(core)
        receive_again.duplicate_reason = "本人要求"
        do(core, ReceiveCase(receive_again))
        ops = core.execution.run(core.queries.outbox)
        last = max(ops, key=lambda op: op.seq)
        time = verify_operation(last.jws, DEVICE_KEY.public_hex).time
        assert (time.last_centre_time, time.skew_ms) == (told, 1500)
    assert (CLOCK, CENTRE) == ("clock", "centre")


def test_a_stopped_account_loses_no_case(site: Site) -> None:
    with site.core() as core:
        receipt = receive(core)
        off = {"operator_id": "op-1", "name": "张某", "job_no": "A001", "roles": ["clerk"]}

        def stop() -> None:
            with core._store.unit_of_work() as uow:
                uow.reference.put("operator", "op-1", "", {**off, "active": False})
                uow.commit()

        core.execution.run(stop)
    with pytest.raises(NotAllowedError) as error:
        site.home.sign_in("op-1", ZHANG.password)
    assert error.value.code == "OPERATOR-OFF"
    with site.core(LEADER) as core:
        assert [op.op_id for op in core.execution.run(core.queries.outbox)] == [receipt.op_id]


def test_only_the_leader_lets_a_colleague_in(site: Site) -> None:
    new = NewOperator("op-3", "赵某", "A003", "third password")
    with site.core() as core, pytest.raises(NotAllowedError):
        core.add_operator(new)
    with site.core(LEADER) as core:
        core.add_operator(new)
        core.check_password(LEADER.password)
        core.change_password(LEADER.password, "changed password")
    assert [label.job_no for label in site.home.operators()] == ["A001", "A002", "A003"]


def test_the_recovery_key_saves_unsent_work(site: Site) -> None:
    with site.core() as core:
        receipt = receive(core)
    site.keyring.kept.clear()
    again = NewOperator("op-2", "李某", "A002", "recovered pass")
    site.home.recover(str(site.recovery), again, "keyring")
    with site.core(again) as core:
        assert core.execution.run(lambda: core.queries.case(receipt.case_id)) is not None


def test_enrolment_that_fails_can_be_done_again(tmp_path: Path) -> None:
    site = Site(tmp_path / "home")
    site.disk.left = 3
    with pytest.raises(KnownError):
        site.enrol()
    assert not site.paths.vault.exists()
    site.disk.left = -1
    site.enrol()
    assert site.home.hall_label() == "某某镇便民服务中心 · 3号窗"
    with site.core() as core:
        assert core.key_mode == "keyring"


def test_a_home_without_enrolment_says_so(tmp_path: Path) -> None:
    home = Home(Paths(tmp_path), FakeKeyring(), FakeClock())
    assert not home.enrolled
    with pytest.raises(KnownError) as error:
        home.sign_in("op-1", "x")
    assert error.value.code == "NOT-ENROLLED"


def test_the_sign_in_window_needs_no_heavy_library(tmp_path: Path) -> None:
    code = (
        "import sys; from counter.bootstrap import Home;"
        "from counter.infra.paths import Paths; from pathlib import Path;"
        f"Home(Paths(Path({str(tmp_path)!r}))).enrolled;"
        "heavy = {'sqlalchemy', 'argon2', 'celpy', 'sqlcipher3', 'keyring', 'PIL', 'joserfc',"
        " 'pyrage', 'common_expression_language', 'cel', 'alembic'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == "[]\n"


def test_audit_rows_form_a_chain_that_the_centre_can_compute_again(site: Site) -> None:
    with site.core() as core:
        receive(core)
        site.clock.advance(86400)
        assert core.send_audit() > 5
        row = max(core.execution.run(core.queries.outbox), key=lambda op: op.seq)
        body = AuditBatch.model_validate(verify_operation(row.jws, DEVICE_KEY.public_hex).body)
    link = ZERO_HASH
    for entry in body.rows:
        link = canonical_hash({**entry, "prev_hash": link})
    assert link == body.last_hash


@pytest.mark.parametrize("code", ITEMS)
def test_every_shipped_item_can_be_received(site: Site, code: str) -> None:
    folder = catalog()
    with site.core() as core:
        dicts = json.loads((FOLDER / "dicts.json").read_text("utf-8"))

        def install_catalog() -> None:
            with core._store.unit_of_work() as uow:
                uow.reference.put("dicts", "dicts", "1", dicts)
                uow.reference.put(
                    "calendar", "CN", "2", calendar().model_dump(mode="json", by_alias=True)
                )
                body = folder.items[code].model_dump(mode="json")
                uow.reference.put("item", code, folder.items[code].task_version, body)
                uow.commit()

        core.execution.run(install_catalog)
        made = good(code)
        kept = core.execution.run(lambda: core.queries.draft(str(do(core, StartDraft()))))
        assert kept is not None
        pages = {key: (page(core, key),) for key, given in made.materials.items() if given.pages}
        assert made.signature is not None
        ids = {name: getattr(kept, name) for name in ("draft_id", "case_id", "operator_id")}
        draft = made.model_copy(
            update={
                **ids,
                "materials": {
                    key: given.model_copy(update={"pages": pages.get(key, ())})
                    for key, given in made.materials.items()
                },
                "signature": made.signature.model_copy(update={"page": page(core, "签字")}),
            }
        )
        receipt = do(core, ReceiveCase(draft))
        assert isinstance(receipt, Receipt)
        detail = core.execution.run(lambda: core.queries.case(receipt.case_id))
        assert detail is not None
        assert detail.case.item_code == code
