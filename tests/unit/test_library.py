# SPDX-License-Identifier: MulanPSL-2.0
"""The material library: what is kept, what is proposed, what never counts as a proof."""

from __future__ import annotations

from datetime import date

import pytest

from counter.app.commands import AddMaterial, Receipt, ReceiveCase, SupplementCase, VerifyMaterial
from counter.domain.bodies import CaseReceived
from counter.domain.catalog import Material
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.library import (
    LibraryPaper,
    as_taken,
    better,
    held_for,
    spared_by,
    trust_of,
)
from counter.domain.materials import GivenMaterial, Way
from counter.domain.people import Agent, Person, person_key
from tests.fakes.hall import PERSON, FakeHall, item

TODAY = date(2026, 11, 23)
OWNER = person_key(PERSON)
BOOK = Material(key="hukou_book", material_name="户口簿", reusable=True, validity_days=730)
CARD_TYPE = "11100000000013338W001"


def paper(**changes: object) -> LibraryPaper:
    made = LibraryPaper(
        person=OWNER,
        material_key="hukou_book",
        material_name="户口簿",
        trust="B",
        checked_by="张某",
        checked_at="2026-03-02T10:00:00+08:00",
        purpose="高龄津贴",
    )
    return made.model_copy(update=changes)


@pytest.mark.parametrize(
    ("given", "source_type", "trust"),
    [
        ({"way": "original_checked"}, "20", "B"),
        ({"way": "scanned", "original_checked": True}, "20", "B"),
        ({"way": "scanned"}, "20", "C"),
        ({"way": "scanned"}, "10", "D"),
        ({"way": "promised"}, "20", "D"),
        ({"way": "e_cert"}, "20", "A"),
        ({"way": "library", "trust": "B"}, "20", "B"),
        ({"way": "tolerated"}, "20", ""),
    ],
)
def test_trust_follows_from_how_it_came(
    given: dict[str, object], source_type: str, trust: str
) -> None:
    row = GivenMaterial.model_validate({"key": "x", **given})
    material = Material.model_validate(
        {"key": "x", "material_name": "材料", "source_type": source_type}
    )
    assert trust_of(material, row) == trust


@pytest.mark.parametrize("way", ["e_cert", "exempt"])
def test_what_an_issuer_must_confirm_waits_for_the_line(way: str) -> None:
    row = GivenMaterial.model_validate({"key": "hukou_book", "way": way})
    assert as_taken(BOOK, row).online_check == "pending"
    assert as_taken(BOOK, row.model_copy(update={"way": "scanned"})).online_check == ""


def test_an_unchecked_copy_never_replaces_a_checked_one() -> None:
    old = paper()
    copy = paper(trust="C", checked_at="2026-11-01T10:00:00+08:00")
    assert better(old, copy) == old
    assert better(copy, old) == old
    assert better(paper(expires="2026-10-01"), copy) == copy
    again = paper(checked_at="2026-11-20T10:00:00+08:00", checked_by="李某")
    assert better(old, again) == again
    assert better(again, old) == again


def test_offered_only_to_the_right_person_in_validity() -> None:
    owners = {"applicant": OWNER}
    held = held_for(BOOK, [paper()], owners, TODAY)
    assert held is not None
    assert (held.usable, held.recheck) == (True, False)
    for word in ("张某", "2026-03-02", "高龄津贴", "2028-03-01"):
        assert word in held.words
    assert held_for(BOOK, [paper()], {"applicant": "somebody"}, TODAY) is None
    assert held_for(BOOK, [paper()], owners, date(2028, 3, 2)) is None
    assert held_for(BOOK, [paper(expires="2026-11-22")], owners, TODAY) is None
    assert held_for(BOOK.model_copy(update={"reusable": False}), [paper()], owners, TODAY) is None
    copy = held_for(BOOK, [paper(trust="C", checked_by="")], owners, TODAY)
    assert copy is not None
    assert (copy.usable, copy.recheck) == (False, True)
    assert "先核对原件" in copy.words


def test_a_guardians_card_is_not_the_childs() -> None:
    card = Material(
        key="guardian_card",
        material_name="监护人身份证",
        holder="agent",
        cert_type_code=CARD_TYPE,
        reusable=True,
    )
    childs = paper(material_key="id_card", cert_type_code=CARD_TYPE)
    owners = {"applicant": OWNER, "agent": "g" * 64}
    assert held_for(card, [childs], owners, TODAY) is None
    theirs = childs.model_copy(update={"person": "g" * 64})
    held = held_for(card, [childs, theirs], owners, TODAY)
    assert held is not None
    assert held.paper == theirs


def test_sources_come_in_the_order_that_spares_the_person() -> None:
    ways: tuple[Way, ...] = (
        "original_checked",
        "scanned",
        "promised",
        "library",
        "exempt",
        "e_cert",
    )
    assert spared_by(ways) == ("exempt", "e_cert", "library", "promised")


def test_a_person_has_one_key_whatever_the_card() -> None:
    temporary = PERSON.model_copy(update={"id_type": "112"})
    old = Person(id_no="990123460308012")
    assert person_key(temporary) == OWNER
    assert person_key(old) == person_key(Person(id_no="990123194603080124"))
    assert person_key(Person(id_no=" 99012319460308012 4 ")) == OWNER
    assert person_key(Person(id_type="414", id_no="E12345678")) != person_key(
        Person(id_no="E12345678")
    )
    assert person_key(Person()) == ""


