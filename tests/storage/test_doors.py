# SPDX-License-Identifier: MulanPSL-2.0
"""Who gets into a counter, what a thief finds, and how a broken machine is opened again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from counter.app.commands import (
    ReceiveCase,
)
from counter.app.timekeeping import CENTRE
from counter.app.timekeeping import KIND as CLOCK
from counter.bootstrap import Home
from counter.domain.errors import KnownError, NotAllowedError
from counter.domain.operations import verify_operation
from counter.infra.paths import Paths
from counter.security.vault import NewOperator
from sync.client.bundle import Courier, export
from tests.fakes.clock import FakeClock
from tests.fakes.hall import DEVICE_KEY
from tests.fakes.keyring import FakeKeyring
from tests.storage.site import LEADER, ZHANG, Site, do, enrolled, ready, receive


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return enrolled(tmp_path / "home")


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


def test_with_the_lease_run_out_everything_still_leaves_on_a_stick(
    site: Site, tmp_path: Path
) -> None:
    with site.core() as core:
        receipt = receive(core)
    site.clock.advance(60 * 24 * 3600)
    stick = tmp_path / "stick"
    stick.mkdir()
    with site.core() as core:
        assert not core.session.reading
        later = receive(core)
        done = export(
            Courier(core.sync_store, core.execution, core.identity, core.clock.now), stick
        )
        waiting = core.execution.run(core.queries.outbox)
    assert {receipt.op_id, later.op_id} <= {row.op_id for row in waiting}
    assert (done.ops, done.unreadable) == (len(waiting), 0)
    assert done.pages
    assert [path.stat().st_size > 0 for path in done.files] == [True]


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
