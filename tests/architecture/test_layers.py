# SPDX-License-Identifier: MulanPSL-2.0
"""The import contracts hold, and each one fails when its rule is broken."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, python_files, shown, tree

LINT = (
    "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True{}))"
)

# docs/adr/0001: pure value formats and rules; everything else waits behind a port.
DOMAIN_MAY_IMPORT = {
    "counter",
    "pydantic",
    "pydantic_core",
    "cel",
    "rfc8785",
    "joserfc",
    "cryptography",
}

PLANTS: dict[str, dict[str, str]] = {
    "rooms": {"sync/protocol/planted.py": "import ui"},
    "counter": {"counter/domain/planted.py": "import counter.app"},
    "ends": {"sync/client/planted.py": "import sync.hub"},
    "protocol": {"sync/protocol/planted.py": "import sync.client"},
    "hub": {"sync/hub/planted.py": "import counter.infra"},
    "qt": {"counter/devices/planted.py": "from PySide6.QtCore import QObject"},
    "sql": {"counter/app/planted.py": "from sqlalchemy import select"},
    "http": {"sync/client/planted.py": "import requests"},
    "screens": {
        "ui/screens/__init__.py": "",
        "ui/screens/planted_a/__init__.py": "import ui.screens.planted_b",
        "ui/screens/planted_b/__init__.py": "",
    },
    "siblings": {
        "counter/infra/planted_a.py": "import counter.infra.planted_b",
        "counter/infra/planted_b.py": "import counter.infra.planted_a",
    },
}


def lint(folder: Path, contract: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run import-linter on a copy of the project."""
    only = f", limit_to_contracts=({contract!r},)" if contract else ""
    return subprocess.run(
        [sys.executable, "-c", LINT.format(only)],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The rooms and their contracts, free to be spoilt."""
    for room in ("counter", "sync", "ui"):
        shutil.copytree(
            ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "*.db")
        )
    for name in ("pyproject.toml", "tests/__init__.py", "tests/architecture/only_in.py"):
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    (tmp_path / "tests/architecture/__init__.py").touch()
    return tmp_path


def test_every_contract_holds(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("contract", sorted(PLANTS))
def test_a_planted_violation_is_found(copy: Path, contract: str) -> None:
    for name, line in PLANTS[contract].items():
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f'"""Planted."""\n{line}\n', encoding="utf-8")
    done = lint(copy, contract)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout
    assert "planted" in done.stdout


def test_a_new_room_must_find_its_layer(copy: Path) -> None:
    (copy / "counter/planted.py").write_text('"""Planted."""\n', encoding="utf-8")
    assert "planted" in lint(copy, "counter").stdout


def test_the_domain_stays_pure() -> None:
    strangers = {
        f"{shown(path)}: {name}"
        for path in python_files("counter/domain")
        for node in ast.walk(tree(path))
        for name in imported(node)
        if name not in DOMAIN_MAY_IMPORT | sys.stdlib_module_names
    }
    assert strangers == set()


def imported(node: ast.AST) -> list[str]:
    """Top-level names that an import statement brings in."""
    match node:
        case ast.Import(names=names):
            return [alias.name.partition(".")[0] for alias in names]
        case ast.ImportFrom(module=str(module)):
            return [module.partition(".")[0]]
        case _:
            return []
