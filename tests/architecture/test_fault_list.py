# SPDX-License-Identifier: MulanPSL-2.0
"""docs/faults.md names the test of every promise; a test that was renamed must not vanish there."""

import ast
import re

from tests.architecture.sources import ROOT

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_named_test_exists() -> None:
    named = NAMED.findall((ROOT / "docs/faults.md").read_text(encoding="utf-8"))
    assert len(named) > 20
    missing = [f"{path}::{test}" for path, test in named if test not in functions_of(path)]
    assert missing == []


def functions_of(path: str) -> set[str]:
    """Names of the test functions of a file; none if there is no file."""
    file = ROOT / path
    if not file.is_file():
        return set()
    body = ast.parse(file.read_text(encoding="utf-8")).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef)}


def test_the_look_up_bites() -> None:
    assert "test_the_look_up_bites" in functions_of("tests/architecture/test_fault_list.py")
    assert functions_of("tests/no_such.py") == set()
