# SPDX-License-Identifier: MulanPSL-2.0
"""A correction stands for an operation that has not taken effect; at most one of them does (§1)."""

from __future__ import annotations

from typing import Any

from counter.domain.operations import Operation
from sync.hub.handlers import backoffice, decisions
from sync.protocol import errors
from tests.fakes.device import FakeDevice, uuid7
from tests.fakes.hub import RunningHub, received_body


def received(device: FakeDevice, **more: Any) -> Operation:
    version = more.pop("version", "1")
    case_id = more.pop("case_id", "") or uuid7()
    return device.operation("case.received", case_id, received_body(version=version), **more)


def wrong_and_right(device: FakeDevice) -> tuple[Operation, Operation, Operation]:
    """One that names a version nobody published, what depends on it, and its correction."""
    wrong = received(device, version="99")
    body = {"reason": "不办了", "withdrawn_at": wrong.time.wall}
    after = device.operation("case.withdrawn", wrong.entity_id, body, depends_on=(wrong.op_id,))
    right = received(device, case_id=wrong.entity_id, supersedes=wrong.op_id)
    return wrong, after, right


def ends(hub: RunningHub, *ops: Operation) -> list[tuple[str, str]]:
    rows = {row["op_id"]: (row["status"], row["code"]) for row in backoffice.list_ops(hub.centre)}
    return [rows[op.op_id] for op in ops]


def test_a_correction_closes_the_old_one_and_frees_what_waited(
    hub: RunningHub, device: FakeDevice
) -> None:
    wrong, after, right = wrong_and_right(device)
    statuses = [r.status for r in device.push([wrong, after, right]).results]
    assert statuses == ["held", "held", "applied"]
    done = ends(hub, wrong, after, right)
    assert done == [("rejected", errors.SUPERSEDED), ("applied", ""), ("applied", "")]
    told = [r for r in device.pull_to_the_end() if r.kind == "result" and r.rev == 2]
    assert {r.entity_id for r in told} == {wrong.op_id, after.op_id}


def test_in_any_order_one_of_the_two_takes_effect(hub: RunningHub, device: FakeDevice) -> None:
    wrong, after, right = wrong_and_right(device)
    device.push([right])
    assert [r.status for r in device.push([after, wrong]).results] == ["applied", "rejected"]
    assert [r.status for r in device.push([wrong]).results] == ["rejected"]
    assert decisions.release(hub.centre, wrong.op_id, by="周主任", reason="再看") is not None
    assert ends(hub, wrong, right) == [("rejected", errors.SUPERSEDED), ("applied", "")]


def test_what_took_effect_is_not_replaced(hub: RunningHub, device: FakeDevice) -> None:
    first = received(device)
    again = received(device, case_id=first.entity_id, supersedes=first.op_id)
    results = device.push([first, again]).results
    assert [(r.status, r.code) for r in results] == [
        ("applied", ""),
        ("conflict", errors.SUPERSEDES),
    ]
    other = received(device, version="99")
    foreign = received(device, supersedes=other.op_id)
    result = device.push([other, foreign]).results[1]
    assert (result.status, result.code) == ("held", errors.HELD_AUTHZ)
