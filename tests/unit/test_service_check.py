# SPDX-License-Identifier: MulanPSL-2.0
"""The tables of 好差评 and 接诉即办 are checked with the catalogue; their schema is the code's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from counter.catalog_cli import DEFAULT, SERVICE_SCHEMA, main
from counter.infra.service_check import check, schema

SERVICE = DEFAULT.parent / "service"


def test_the_shipped_tables_are_sound_and_the_schema_is_up_to_date() -> None:
    assert check(SERVICE) == []
    kept = json.loads(SERVICE_SCHEMA.read_text("utf-8"))
    assert kept == schema(), "counter catalog service-schema"


def test_every_fault_is_named_with_file_and_field(tmp_path: Path) -> None:
    service = Path(shutil.copytree(SERVICE, tmp_path / "service"))
    tables = json.loads((service / "appeals.json").read_text("utf-8"))
    tables["sla"][0]["dispatch"]["unit"] = "fortnight"
    (service / "appeals.json").write_text(json.dumps(tables), "utf-8")
    (service / "prices.json").write_text("{}", "utf-8")
    first, second = check(service)
    assert first.startswith("appeals.json: sla.0.dispatch.unit: ")
    assert second.startswith("prices.json: 没有这种表")


def test_the_schema_is_written_where_it_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "service.schema.json"
    assert main(["service-schema", "--out", str(out)]) == 0
    assert json.loads(out.read_text("utf-8")) == schema()
    assert "已写出 service.schema.json" in capsys.readouterr().out
