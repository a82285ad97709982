# SPDX-License-Identifier: MulanPSL-2.0
"""Sittings of the fault suite are noted and summed up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import runs
from tests.faults.__main__ import main


def test_sittings_are_summed_up_with_the_commits_they_were_seen_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    figures = {"steps": 300, "by_kind": {"take": 7}, "steps_per_s": 61.5, "violations": 0}
    runs.note("histories", 7, "abc", {**figures, "seconds": 5.0}, one)
    runs.note("histories", 8, "abc", {**figures, "seconds": 6.5}, one)
    runs.note("histories", 8, "def", {**figures, "seconds": 1.0}, two)
    runs.note("kill", 8, "def", {"kills": 3, "lost": 0, "seconds": 9.0}, two)

    assert runs.total(runs.rows([one, two])) == {
        "histories": {
            "runs": 3,
            "seconds": 12.5,
            "commits": ["abc", "def"],
            "seeds": [7, 8],
            "faults": 0,
            "sums": {"steps": 900, "by_kind": {"take": 21}, "violations": 0},
            "clean": {"steps": 900, "by_kind": {"take": 21}, "violations": 0},
        },
        "kill": {
            "runs": 1,
            "seconds": 9.0,
            "commits": ["def"],
            "seeds": [8],
            "faults": 0,
            "sums": {"kills": 3, "lost": 0},
            "clean": {"kills": 3, "lost": 0},
        },
    }
    assert main(["total", str(one), str(two)]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith('histories {"runs": 3,')


def test_a_fault_of_any_sitting_counts(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    runs.note("kill", 1, "", {"kills": 3, "lost": 1, "stuck": 2}, path)
    runs.note("kill", 2, "", {"kills": 3, "lost": 0, "stuck": 0}, path)
    total = runs.total(runs.rows([path]))["kill"]
    assert total["faults"] == 3
    assert (total["sums"]["kills"], total["clean"]["kills"]) == (6, 3)
    assert runs.print_total([path]) == 1
