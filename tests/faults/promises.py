# SPDX-License-Identifier: MulanPSL-2.0
"""What was promised by a home before its kills, compared with what the centre has in the end."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.drafting import drafts_of, focus_at, text_at
from tests.faults.processes import HubProcess

Row = dict[str, Any]


@dataclass
class Findings:
    """Each list names what is wrong; all empty = nothing lost, nothing doubled."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    drafts_lost: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Tell whether every promise was kept."""
        return not (self.lost or self.doubled or self.drafts_lost or self.stuck)

    def figures(self) -> dict[str, Any]:
        """Return how many of each, and the first of them in words."""
        lists = vars(self)
        what = [line for found in lists.values() for line in found][:50]
        return {**{name: len(found) for name, found in lists.items()}, "what": what}

    def add(self, other: Findings) -> None:
        """Take over what another look found."""
        for name, more in vars(other).items():
            getattr(self, name).extend(more)


def twice(values: Iterable[Any]) -> list[str]:
    """Return what occurs more than once."""
    return [str(value) for value, count in Counter(values).items() if count > 1]


def compare(receipts: list[Row], cases: list[Row], ops: list[Row], alarms: list[Row]) -> Findings:
    """Return what is lost or doubled at the centre.

    Args:
        receipts: What the counter printed: ``receipt_no, case_id, op_id, op_hash``.
        cases: ``counter hub list --json``.
        ops: ``counter hub ops --json``.
        alarms: ``counter hub alarms --json``; an alarm is never expected here.
    """
    found = Findings()
    by_case = {case["case_id"]: case for case in cases}
    by_op = {op["op_id"]: op for op in ops}
    for receipt in receipts:
        number = receipt["receipt_no"]
        case, op = by_case.get(receipt["case_id"]), by_op.get(receipt["op_id"])
        if case is None or case["receipt_no"] != number:
            found.lost.append(f"{number}: no such case at the centre")
        elif not case["blobs_complete"]:
            found.lost.append(f"{number}: pages are missing at the centre")
        if op is None or op["op_hash"] != receipt["op_hash"] or op["status"] != "applied":
            found.lost.append(f"{number}: its operation has not taken effect")
    found.doubled += [f"printed twice: {n}" for n in twice(r["receipt_no"] for r in receipts)]
    found.doubled += [f"two cases: {n}" for n in twice(c["receipt_no"] for c in cases)]
    found.doubled += [f"one official number: {n}" for n in twice(c["project_no"] for c in cases)]
    found.doubled += [f"two rows: {n}" for n in twice(op["op_id"] for op in ops)]
    places = ((op["device_id"], op["epoch"], op["seq"]) for op in ops)
    found.doubled += [f"two operations: {place}" for place in twice(places)]
    received = (op["entity_id"] for op in ops if op["kind"] == "case.received")
    found.doubled += [f"received twice: {case_id}" for case_id in twice(received)]
    found.doubled += [f"two effects: {c['receipt_no']}" for c in cases if not once(c, by_op)]
    found.doubled += [f"alarm {alarm['kind']} {alarm['op_id']}" for alarm in alarms]
    return found


def once(case: Row, by_op: dict[str, Row]) -> bool:
    """Tell whether a case was received by one operation and touched by nobody since."""
    ops = [by_op.get(op_id, {}) for op_id in case["op_ids"]]
    return [op.get("entity_rev") for op in ops] == [case["rev"]]


def gaps(ops: list[Row]) -> list[str]:
    """Return devices whose operations are not numbered 1, 2, 3 … at the centre."""
    seqs: dict[tuple[str, int], list[int]] = {}
    for op in ops:
        seqs.setdefault((op["device_id"], op["epoch"]), []).append(op["seq"])
    return [
        f"device {place[0]}: {len(numbers)} operations up to {max(numbers)}"
        for place, numbers in seqs.items()
        if sorted(numbers) != list(range(1, len(numbers) + 1))
    ]


def check_centre(hub: HubProcess, receipts: list[Row]) -> tuple[Findings, int]:
    """Ask the hub's own command line; return the findings and how many cases it has."""
    cases, ops = hub.rows("list"), hub.rows("ops")
    found = compare(receipts, cases, ops, hub.rows("alarms"))
    found.lost += gaps(ops)
    wrong = hub.wrong_blobs(lambda data: hashlib.sha256(data).hexdigest())
    found.lost += [f"damaged page {name}" for name in wrong]
    return found, len(cases)


def check_drafts(home: Path, saved: dict[str, int]) -> Findings:
    """Every draft is as it was last saved, or one save further (killed before it was said)."""
    found = Findings()
    if not saved:
        return found
    for draft_id, draft in drafts_of(home, list(saved)).items():
        steps = (saved[draft_id], saved[draft_id] + 1)
        good = [(focus_at(step), text_at(step)) for step in steps]
        if draft is None or (draft.focus, draft.form.get("home.address")) not in good:
            found.drafts_lost.append(f"{draft_id} at step {saved[draft_id]}")
    return found
