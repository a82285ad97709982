# SPDX-License-Identifier: MulanPSL-2.0
"""Registering halls, and the rules of a region for halls that come later."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from counter.domain.errors import DomainError
from sync.hub.__main__ import main
from sync.hub.handlers import administration, deeds, policies, training
from sync.hub.handlers.enrol import new_code
from sync.hub.storage import feed
from sync.hub.storage.halls import Hall
from tests.fakes.device import FakeDevice
from tests.fakes.hub import RunningHub
from tests.fakes.officer import FakeOfficer

_numbers = itertools.count(100)


def hall(region: str, code: str = "") -> Hall:
    """Return a hall of its own."""
    place = code or f"Q{next(_numbers):04}"
    return Hall(place, "青石镇便民服务中心", region, "0999-1", "0999-2", "", training=False)


def rule(hub: RunningHub, one: Hall) -> dict[str, Any]:
    """Return what the hall's own rule of pages is in the feed; {} when it has none."""
    with hub.centre.database.read() as tx:
        live = feed.live(tx, feed.hall_scope(one.hall_code))
        found: dict[str, dict[str, Any]] = {row.entity_id: row.body for row in live}
    return found.get("pages@hall", {})


def test_a_hall_registered_later_gets_what_its_region_was_given(hub: RunningHub) -> None:
    centre = hub.centre
    for code in ("880101", "880202"):
        administration.put_hall(centre, hall(code))
    assert policies.set_policy(centre, "pages", {"from_hour": 1}, where="8801") == 1
    assert policies.set_policy(centre, "pages", {"from_hour": 2}, where="8802") == 1
    assert policies.set_policy(centre, "pages", {"monthly_mb": 5}, where="880101") == 1
    late, other = hall("880102000000"), hall("770101")
    administration.put_hall(centre, late)
    administration.put_hall(centre, other)
    assert (rule(hub, late)["from_hour"], rule(hub, other)) == (1, {})
    nearer = hall("880101")
    administration.put_hall(centre, nearer)
    assert (rule(hub, nearer)["from_hour"], rule(hub, nearer)["monthly_mb"]) == (0, 5)
    policies.set_policy(centre, "pages", {"from_hour": 3}, where="8801")
    again = hall("880101")
    administration.put_hall(centre, again)
    assert [rule(hub, one)["from_hour"] for one in (late, nearer, again)] == [3, 3, 3]
    told = {row["scope"]: row["value"] for row in policies.list_policies(centre)}
    assert (told["area:8801"]["from_hour"], told["area:880101"]["monthly_mb"]) == (3, 5)
    device = FakeDevice(hub.url)
    device.enrol(new_code(centre, again.hall_code, 3))
    pulled = {r.entity_id: r.body for r in device.pull_to_the_end() if r.kind == "policy"}
    assert pulled["pages@hall"]["from_hour"] == 3


def last(device: FakeDevice) -> tuple[str, int | None]:
    """Return what a device hears of its hall's rule of pages: what happens, and the first hour."""
    found = [r for r in device.pull_to_the_end() if r.entity_id == "pages@hall"]
    return found[-1].action, found[-1].body.get("from_hour")


def test_its_own_rule_stays_until_it_moves(hub: RunningHub) -> None:
    centre, one = hub.centre, hall("660101")
    administration.put_hall(centre, one)
    administration.put_hall(centre, hall("660202"))
    policies.set_policy(centre, "pages", {"from_hour": 4}, where="6602")
    policies.set_policy(centre, "pages", {"from_hour": 5}, where="6601")
    policies.set_policy(centre, "pages", {"from_hour": 6}, where=one.hall_code)
    renamed = Hall(**{**vars(one), "name": "青石镇政务服务中心"})
    administration.put_hall(centre, renamed)
    assert rule(hub, one)["from_hour"] == 6
    policies.set_policy(centre, "pages", {"from_hour": 7}, where="6602")
    moved = Hall(**{**vars(renamed), "region": "660203"})
    administration.put_hall(centre, moved)
    assert rule(hub, one)["from_hour"] == 7
    policies.set_policy(centre, "pages", {}, where="6602")
    assert rule(hub, one)["from_hour"] == 6, "what was set for the hall itself counts again"
    policies.set_policy(centre, "pages", {}, where=one.hall_code)
    assert rule(hub, one) == {}, "the general one counts"
    device = FakeDevice(hub.url)
    device.enrol(new_code(centre, one.hall_code, 4))
    policies.set_policy(centre, "pages", {"from_hour": 8}, where=one.hall_code)
    assert last(device) == ("put", 8)
    policies.set_policy(centre, "pages", {}, where=one.hall_code)
    assert last(device) == ("leave", None)
    with pytest.raises(DomainError, match="OFFICE-HALL"):
        policies.set_policy(centre, "pages", {}, where=one.hall_code)


def test_halls_over_http(hub: RunningHub) -> None:
    officer, one = FakeOfficer.of(hub.centre, hub.url), hall("550101")
    body = {k: v for k, v in vars(one).items() if k not in {"hall_code", "training"}}
    path = f"/halls/{one.hall_code}"
    assert [officer.request("PUT", path, body).status_code for _ in range(2)] == [204, 204]
    rows = {row["hall_code"]: row for row in officer.request("GET", "/halls").json()}
    assert rows[one.hall_code] == vars(one)
    mine = [row.deed for row in deeds.listed(hub.centre) if row.about == one.hall_code]
    assert mine == ["hall.put"], "the second time changed nothing"
    for wrong in ({**body, "region": "55"}, {**body, "name": ""}, {"name": "x"}):
        assert officer.request("PUT", path, wrong).status_code == 422
    assert officer.request("PUT", "/halls/qqqqq", body).status_code == 422
    practice = officer.request("PUT", f"/halls/{training.HALL.hall_code}", body)
    assert (practice.status_code, practice.json()["code"]) == (409, "HALL-TRAINING")
    made = officer.request("POST", "/codes", {"hall_code": one.hall_code, "counter_no": 1})
    enrolled = FakeDevice(hub.url).enrol(made.json()["code"])
    assert (enrolled.hall.name, enrolled.hall.training) == (one.name, False)
    with pytest.raises(DomainError, match="HALL-FORM"):
        administration.put_hall(hub.centre, hall("550101", "IIIII"))


def test_halls_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, words = ["--data", str(tmp_path / "hub")], ["--name", "青石镇", "--phone", "0999-1"]
    words += ["--supervise-phone", "0999-2", "--region"]
    assert main([*data, "hall", "Q0001", *words, "440101"]) == 0
    assert main([*data, "policy", "pages", '{"from_hour": 22}', "--where", "4401"]) == 0
    assert main([*data, "policy", "pages", "{}", "--where", "4" * 40]) == 1
    assert main([*data, "hall", "Q0002", *words, "440102"]) == 0
    assert main([*data, "hall", "Q0003", *words, "44"]) == 1
    assert main([*data, "code", "--hall", "Q0002", "--window", "1"]) == 0
    capsys.readouterr()
    assert main([*data, "halls"]) == 0
    assert [line[:5] for line in capsys.readouterr().out.splitlines()] == ["Q0001", "Q0002"]
    assert main([*data, "policies", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["scope"] for row in rows} == {"area:4401", "hall:Q0001", "hall:Q0002"}
