# SPDX-License-Identifier: MulanPSL-2.0
"""The migrations lead to the tables of the code, up and down, and old files open."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from counter.storage import migrate as module
from counter.storage.engine import Database
from counter.storage.files import FileLayer
from counter.storage.migrate import MIGRATIONS, bring_to_head, migrate
from counter.storage.schema import HEAD, REVISIONS
from tests.migrations.build_release import FIXTURES
from tests.storage.kit import KEY, Home, receive


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    database = Database(tmp_path / "counter.db", KEY, FileLayer())
    yield database
    database.close()


def schema(database: Database) -> dict[str, str]:
    """Every table and index by name, blanks squeezed."""
    with database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name != 'alembic_version'"
        ).all()
    return {row.name: " ".join(row.sql.split()) for row in rows}


def revision(database: Database) -> str:
    with database.reading() as connection:
        query = "SELECT version_num FROM alembic_version"
        return str(connection.exec_driver_sql(query).scalar_one())


def test_the_head_of_the_migrations_is_what_the_code_makes(empty: Database, tmp_path: Path) -> None:
    migrate(empty, "head")
    made = Database(tmp_path / "made.db", KEY, FileLayer())
    bring_to_head(made, KEY, FileLayer())
    assert schema(empty) == schema(made)
    assert empty.user_version() == made.user_version() == HEAD
    assert revision(empty) == revision(made) == REVISIONS[HEAD]
    made.close()


def test_down_and_up_again_leaves_the_same_schema(empty: Database) -> None:
    migrate(empty, "head")
    before = schema(empty)
    migrate(empty, "base")
    assert schema(empty) == {}
    assert empty.user_version() == 0
    migrate(empty, "head")
    assert schema(empty) == before


def test_an_upgrade_copies_the_file_first_and_keeps_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    with home.open() as store:
        case, _ = receive(store)
    # A next release, as far as this one can play it.
    monkeypatch.setattr(module, "HEAD", HEAD + 1)
    with home.open() as store:
        found = store.queries(lambda: home.clock.now().date()).case(case.case_id)
        assert found is not None
    assert (tmp_path / f"counter.before-{HEAD + 1:04d}.db").exists()


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.db")), ids=lambda path: path.stem)
def test_the_file_of_each_release_opens(path: Path, tmp_path: Path) -> None:
    home = Home(tmp_path)
    shutil.copy(path, home.db)
    with home.open() as store:
        rows = store.queries(lambda: home.clock.now().date()).cases().rows
        assert sorted(row.applicant for row in rows) == ["练*乙", "练*甲"]
        assert [op.seq for op in store.sync_store().exportable()] == [1, 2]
        _, op = receive(store)
        assert op.seq == 3


def test_a_release_file_is_there() -> None:
    assert list(FIXTURES.glob("*.db"))


def test_migrations_import_nothing_of_the_program() -> None:
    for path in (MIGRATIONS / "versions").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in getattr(node, "names", ())]
            module_name = getattr(node, "module", "") or ""
            assert not any(name.startswith("counter") for name in [*names, module_name])


def test_opening_an_up_to_date_database_loads_no_migration_machinery(tmp_path: Path) -> None:
    with Home(tmp_path).open() as store:
        receive(store)
    code = (
        "import sys; from pathlib import Path; from tests.storage.kit import Home\n"
        "with Home(Path(sys.argv[1])).open(): pass\n"
        "sys.exit(any(m in sys.modules for m in ('alembic', 'pypinyin')))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=60)
    assert done.returncode == 0
