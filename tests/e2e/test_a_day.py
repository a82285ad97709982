# SPDX-License-Identifier: MulanPSL-2.0
"""A whole day in the training hall, with the real hub: nothing readable, one program, one copy."""

from __future__ import annotations

import logging
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from counter.app.commands import Command, SaveDraft, StartDraft, StorePage
from counter.bootstrap import Home
from counter.bootstrap.core import Core
from counter.domain.draft import Draft
from counter.domain.errors import KnownError, NotAllowedError
from counter.infra.crash import CrashReports
from counter.infra.logs import start_logs, stop_logs
from counter.infra.paths import Paths
from counter.infra.single_instance import SingleInstance
from sync.client import simulate
from sync.client.training import CLERK, PASSWORD, SYNC_LOCK, TrainingHall, open_training
from sync.client.worker import Pace, SyncWorker
from tests.fakes.keyring import FakeKeyring
from tests.faults.processes import ROOT, environment

pytestmark = pytest.mark.slow
PLAN = simulate.Plan(cases=3, pages=2, seed=77, as_json=False, wait_s=60)
LEFT_OPEN = "写到一半的备注"
TYPED_PASSWORD = "WrongPassword-2468"


class Watched(simulate.Taker):
    """Remembers what must not be found on the disk."""

    def __init__(self, core: Core) -> None:
        super().__init__(core, PLAN)
        self.drafts: list[Draft] = []
        self.scans: list[bytes] = []

    def _do(self, command: Command) -> object:
        if isinstance(command, SaveDraft):
            self.drafts.append(command.draft.model_copy(deep=True))
        if isinstance(command, StorePage):
            self.scans.append(command.data)
        return super()._do(command)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrainingHall]:
    """An enrolled home with a keyring, and the real hub beside it."""
    folder = tmp_path_factory.mktemp("day")
    home = Home(Paths(folder / "home"), FakeKeyring())
    with open_training(home, hub_data=folder / "hub") as made:
        yield made


