# SPDX-License-Identifier: MulanPSL-2.0
"""Which database ``counter hub`` uses, and what it says when that one is not right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from counter.domain.errors import DomainError, KnownError
from sync.hub.__main__ import DATABASE_ENV, main
from sync.hub.centre import open_centre
from sync.hub.storage.engine import parse_url
from tests.fakes.postgres import PostgresServer

SECRET = "liuhe-9-secret"
NOBODY_THERE = f"postgresql+psycopg://hub:{SECRET}@127.0.0.1:9/hub"


@pytest.mark.postgres
def test_commands_work_on_the_address_of_flag_or_environment(
    tmp_path: Path,
    postgres: PostgresServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, data = postgres.new_database(), ["--data", str(tmp_path)]
    assert main([*data, "--database", url, "init", "--training"]) == 0
    assert not (tmp_path / "hub.db").exists()
    monkeypatch.setenv(DATABASE_ENV, url)
    capsys.readouterr()
    assert main([*data, "operators", "list"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["job_no"] for row in rows] == sorted(row["job_no"] for row in rows) != []
    assert main([*data, "stats", "--json"]) == 0
    monkeypatch.delenv(DATABASE_ENV)
    assert main([*data, "stats"]) == 1, "a forgotten address does not make a new, empty centre"
    assert "HUB-DB-WHERE" in capsys.readouterr().err
    with pytest.raises(KnownError, match="HUB-DB-OTHER"):
        open_centre(tmp_path / "another", database=url)
    with pytest.raises(KnownError, match="HUB-DB-UTF8"):
        open_centre(tmp_path, database=postgres.new_database(encoding="LATIN1"))


def test_a_training_hall_never_uses_the_address_of_the_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_ENV, NOBODY_THERE)
    data = ["--data", str(tmp_path)]
    assert main([*data, "init", "--training"]) == 0
    assert main([*data, "stats"]) == 1, "the folder has a database of its own already"
    assert "HUB-DB-TWO" in capsys.readouterr().err
    assert main([*data, "--database", "", "stats"]) == 0


def test_no_password_is_ever_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for url, code in (
        (NOBODY_THERE, "HUB-DB"),
        (f"postgresql://hub@127.0.0.1:9/hub?password={SECRET}", "HUB-DB"),
        (f"mysql://hub:{SECRET}@127.0.0.1/hub", "HUB-DB-URL"),
        (f"hub:{SECRET}@127.0.0.1:x/hub", "HUB-DB-URL"),
        (f"postgresql://hub:{SECRET}@127.0.0.1:x/hub", "HUB-DB-URL"),
    ):
        assert main(["--data", str(tmp_path), "--database", url, "stats"]) == 1
        told = capsys.readouterr().err
        assert f"（{code}）" in told
        assert SECRET not in told + caplog.text
    with pytest.raises(DomainError) as caught:
        parse_url(f"postgresql://hub:{SECRET}@127.0.0.1:x/hub")
    assert SECRET not in repr(caught.value)
    assert SECRET not in repr(parse_url(NOBODY_THERE))
