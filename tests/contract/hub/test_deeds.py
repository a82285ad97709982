# SPDX-License-Identifier: MulanPSL-2.0
"""Who did what with the hub: one row a deed, in its transaction; from the machine and by key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from sync.hub.__main__ import main
from sync.hub.centre import Centre, Doer, open_centre
from sync.hub.handlers import backoffice, deeds, policies, training
from sync.hub.storage.columns import UnstorableError
from sync.protocol import errors
from tests.fakes.device import FakeDevice, uuid7
from tests.fakes.hub import RunningHub, received_body, small_item
from tests.fakes.officer import FakeOfficer


def rows_of(officer: FakeOfficer, since: str = "") -> list[dict[str, Any]]:
    """Return all deeds as the route gives them."""
    found: list[dict[str, Any]] = []
    while True:
        after = found[-1]["deed_no"] if found else 0
        reply = officer.request("GET", f"/deeds?since={since}&after={after}")
        assert reply.status_code == 200, reply.text
        if not reply.json():
            return found
        found += reply.json()


def of(officer: FakeOfficer) -> list[tuple[str, str, str]]:
    """Return kind, what about and outcome of what this officer did."""
    mine = [row for row in rows_of(officer) if row["kid"] == officer.key.kid]
    assert {row["name"] for row in mine} <= {"赵主任"}
    return [(row["deed"], row["about"], row["outcome"]) for row in mine]


def test_each_deed_by_key_is_written_with_the_key(hub: RunningHub, device: FakeDevice) -> None:
    officer = FakeOfficer.of(hub.centre, hub.url)
    ops = [
        device.operation("case.received", uuid7(), received_body(), operator="7K2QM-8888")
        for _ in range(2)
    ]
    assert {r.code for r in device.push(ops).results} == {errors.HELD_AUTHZ}
    item = small_item("deed_item", "3").model_dump(mode="json")
    lost = hub.new_device().device_id
    for method, path, body in (
        ("POST", f"/ops/{ops[0].op_id}/close", {"reason": "重复收件"}),
        ("POST", f"/ops/{ops[0].op_id}/close", {"reason": "重复收件"}),
        ("POST", f"/ops/{ops[1].op_id}/release", {"reason": "已核对"}),
        ("POST", f"/cases/{ops[1].entity_id}/lease", {"device_id": "", "reason": "收回"}),
        ("POST", "/cases/nothing/lease", {"reason": "收回"}),
        ("POST", "/codes", {"hall_code": "7K2QM", "counter_no": 5}),
        ("POST", f"/devices/{lost}/revoke", None),
        ("POST", "/devices/nobodynobody/revoke", None),
        ("POST", "/documents", {"kind": "item", "body": item}),
        ("POST", "/documents", {"kind": "item", "body": item}),
        ("POST", "/documents", {"kind": "item", "body": {**item, "task_name": "换了"}}),
        ("PUT", "/operators/7K2QM/0777", {"name": "李敏", "roles": ["clerk"]}),
        ("PUT", "/policies/lease", {"days": 7}),
        ("PUT", "/policies/pages?where=9901", {"from_hour": 22}),
        ("PUT", "/policies/pages?where=9901", {}),
        ("PUT", "/policies/pages?where=1234", {}),
        ("POST", "/let-go", {"days": 1}),
        ("POST", "/ratings/nothing0/slip", {"level": 3}),
    ):
        officer.request(method, path, body)
    assert of(officer) == [
        ("op.close", ops[0].op_id, "done"),
        ("op.release", ops[1].op_id, "done"),
        ("case.lease", ops[1].entity_id, "done"),
        ("case.lease", "", "OFFICE-CASE"),
        ("device.code", "7K2QM 5", "done"),
        ("device.revoke", lost, "done"),
        ("device.revoke", "", "OFFICE-DEVICE"),
        ("document.publish", "item:deed_item@3", "done"),
        ("document.publish", "", "PUB-CHANGED"),
        ("operator.put", "7K2QM-0777", "done"),
        ("policy.set", "lease", "done"),
        ("policy.set", "pages@9901", "done"),
        ("policy.withdraw", "pages@9901", "done"),
        ("policy.withdraw", "pages", "OFFICE-HALL"),
        ("cases.let_go", "", "0"),
        ("rating.slip", "", "RATING-SLIP"),
    ]
    text = json.dumps(rows_of(officer), ensure_ascii=False)
    assert not [word for word in ("李敏", "重复收件", "已核对", "王秀兰") if word in text]


def test_they_are_numbered_without_a_gap_and_asked_for_by_day(hub: RunningHub) -> None:
    officer = FakeOfficer.of(hub.centre, hub.url)
    found = rows_of(officer)
    assert [row["deed_no"] for row in found] == list(range(1, len(found) + 1))
    assert {row["kid"] for row in found[:2]} == {"local"}, "what was seeded on the machine"
    assert rows_of(officer, found[1]["at"][:10]) == found
    assert rows_of(officer, "2099-01-01") == []
    assert rows_of(officer, "2000-01-01T00:00:00Z") == found
    for odd in ("yesterday", "0001-01-01T00:00:00%2B14:00", "2026-13-01"):
        reply = officer.request("GET", f"/deeds?since={odd}")
        assert (reply.status_code, reply.json()["code"]) == (422, "DEEDS-SINCE")
    assert len(deeds.listed(hub.centre, most=1)) == 1
    clerk = FakeOfficer.of(hub.centre, hub.url, roles=("office",))
    assert clerk.request("GET", "/deeds").status_code == 403


def test_a_deed_and_its_row_are_there_together_or_not_at_all(
    hub: RunningHub, device: FakeDevice
) -> None:
    before = len(deeds.listed(hub.centre))
    nobody = replace(hub.centre, doer=Doer("x" * 65))  # too long for its column
    with pytest.raises(UnstorableError):
        backoffice.revoke_device(nobody, device.device_id)
    assert device.request("GET", "/v1/sync/pull").status_code == 200, "not revoked"
    with pytest.raises(ZeroDivisionError), deeds.writing(hub.centre, "device.revoke") as (_, deed):
        deed.about = str(1 / 0)
    assert len(deeds.listed(hub.centre)) == before


def test_every_kind_has_a_word() -> None:
    assert set(get_args(deeds.Kind)) == set(deeds.WORDS)
    assert deeds.words("of a newer program") == "of a newer program"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    opened = open_centre(tmp_path / "hub")
    training.seed(opened, tmp_path)
    yield opened
    opened.close()


def test_on_the_machine_itself(
    centre: Centre, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(tmp_path / "hub")]
    assert main([*data, "backup", str(tmp_path / "copy")]) == 0
    assert main([*data, "policy", "lease", '{"days": 7}']) == 0
    assert main([*data, "revoke", "nobody"]) == 1
    assert main([*data, "snapshot", "make", "nobody", str(tmp_path / "x.ycs")]) == 1
    key = tmp_path / "zhao.key"
    assert main([*data, "admin", "add", "赵主任", "--key-file", str(key)]) == 0
    kid = key.read_text("ascii").split()[0]
    assert main([*data, "admin", "revoke", kid]) == 0
    assert main([*data, "restored"]) == 0
    capsys.readouterr()
    assert main([*data, "deeds", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(row["kid"], row["name"]) for row in rows} == {("local", "")}
    told = [(row["deed"], row["about"], row["outcome"]) for row in rows]
    assert told[0] == ("hall.put", "7K2QM", "done")
    assert told[1:4] == [("operator.put", f"7K2QM-{no}", "done") for no in ("0312", "0308", "0301")]
    assert told[4:-1] == [
        ("backup", "", "0"),
        ("policy.set", "lease", "done"),
        ("device.revoke", "", "OFFICE-DEVICE"),
        ("snapshot.make", "", "OFFICE-DEVICE"),
        ("admin.add", kid, "done"),
        ("admin.revoke", kid, "done"),
    ]
    assert told[-1][0] == "restored"
    assert main([*data, "deeds", "--since", "2099-01-01"]) == 0
    assert capsys.readouterr().out == ""
    assert main([*data, "deeds"]) == 0
    told_words = capsys.readouterr().out
    assert "  本机  登记管理钥匙  " in told_words
    assert "  停用设备    没有办成（OFFICE-DEVICE）\n" in told_words
    assert main([*data, "deeds", "--since", "x"]) == 1


def test_what_a_key_did_is_told_with_its_name(
    hub: RunningHub, capsys: pytest.CaptureFixture[str]
) -> None:
    FakeOfficer.of(hub.centre, hub.url).request("PUT", "/halls/7K2QM/hours", {"closing": "off"})
    row = deeds.listed(hub.centre)[-1]
    assert (row.name, row.kid.startswith("admin-"), row.deed) == ("赵主任", True, "hall.hours")
    backoffice.let_go(hub.centre, 1)
    policies.set_policy(hub.centre, "lease", {"days": 9})
    assert [one.kid for one in deeds.listed(hub.centre)[-2:]] == ["local", "local"]
    capsys.readouterr()
    assert main(["--data", str(hub.centre.data), "deeds"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3].split("  ")[1:] == [f"赵主任 {row.kid}", "定下班时间", "7K2QM", "已办"]
