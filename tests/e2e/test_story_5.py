# SPDX-License-Identifier: MulanPSL-2.0
"""Acceptance story 5: no phone, cannot write, speaks dialect: served all the same, and safely."""

from __future__ import annotations

from random import Random

import pytest

from counter.app.commands import Receipt, ReceiveCase
from counter.domain.bodies import CaseReceived
from counter.domain.draft import Draft, Signature
from counter.domain.errors import DomainError
from counter.domain.materials import GivenMaterial
from counter.domain.sample import generate_valid, paths
from tests.fakes.hall import FakeHall
from tests.unit.catalog_kit import calendar, catalog, item

CODE = "elder_card"


@pytest.fixture
def hall() -> FakeHall:
    made = FakeHall()
    made.give_item(item(CODE))
    days = calendar().model_dump(mode="json", by_alias=True)
    made.store.tables.reference["calendar", "CN"] = days
    lists = {
        name: {
            "title": name,
            "provenance": "",
            "codes": [{"code": code, "label": label} for code, label in codes.items()],
        }
        for name, codes in catalog().code_lists.items()
    }
    made.store.tables.reference["dicts", "dicts"] = {"version": "t", "lists": lists}
    return made


def old_man(hall: FakeHall) -> Draft:
    """Nothing is known of a phone, and he confirms with his right index finger."""
    one, today = item(CODE), hall.clock.now().date()
    path = next(p for p in paths(one) if p.get("handler", "self") == "self")
    sample = generate_valid(one, Random(2), today, path=path, code_lists=catalog().code_lists)
    draft = hall.started()
    for name in ("item_code", "item_version", "applicant", "answers", "form"):
        setattr(draft, name, getattr(sample, name))
    draft.form.pop("person.mobile", None)
    draft.materials = {
        key: GivenMaterial(key=key, way="scanned", pages=(hall.page(key),), original_checked=True)
        for key in sample.materials
    }
    draft.applicant.mobile = draft.applicant.no_phone_reason = ""
    draft.signature = Signature(
        method="finger",
        signer="applicant",
        page=hall.page("指印"),
        signed_at=hall.clock.now().isoformat(),
        witnesses=("张某",),
    )
    return draft


def refused(hall: FakeHall, draft: Draft) -> str:
    with pytest.raises(DomainError) as error:
        hall.do(ReceiveCase(draft))
    return error.value.what


def test_he_is_served_with_finger_witness_and_village_broadcast(hall: FakeHall) -> None:
    draft = old_man(hall)
    told = refused(hall, draft)
    assert "两人在场" in told
    assert "念给本人听" in told
    assert "手机" not in told, "a missing phone is never what stops a case"
    assert draft.signature is not None
    draft.signature.witnesses = ("张某", "李某")  # two staff
    draft.signature.read_aloud = True  # 已宣读，本人无异议 (in his dialect)
    draft.applicant.no_phone_reason = "无手机"
    draft.applicant.contact_way, draft.applicant.contact_name = "broadcast", "代办员 王某"
    receipt = hall.do(ReceiveCase(draft)).value
    assert isinstance(receipt, Receipt)
    body = CaseReceived.model_validate(hall.body_of_last_op())
    assert (body.signature_method, body.signature_witnesses) == ("finger", ("张某", "李某"))
    assert body.signature_read_aloud
    assert (body.applicant.mobile, body.applicant.no_phone_reason) == ("", "无手机")
    assert (body.applicant.contact_way, body.applicant.contact_name) == ("broadcast", "代办员 王某")
    # Without a phone he asks with number and code, printed on his slip.
    assert receipt.query_code.isdigit()
    assert len(receipt.query_code) == 6
    assert receipt.query_code == body.query_code
    assert receipt.query_code not in receipt.qr_token


def test_one_staff_and_one_witness_do_as_well(hall: FakeHall) -> None:
    draft = old_man(hall)
    draft.applicant.no_phone_reason = "无手机"
    assert draft.signature is not None
    draft.signature.read_aloud = True
    draft.signature.witnesses = ("张某", "张某")
    assert "两人在场" in refused(hall, draft)
    draft.signature.witnesses = ("张某", "邻居 赵某")
    assert isinstance(hall.do(ReceiveCase(draft)).value, Receipt)
