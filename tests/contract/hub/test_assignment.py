# SPDX-License-Identifier: MulanPSL-2.0
"""Whose work a case is: late work under an old lease is held, never merged in silence (§7)."""

from __future__ import annotations

from typing import Any

import pytest

from counter.domain.errors import DomainError
from counter.domain.operations import Operation
from sync.hub.handlers import assignment, backoffice, decisions
from sync.hub.storage import cases
from sync.protocol import errors
from sync.protocol.wire import CaseLease
from tests.fakes.device import FakeDevice, now, uuid7
from tests.fakes.hub import RunningHub, received_body

HELD = ("held", errors.HELD_LEASE)
DONE = ("applied", "")


@pytest.fixture
def case(hub: RunningHub, device: FakeDevice) -> str:
    op = device.operation("case.received", uuid7(), received_body(id_no=uuid7()))
    assert sent(device, op) == DONE
    return op.entity_id


def sent(device: FakeDevice, op: Operation) -> tuple[str, str]:
    [result] = device.push([op]).results
    return result.status, result.code


def assigned(device: FakeDevice, case: str, kind: str, **more: Any) -> Operation:
    body = {"reason": "换人办", "done_at": now()}
    return device.operation(f"case.{kind}", case, body, **more)


def papers(device: FakeDevice, case: str, **more: Any) -> Operation:
    body = {"materials": [{"key": "id_copy", "way": "original_checked"}], "supplied_at": now()}
    return device.operation("case.supplemented", case, body, **more)


def lease(hub: RunningHub, case: str) -> CaseLease:
    with hub.centre.database.read() as tx:
        row = cases.find(tx, case)
    assert row is not None
    found = assignment.lease_of(row)
    assert found is not None
    return found


def test_who_works_offline_is_held_only_if_somebody_else_took_over(
    hub: RunningHub, device: FakeDevice, case: str
) -> None:
    other = hub.new_device()
    assert sent(other, papers(other, case, base_rev=1)) == DONE  # nobody's in particular
    late = papers(device, case, base_rev=2)
    taken = assigned(other, case, "taken_over", base_rev=2)
    assert sent(other, taken) == DONE
    assert (lease(hub, case).device_id, lease(hub, case).fence) == (other.device_id, 3)
    assert sent(device, late) == HELD
    assert sent(device, papers(device, case, base_rev=3)) == HELD  # knows, but did not take over
    # The holder goes on without a pull in between: it builds on its own taking over.
    assert sent(other, papers(other, case, base_rev=2, depends_on=(taken.op_id,))) == DONE
    assert decisions.release(hub.centre, late.op_id, by="周主任", reason="核对过") is not None
    rows = {row["op_id"]: row["status"] for row in backoffice.list_ops(hub.centre)}
    assert rows[late.op_id] == "applied"


def test_of_two_that_take_over_unknown_to_each_other_the_second_is_held(
    hub: RunningHub, device: FakeDevice, case: str
) -> None:
    other = hub.new_device()
    first, second = (assigned(d, case, "taken_over", base_rev=1) for d in (device, other))
    assert sent(device, first) == DONE
    assert sent(other, second) == HELD
    assert sent(other, papers(other, case, depends_on=(second.op_id,)))[0] == "held"
    knowing = assigned(other, case, "taken_over", base_rev=lease(hub, case).fence)
    assert sent(other, knowing) == DONE
    assert lease(hub, case).device_id == other.device_id


def test_given_back_it_is_everybodys_again_but_not_for_late_work(
    hub: RunningHub, device: FakeDevice, case: str
) -> None:
    other = hub.new_device()
    late = papers(device, case, base_rev=1)
    taken = assigned(other, case, "taken_over", base_rev=1)
    assert sent(other, taken) == DONE
    told = [r for r in device.pull_to_the_end() if r.entity_id == case]
    assert told[-1].body["events"][-1]["place"] == "3号窗口"
    assert sent(device, assigned(device, case, "given_back", base_rev=2)) == HELD
    back = assigned(other, case, "given_back", depends_on=(taken.op_id,))
    assert sent(other, back) == DONE
    assert lease(hub, case).device_id == ""
    assert sent(device, late) == HELD
    assert sent(device, papers(device, case, base_rev=lease(hub, case).fence)) == DONE


def test_the_centre_assigns_and_takes_back(hub: RunningHub, device: FakeDevice, case: str) -> None:
    other = hub.new_device()
    given = assignment.assign(hub.centre, case, other.device_id, by="周主任", reason="分派")
    assert given.window == "03 号窗口"
    assert given.until > hub.centre.now()
    assert sent(device, papers(device, case, base_rev=given.fence)) == HELD
    told = [r for r in device.pull_to_the_end() if r.entity_id == case]
    assert told[-1].body["lease"]["fence"] == given.fence == told[-1].rev
    assert told[-1].body["events"][-1]["place"] == "", "it was done at the centre"
    free = assignment.assign(hub.centre, case, "", by="周主任", reason="收回")
    assert sent(device, papers(device, case, base_rev=free.fence)) == DONE
    for number, to in (("没有", ""), (case, uuid7())):
        with pytest.raises(DomainError):
            assignment.assign(hub.centre, number, to, by="周主任", reason="分派")
