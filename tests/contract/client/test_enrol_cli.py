# SPDX-License-Identifier: MulanPSL-2.0
"""``counter enrol`` against a real hub: a machine becomes a counter, or says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter.bootstrap import Home
from counter.infra.paths import Paths
from sync.client.enrol_cli import main
from tests.fakes.hub import RunningHub

PASSWORD = "Long-enough-990123"


def words(hub: RunningHub, home: Path, code: str) -> list[str]:
    return [
        *("--hub", hub.url, "--code", code, "--home", str(home)),
        *("--job-no", "0312", "--name", "张敏", "--role", "clerk", "--passphrase-only"),
    ]


def test_enrolled_machine_opens_with_the_catalogue(tmp_path: Path) -> None:
    with RunningHub(tmp_path / "hub") as hub:
        home = tmp_path / "home"
        assert main(words(hub, home, hub.code()), ask_password=lambda _: PASSWORD) == 0
        core = Home(Paths(home)).sign_in("7K2QM-0312", PASSWORD)
        try:
            assert core.execution.run(lambda: core.queries.search_items("练习"))
        finally:
            core.close()


def test_wrong_code_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with RunningHub(tmp_path / "hub") as hub:
        home = tmp_path / "home"
        assert main(words(hub, home, "WRONGCODE1"), ask_password=lambda _: PASSWORD) == 1
    assert "ENROL-CODE" in capsys.readouterr().err
    assert not Home(Paths(home)).enrolled


def test_passwords_must_be_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = iter(["Long-enough-990123", "Another-990123"])
    home = tmp_path / "home"
    argv = ["--hub", "https://centre.invalid", "--code", "X" * 10, "--home", str(home)]
    argv += ["--job-no", "1", "--name", "甲", "--passphrase-only"]
    assert main(argv, ask_password=lambda _: next(answers)) == 1
    assert "PASSWORD-DIFFERS" in capsys.readouterr().err
