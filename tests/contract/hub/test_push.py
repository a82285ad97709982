# SPDX-License-Identifier: MulanPSL-2.0
"""Push (sync-protocol §4): each operation takes effect at most once, in the stated order."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from counter.domain.operations import Operation
from counter.domain.signing import SigningKey
from sync.hub.handlers import backoffice, decisions, judging, publish
from sync.hub.storage import cases
from sync.hub.storage.cases import CaseRow
from sync.protocol import errors
from tests.fakes.device import FakeDevice, now, uuid7
from tests.fakes.hub import RunningHub, received_body, small_item
from tests.fakes.proxy import BadLine


@pytest.fixture
def line(hub: RunningHub) -> Iterator[BadLine]:
    with BadLine("127.0.0.1", hub.port) as proxy:
        yield proxy


def case_of(hub: RunningHub, case_id: str) -> CaseRow:
    with hub.centre.database.read() as tx:
        found = cases.find(tx, case_id)
    assert found is not None
    return found


def received(device: FakeDevice, **more: Any) -> Operation:
    body = received_body(**{k: more.pop(k) for k in ("item_code", "version", "id_no") if k in more})
    return device.operation("case.received", uuid7(), body, **more)


def rows_of(hub: RunningHub, case_id: str) -> list[dict[str, Any]]:
    return [row for row in backoffice.list_cases(hub.centre) if row["case_id"] == case_id]


def test_received_case_gets_its_number_and_waits_for_a_person(
    hub: RunningHub, device: FakeDevice
) -> None:
    op = received(device)
    reply = device.push([op])
    (result,) = reply.results
    assert (result.status, result.op_hash) == ("applied", op.op_hash())
    assert len(result.human_no) == 43
    assert reply.tail is not None
    assert reply.tail.ack_through_seq == 1
    case = case_of(hub, op.entity_id)
    assert (case.state, case.project_no) == ("received", result.human_no)
    assert case.operator_id == op.actor.operator
    assert op.entity_id in {row["case_id"] for row in backoffice.queue(hub.centre)}


def test_lost_reply_then_resend_has_one_effect(
    hub: RunningHub, device: FakeDevice, line: BadLine
) -> None:
    device.url = line.url
    op = received(device)
    line.plan(lose_reply=True)
    with pytest.raises(httpx.TransportError):
        device.push([op])
    end = time.monotonic() + 10  # the head of the reply leaves before the commit
    while not rows_of(hub, op.entity_id) and time.monotonic() < end:
        time.sleep(0.01)
    first = case_of(hub, op.entity_id)
    (result,) = device.push([op]).results
    assert result.status == "already"
    assert (result.rev, result.human_no) == (first.rev, first.project_no)
    assert len(rows_of(hub, op.entity_id)) == 1
    assert case_of(hub, op.entity_id) == first


def test_already_is_answered_before_rights_are_asked(hub: RunningHub, device: FakeDevice) -> None:
    """OpenCRVS: the retry was answered "conflict" because rights came before the key (§13.1)."""
    state = publish.put_operator(
        hub.centre, hall_code="7K2QM", job_no="0900", name="临时", roles=("clerk",)
    )
    op = received(device, operator=state.operator_id)
    assert device.push([op]).results[0].status == "applied"
    publish.put_operator(
        hub.centre, hall_code="7K2QM", job_no="0900", name="临时", roles=("clerk",), active=False
    )
    assert device.push([op]).results[0].status == "already"
    later = received(device, operator=state.operator_id)
    (result,) = device.push([later]).results
    assert (result.status, result.code) == ("held", errors.HELD_AUTHZ)


def test_cut_reply_keeps_what_arrived(hub: RunningHub, device: FakeDevice, line: BadLine) -> None:
    device.url = line.url
    ops = [received(device) for _ in range(5)]
    body = json.dumps(
        {
            "device_id": device.device_id,
            "epoch": device.epoch,
            "ops": [op.sign(device.key) for op in ops],
        }
    )
    line.plan(cut_down=2000)
    with pytest.raises(httpx.TransportError):
        device.request("POST", "/v1/sync/push", body.encode())
    statuses = [result.status for result in device.push(ops).results]
    assert set(statuses) <= {"applied", "already"}
    assert statuses[0] == "already"
    assert all(len(rows_of(hub, op.entity_id)) == 1 for op in ops)


def test_same_id_with_another_body_is_refused_and_alarmed(
    hub: RunningHub, device: FakeDevice
) -> None:
    op = received(device)
    device.push([op])
    before = case_of(hub, op.entity_id)
    forged = op.model_copy(update={"body": {**op.body, "query_code": "999999"}})
    (result,) = device.push([forged]).results
    assert (result.status, result.code) == ("rejected", errors.KEY_REUSE)
    assert case_of(hub, op.entity_id) == before
    assert any(
        row["kind"] == errors.KEY_REUSE and row["op_id"] == op.op_id
        for row in backoffice.list_alarms(hub.centre)
    )
    assert device.push([op]).results[0].status == "already"


def test_foreign_signature_leaves_no_trace_under_the_id(
    hub: RunningHub, device: FakeDevice
) -> None:
    op = received(device)
    other = SigningKey.generate(device.key.kid)
    (result,) = device.push([op.sign(other)]).results
    assert (result.status, result.code, result.op_id) == ("rejected", errors.SIGNATURE, "")
    assert device.push([op]).results[0].status == "applied"


def test_held_for_dependency_is_released_by_itself(hub: RunningHub, device: FakeDevice) -> None:
    first = received(device)
    body = {"reason": "不办了", "withdrawn_at": now()}
    second = device.operation(
        "case.withdrawn", first.entity_id, body, depends_on=(first.op_id,), base_rev=0
    )
    reply = device.push([second])
    assert (reply.results[0].status, reply.results[0].code) == ("held", errors.HELD_DEP)
    assert reply.tail is not None
    assert (reply.tail.ack_through_seq, reply.tail.missing_seq) == (0, (1,))
    reply = device.push([first])
    assert reply.results[0].status == "applied"
    assert reply.tail is not None
    assert reply.tail.ack_through_seq == 2
    assert case_of(hub, first.entity_id).state == "withdrawn"
    assert device.push([second]).results[0].status == "already"


def test_a_refused_operation_delays_only_its_dependents(
    hub: RunningHub, device: FakeDevice
) -> None:
    bad = received(device, operator="nobody")
    after = device.operation(
        "rating.given", uuid7(), {"level": 5}, entity="rating", depends_on=(bad.op_id,)
    )
    free = received(device)
    statuses = [result.status for result in device.push([bad, after, free]).results]
    assert statuses == ["held", "held", "applied"]


def test_unknown_version_is_held_until_it_is_published(hub: RunningHub, device: FakeDevice) -> None:
    version = uuid7()[:13]
    op = received(device, version=version)
    (result,) = device.push([op]).results
    assert (result.status, result.code, result.field) == ("held", errors.HELD_FORM, "item_version")
    hub.publish(small_item(version=version))
    assert judging.recheck(hub.centre, errors.HELD_FORM) >= 1
    assert device.push([op]).results[0].status == "already"
    records = [r for r in device.pull().records if r.entity_id == op.op_id]
    assert [(r.kind, r.rev) for r in records] == [("result", 2)]


def test_unreadable_body_is_held_never_an_error(hub: RunningHub, device: FakeDevice) -> None:
    odd = device.operation("case.received", uuid7(), {"what": 1})
    (result,) = device.push([odd]).results
    assert (result.status, result.code) == ("held", errors.HELD_FORM)


def test_automatic_decision_is_explained(hub: RunningHub, device: FakeDevice) -> None:
    op = received(device, item_code="test_auto")
    (result,) = device.push([op]).results
    case = case_of(hub, op.entity_id)
    assert case.state == "approved"
    assert result.rev == case.rev
    assert case.view["automatic"] is True
    assert case.view["explain"] == ["已成年：符合", "年龄符合，自动办结。"]
    assert case.facts["facts"][0]["value"] is True
    assert case.view["accept_no"].startswith("〔")


def test_automatic_rule_that_misses_goes_to_a_person(hub: RunningHub, device: FakeDevice) -> None:
    body = received_body("test_auto")
    body["applicant"]["birth"] = ""
    op = device.operation("case.received", uuid7(), body)
    assert device.push([op]).results[0].status == "applied"
    case = case_of(hub, op.entity_id)
    assert case.state == "received"
    assert case.view["automatic"] is False


def test_possible_duplicates_are_marked_on_both_sides(hub: RunningHub, device: FakeDevice) -> None:
    first, second = (received(device, id_no="990123195111200032") for _ in range(2))
    assert [r.status for r in device.push([first, second]).results] == ["applied", "applied"]
    one, two = case_of(hub, first.entity_id), case_of(hub, second.entity_id)
    assert one.view["possible_duplicate_of"] == [two.receipt_no]
    assert two.view["possible_duplicate_of"] == [one.receipt_no]


def test_a_person_with_many_cases_is_marked_in_bounds(hub: RunningHub, device: FakeDevice) -> None:
    """Each case flags the newest others only: the hundredth costs what the thirtieth did."""
    many = [received(device, id_no="990123195111200112") for _ in range(30)]
    assert {r.status for r in device.push(many).results} == {"applied"}
    views = [case_of(hub, op.entity_id).view for op in many]
    told = [len(view["possible_duplicate_of"]) for view in views]
    assert min(told) >= 20, "everybody is flagged"
    assert max(told) <= 40
    assert views[-1]["possible_duplicate_of"] == [view["receipt_no"] for view in views[-21:-1]]


def test_withdrawal_on_an_old_base_is_a_conflict(hub: RunningHub, device: FakeDevice) -> None:
    op = received(device)
    device.push([op])
    backoffice.act(hub.centre, op.entity_id, "accept")
    body = {"reason": "不办了", "withdrawn_at": now()}
    stale = device.operation("case.withdrawn", op.entity_id, body, base_rev=1)
    (result,) = device.push([stale]).results
    assert (result.status, result.code, result.rev) == ("conflict", errors.CASE_STATE, 2)
    fresh = device.operation("case.withdrawn", op.entity_id, body, base_rev=2)
    assert device.push([fresh]).results[0].status == "applied"
    assert case_of(hub, op.entity_id).state == "withdrawn"


def test_supplement_round(hub: RunningHub, device: FakeDevice) -> None:
    op = received(device)
    device.push([op])
    backoffice.act(hub.centre, op.entity_id, "request_supplement", missing=("户口簿首页",))
    assert case_of(hub, op.entity_id).view["missing"] == ["户口簿首页"]
    page = {"blob_id": "ab" * 32, "size": 3, "media_type": "image/png"}
    body = {
        "materials": [{"key": "hukou", "way": "scanned", "pages": [page]}],
        "supplied_at": now(),
    }
    more = device.operation("case.supplemented", op.entity_id, body, base_rev=1)
    assert device.push([more]).results[0].status == "applied"
    case = case_of(hub, op.entity_id)
    assert (case.state, case.view["missing"]) == ("supplied", [])
    assert {m["key"] for m in case.body["materials"]} == {"id_copy", "hukou"}


def test_operations_of_an_old_epoch_are_held(hub: RunningHub, device: FakeDevice) -> None:
    op = received(device)
    device.key = SigningKey.generate(uuid7())
    device.enrol(hub.code())
    assert device.epoch == 2
    old = op.model_copy(update={"epoch": 1})
    (result,) = device.push([old]).results
    assert (result.status, result.code) == ("held", errors.HELD_EPOCH)
    released = decisions.release(hub.centre, old.op_id, by="周主任", reason="核对过纸质材料")
    assert released is not None
    assert released.status == "applied"
    assert decisions.release(hub.centre, uuid7(), by="周主任", reason="没有") is None
    assert case_of(hub, old.entity_id).state == "received"


def test_any_split_of_batches_is_one_batch(hub: RunningHub, device: FakeDevice) -> None:
    ops = [received(device) for _ in range(4)]
    device.push(ops[2:])
    device.push(ops[:1])
    reply = device.push(ops)
    assert [r.status for r in reply.results] == ["already", "applied", "already", "already"]
    assert reply.tail is not None
    assert (reply.tail.ack_through_seq, reply.tail.missing_seq) == (4, ())


def test_two_sync_loops_have_one_effect(hub: RunningHub, device: FakeDevice) -> None:
    """ERPNext/POS: two loops post twice (§13.10)."""
    ops = [received(device) for _ in range(3)]
    statuses: list[str] = []

    def loop() -> None:
        statuses.extend(result.status for result in device.push(ops).results)

    threads = [threading.Thread(target=loop) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (statuses.count("applied"), statuses.count("already")) == (3, 9)
    assert all(len(rows_of(hub, op.entity_id)) == 1 for op in ops)


def test_an_undeclared_dependency_waits_too(hub: RunningHub, device: FakeDevice) -> None:
    first = received(device)
    body = {"reason": "不办了", "withdrawn_at": now()}
    second = device.operation("case.withdrawn", first.entity_id, body, base_rev=1)
    assert device.push([second]).results[0].code == errors.HELD_DEP
    assert device.push([first]).results[0].status == "applied"
    assert case_of(hub, first.entity_id).state == "withdrawn"


def test_one_number_on_two_cases_keeps_both_and_alarms(hub: RunningHub, device: FakeDevice) -> None:
    first, second = (received_body() for _ in range(2))
    second["receipt_no"] = first["receipt_no"]
    ops = [device.operation("case.received", uuid7(), body) for body in (first, second)]
    assert [result.status for result in device.push(ops).results] == ["applied", "applied"]
    assert any(
        row["kind"] == "receipt_no_twice" and row["op_id"] == ops[1].op_id
        for row in backoffice.list_alarms(hub.centre)
    )


def test_only_a_known_epoch_may_push(hub: RunningHub, device: FakeDevice) -> None:
    op = received(device)
    for epoch, status in ((device.epoch + 1, 409), (-1, 400), (10**30, 409)):
        body = {"device_id": device.device_id, "epoch": epoch, "ops": [op.sign(device.key)]}
        reply = device.request("POST", "/v1/sync/push", json.dumps(body).encode())
        assert reply.status_code == status
    assert rows_of(hub, op.entity_id) == []
