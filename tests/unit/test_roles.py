# SPDX-License-Identifier: MulanPSL-2.0
"""People around a case: agents, guardians, authorisations, proofs of identity, accounts."""

from __future__ import annotations

import pytest

from counter.app.commands import (
    ApproveAgent,
    Command,
    NoteIdentity,
    Receipt,
    ReceiveCase,
    RevokeAuthorisation,
)
from counter.domain.authorisation import Authorisation, refusal, usable
from counter.domain.catalog import FormField, FormSection
from counter.domain.draft import Draft
from counter.domain.errors import DomainError
from counter.domain.people import Agent, IdPaper, Person, person_key
from counter.domain.verification import LADDER, recheck_reason
from tests.fakes.hall import PERSON, FakeHall, item
from tests.unit.catalog_kit import TODAY, catalog, good, view

DAUGHTER = Person(
    name="李四",
    id_no="990123198506150010",
    birth="1985-06-15",
    no_phone_reason="无手机",
    verify_method="card_chip",
)


@pytest.fixture
def hall() -> FakeHall:
    return FakeHall()


def refused(hall: FakeHall, command: Command, *roles: str) -> DomainError:
    with pytest.raises(DomainError) as error:
        hall.do(command, *roles)
    return error.value


def for_elder(hall: FakeHall, number: int, **agent: object) -> Draft:
    """A case by the daughter for a person of that number."""
    draft = hall.ready()
    day = f"{1930 + number}-01-01"
    draft.applicant = Person(
        name=f"老人{number}", id_type="990", id_no=f"X{number:04d}", birth=day, mobile=""
    ).model_copy(update={"no_phone_reason": "无手机", "verify_method": "attested"})
    draft.applicant.attested_by = ("村委会", "王某")
    draft.agent = Agent.model_validate({"person": DAUGHTER, "relation": "代办员", **agent})
    return draft


def codes(draft: Draft) -> dict[str, str]:
    return {p.code: p.severity for p in view(draft).problems}


def allowance() -> Draft:
    return good("elder_allowance", kind="first", handler="agent", age_band="a80")


def test_an_agent_for_many_people_needs_a_leader(hall: FakeHall) -> None:
    hall.store.tables.reference["policy", "agents"] = {"people_a_day": 2}
    for number in (1, 2):
        hall.do(ReceiveCase(for_elder(hall, number)))
    again = for_elder(hall, 2)
    again.duplicate_reason = "换一种补贴"
    hall.do(ReceiveCase(again))
    third = for_elder(hall, 3)
    error = refused(hall, ReceiveCase(third))
    assert (error.code, "2 个人" in error.what) == ("AGENT-MANY", True)
    assert third.draft_id in hall.store.tables.drafts
    assert refused(hall, ApproveAgent(DAUGHTER, "核过")).code == "ROLE"
    assert refused(hall, ApproveAgent(DAUGHTER, " "), "leader").code == "REASON"
    hall.do(ApproveAgent(DAUGHTER, "委托书齐全"), "leader")
    assert hall.store.tables.ops[-1][0].kind == "person.noted"
    hall.do(ReceiveCase(third))
    hall.clock.advance(24 * 3600)
    for number in (4, 5):
        hall.do(ReceiveCase(for_elder(hall, number)))
    assert refused(hall, ReceiveCase(for_elder(hall, 6))).code == "AGENT-MANY"
    hall.do(ReceiveCase(for_elder(hall, 6)), "leader")