# -- with the use cases ---------------------------------------------------------------------------


@pytest.fixture
def hall() -> FakeHall:
    made = FakeHall()
    rows = tuple(
        row.model_copy(update={"reusable": row.key == "id_card", "validity_days": 730})
        for row in item().materials
    )
    made.give_item(item(materials=rows))
    return made


def kept(hall: FakeHall) -> dict[str, LibraryPaper]:
    records = hall.store.tables.people.values()
    return {
        str(r.body["material_key"]): LibraryPaper.model_validate(r.body)
        for r in records
        if r.kind == "material"
    }


def receive(hall: FakeHall, way: str = "") -> Receipt:
    draft = hall.ready()
    row = draft.materials["id_card"].model_copy(
        update={"checked_by": "张某", "checked_at": hall.clock.now().isoformat()}
    )
    draft.materials["id_card"] = row
    if way == "library":
        old = kept(hall)["id_card"]
        draft.materials["id_card"] = GivenMaterial(
            key="id_card",
            way="library",
            library_id=old.paper_id,
            trust=old.trust,
            checked_by=old.checked_by,
            checked_at=old.checked_at,
        )
        draft.duplicate_reason = "另一件事"
    value = hall.do(ReceiveCase(draft)).value
    assert isinstance(value, Receipt)
    return value


def test_a_checked_original_is_kept_and_used_again(hall: FakeHall) -> None:
    first = receive(hall)
    paper = kept(hall)["id_card"]
    assert (paper.trust, paper.checked_by, paper.purpose) == ("B", "张某", "高龄津贴")
    assert (paper.source_no, paper.expires[:4]) == (first.receipt_no, "2028")
    assert paper.pages
    assert "photo" not in kept(hall), "only what the catalogue calls reusable"
    receive(hall, "library")
    assert kept(hall)["id_card"] == paper, "using a paper is no new check"
    body = CaseReceived.model_validate(hall.body_of_last_op())
    assert {row.key: row.library_id for row in body.materials}["id_card"] == paper.paper_id


def test_nothing_in_the_library_means_no_such_way(hall: FakeHall) -> None:
    draft = hall.ready()
    draft.materials["id_card"] = GivenMaterial(key="id_card", way="library", trust="B")
    with pytest.raises(DomainError) as error:
        hall.do(ReceiveCase(draft))
    assert error.value.code == "INTAKE"
    assert "库里没有" in error.value.what


def test_a_copy_becomes_b_only_when_the_original_was_seen(hall: FakeHall) -> None:
    page = hall.page()
    hall.do(AddMaterial(PERSON, "allowance_80", "id_card", (page,)))
    assert kept(hall)["id_card"].trust == "C"
    draft = hall.ready()
    key = kept(hall)["id_card"].paper_id
    draft.materials["id_card"] = GivenMaterial(
        key="id_card", way="library", library_id=key, trust="C"
    )
    with pytest.raises(DomainError) as error:
        hall.do(ReceiveCase(draft))
    assert "没核过原件" in error.value.what
    hall.do(VerifyMaterial(key))
    paper = kept(hall)["id_card"]
    assert (paper.trust, paper.checked_by) == ("B", "张某")
    assert paper.pages == (page,)
    kinds = [op.kind for op, *_ in hall.store.tables.ops]
    assert kinds == ["material.added", "material.verified"]
    assert hall.store.tables.ops[-1][0].entity == "material"


def test_papers_cannot_be_kept_for_nobody_or_against_the_catalogue(hall: FakeHall) -> None:
    page = hall.page()
    with pytest.raises(DomainError) as error:
        hall.do(AddMaterial(Person(name="无号"), "allowance_80", "id_card", (page,)))
    assert error.value.code == "LIBRARY-PERSON"
    with pytest.raises(DomainError) as error:
        hall.do(AddMaterial(PERSON, "allowance_80", "photo", (page,)))
    assert error.value.code == "MATERIAL-NONE"
    with pytest.raises(NotAllowedError) as refused:
        hall.do(VerifyMaterial("nobody"))
    assert refused.value.code == "LIBRARY-NONE"


def test_papers_handed_in_later_are_kept_too(hall: FakeHall) -> None:
    rows = tuple(row.model_copy(update={"reusable": True}) for row in item().materials)
    hall.give_item(item(materials=rows))
    draft = hall.ready()
    hall.do(ReceiveCase(draft))
    photo = GivenMaterial(
        key="photo",
        way="scanned",
        pages=(hall.page("照片"),),
        original_checked=True,
        checked_by="张某",
        checked_at=hall.clock.now().isoformat(),
    )
    hall.do(SupplementCase(draft.case_id, (photo,)))
    assert kept(hall)["photo"].trust == "B"


def test_the_agents_papers_are_kept_under_the_agent(hall: FakeHall) -> None:
    rows = tuple(
        row.model_copy(update={"reusable": True, "holder": "agent"}) for row in item().materials
    )
    hall.give_item(item(materials=rows))
    daughter = Person(
        name="李四", id_no="990123198506150010", birth="1985-06-15", no_phone_reason="无手机"
    )
    draft = hall.ready()
    draft.agent = Agent(person=daughter, relation="女儿")
    hall.do(ReceiveCase(draft))
    owners = {r.person for r in hall.store.tables.people.values()}
    assert owners == {person_key(daughter)}
