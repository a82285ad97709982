# SPDX-License-Identifier: MulanPSL-2.0
"""Tombstones, cursors that are too old, and snapshots by line (sync-protocol §6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from counter.domain.signing import verify_json
from sync.hub.handlers import backoffice
from sync.hub.storage import feed
from sync.protocol import errors, snapshot
from sync.protocol.snapshot import SNAPSHOT_TYP, SnapshotManifest, SnapshotReply
from sync.protocol.wire import FeedRecord, PullPage
from tests.fakes.device import FakeDevice, uuid7
from tests.fakes.hub import RunningHub, received_body, small_item


def receive(device: FakeDevice, count: int = 1) -> list[str]:
    ops = [device.operation("case.received", uuid7(), received_body()) for _ in range(count)]
    assert {r.status for r in device.push(ops).results} == {"applied"}
    return [op.entity_id for op in ops]


def manifest_of(device: FakeDevice) -> SnapshotManifest:
    reply = device.request("GET", "/v1/sync/snapshot")
    assert reply.status_code == 200, reply.text
    token = SnapshotReply.model_validate_json(reply.content).manifest
    return SnapshotManifest.model_validate(verify_json(token, device.centre_key, SNAPSHOT_TYP))


def fetch(device: FakeDevice, manifest: SnapshotManifest) -> list[FeedRecord]:
    records: list[FeedRecord] = []
    for chunk in manifest.chunks:
        data = device.request("GET", f"/v1/sync/snapshot/{chunk.place}/{chunk.sha256}").content
        records += snapshot.unpack(chunk, data)
    return records


def state(records: list[FeedRecord]) -> dict[tuple[str, str, str], tuple[int, str]]:
    """What a follower of these records holds at the end."""
    held: dict[tuple[str, str, str], tuple[int, str]] = {}
    for r in records:
        key = (r.scope, r.kind, r.entity_id)
        if r.action == "put":
            held[key] = (r.rev, r.model_dump_json())
        else:
            held.pop(key, None)
    return held


def finish(hub: RunningHub, case_id: str) -> None:
    backoffice.act(hub.centre, case_id, "return", reason="练习")


def test_snapshot_and_tail_is_a_full_pull(hub: RunningHub, device: FakeDevice) -> None:
    first = receive(device, 3)
    finish(hub, first[0])
    backoffice.let_go(hub.centre, days=-1)
    manifest = manifest_of(device)
    taken = fetch(device, manifest)
    receive(device, 2)
    finish(hub, first[1])
    backoffice.let_go(hub.centre, days=-1)
    tail = device.pull(manifest.cursor)
    full = device.pull_to_the_end()
    assert state([*taken, *tail.records]) == state(full)
    assert any(r.action == "leave" for r in tail.records)


def test_what_did_not_change_keeps_its_chunk(hub: RunningHub, device: FakeDevice) -> None:
    hub.publish(*(small_item(f"big_{n}", by_law="练习" * 20_000) for n in range(12)))
    before = {chunk.sha256 for chunk in manifest_of(device).chunks}
    hub.publish(small_item("one_more"))
    after = {chunk.sha256 for chunk in manifest_of(device).chunks}
    assert len(after) > 4
    assert len(after - before) <= 2
    assert {c.sha256 for c in manifest_of(device).chunks} == after


def test_a_chunk_comes_in_parts_and_to_its_own_hall_only(
    hub: RunningHub, device: FakeDevice
) -> None:
    receive(device)
    chunk = manifest_of(device).chunks[0]
    path = f"/v1/sync/snapshot/{chunk.place}/{chunk.sha256}"
    whole = device.request("GET", path).content
    first = device.request("GET", path, headers={"Range": "bytes=0-9"})
    rest = device.request("GET", path, headers={"Range": f"bytes=10-{chunk.size - 1}"})
    assert (first.status_code, rest.status_code) == (206, 206)
    assert first.content + rest.content == whole
    foreign = snapshot.place_of(feed.hall_scope("ZZZZZ"))
    other = device.request("GET", f"/v1/sync/snapshot/{foreign}/{chunk.sha256}")
    assert other.status_code == 404
    neighbour = hub.new_device()
    mine = snapshot.place_of(feed.device_scope(device.device_id))
    assert neighbour.request("GET", f"/v1/sync/snapshot/{mine}/{chunk.sha256}").status_code == 404
    backoffice.revoke_device(hub.centre, device.device_id)
    assert device.request("GET", path).status_code == 403


def test_a_cursor_from_before_a_forgotten_tombstone_is_too_old(
    hub: RunningHub, device: FakeDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    (case_id,) = receive(device)
    old = device.pull()
    while old.more:
        old = device.pull(old.cursor)
    finish(hub, case_id)
    assert backoffice.let_go(hub.centre, days=-1) >= 1
    assert backoffice.let_go(hub.centre, days=-1) == 0, "once is enough"
    backoffice.forget_tombstones(hub.centre)
    assert PullPage.model_validate(device.pull(old.cursor)), "400 days are not over"
    later = hub.centre.clock() + timedelta(days=backoffice.TOMBSTONE_DAYS + 1)
    monkeypatch.setattr(hub.centre, "clock", lambda: later)
    assert backoffice.forget_tombstones(hub.centre) >= 1
    reply = device.request("GET", f"/v1/sync/pull?cursor={old.cursor}")
    assert (reply.status_code, reply.json()["code"]) == (410, errors.CURSOR_GONE)
    manifest = manifest_of(device)
    assert state(fetch(device, manifest)) == state(device.pull_to_the_end())
