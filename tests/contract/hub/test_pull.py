# SPDX-License-Identifier: MulanPSL-2.0
"""Pull (sync-protocol §6): a cursor in commit order that skips nothing."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable

import pytest

from counter.domain.canonical import canonical_hash
from counter.domain.checksum import checksum
from counter.domain.errors import DomainError
from counter.domain.operations import TimeEvidence
from counter.domain.signing import verify_json
from sync.hub import rules
from sync.hub.handlers import backoffice, policies, publish
from sync.protocol import errors
from sync.protocol.wire import (
    CATALOG_TYP,
    PAGE_SIGNATURE_HEADER,
    PAGE_TYP,
    RESULT_TYP,
    CaseView,
    CatalogManifest,
    FeedRecord,
    OpResult,
)
from tests.fakes.device import FakeDevice, uuid7
from tests.fakes.hub import RunningHub, received_body, small_item


def sum_of(records: Iterable[FeedRecord]) -> str:
    newest = {(r.kind, r.entity_id): r for r in records}
    return checksum((*key, r.rev) for key, r in newest.items() if r.action == "put")


def pull_all(device: FakeDevice, limit: int, cursor: str = "") -> tuple[list[FeedRecord], str]:
    records: list[FeedRecord] = []
    while True:
        page = device.pull(cursor, limit=limit)
        assert len(page.records) <= limit
        records += page.records
        cursor = page.cursor
        if not page.more:
            for scope, value in page.checksums.items():
                assert value == sum_of(r for r in records if r.scope == scope)
            return records, cursor


def test_pages_bring_everything_once_and_checksums_agree(
    hub: RunningHub, device: FakeDevice
) -> None:
    ops = [device.operation("case.received", uuid7(), received_body()) for _ in range(5)]
    device.push(ops)
    records, _ = pull_all(device, limit=2)
    numbers = [record.change_no for record in records]
    assert len(numbers) == len(set(numbers)), "everything comes once"
    # What a person waits for goes before the catalogue, and that before cases.
    lanes = {"revocation": -1, "policy": -1, "result": 0, "case": 2}
    order = [(lanes.get(r.kind, 1), r.change_no) for r in records]
    assert order == sorted(order)
    found = {record.entity_id for record in records if record.kind == "case"}
    assert {op.entity_id for op in ops} <= found
    view = next(r.body for r in records if r.entity_id == ops[0].entity_id)
    assert CaseView.model_validate(view).state == "received"
    result = next(r.body["result"] for r in records if r.entity_id == ops[0].op_id)
    payload = verify_json(result, device.centre_key, RESULT_TYP)
    assert OpResult.model_validate(payload).status == "applied"
    assert {r.kind for r in records} >= {"operator", "item", "case", "result"}


def test_only_changes_come_behind_the_cursor(hub: RunningHub, device: FakeDevice) -> None:
    op = device.operation("case.received", uuid7(), received_body())
    device.push([op])
    cursor = pull_all(device, limit=100)[1]
    assert device.pull(cursor).records == ()
    backoffice.act(hub.centre, op.entity_id, "accept")
    backoffice.act(hub.centre, op.entity_id, "refuse", reason="不符合条件")
    page = device.pull(cursor)
    assert sorted(r.kind for r in page.records) == ["case", "refusal"]
    case = next(r for r in page.records if r.kind == "case")
    assert (case.entity_id, case.rev) == (op.entity_id, 3)
    view = CaseView.model_validate(case.body)
    assert (view.state, view.reason) == ("refused", "不符合条件")
    told = [(event.what, event.place) for event in view.events]
    assert told == [("收件", "3号窗口"), ("受理", ""), ("不予", "")], "the centre's have no window"


def test_the_page_is_signed(device: FakeDevice) -> None:
    reply = device.request("GET", "/v1/sync/pull", None, {"Accept-Encoding": "identity"})
    signed = verify_json(reply.headers[PAGE_SIGNATURE_HEADER], device.centre_key, PAGE_TYP)
    assert signed["sha256"] == hashlib.sha256(reply.content).hexdigest()
    assert signed["cursor"] == reply.json()["cursor"]


def test_foreign_cursors_are_gone_and_foreign_scopes_forbidden(device: FakeDevice) -> None:
    mine = device.pull().cursor
    for cursor in ("x", "W10", "bnVsbA", "%F0%9F", mine + "A"):
        reply = device.request("GET", f"/v1/sync/pull?cursor={cursor}")
        assert (reply.status_code, reply.json()["code"]) == (410, errors.CURSOR_GONE), cursor
    other_scopes = device.request("GET", f"/v1/sync/pull?scopes=reference&cursor={mine}")
    assert other_scopes.status_code == 410
    reply = device.request("GET", f"/v1/sync/pull?scopes=device:{uuid7()}")
    assert (reply.status_code, reply.json()["code"]) == (403, errors.SCOPE)


def test_concurrent_writers_never_slip_behind_a_reader(hub: RunningHub, device: FakeDevice) -> None:
    """A number committed late is skipped by the cursor (§13.12): here it cannot be late."""
    done = threading.Event()

    def work(worker: int) -> None:
        for turn in range(6):
            publish.put_operator(
                hub.centre,
                hall_code="7K2QM",
                job_no=f"9{worker}{turn:02d}",
                name="某某",
                roles=("clerk",),
            )

    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    seen: set[str] = set()
    cursor = ""
    while True:
        last = done.is_set()
        page = device.pull(cursor)
        seen |= {r.entity_id for r in page.records if r.kind == "operator"}
        cursor = page.cursor
        if last and not page.more:
            break
        if not any(thread.is_alive() for thread in threads):
            done.set()
    assert {f"7K2QM-9{w}{t:02d}" for w in range(3) for t in range(6)} <= seen


def test_a_catalogue_version_is_signed_and_comes_before_its_documents(
    hub: RunningHub, device: FakeDevice
) -> None:
    hub.publish(small_item(version="2026.9"), small_item("test_other"))
    records, _ = pull_all(device, limit=3)
    kinds = [(r.kind, r.entity_id) for r in records]
    token = next(r.body["token"] for r in records if r.kind == "catalog")
    manifest = CatalogManifest.model_validate(verify_json(token, device.centre_key, CATALOG_TYP))
    assert kinds.index(("catalog", "catalog")) < kinds.index(("item", "test_other@1"))
    bodies = {r.entity_id: r.body for r in records if r.kind == "item"}
    assert {d.name for d in manifest.documents} >= {"test_card", "test_auto", "test_other"}
    for document in manifest.documents:
        body = bodies[f"{document.name}@{document.version}"]
        assert canonical_hash(body) == document.sha256
    assert ("test_card", "2026.9") in {(d.name, d.version) for d in manifest.documents}


def test_revocations_and_policy_come_before_everything_else(
    hub: RunningHub, device: FakeDevice
) -> None:
    lost = hub.new_device()
    device.push([device.operation("case.received", uuid7(), received_body())])
    backoffice.revoke_device(hub.centre, lost.device_id)
    policies.set_policy(hub.centre, "push", {"max_ops": 7})
    with pytest.raises(DomainError):
        policies.set_policy(hub.centre, "push", {"max_ops": 0})
    first = device.pull(limit=2).records
    assert {record.kind for record in first} == {"revocation", "policy"}
    (revoked,) = [record.body["devices"] for record in first if record.kind == "revocation"]
    assert lost.device_id in revoked
    reply = device.push([device.operation("visit.recorded", uuid7(), {}, entity="visit")])
    assert reply.tail is not None
    assert reply.tail.policy == {"max_ops": 7}


def test_the_centre_keeps_when_an_act_can_have_happened() -> None:
    received = "2026-11-22T12:00:00.000+08:00"
    good = TimeEvidence(
        wall="2026-11-22T09:00:08+08:00",
        boot_id="b",
        mono_ms=1,
        last_centre_time="2026-11-22T08:00:00.000+08:00",
        skew_ms=8000,
    )
    first, last = rules.claimed_between(good, received)
    assert first < "2026-11-22T09:00:00.000+08:00" < last < "2026-11-22T09:00:05"
    bad = good.model_copy(update={"clock": "doubtful", "wall": "2001-01-01T00:00:00+08:00"})
    assert rules.claimed_between(bad, received) == (good.last_centre_time, received)