def test_a_lasting_authorisation_is_used_again_and_can_be_taken_back(hall: FakeHall) -> None:
    draft = for_elder(hall, 1, valid_to="2027-06-30", items=("allowance_80", "other_item"))
    hall.do(ReceiveCase(draft))
    records = [r for r in hall.store.tables.people.values() if r.kind == "authorisation"]
    kept = Authorisation.model_validate(records[0].body)
    assert (kept.valid_from, kept.valid_to) == ("2026-11-23", "2027-06-30")
    assert kept.items == ("allowance_80", "other_item")
    again = for_elder(hall, 1, authorisation_id=kept.authorisation_id)
    again.duplicate_reason = "另一笔"
    hall.do(ReceiveCase(again))
    assert len(records) == 1
    stranger = for_elder(hall, 2, authorisation_id=kept.authorisation_id)
    assert "不是这两个人" in refused(hall, ReceiveCase(stranger)).what
    assert refused(hall, RevokeAuthorisation("none-such", "不委托了")).code == "AUTHORISATION-NONE"
    assert refused(hall, RevokeAuthorisation(kept.authorisation_id, "")).code == "REASON"
    hall.do(RevokeAuthorisation(kept.authorisation_id, "不委托了"))
    late = for_elder(hall, 1, authorisation_id=kept.authorisation_id)
    late.duplicate_reason = "第三笔"
    assert "已经撤销" in refused(hall, ReceiveCase(late)).what


def test_an_authorisation_covers_what_it_says_and_no_more() -> None:
    one = Authorisation(
        person="p" * 64,
        agent="a" * 64,
        items=("elder_allowance",),
        powers=("提交", "查询"),
        valid_from="2026-11-01",
        valid_to="2026-12-31",
    )
    assert refusal(one, "elder_allowance", "提交", "2026-11-23") == ""
    assert "没有写上这个事项" in refusal(one, "elder_card", "提交", "2026-11-23")
    assert "没有写上「领取」" in refusal(one, "elder_allowance", "领取", "2026-11-23")
    assert "起才有效" in refusal(one, "elder_allowance", "提交", "2026-10-31")
    assert "已到期" in refusal(one, "elder_allowance", "提交", "2027-01-01")
    people = (one.person, one.agent)
    longer = one.model_copy(update={"valid_to": "2027-12-31", "source_case": "b"})
    assert usable([one, longer], people, "elder_allowance", "2026-11-23") == longer
    assert usable([one], (one.agent, one.person), "elder_allowance", "2026-11-23") is None


def test_a_guardian_shows_why_and_an_agent_stays_in_scope() -> None:
    draft = allowance()
    assert draft.agent is not None
    draft.agent.kind, draft.agent.evidence = "guardian", ""
    assert codes(draft)["AGENT-EVIDENCE"] == "error"
    draft.agent.evidence = "judgment"
    assert "AGENT-EVIDENCE" not in codes(draft)
    assert "judgment" in catalog().code_lists["guardian_evidence"]
    draft.agent.items = ("elder_card",)
    assert codes(draft)["AGENT-SCOPE"] == "error"
    draft.agent.items, draft.agent.valid_from = (), "2027-01-01"
    assert codes(draft)["AGENT-EARLY"] == "error"


def test_the_ladder_of_proofs_falls_and_names_what_to_recheck() -> None:
    order = {"high": 3, "medium": 2, "low": 1, "none": 0}
    falling = [order[rung.confidence] for rung in LADDER.values()]
    assert falling == sorted(falling, reverse=True)
    assert recheck_reason(PERSON, TODAY) == ""
    for change, words in (
        ({"verify_method": "none"}, "还没有核验"),
        ({"verify_method": "attested"}, "他人证明"),
        ({"id_valid_to": "2020-01-01"}, "已过期"),
    ):
        assert words in recheck_reason(PERSON.model_copy(update=change), TODAY)


def test_weak_proofs_need_a_second_leg() -> None:
    draft = allowance()
    draft.applicant.verify_method = "attested"
    draft.applicant.attested_by = ("村委会",)
    assert codes(draft)["PERSON-ATTEST"] == "error"
    draft.applicant.attested_by = ("村委会", "王某")
    assert "PERSON-ATTEST" not in codes(draft)
    draft.applicant.verify_method = "other_document"
    draft.applicant.id_type, draft.applicant.id_no = "113", "990123001"
    assert codes(draft)["PERSON-SECOND"] == "warning"
    draft.applicant.other_papers = (IdPaper(id_type="511", id_no="12345"),)
    found = codes(draft)
    assert "PERSON-SECOND" not in found
    assert found["DOC-FORM"] == "error", "every further paper is checked by its own rule"
    draft.applicant.other_papers = (IdPaper(id_type="511", id_no="12345678"),)
    assert "DOC-FORM" not in codes(draft)


