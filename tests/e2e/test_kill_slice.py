# SPDX-License-Identifier: MulanPSL-2.0
"""A short slice of the fault tests: real counters killed, nothing lost, nothing doubled (S1–S3)."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.faults import disk_full, kill
from tests.faults.promises import check_drafts, compare, gaps

pytestmark = pytest.mark.slow


def test_what_was_printed_survives_kills_of_counter_and_hub(tmp_path: Path) -> None:
    lane = kill.Lane(tmp_path / "lane", "slice-3", hub_kills=1.0)
    tally = lane.run(6, float("inf"))
    assert tally.findings.figures()["what"] == []
    assert (tally.kills, tally.receipts > 0, tally.hub_kills > 0) == (6, True, True)
    assert tally.at_centre >= tally.receipts


def test_a_disk_that_fills_up_anywhere_leaves_nothing_half(tmp_path: Path) -> None:
    figures = disk_full.run(tmp_path / "disk", steps=9, seconds=60, seed=5)
    assert figures["what"] == []
    assert figures["refused"] > 0
    assert figures["receipts"] > 0


RECEIPT = {"receipt_no": "N1", "case_id": "c1", "op_id": "o1", "op_hash": "h1"}
CASE = {
    "case_id": "c1",
    "receipt_no": "N1",
    "project_no": "P1",
    "op_ids": ["o1"],
    "rev": 3,
    "blobs_complete": True,
}
OP = {
    "op_id": "o1",
    "op_hash": "h1",
    "status": "applied",
    "entity_id": "c1",
    "entity_rev": 3,
    "kind": "case.received",
    "device_id": "d1",
    "epoch": 1,
    "seq": 1,
}
Rows = list[dict[str, Any]]


def test_a_kept_promise_is_clean() -> None:
    assert compare([RECEIPT], [CASE], [OP], []).clean
    assert gaps([OP]) == []


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda r, c, o, a: c.clear(), "lost"),
        (lambda r, c, o, a: o.clear(), "lost"),
        (lambda r, c, o, a: c[0].update(blobs_complete=False), "lost"),
        (lambda r, c, o, a: o[0].update(op_hash="h2"), "lost"),
        (lambda r, c, o, a: o[0].update(status="held"), "lost"),
        (lambda r, c, o, a: r.append(r[0]), "doubled"),
        (lambda r, c, o, a: c.append({**c[0], "case_id": "c2"}), "doubled"),
        (lambda r, c, o, a: o.append({**o[0], "op_id": "o2", "seq": 2}), "doubled"),
        (lambda r, c, o, a: o.append({**o[0], "op_id": "o2", "entity_id": "c2"}), "doubled"),
        (lambda r, c, o, a: c[0].update(rev=4), "doubled"),
        (lambda r, c, o, a: c[0].update(op_ids=["o1", "o2"]), "doubled"),
        (lambda r, c, o, a: a.append({"kind": "key_reuse", "op_id": "o1"}), "doubled"),
    ],
)
def test_a_planted_fault_is_found(change: Any, kind: str) -> None:
    """A check that cannot fail proves nothing."""
    rows: list[Rows] = copy.deepcopy([[RECEIPT], [CASE], [OP], []])
    change(*rows)
    figures = compare(*rows).figures()
    assert figures[kind] > 0


def test_a_planted_gap_is_found() -> None:
    assert gaps([OP, {**OP, "op_id": "o3", "seq": 3}]) == ["device d1: 2 operations up to 3"]


def test_no_saved_draft_is_no_question(tmp_path: Path) -> None:
    assert check_drafts(tmp_path, {}).clean
