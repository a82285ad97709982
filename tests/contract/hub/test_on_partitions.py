# SPDX-License-Identifier: MulanPSL-2.0
"""The contract of ``test_on_postgres`` once more, with the big tables in hash partitions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint

from sync.hub.__main__ import main
from sync.hub.storage import layout
from sync.hub.storage import tables as t
from tests.contract.hub import test_on_postgres as same
from tests.contract.hub.test_push import line
from tests.fakes.hub import RunningHub
from tests.fakes.postgres import PostgresServer

pytestmark = pytest.mark.postgres
PARTS = 4
_TESTS = [name for name in same.__all__ if name.startswith("test_")]
globals().update({name: getattr(same, name) for name in _TESTS})
__all__ = ["line"]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[RunningHub]:
    """Return a hub whose big tables are partitioned."""
    folder, url = tmp_path_factory.mktemp("hub"), postgres.new_database()
    place = ["--data", str(folder), "--database", url]
    assert main([*place, "schema", "--partitions", str(PARTS)]) == 0
    with RunningHub(folder, database=url) as running:
        assert set(running.centre.database.partitions().values()) == {PARTS}
        yield running


def test_every_unique_key_of_a_big_table_carries_what_it_is_spread_by() -> None:
    columns = layout.spread()
    assert {"ops", "cases", "case_blobs", "feed", "facts", "op_waits", "blobs"} <= columns.keys()
    for name, column in columns.items():
        table = t.metadata.tables[name]
        keys = [
            {c.name for c in one.columns}
            for one in table.constraints
            if isinstance(one, PrimaryKeyConstraint | UniqueConstraint)
        ]
        keys += [{c.name for c in index.columns} for index in table.indexes if index.unique]
        assert keys, name
        assert all(column in key for key in keys), name


def test_tables_are_made_once(
    tmp_path_factory: pytest.TempPathFactory,
    postgres: PostgresServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, url = tmp_path_factory.mktemp("hub"), postgres.new_database()
    place = ["--data", str(folder), "--database", url, "schema"]
    assert main(place) == 0
    assert "ops  一张表" in capsys.readouterr().out
    assert main([*place, "--partitions", "4"]) == 1
    assert "份数不能再改" in capsys.readouterr().err
    embedded = ["--data", str(tmp_path_factory.mktemp("embedded")), "schema", "--partitions", "4"]
    assert main(embedded) == 1