def markers(taker: Watched, receipts: list[str], device_seed: bytes) -> list[bytes]:
    """Everything a thief might look for."""
    texts = [PASSWORD, TYPED_PASSWORD, LEFT_OPEN, device_seed.hex(), *receipts]
    found = [device_seed]
    for draft in taker.drafts:
        told = [draft.applicant.model_dump(), draft.form]
        told += [draft.agent.model_dump()] if draft.agent else []
        texts += [value for facts in told for value in words_of(facts)]
    found += [text.encode() for text in texts if len(text.encode()) >= 6]
    for scan in taker.scans:
        found += [scan[:64], scan[len(scan) // 2 : len(scan) // 2 + 64]]
    return found


def words_of(value: object) -> Iterator[str]:
    """Names, addresses, long numbers: what tells who somebody is, not codes and dates."""
    if isinstance(value, dict):
        for part in value.values():
            yield from words_of(part)
    elif isinstance(value, str) and (not value.isascii() or re.fullmatch(r"[0-9X]{8,}", value)):
        yield value


def everything(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()
    }


def readable(home: Path, wanted: list[bytes]) -> list[str]:
    """Names of files in which a marker is found, as it is or in the name."""
    return [
        name
        for name, data in everything(home).items()
        if any(marker in data or marker in name.encode() for marker in wanted)
    ]


def work_a_day(core: Core, hall: TrainingHall) -> tuple[Watched, list[str]]:
    """Take cases, send them, leave one draft open, make a mistake that crashes."""
    transport = hall.transport(core)
    worker = SyncWorker(
        core.sync_store,
        core.execution,
        core.identity,
        transport,
        core.clock,
        lambda _: None,
        lambda _: None,
        lock_file=core.paths.home / SYNC_LOCK,
        pace=Pace(push_s=0.5, blobs_s=0.5, pull_s=1.0),
    )
    worker.start()
    try:
        taker = Watched(core)
        receipts = [taker.take(number).receipt_no for number in range(PLAN.cases)]
        draft_id = str(taker._do(StartDraft()))
        draft = core.execution.run(lambda: core.queries.draft(draft_id))
        assert draft is not None
        person = taker.drafts[0].applicant
        draft.applicant, draft.form = person.model_copy(), {"note": LEFT_OPEN}
        taker._do(SaveDraft(draft))
        assert simulate._wait_until_sent(core, worker, 60)
    finally:
        worker.stop()
    logging.getLogger("counter.commands").error("refused for %s", person.id_no)
    try:
        int(f"{person.name} {person.id_no} {LEFT_OPEN}")
    except ValueError as error:
        CrashReports(core.paths.crash, lambda: "test").write(error, "test")
        logging.getLogger("counter.storage").exception("failed")
    return taker, receipts


@pytest.mark.expected_log("refused for")
@pytest.mark.expected_log("failed")
def test_nothing_readable_lies_in_the_home_after_a_day(hall: TrainingHall) -> None:
    """S14 with everything the program writes: journal, database, log, scans, crash, logs."""
    paths = hall.home.paths
    with pytest.raises(NotAllowedError) as refused:
        hall.sign_in(CLERK, TYPED_PASSWORD)
    assert refused.value.code == "SIGN-IN"
    start_logs(paths.logs)
    core = hall.sign_in()
    try:
        taker, receipts = work_a_day(core, hall)
        wanted = markers(taker, receipts, core.identity.key.seed)
        files = everything(paths.home)
        for part in ("counter.db", "counter.db-wal", "vault.json", "attempts.json"):
            assert part in files
        for folder in ("blobs", "journal", "crash", "logs"):
            assert any(name.startswith(folder) and data for name, data in files.items()), folder
        assert readable(paths.home, wanted) == []
    finally:
        core.close()
        stop_logs()
    assert readable(paths.home, wanted) == []
    assert "counter.copy.db" in everything(paths.home)
    (paths.home / "planted.txt").write_bytes(wanted[1])
    assert readable(paths.home, wanted) == ["planted.txt"], "the search itself must work"
    (paths.home / "planted.txt").unlink()


def test_a_copied_home_opens_nothing_on_another_machine(hall: TrainingHall, tmp_path: Path) -> None:
    """The right password, but the device secret stayed in the other machine's keyring."""
    shutil.copytree(hall.home.paths.home, tmp_path / "stolen")
    clerk = f"7K2QM-{CLERK}"
    assert isinstance(hall.home.keyring, FakeKeyring)
    names = list(hall.home.keyring.kept)
    for kept in ({}, dict.fromkeys(names, b"\x07" * 32)):
        thief = Home(Paths(tmp_path / "stolen"), FakeKeyring(kept=dict(kept)))
        with pytest.raises((KnownError, NotAllowedError)) as refused:
            thief.sign_in(clerk, PASSWORD)
        assert refused.value.code in {"VAULT-DEVICE", "SIGN-IN"}
    hall.sign_in().close()


def test_two_programs_on_one_home_are_refused(hall: TrainingHall) -> None:
    """A simulator beside the open window (or a second one) would write into the same journal."""
    home = hall.home.paths.home
    command = [sys.executable, "-m", "sync.client.simulate", "--offline", "--home", str(home)]
    start = partial(
        subprocess.run, command, capture_output=True, text=True, env=environment(), cwd=ROOT
    )
    with SingleInstance(hall.home.paths.lock):
        second = start(timeout=60, check=False)
    assert (second.returncode, second.stdout) == (1, "")
    assert "SECOND-START" in second.stderr


def test_a_clerk_needs_no_line_to_work(hall: TrainingHall) -> None:
    """Hub down from the start: sign in, take a case, get the receipt; it waits in the queue."""
    offline = TrainingHall(hall.home, "http://127.0.0.1:9")
    core = offline.sign_in()
    try:
        plan = simulate.Plan(1, 1, random.randrange(10**6), as_json=False, wait_s=1)
        receipt = simulate.Taker(core, plan).take(0)
        waiting = core.execution.run(core.queries.outbox)
        assert receipt.op_id in {op.op_id for op in waiting}
        assert core.execution.run(core.sync_store.counts).local_only == 1
    finally:
        core.close()
