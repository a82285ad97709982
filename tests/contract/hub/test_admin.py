# SPDX-License-Identifier: MulanPSL-2.0
"""Who may call what: every route asks for its caller; what the back office does over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sync.hub.__main__ import main
from sync.hub.api import described
from sync.hub.handlers import administration
from sync.protocol import errors
from sync.protocol.http_signing import ADMIN_TAG, signed_headers
from tests.fakes.device import FakeDevice, uuid7
from tests.fakes.hub import RunningHub, received_body, small_item
from tests.fakes.officer import FakeOfficer

FILLED = {"op_id": "abcdefgh", "device_id": "abcdefgh", "upload_id": "abcdefgh", "number": "1"}
FILLED |= {"place": "0" * 32, "sha256": "0" * 64, "hall_code": "7K2QM", "job_no": "1"}
FILLED |= {"name": "lease", "kind": "appeal"}


def routes(hub: RunningHub) -> Iterator[tuple[str, str]]:
    """Every method and path of the contract, with its places filled."""
    document = httpx.get(f"{hub.url}/openapi.json", trust_env=False).json()
    for path, verbs in document["paths"].items():
        for verb in verbs:
            yield verb.upper(), path.format(**FILLED)


def test_every_route_but_the_open_ones_asks_who_is_calling(
    hub: RunningHub, device: FakeDevice
) -> None:
    stranger, seen = FakeDevice(hub.url), 0
    for method, path in routes(hub):
        if path in described.OPEN:
            continue
        seen += 1
        bare = httpx.request(method, f"{hub.url}{path}", trust_env=False)
        assert bare.status_code == 401, (method, path)
        assert stranger.request(method, path).status_code == 401, (method, path)
        if path.startswith("/v1/admin"):
            assert device.request(method, path).status_code == 401, "a device is no officer"
            clerk = FakeOfficer.of(hub.centre, hub.url, roles=("office",))
            chief = FakeOfficer.of(hub.centre, hub.url, roles=("admin",))
            inner = path.removeprefix("/v1/admin")
            refused = [one.request(method, inner).status_code == 403 for one in (clerk, chief)]
            assert sorted(refused) == [False, True], (method, path, "one role each")
        elif path != "/metrics":
            officer = FakeOfficer.of(hub.centre, hub.url)
            head = signed_headers(method, f"{hub.url}{path}", {}, None, officer.key, tag=ADMIN_TAG)
            reply = httpx.request(method, f"{hub.url}{path}", headers=head, trust_env=False)
            assert reply.status_code == 401, "an officer is no device"
    assert seen > 25


def test_a_key_can_be_taken_back_and_a_request_is_good_once(hub: RunningHub) -> None:
    officer = FakeOfficer.of(hub.centre, hub.url)
    url = f"{hub.url}/v1/admin/stats"
    head = signed_headers("GET", url, {}, None, officer.key, tag=ADMIN_TAG)
    statuses = [httpx.get(url, headers=head, trust_env=False).status_code for _ in range(2)]
    assert statuses == [200, 401]
    administration.revoke_admin_key(hub.centre, officer.key.kid)
    assert officer.request("GET", "/stats").status_code == 401
    body = {"reason": "x"}
    head = signed_headers("POST", f"{url}", {}, b"{}", officer.key, tag=ADMIN_TAG)
    other = httpx.post(url, headers=head, content=json.dumps(body).encode(), trust_env=False)
    assert other.status_code in {401, 405}


def test_devices_codes_and_numbers(hub: RunningHub, device: FakeDevice) -> None:
    officer = FakeOfficer.of(hub.centre, hub.url)
    device.pull()
    mine = officer.request("GET", "/numbers").json()
    assert device.device_id in {row["device_id"] for row in mine}
    assert device.device_id in {
        row["device_id"] for row in officer.request("GET", "/devices").json()
    }
    assert officer.request("GET", f"/devices/{device.device_id}/missing").json()[0]["count"] == 0
    made = officer.request("POST", "/codes", {"hall_code": "7K2QM", "counter_no": 3})
    assert made.status_code == 201
    epoch = device.epoch
    assert (
        officer.request("POST", "/codes", {"hall_code": "XXXXX", "counter_no": 3}).status_code
        == 404
    )
    device.key = FakeDevice(hub.url).key
    assert device.enrol(made.json()["code"]).epoch == epoch + 1, "enrolled again"
    assert officer.request("POST", f"/devices/{device.device_id}/revoke").status_code == 204
    assert device.request("GET", "/v1/sync/pull").status_code == 403
    assert officer.request("POST", "/devices/nobodynobody/revoke").status_code == 404


def test_a_held_operation_is_closed_with_a_reason_or_released(
    hub: RunningHub, device: FakeDevice
) -> None:
    officer = FakeOfficer.of(hub.centre, hub.url)
    ops = [
        device.operation("case.received", uuid7(), received_body(), operator="7K2QM-9999")
        for _ in range(2)
    ]
    assert {r.code for r in device.push(ops).results} == {errors.HELD_AUTHZ}
    held = {row["op_id"] for row in officer.request("GET", "/held").json()}
    assert {op.op_id for op in ops} <= held
    place = f"/ops/{ops[0].op_id}/close"
    assert officer.request("POST", place, {"reason": ""}).status_code == 422
    closed = officer.request("POST", place, {"reason": "重复收件"}).json()
    assert (closed["status"], closed["code"]) == ("rejected", errors.CLOSED)
    result = device.push(ops[:1]).results[0]
    assert (result.status, "重复收件" in result.message) == ("rejected", True)
    released = officer.request("POST", f"/ops/{ops[1].op_id}/release", {"reason": "已核对"}).json()
    assert released["status"] == "applied"
    told = {r["kind"]: r["detail"] for r in officer.request("GET", "/alarms").json()}
    assert "赵主任" in told["closed"]
    assert officer.request("POST", "/ops/nobodynobody/close", {"reason": "x"}).status_code == 404


def test_acts_are_the_signers_and_documents_are_published(
    hub: RunningHub, device: FakeDevice
) -> None:
    officer = FakeOfficer.of(hub.centre, hub.url)
    op = device.operation("case.received", uuid7(), received_body("api_item", "7"))
    assert device.push([op]).results[0].code == errors.HELD_FORM
    item = small_item("api_item", "7").model_dump(mode="json")
    done = officer.request("POST", "/documents", {"kind": "item", "body": item})
    assert (done.status_code, done.json()["new"]) == (200, 1)
    assert done.json()["released"] >= 1
    changed = {"kind": "item", "body": {**item, "task_name": "换了内容"}}
    assert officer.request("POST", "/documents", changed).json()["code"] == "PUB-CHANGED"
    for odd in ({"kind": "item", "body": {}}, {"kind": "x", "body": {}}):
        assert officer.request("POST", "/documents", odd).json()["code"] == "PUB-FORM"
    number = op.entity_id
    reply = officer.request("POST", f"/cases/{number}/acts", {"act": "accept"})
    assert reply.json()["state"] == "accepted", reply.text
    again = officer.request("POST", f"/cases/{number}/acts", {"act": "accept"})
    assert again.status_code == 409
    absent = officer.request("POST", "/cases/nothing/acts", {"act": "accept"})
    assert absent.status_code == 404


def test_metrics_and_readiness_show_figures_and_nobody(hub: RunningHub, device: FakeDevice) -> None:
    device.push([device.operation("case.received", uuid7(), received_body())])
    assert httpx.get(f"{hub.url}/readyz", trust_env=False).json() == {"status": "ready"}
    head = {"Authorization": f"Bearer {hub.centre.keys.metrics_token}"}
    reply = httpx.get(f"{hub.url}/metrics", headers=head, trust_env=False)
    assert reply.headers["content-type"].startswith("text/plain")
    for words in (
        'hub_ops{status="applied"}',
        'hub_requests_total{lane="push",status="200"}',
        'hub_request_seconds_bucket{lane="push"',
        "hub_feed_change_no",
        "hub_blobs",
        "hub_devices",
    ):
        assert words in reply.text
    for secret in (device.device_id, "练习窗口", "王秀兰", "7K2QM"):
        assert secret not in reply.text


def test_keys_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, place = ["--data", str(tmp_path / "hub")], tmp_path / "zhao.key"
    assert main([*data, "admin", "add", "赵主任", "office", "--key-file", str(place)]) == 0
    kid, seed = place.read_text("ascii").split()
    assert (len(bytes.fromhex(seed)), place.stat().st_mode & 0o077) == (32, 0)
    assert main([*data, "admin", "revoke", kid]) == 0
    assert main([*data, "admin", "list"]) == 0
    assert kid in capsys.readouterr().out
    assert main([*data, "admin", "revoke", "nobody"]) == 1
    assert main([*data, "admin", "add", "赵主任"]) == 2
    assert main([*data, "close", "nothing", "--reason", "x"]) == 1
    assert main([*data, "numbers"]) == 0


def test_whose_work_a_case_is(hub: RunningHub, device: FakeDevice) -> None:
    officer = FakeOfficer.of(hub.centre, hub.url)
    op = device.operation("case.received", uuid7(), received_body())
    device.push([op])
    place, asked = f"/cases/{op.entity_id}/lease", {"device_id": device.device_id, "reason": "转窗"}
    given = officer.request("POST", place, asked).json()
    assert (given["device_id"], given["fence"] > 0) == (device.device_id, True)
    assert officer.request("POST", place, {"reason": ""}).status_code == 422
    back = officer.request("POST", place, {"reason": "交回"}).json()
    assert (back["device_id"], back["fence"] > given["fence"]) == ("", True)
    other = {"device_id": "nobody", "reason": "x"}
    assert officer.request("POST", place, other).json()["code"] == "OFFICE-DEVICE"
    assert officer.request("POST", "/cases/nothing/lease", asked).status_code == 404
    assert officer.request("POST", f"/cases/{op.entity_id}/release", {"reason": "x"}).json()[
        "code"
    ] == ("THEME-FREE")
    assert (officer.request("POST", "/deem").json(), officer.request("GET", "/themes").json()) == (
        [],
        [],
    )


def test_ratings_and_appeals_over_http(hub: RunningHub) -> None:
    officer = FakeOfficer.of(hub.centre, hub.url)
    assert officer.request("GET", "/tickets/appeal").json() == []
    assert officer.request("GET", "/tickets/other").status_code == 422
    assert officer.request("GET", "/rates").json()["response"] == [0, 0]
    assert officer.request("POST", "/ratings/nothing0/slip", {"level": 3}).status_code == 404
    review = {"verdict": "uphold", "reason": "已核实"}
    assert officer.request("POST", "/ratings/nothing0/review", review).status_code == 404


def test_people_hours_and_rules_of_a_hall(hub: RunningHub, device: FakeDevice) -> None:
    officer = FakeOfficer.of(hub.centre, hub.url)
    op = device.operation("case.received", uuid7(), received_body(), operator="7K2QM-0099")
    assert device.push([op]).results[0].code == errors.HELD_AUTHZ
    person = {"name": "李敏", "roles": ["clerk"]}
    made = officer.request("PUT", "/operators/7K2QM/0099", person).json()
    assert (made["operator_id"], made["rev"], made["released"]) == ("7K2QM-0099", 1, 1)
    gone = officer.request("PUT", "/operators/7K2QM/0099", {**person, "active": False})
    assert gone.json()["rev"] == 2
    listed = {row["job_no"]: row for row in officer.request("GET", "/operators").json()}
    assert listed["0099"]["active"] is False
    assert officer.request("PUT", "/operators/XXXXX/0099", person).status_code == 404
    odd = {"name": "李敏", "roles": ["king"]}
    assert officer.request("PUT", "/operators/7K2QM/0099", odd).status_code == 422
    assert officer.request("PUT", "/halls/7K2QM/hours", {"closing": "17:30"}).status_code == 204
    assert officer.request("PUT", "/halls/7K2QM/hours", {"closing": "x"}).status_code == 422
    assert officer.request("PUT", "/halls/XXXXX/hours", {"closing": "off"}).status_code == 404
    assert officer.request("PUT", "/policies/lease", {"days": 7}).status_code == 204
    for name, value in (("lease", {"days": 0}), ("nothing", {})):
        assert officer.request("PUT", f"/policies/{name}", value).json()["code"] == "OFFICE-POLICY"
    told = {row["name"]: row["value"] for row in officer.request("GET", "/policies").json()}
    assert (told["hours"], told["lease"]) == ({"closing": "17:30"}, {"days": 7})
    assert officer.request("POST", "/let-go", {"days": 1}).json() == {"cases": 0}


def test_hours_of_pages_by_hall_and_region(hub: RunningHub, device: FakeDevice) -> None:
    officer = FakeOfficer.of(hub.centre, hub.url)
    night, noon = {"from_hour": 22, "until_hour": 6}, {"from_hour": 12, "until_hour": 14}
    assert officer.request("PUT", "/policies/pages", night).status_code == 204
    assert officer.request("PUT", "/policies/pages?where=9901", noon).status_code == 204
    told = {r.entity_id: r.body for r in device.pull_to_the_end() if r.kind == "policy"}
    assert (told["pages"]["from_hour"], told["pages@hall"]["from_hour"]) == (22, 12)
    for path, code in (("pages?where=1234", "OFFICE-HALL"), ("lease?where=9901", "OFFICE-POLICY")):
        assert officer.request("PUT", f"/policies/{path}", {}).json()["code"] == code
    assert officer.request("PUT", "/policies/pages", {"from_hour": 24}).status_code == 422


def test_the_log_says_with_which_key_a_deed_was_done(
    hub: RunningHub, caplog: pytest.LogCaptureFixture
) -> None:
    clerk = FakeOfficer.of(hub.centre, hub.url, roles=("office",))
    with caplog.at_level("INFO", "sync.hub.access"):
        clerk.request("GET", "/cases")
        end = time.monotonic() + 10  # the line is written behind the answer
        while not (facts := _facts(caplog)) and time.monotonic() < end:
            time.sleep(0.01)
    assert [one.get("officer") for one in facts] == [clerk.key.kid]


def _facts(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [record.__dict__["facts"] for record in caplog.records if "facts" in record.__dict__]