def test_an_identity_is_proved_later(hall: FakeHall) -> None:
    draft = for_elder(hall, 1)
    hall.do(ReceiveCase(draft))
    weak = NoteIdentity(draft.case_id, "applicant", "attested")
    assert refused(hall, weak).code == "IDENTITY-METHOD"
    hall.do(NoteIdentity(draft.case_id, "applicant", "card_visual"))
    record = hall.store.tables.people["identity", person_key(draft.applicant)]
    assert (record.body["confidence"], record.body["case_id"]) == ("medium", draft.case_id)
    assert hall.store.tables.events[-1].what == "补核验身份"
    alone = hall.ready()
    hall.do(ReceiveCase(alone))
    nobody = NoteIdentity(alone.case_id, "agent", "card_visual")
    assert refused(hall, nobody).code == "IDENTITY-WHO"


def test_no_phone_wants_a_reason_but_never_blocks() -> None:
    draft = allowance()
    draft.applicant.mobile = draft.applicant.no_phone_reason = ""
    draft.form.pop("person.mobile", None)
    assert codes(draft)["PERSON-PHONE"] == "warning"
    assert view(draft).ready
    draft.applicant.contact_way = "broadcast"
    assert "PERSON-PHONE" not in codes(draft)
    assert "broadcast" in catalog().code_lists["contact_way"]


@pytest.mark.parametrize(
    ("owner", "kind", "good_name"),
    [
        ("王桂兰", "entrusted", True),
        ("李四", "entrusted", False),
        ("李四", "guardian", True),
        ("别人", "guardian", False),
    ],
)
def test_an_account_is_the_persons_own_or_the_guardians(
    hall: FakeHall, owner: str, kind: str, good_name: bool
) -> None:
    """Holds for any item, also one whose author wrote no rule."""
    fields = (
        FormField(code="account.no", label="账号", type="account"),
        FormField(code="account.owner", label="户名"),
    )
    hall.give_item(item(form=(FormSection(key="pay", title="发放", fields=fields),)))
    draft = hall.ready()
    draft.form = {"account.no": "6222021234567890128", "account.owner": owner}
    draft.agent = Agent.model_validate(
        {"person": DAUGHTER, "relation": "女儿", "kind": kind, "evidence": "hukou"}
    )
    if good_name:
        hall.do(ReceiveCase(draft))
        return
    error = refused(hall, ReceiveCase(draft))
    assert "申请人本人的" in error.what
    assert error.field == "account.owner"


def test_a_name_with_another_dot_is_the_same_name() -> None:
    draft = allowance()
    draft.applicant.name = "阿依古丽•买买提"
    draft.form["account.owner"] = "阿依古丽·买买提"
    if draft.answers.get("payee") == "guardian":
        draft.answers["payee"] = "social_card"
    assert "COND-ACCOUNT-OWN" not in codes(draft)


def test_code_lists_of_people_are_whole() -> None:
    lists = catalog().code_lists
    nations = lists["nation"]
    assert (len(nations), nations["01"], nations["05"], nations["56"]) == (
        58,
        "汉",
        "维吾尔",
        "基诺",
    )
    assert nations["97"] == "其他"
    assert {"111", "112", "113", "414", "511", "516", "553", "990"} <= set(lists["id_type"])
    assert {"1", "2"} <= set(lists["sex"])


def test_in_one_sitting_the_same_person_and_item_is_told(hall: FakeHall) -> None:
    """A batch of one agent: the second time names the first, and the batch goes on."""
    first = hall.do(ReceiveCase(for_elder(hall, 1))).value
    hall.do(ReceiveCase(for_elder(hall, 2)))
    again = for_elder(hall, 1)
    error = refused(hall, ReceiveCase(again))
    assert (error.code, error.field) == ("DUPLICATE", "duplicate_reason")
    assert isinstance(first, Receipt)
    assert first.receipt_no in error.what
    assert again.draft_id in hall.store.tables.drafts
    hall.do(ReceiveCase(for_elder(hall, 3)))
    again.duplicate_reason = "上一份填错了人，要重收"
    hall.do(ReceiveCase(again))
