# SPDX-License-Identifier: MulanPSL-2.0
"""What was run when, at which commit: a release may be run in several sittings and summed up."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RUNS = Path("build/faults/runs.jsonl")
# Figures of any part that are faults when they are not 0.
BAD = (
    *("lost", "half", "doubled", "drafts_lost", "stuck"),
    *("violations", "crashes", "missing", "illegal", "undone"),
)
_ROOT = Path(__file__).resolve().parents[2]


def faults_of(figures: dict[str, Any]) -> int:
    """Return how many faults the figures of a part tell of."""
    return sum(figures.get(bad, 0) for bad in BAD)


def commit() -> str:
    """Return the commit of this tree, with ``+`` when files differ from it; empty without git."""
    try:
        head = _git("rev-parse", "--short=12", "HEAD").strip()
        changed = _git("status", "--porcelain", "--untracked-files=no").strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head + ("+" if changed else "")


def _git(*words: str) -> str:
    command = ["git", "-C", str(_ROOT), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def note(part: str, seed: int, seen_at: str, figures: dict[str, Any], path: Path = RUNS) -> None:
    """Append one finished part."""
    row = {
        "part": part,
        "commit": seen_at,
        "seed": seed,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": figures.get("seconds", 0.0),
        "figures": figures,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


def rows(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield what was noted in these files."""
    for path in paths:
        for line in path.read_text("utf-8").splitlines():
            yield json.loads(line)


def total(noted: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return per part: runs, seconds, commits, seeds, faults, and the sum of every count.

    ``clean`` are the sums of the sittings that found nothing.
    """
    parts: dict[str, dict[str, Any]] = {}
    for row in noted:
        start = {"runs": 0, "seconds": 0.0, "commits": [], "seeds": [], "faults": 0, "sums": {}}
        part = parts.setdefault(row["part"], {**start, "clean": {}})
        part["runs"] += 1
        part["seconds"] = round(part["seconds"] + row["seconds"], 1)
        part["faults"] += faults_of(row["figures"])
        for name, value in (("commits", row["commit"]), ("seeds", row["seed"])):
            if value not in part[name]:
                part[name].append(value)
        _add(part["sums"], row["figures"])
        if not faults_of(row["figures"]):
            _add(part["clean"], row["figures"])
    return parts


def _add(sums: dict[str, Any], figures: dict[str, Any]) -> None:
    """Add counts, also those one level down (``by_kind``); rates and words are no sums."""
    for name, value in figures.items():
        if type(value) is int:
            sums[name] = sums.get(name, 0) + value
        elif isinstance(value, dict):
            _add(sums.setdefault(name, {}), value)


def print_total(paths: list[Path]) -> int:
    """Print the sums over all sittings, a line a part; 1 when any of them found a fault."""
    found = total(rows(paths or [RUNS]))
    for name, part in found.items():
        print(f"{name} {json.dumps(part, ensure_ascii=False)}")
    return 1 if any(part["faults"] for part in found.values()) else 0
