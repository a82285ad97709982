# SPDX-License-Identifier: MulanPSL-2.0
"""Finds the project's own files for the rules of the house."""

import ast
import io
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON_ROOMS = ("counter", "sync", "ui", "tests", "installer")


def python_files(*rooms: str) -> list[Path]:
    """Every Python file of the rooms (all of them by default), in a stable order."""
    return sorted(
        path
        for room in rooms or PYTHON_ROOMS
        for suffix in ("*.py", "*.pyi")
        for path in (ROOT / room).rglob(suffix)
    )


def project_files() -> list[Path]:
    """Every file that is, or would be, committed."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=60,
    )
    names = done.stdout.decode().split("\0")
    return sorted(path for name in names if name and (path := ROOT / name).is_file())


def shown(path: Path) -> str:
    """The path as a person says it."""
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=shown(path))


def comments(source: str) -> Iterator[tuple[int, str]]:
    """Line number and text of every comment; text inside strings is none."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
