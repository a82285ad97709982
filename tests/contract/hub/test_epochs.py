# SPDX-License-Identifier: MulanPSL-2.0
"""Epochs, the rescue lane and the list of what never arrived (sync-protocol §1, §12)."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from counter.domain.canonical import sha256_hex
from counter.domain.operations import ZERO_HASH, Operation
from counter.domain.signing import verify_json
from sync.hub.handlers import backoffice, decisions
from sync.hub.storage import cases
from sync.protocol import errors
from sync.protocol.wire import (
    CERT_TYP,
    PAGE_SIGNATURE_HEADER,
    PAGE_TYP,
    Certificate,
    CheckIn,
    CheckInReply,
)
from tests.fakes.device import FakeDevice, uuid7
from tests.fakes.hub import RunningHub, received_body


def received(device: FakeDevice) -> Operation:
    return device.operation("case.received", uuid7(), received_body())


def check_in(device: FakeDevice, **change: Any) -> CheckInReply:
    """Ask as the counter does, and check what the answer is bound to."""
    values = {
        "device_id": device.device_id,
        "epoch": device.epoch,
        "seq": device.seq,
        "op_hash": device.prev_hash,
        "nonce": uuid7(),
        **change,
    }
    body = CheckIn.model_validate(values).model_dump_json().encode()
    reply = device.request("POST", "/v1/sync/checkin", body)
    assert reply.status_code == 200, reply.text
    token = reply.headers[PAGE_SIGNATURE_HEADER]
    signed = verify_json(token, device.centre_key, PAGE_TYP)
    assert (signed["asked"], signed["sha256"]) == (sha256_hex(body), sha256_hex(reply.content))
    return CheckInReply.model_validate_json(reply.content)


def go_on(device: FakeDevice, reply: CheckInReply) -> None:
    payload = verify_json(reply.certificate, device.centre_key, CERT_TYP)
    certificate = Certificate.model_validate(payload)
    assert (certificate.kid, certificate.epoch) == (device.key.kid, reply.epoch)
    device.epoch, device.seq, device.prev_hash = reply.epoch, 0, ZERO_HASH


def alarms(hub: RunningHub, device: FakeDevice) -> list[str]:
    rows = backoffice.list_alarms(hub.centre)
    told = [row["kind"] for row in rows if row["device_id"] == device.device_id]
    return [kind for kind in told if kind in {"epoch", "fork", "clone", "released"}]


def receipts(hub: RunningHub, ops: list[Operation]) -> list[str]:
    with hub.centre.database.read() as tx:
        found = [cases.find(tx, op.entity_id) for op in ops]
    return [case.receipt_no if case else "" for case in found]


def test_in_order_nothing_changes(hub: RunningHub, device: FakeDevice) -> None:
    assert check_in(device).verdict == "ok"
    device.push([received(device)])
    reply = check_in(device)
    assert (reply.verdict, reply.epoch, reply.seen_seq) == ("ok", 1, 1)
    assert alarms(hub, device) == []


def test_a_restored_backup_goes_on_in_a_new_epoch(hub: RunningHub, device: FakeDevice) -> None:
    """Quality S9: nothing lost, receipt numbers stay, later ones of the old line wait."""
    waiting = [received(device)]  # not sent before the backup was made
    backup = copy.copy(device)
    lost = [received(device), received(device)]
    device.push(waiting + lost[:1])
    restored = backup
    reply = check_in(restored)
    assert (reply.verdict, reply.epoch, reply.seen_seq) == ("older", 2, 2)
    assert check_in(restored).epoch == 2, "a lost reply costs no epoch"
    go_on(restored, reply)
    more = received(restored)
    statuses = [r.status for r in restored.push([*waiting, more]).results]
    assert statuses == ["already", "applied"]
    (late,) = restored.push(lost[1:]).results  # by a stick that was under way
    assert (late.status, late.code) == ("held", errors.HELD_EPOCH)
    released = decisions.release(hub.centre, late.op_id, by="周主任", reason="核对过")
    assert released is not None
    assert released.status == "applied"
    every = [*waiting, *lost, more]
    assert receipts(hub, every) == [op.body["receipt_no"] for op in every]
    assert alarms(hub, device) == ["epoch", "released"]


def test_numbers_given_twice_are_held_and_both_lines_go_on(
    hub: RunningHub, device: FakeDevice
) -> None:
    device.push([received(device)])
    restored = copy.copy(device)
    first = [received(device), received(device)]
    device.push(first)
    second = [received(restored), received(restored)]
    results = restored.push(second).results
    assert {(r.status, r.code) for r in results} == {("held", errors.HELD_EPOCH)}
    reply = check_in(restored, doubt=True)
    assert (reply.verdict, reply.epoch) == ("forked", 2)
    go_on(restored, reply)
    assert [r.status for r in restored.push([received(restored)]).results] == ["applied"]
    (still,) = device.push([received(device)]).results
    assert still.status == "applied", "the line that came first is not disturbed"
    for op in second:
        decisions.release(hub.centre, op.op_id, by="周主任", reason="核对过纸质材料")
    assert receipts(hub, first + second) == [op.body["receipt_no"] for op in first + second]
    assert alarms(hub, device)[:2] == ["fork", "clone"]


def test_two_machines_with_one_disk_get_their_own_numbers(
    hub: RunningHub, device: FakeDevice
) -> None:
    device.push([received(device)])
    clone = copy.copy(device)
    device.push([received(device)])
    go_on(clone, check_in(clone))
    assert clone.push([received(clone)]).results[0].status == "applied"
    waits = received(device)
    assert device.push([waits]).results[0].code == errors.HELD_EPOCH
    reply = check_in(device, doubt=True)
    assert (reply.verdict, reply.epoch) == ("closed", 3)
    assert receipts(hub, [waits]) == [waits.body["receipt_no"]], "vouched for: released by itself"
    go_on(device, reply)
    assert device.push([received(device)]).results[0].status == "applied"
    assert clone.push([received(clone)]).results[0].status == "applied"
    assert alarms(hub, device) == ["epoch", "clone"]


def test_a_fork_is_seen_in_whatever_order_it_arrives(hub: RunningHub, device: FakeDevice) -> None:
    first = received(device)
    other = copy.copy(device)
    line = [received(device), received(device)]
    fork = [received(other), received(other)]
    assert [r.status for r in device.push([line[1], first]).results] == ["applied", "applied"]
    results = other.push([fork[1], fork[0]]).results
    assert [r.code for r in results] == [errors.HELD_EPOCH] * 2
    assert device.push([line[0]]).results[0].status == "applied"


def test_a_centre_put_back_from_a_backup_takes_the_device_on(
    hub: RunningHub, device: FakeDevice
) -> None:
    """The centre knows epoch 1 only; the device is in epoch 5 with 3 numbers."""
    device.epoch = 5
    ops = [received(device) for _ in range(3)]
    reply = check_in(device)
    assert (reply.verdict, reply.epoch) == ("ahead", 6)
    go_on(device, reply)
    assert [r.status for r in device.push(ops).results] == ["applied"] * 3


def test_numbers_the_centre_lost_are_asked_for(device: FakeDevice) -> None:
    ops = [received(device) for _ in range(4)]
    device.push([ops[0], ops[2]])
    assert check_in(device).missing_seq == (2, 4)


def test_a_revoked_device_sends_into_the_rescue_lane(hub: RunningHub, device: FakeDevice) -> None:
    before = received(device)
    device.push([before])
    backoffice.revoke_device(hub.centre, device.device_id)
    op = received(device)
    (result,) = device.push([op]).results
    assert (result.status, result.code) == ("held", errors.HELD_REVOKED)
    assert "停用" in result.message
    for path in ("/v1/sync/pull", "/v1/sync/pull?scopes=reference"):
        assert device.request("GET", path).status_code == 403
    assert device.request("POST", "/v1/sync/checkin", b"{}").status_code == 403
    held = {row["op_id"]: row for row in backoffice.list_held(hub.centre)}
    assert (held[op.op_id]["code"], held[op.op_id]["device_revoked"]) == ("revoked", True)
    assert device.push([before]).results[0].status == "already", "what was applied stays so"
    released = decisions.release(hub.centre, op.op_id, by="周主任", reason="电话核对过")
    assert released is not None
    assert released.status == "applied"
    assert receipts(hub, [op]) == [op.body["receipt_no"]]


@pytest.mark.parametrize("told", [0, 7])
def test_the_centre_lists_what_exists_and_never_arrived(
    hub: RunningHub, device: FakeDevice, told: int
) -> None:
    ops = [received(device) for _ in range(5)]
    device.push([ops[0], ops[1], ops[4]])
    if told:
        device.seq, device.prev_hash = told, "f" * 64
        check_in(device)
    (row,) = backoffice.list_missing(hub.centre, device.device_id)
    assert (row["through"], row["highest"]) == (2, 5)
    assert row["missing"] == ([[3, 4], [6, 7]] if told else [[3, 4]])
