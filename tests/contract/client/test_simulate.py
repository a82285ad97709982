# SPDX-License-Identifier: MulanPSL-2.0
"""``counter simulate`` end to end: real store, real hub process, real line."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from counter.bootstrap import Home
from counter.devices.images import normalise
from counter.infra.paths import Paths
from sync.client import simulate
from sync.client.embedded import EmbeddedHub
from sync.client.enrol import enrol
from sync.client.training import HUB_FOLDER, feed_of, open_training, operators
from sync.hub.centre import open_centre
from sync.hub.storage import oplog

_ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training home that the tests of this module fill one after the other."""
    return tmp_path_factory.mktemp("training") / "home"


def statuses(home: Path) -> dict[str, str]:
    centre = open_centre(home / HUB_FOLDER)
    try:
        with centre.database.read() as tx:
            return {op.op_id: op.status for op in oplog.all_ops(tx)}
    finally:
        centre.close()


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sync.client.simulate", "--home", str(home), *words]
    env = {**os.environ, "PYTHONPATH": str(_ROOT)}
    return subprocess.run(
        command, capture_output=True, text=True, env=env, timeout=100, check=False
    )


def test_offline_cases_wait_and_then_arrive_once(home: Path) -> None:
    offline = run(home, "--cases", "4", "--offline", "--json", "--seed", "5")
    assert offline.returncode == 0, offline.stderr
    taken = [json.loads(line) for line in offline.stdout.splitlines()]
    assert len({case["receipt_no"] for case in taken}) == 4
    assert statuses(home) == {}
    online = run(home, "--cases", "1", "--json", "--seed", "6")
    assert online.returncode == 0, online.stderr
    taken += [json.loads(line) for line in online.stdout.splitlines()]
    assert statuses(home) == {case["op_id"]: "applied" for case in taken}
    again = run(home, "--cases", "0")
    assert (again.returncode, again.stdout) == (0, "")
    assert len(statuses(home)) == 5


def test_both_ends_agree_on_every_scope(home: Path) -> None:
    """L3: equal checksums, without a repair."""
    with open_training(Home(Paths(home))) as hall:
        core = hall.sign_in()
        try:
            engine, channel = feed_of(core, hall.transport(core))
            while engine.step().more:
                pass
            channel.close()
        finally:
            core.close()
    assert (engine.repairs, engine.ignored) == (0, 0)


def test_a_kill_between_enrolment_and_the_first_pull_is_made_good(tmp_path: Path) -> None:
    """The home was enrolled, had no catalogue, and every later run said so and gave up."""
    with EmbeddedHub(tmp_path / "hub") as hub:
        ready = hub.start()
        home = Home(Paths(tmp_path / "home"))
        facts = enrol(ready.url, ready.enrol_code, "练习窗口")
        home.enrol(facts, operators(facts.hall.hall_code), "passphrase-only")
        taken = run(tmp_path / "home", "--hub", ready.url, "--cases", "1")
        assert taken.returncode == 0, taken.stderr
    again = run(tmp_path / "home", "--hub", ready.url, "--cases", "0", "--wait", "1")
    assert again.returncode == 0, again.stderr  # no line, but everything is here


def test_the_hub_dies_with_its_parent(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib, time\n"
        "from sync.client.embedded import EmbeddedHub\n"
        "hub = EmbeddedHub(pathlib.Path(sys.argv[1]))\n"
        "hub.start()\n"
        "print(hub.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert Path(f"/proc/{pid}").exists()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    end = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
        if Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "Z":
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{pid}").exists()


def test_a_hub_starts_again_on_its_data(tmp_path: Path) -> None:
    for _ in range(2):
        with EmbeddedHub(tmp_path) as hub:
            assert hub.start().url.startswith("http://127.0.0.1:")


def test_wrong_usage_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate.main(["--cases", "many"]) == 2
    assert "--cases" in capsys.readouterr().err


def test_a_simulated_page_passes_the_page_check() -> None:
    data = simulate.page_image(random.Random(1), "x")
    assert normalise(data).data == data
    assert 20_000 < len(data) < 200_000
