# SPDX-License-Identifier: MulanPSL-2.0
"""``counter hub``: one centre looked after from the command line, with the real catalogue."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

from counter.domain.catalog import Item
from sync.hub import serve
from sync.hub.__main__ import main
from tests.fakes.device import FakeDevice

RESOURCES = Path(__file__).parents[3] / "resources"


class Office:
    """Runs commands on one data folder."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._data = data
        self._capsys = capsys

    def run(self, *words: str, expect: int = 0) -> str:
        self._capsys.readouterr()
        assert main(["--data", str(self._data), *words]) == expect
        out, err = self._capsys.readouterr()
        return out if expect == 0 else err

    def rows(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run(*words, "--json").splitlines()]


def code_lists() -> dict[str, dict[str, str]]:
    found = json.loads((RESOURCES / "catalog" / "dicts.json").read_text("utf-8"))["lists"]
    return {
        name: {code["code"]: code["label"] for code in entry["codes"]}
        for name, entry in found.items()
    }


def items() -> list[Item]:
    paths = sorted((RESOURCES / "catalog" / "items").glob("*.json"))
    return [Item.model_validate_json(path.read_bytes()) for path in paths]


def test_a_training_centre_does_its_whole_job(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Serve in a process of its own, as `make run` does; look after it beside it."""
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-m", "sync.hub", "--data", str(tmp_path / "centre")]
    with subprocess.Popen(
        [*command, "serve", "--training", "--ready-file", str(ready)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(RESOURCES.parent)},
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline().strip()
            told = json.loads(ready.read_text("utf-8"))
            assert line == f"ready {told['url']}"
            device = FakeDevice(told["url"])
            assert device.enrol(told["enrol_code"]).hall.training is True
            _work(device, Office(tmp_path / "centre", capsys))
        finally:
            process.send_signal(signal.SIGTERM)
            for _ in range(100):
                if process.poll() is not None:
                    break
                time.sleep(0.1)
    assert process.returncode in {0, -signal.SIGTERM}


def _work(device: FakeDevice, office: Office) -> None:
    rng = Random(5)
    lists = code_lists()
    ops = {item.item_code: device.received(item, lists, rng) for item in items()}
    results = device.push(ops.values()).results
    assert [(r.status, r.message) for r in results] == [("applied", "")] * len(ops)
    assert all(len(r.human_no) == 43 and r.missing_blobs for r in results)
    rows = {row["case_id"]: row for row in office.rows("list")}
    assert {row["item_code"] for row in rows.values()} == set(ops)
    assert all(row["op_ids"] and not row["blobs_complete"] for row in rows.values())
    case_id = ops["shop_register"].entity_id
    waiting = [row["case_id"] for row in office.rows("queue")]
    assert case_id in waiting, "the name of a shop is looked at by a person"
    receipt_no = rows[case_id]["receipt_no"]
    assert "已受理" in office.run("accept", receipt_no)
    assert "OFFICE-BLOBS" in office.run("approve", receipt_no, expect=1)
    assert "不予" in office.run("refuse", receipt_no, "--reason", "名称已被使用")
    views = {r.entity_id: r.body for r in device.pull_to_the_end() if r.kind == "case"}
    assert views[case_id]["state"] == "refused"
    assert views[case_id]["promise_date"] > "2026-"
    assert office.rows("stats")[0]["cases"]["refused"] == 1
    assert {row["status"] for row in office.rows("ops")} == {"applied"}
    assert office.rows("alarms") == []
    assert [row["device_id"] for row in office.rows("devices")] == [device.device_id]
    office.run("revoke", device.device_id)
    assert device.request("GET", "/v1/sync/pull").status_code == 403


def test_people_codes_and_versions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    office = Office(tmp_path, capsys)
    assert "HUB-HALL" in office.run("code", "--window", "3", expect=1)
    office.run("init", "--training")
    assert len(office.run("code", "--window", "4").strip()) == 14
    office.run("operators", "add", "0320", "赵刚", "clerk", "leader")
    office.run("operators", "disable", "0308")
    people = {
        row["job_no"]: row for row in map(json.loads, office.run("operators", "list").splitlines())
    }
    assert people["0320"]["roles"] == ["clerk", "leader"]
    assert (people["0308"]["active"], people["0312"]["active"]) == (False, True)
    assert main(["--data", str(tmp_path), "operators", "add", "0321", "某某", "king"]) == 2
    assert "新发布 0 份" in office.run("publish-catalog", str(RESOURCES))
    assert office.run("accept", "7K2QM-03-261122-0017-X4K", expect=1)


def test_wrong_options_are_told_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "centre"
    office, nowhere = Office(data, capsys), str(tmp_path / "none" / "file")
    with serve.bind("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        for words, code in {
            "--pushes 0": "HUB-PUSHES",
            "--workers 0": "HUB-WORKERS",
            "--workers 65": "HUB-WORKERS",
            f"--port {port}": "HUB-ADDRESS",
            "--port 70000": "HUB-ADDRESS",
            "--port -1": "HUB-ADDRESS",
            "--host 203.0.113.1": "HUB-ADDRESS",
            f"--ready-file {nowhere}": "HUB-READY-FILE",
            f"--tls-cert {nowhere} --tls-key {nowhere}": "HUB-TLS-FILE",
            f"--tls-cert {nowhere}": "HUB-TLS-BOTH",
            f"--training --resources {nowhere}": "HUB-RESOURCES",
        }.items():
            told = office.run("serve", *words.split(), expect=1)
            assert (code in told, "没有改动" in told) == (True, True), (words, told)
    assert "HUB-RESOURCES" in office.run("init", "--training", "--resources", nowhere, expect=1)
    for given, code in (
        (["--database", "mysql://x"], "HUB-DB-URL"),
        (["--database", "postgresql://hub@127.0.0.1:9/hub"], "HUB-DB"),
        (["--blobs", "ftp://pages"], "HUB-BLOBS-URL"),
    ):
        assert code in office.run(*given, "serve", expect=1)
    assert not data.exists()


def test_a_published_version_never_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    office = Office(tmp_path / "centre", capsys)
    office.run("init", "--training")
    folder = tmp_path / "changed" / "catalog" / "items"
    folder.mkdir(parents=True)
    item = items()[0]
    changed = item.model_copy(update={"promise_day": item.promise_day + 1})
    (folder / "one.json").write_text(changed.model_dump_json(), "utf-8")
    assert "PUB-CHANGED" in office.run("publish-catalog", str(tmp_path / "changed"), expect=1)
