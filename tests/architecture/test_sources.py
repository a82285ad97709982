# SPDX-License-Identifier: MulanPSL-2.0
"""What every file says at its head, and what no file may contain."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import comments, project_files, python_files, shown, tree

SPDX = "# SPDX-License-Identifier: MulanPSL-2.0"
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
SILENCED = re.compile(r"#\s*(noqa|type:\s*ignore|pragma: no cover)", re.IGNORECASE)
# Codes in full, then at least a few words; examples stand in the last tests.
ARGUED = re.compile(
    r"#\s*(noqa:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*|type:\s*ignore\[[\w\-, ]+\]|pragma: no cover)"
    r"[\s#:—–-]+\S.{7,}"
)
MOCKS = {"MagicMock", "Mock", "AsyncMock", "create_autospec"}
# An address that packages were fetched from, or a folder that only one machine has.
MACHINE = re.compile(
    r"https?://[^\s\"'<>]*/(?:simple|wheels?)(?:/|\b)"
    r"|(?:^|[\s\"'=:(])/(?:root|home|Users|work|tmp|mnt)/\w"
    r"|(?:extra-)?index-url\s*[=:]?\s*https?:"
)
BINARY = {".png", ".jpg", ".ico", ".ttf", ".otf", ".pdf", ".db", ".zst", ".age", ".dict", ".gz"}


def code_faults(source: str) -> Iterator[str]:
    """Unfinished work, unargued silence and mocks in one file."""
    for number, text in comments(source):
        if UNFINISHED.search(text):
            yield f"{number}: unfinished: {text}"
        if SILENCED.search(text) and not ARGUED.search(text):
            yield f"{number}: silenced without a reason: {text}"
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id="NotImplementedError"):
                yield f"{node.lineno}: NotImplementedError"
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in MOCKS:
                yield f"{node.lineno}: {name}: write a fake"
            case ast.ImportFrom(module="unittest.mock"):
                yield f"{node.lineno}: unittest.mock: write a fake"
            case ast.ImportFrom(module="unittest", names=names) | ast.Import(names=names):
                if any(alias.name in {"mock", "unittest.mock"} for alias in names):
                    yield f"{node.lineno}: unittest.mock: write a fake"


def test_every_file_names_its_licence_and_purpose() -> None:
    broken = [
        shown(path)
        for path in python_files()
        if not path.read_text(encoding="utf-8").startswith(SPDX)
        or not ast.get_docstring(tree(path))
    ]
    assert broken == []


def test_nothing_is_unfinished_silenced_or_mocked() -> None:
    broken = [
        f"{shown(path)}:{fault}"
        for path in python_files()
        for fault in code_faults(path.read_text(encoding="utf-8"))
    ]
    assert broken == []


def test_no_file_names_one_machine() -> None:
    broken = [
        f"{shown(path)}:{number}: {line.strip()[:120]}"
        for path in project_files()
        if path.suffix not in BINARY
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if MACHINE.search(line)
    ]
    assert broken == []


@pytest.mark.parametrize(
    "source",
    [
        "x = 1  # " + "TODO later",
        "x = f()  # " + "noqa",
        "x = f()  # " + "noqa: BLE001",
        "x = f()  # " + "type: ignore[no-any-return]",
        "raise NotImplementedError",
        "from unittest import mock",
        "from unittest.mock import patch",
        "import unittest.mock",
        "f(mocking.MagicMock())",
    ],
)
def test_a_fault_is_found(source: str) -> None:
    assert list(code_faults(source))


@pytest.mark.parametrize(
    "source",
    [
        "x = 'TODO and # noqa in text are no comment'",
        "x = f()  # " + "noqa: BLE001 - a worker must outlive any one job",
        "x = f()  # " + "type: ignore[misc]  # the library's own types are wrong here",
    ],
)
def test_what_is_argued_passes(source: str) -> None:
    assert list(code_faults(source)) == []


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("--index-" + "url https:" + "//mirror.invalid/simple/", True),
        ("see https:" + "//mirror.invalid/pypi/simple", True),
        ('path = "/' + 'home/someone/x"', True),
        ("https://www.gov.cn/home/index.html", False),
        ("cd /usr/share/fonts", False),
    ],
)
def test_a_machine_is_recognised(line: str, named: bool) -> None:
    assert bool(MACHINE.search(line)) is named
