# SPDX-License-Identifier: MulanPSL-2.0
"""The material library at the centre: checked papers reach every counter of the hall."""

from __future__ import annotations

from random import Random
from typing import Any

from counter.domain.library import LibraryPaper
from counter.domain.people import Person, person_key
from tests.fakes.device import FakeDevice
from tests.fakes.hub import RunningHub, received_body
from tests.unit.catalog_kit import catalog, item

PAGE = {"blob_id": "ab" * 32, "size": 3, "media_type": "image/jpeg"}


def papers(device: FakeDevice, owner: str) -> dict[str, LibraryPaper]:
    found = [r for r in device.pull_to_the_end() if r.kind == "material"]
    read = [LibraryPaper.model_validate(r.body) for r in found]
    return {p.material_key: p for p in read if p.person == owner}


def told(device: FakeDevice, kind: str, paper: LibraryPaper) -> Any:
    body = paper.model_dump(mode="json")
    return device.operation(kind, paper.paper_id, body, entity="material")


def test_a_received_case_fills_the_library_of_the_hall(hub: RunningHub, device: FakeDevice) -> None:
    one = item("elder_allowance")
    hub.publish(one)
    op = device.received(one, catalog().code_lists, Random(5))
    assert device.push([op]).results[0].status == "applied"
    owner = person_key(Person.model_validate(op.body["applicant"]))
    found = papers(hub.new_device(), owner)
    assert found["id_card"].trust == "B"
    assert found["id_card"].source_no == op.body["receipt_no"]
    assert "photo" not in found
    case = next(r for r in device.pull_to_the_end() if r.entity_id == op.entity_id)
    assert case.body["person_key"] == owner


def test_a_copy_is_checked_by_another_counter(hub: RunningHub, device: FakeDevice) -> None:
    owner = person_key(Person(id_no=str(received_body()["applicant"]["id_no"])))
    copy = LibraryPaper.model_validate(
        {
            "person": owner,
            "material_key": "marriage_cert",
            "material_name": "结婚证",
            "trust": "C",
            "checked_at": "2026-11-22T09:00:00+08:00",
            "pages": (PAGE,),
        }
    )
    (result,) = device.push([told(device, "material.added", copy)]).results
    assert (result.status, result.code) == ("applied", "")
    other = hub.new_device()
    assert papers(other, owner)["marriage_cert"].trust == "C"
    seen = {"trust": "B", "checked_by": "李强", "checked_at": "2026-11-23T09:00:00+08:00"}
    checked = copy.model_copy(update=seen)
    assert other.push([told(other, "material.verified", checked)]).results[0].status == "applied"
    assert papers(device, owner)["marriage_cert"] == checked
    late = copy.model_copy(update={"checked_at": "2026-11-24T09:00:00+08:00"})
    assert device.push([told(device, "material.added", late)]).results[0].status == "applied"
    assert papers(device, owner)["marriage_cert"] == checked, "a copy never replaces a checked one"


def test_a_paper_under_another_name_waits_for_a_person(device: FakeDevice) -> None:
    paper = LibraryPaper(person="a" * 64, material_key="id_card", material_name="身份证", trust="C")
    op = device.operation(
        "material.added", "b" * 64, paper.model_dump(mode="json"), entity="material"
    )
    assert device.push([op]).results[0].status == "held"
