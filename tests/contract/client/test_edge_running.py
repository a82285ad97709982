# SPDX-License-Identifier: MulanPSL-2.0
"""``counter hub serve --upstream``: a process of its own, watched, bounded, stopped in good order."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from starlette.testclient import TestClient

from sync.edge.__main__ import main
from sync.edge.app import create_app
from sync.edge.bounded import Bounded
from sync.hub.api.limits import RateLimiter
from sync.hub.handlers.enrol import new_code
from sync.hub.handlers.training import HALL
from sync.protocol.edge import EDGE_WINDOW
from tests.contract.client.counter import Counter
from tests.contract.client.running import RunningHub
from tests.fakes.edge import RunningEdge

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]


def code_of(hub: RunningHub) -> str:
    return new_code(hub.centre, HALL.hall_code, EDGE_WINDOW)


def test_it_serves_in_a_process_of_its_own_until_told_to_stop(
    hub: RunningHub, counter: Counter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, key = tmp_path / "host", tmp_path / "stick.json"
    words = ["serve", "--data", str(data), "--upstream", hub.url, "--key-file", str(key)]
    command = [sys.executable, "-m", "sync.edge", *words, "--code", code_of(hub)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip().removeprefix("ready ")
            counter.url = url
            op = counter.note()
            counter.push_engine().step()
            assert counter.applied([op])
            token = (data / "metrics.token").read_text("utf-8")
            assert requests.get(f"{url}/metrics", timeout=10).status_code == 401
            bearer = {"Authorization": f"Bearer {token}"}
            figures = requests.get(f"{url}/metrics", headers=bearer, timeout=10).text
            assert "edge_ops_waiting 0.0" in figures
            assert requests.get(f"{url}/readyz", timeout=10).json() == {"status": "ready"}
            out = ""
            for _ in range(100):
                assert main(["edge", "--data", str(data), "--key-file", str(key)]) == 0
                out = capsys.readouterr().out
                if "外线　　　　通" in out:
                    break
                time.sleep(0.1)
            assert "等中心结论　没有" in out
        finally:
            process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=30)
    assert process.returncode == 0
    lines = [json.loads(line) for line in log.splitlines()]
    assert any(line["message"] == "request" and line["status"] == 200 for line in lines)
    assert not (data / "edge.json").exists()
    assert counter.facts.device_id not in log


def test_wrong_usage_is_said_in_words(
    hub: RunningHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["serve", "--data", str(tmp_path / "x"), "--upstream", hub.url]
    assert main(words) == 1
    assert "EDGE-NEW" in capsys.readouterr().err
    assert main([*words, "--training"]) == 1
    assert "EDGE-USAGE" in capsys.readouterr().err
    assert main(["serve"]) == 2
    for wrong in (
        "hub.example",
        "http://hub.example",
        "https://",
        "https://hub.example:x",
        "ftp://h",
    ):
        words[-1] = wrong
        assert main(words) == 1
        assert "EDGE-URL" in capsys.readouterr().err, wrong
    words[-1] = hub.url
    for more, code in (
        (["--pages-gb", "0"], "EDGE-PAGES"),
        (["--pages-gb", "nan"], "EDGE-PAGES"),
        (["--ca-file", str(tmp_path / "none.pem")], "TLS-CA"),
        (["--port", hub.url.rpartition(":")[2]], "HUB-ADDRESS"),
        (["--code", ""], "EDGE-NEW"),
    ):
        assert main([*words, *more]) == 1
        assert code in capsys.readouterr().err
    assert main(["edge", "--data", str(tmp_path / "x")]) == 1
    assert not (tmp_path / "x").exists(), "nothing was made"


def test_what_waits_is_said_while_the_line_is_down(
    hub: RunningHub, counter: Counter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with RunningEdge(tmp_path / "edge", hub.url, code_of(hub)) as edge:
        counter.url = edge.url
        edge.line(up=False)
        counter.note()
        counter.push_engine().step()
        assert main(["edge", "--data", str(tmp_path / "edge")]) == 0
        assert "等中心结论　1 笔，最早" in capsys.readouterr().out
        assert main(["edge", "--data", str(tmp_path / "edge"), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["ops_waiting"] == 1


def test_one_caller_that_asks_too_much_is_told_to_wait(hub: RunningHub, tmp_path: Path) -> None:
    with RunningEdge(tmp_path / "edge", hub.url, code_of(hub)) as edge:
        few = Bounded(create_app(edge.host), RateLimiter(0.001, 2))
        client = TestClient(few)
        assert [client.get("/healthz").status_code for _ in range(3)] == [200, 200, 429]
        assert int(client.get("/healthz").headers["Retry-After"]) > 0
        none = TestClient(Bounded(create_app(edge.host), running=0))
        answer = none.get("/healthz")
        assert (answer.status_code, answer.json()["code"]) == (503, "crowded")
        big = b"x" * (8 * 1024 * 1024 + 1)
        whole = TestClient(Bounded(create_app(edge.host)))
        assert whole.post("/v1/sync/push", content=big).status_code == 413
