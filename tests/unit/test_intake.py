# SPDX-License-Identifier: MulanPSL-2.0
"""The intake engine finds each thing that blocks 收件, says it at its place, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

import pytest

from counter.domain.catalog import PromiseRule
from counter.domain.draft import Draft
from counter.domain.facts import facts
from counter.domain.form_state import form_state
from counter.domain.intake import clocks, legal_limit, problems, promised
from counter.domain.materials import GivenMaterial
from counter.domain.people import Agent
from counter.domain.prejudge import prejudge
from counter.domain.sample import person
from tests.unit.catalog_kit import NOW, TODAY, calendar, catalog, good, item, view

Change = Callable[[Draft], object]


def allowance() -> Draft:
    return good("elder_allowance", kind="first", handler="agent", age_band="a80")


def agent_of(draft: Draft) -> Agent:
    assert draft.agent is not None
    return draft.agent


def put(name: str, value: object) -> Change:
    """Return a change of one attribute, ``agent.person.name`` say."""

    def change(draft: Draft) -> None:
        here: object = draft
        *way, last = name.split(".")
        for part in way:
            here = getattr(here, part)
        setattr(here, last, value)

    return change


def fill(code: str, value: object) -> Change:
    return lambda d: d.form.__setitem__(code, value)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        (put("applicant.name", " "), "PERSON-NAME", "person.name"),
        (put("applicant.id_no", ""), "PERSON-ID", "person.id_no"),
        (put("applicant.id_no", "990123194603080125"), "ID-CHECK", "person.id_no"),
        (put("applicant.birth", ""), "PERSON-BIRTH", "person.birth"),
        (put("applicant.birth", "1946-02-30"), "PERSON-BIRTH-BAD", "person.birth"),
        (put("applicant.birth", "2027-01-01"), "PERSON-BIRTH-FUTURE", "person.birth"),
        (put("applicant.birth", "1940-01-01"), "PERSON-BIRTH-ID", "person.birth"),
        (put("applicant.id_valid_to", "2026-01-01"), "PERSON-EXPIRED", "person.id_expired_reason"),
        (put("applicant.mobile", "12"), "PHONE-LENGTH", "person.mobile"),
        (put("agent.relation", ""), "AGENT-RELATION", "agent.relation"),
        (put("agent.powers", ("查询",)), "AGENT-POWER", "agent.powers"),
        (put("agent.valid_to", "2026-01-01"), "AGENT-EXPIRED", "agent.valid_to"),
        (put("agent.person.name", ""), "PERSON-NAME", "agent.name"),
        (put("agent.person.birth", "2015-01-01"), "AGENT-MINOR", "agent.birth"),
        (put("agent", None), "COND-AGENT-NAMED", "agent.name"),
        (put("signature", None), "SIGN-MISSING", "signature"),
        (lambda d: d.materials.pop("bank_card"), "MAT-MISSING", "material.bank_card"),
        (lambda d: d.answers.pop("kind"), "SIT-UNANSWERED", "question.kind"),
        (fill("address.hukou", ""), "FIELD-REQUIRED", "address.hukou"),
        (fill("account.no", "12"), "FIELD-ACCOUNT", "account.no"),
        (fill("account.bank", "zz"), "FIELD-CHOICE", "account.bank"),
        (fill("account.owner", "别人"), "COND-ACCOUNT-OWN", "account.owner"),
        (fill("address.hukou_region", "110101001001"), "COND-HUKOU-LOCAL", "address.hukou_region"),
    ],
)
def test_one_fault_is_found_at_its_place(change: Change, code: str, field: str) -> None:
    draft = allowance()
    assert view(draft).ready
    change(draft)
    seen = view(draft)
    assert not seen.ready
    found = [p for p in seen.errors if p.code == code and p.field == field]
    assert len(found) == 1
    assert seen.at(field) is not None
    assert found[0].text.endswith(("。", "？"))


def test_same_person_twice_and_unverified() -> None:
    draft = allowance()
    agent_of(draft).person.id_no = draft.applicant.id_no.lower()
    draft.applicant.verify_method = "none"
    agent_of(draft).person.verify_method = "none"
    codes = {p.code: p.severity for p in view(draft).problems}
    assert codes["AGENT-SAME"] == "error"
    assert codes["PERSON-UNVERIFIED"] == "warning"


def test_expired_card_with_a_reason_is_no_obstacle() -> None:
    draft = allowance()
    draft.applicant.id_valid_to = "2020-01-01"
    draft.applicant.id_expired_reason = "上门核验"
    seen = view(draft)
    assert seen.ready
    assert seen.facts["person"]["card_expired"] is True


def test_no_phone_is_a_normal_answer() -> None:
    draft = allowance()
    draft.applicant.mobile = ""
    draft.form.pop("person.mobile", None)
    assert view(draft).ready


def test_agent_forbidden_says_why() -> None:
    draft = allowance()
    one = item("elder_allowance").model_copy(
        update={"agent_forbidden": True, "agent_forbidden_reason": "要当面核对"}
    )
    known = facts(draft, one, TODAY)
    found = problems(draft, one, known, calendar(), catalog().code_lists)
    assert [p.code for p in found if p.severity == "error"] == ["AGENT-FORBIDDEN"]
    assert "要当面核对" in found[0].text


def test_signature_must_fit_the_people() -> None:
    draft = good("elder_allowance", kind="first", handler="self", age_band="a80")
    assert draft.signature is not None
    draft.signature.signer = "agent"
    draft.signature.method = "finger"
    assert [p.code for p in view(draft).errors] == ["SIGN-SIGNER", "SIGN-WITNESS", "SIGN-READ"]
    draft.signature.signer = "applicant"
    draft.signature.read_aloud = True
    draft.signature.witnesses = ("值班员甲", "值班员甲 ")
    assert [p.code for p in view(draft).errors] == ["SIGN-WITNESS"]
    draft.signature.witnesses = ("值班员甲", "邻居乙")
    assert view(draft).ready


def test_a_small_child_cannot_sign() -> None:
    draft = good("medical_enrol", kind="newborn")
    assert draft.signature is not None
    draft.signature.signer = "applicant"
    assert [p.code for p in view(draft).errors] == ["SIGN-CHILD"]


def test_empty_draft_lists_what_to_do_in_order_of_steps() -> None:
    draft = Draft(draft_id="d", case_id="c", operator_id="o", started_at="")
    seen = view(draft, "elder_allowance")
    steps = [p.step for p in seen.problems]
    assert steps == sorted(steps, key=["person", "situation", "form", "materials", "review"].index)
    assert not any(p.code.startswith("COND-") for p in seen.problems)
    assert [s.step for s in seen.steps if not s.done] == list(
        dict.fromkeys(p.step for p in seen.errors)
    )
    assert any(not m.certain for m in seen.materials)


def test_age_is_derived_and_a_month_early_is_allowed() -> None:
    draft = good("elder_allowance", kind="first", handler="self", age_band="a80")
    draft.answers = {"kind": "first", "payee": "social_card"}
    draft.applicant.birth = "1946-12-23"
    draft.applicant.id_no = ""
    seen = view(draft)
    by_key = {q.question.key: q for q in seen.questions}
    assert by_key["age_band"].answer == "a80"
    assert by_key["age_band"].derived
    assert by_key["handler"].answer == "self"
    assert seen.facts["person"]["age"] == 79
    draft.applicant.birth = "1946-12-24"  # one day too early
    codes = [p.code for p in view(draft).errors]
    assert "SIT-UNANSWERED" in codes


def test_hidden_answers_and_fields_do_not_count() -> None:
    draft = good("elder_allowance", kind="death", handler="agent")
    draft.answers["payee"] = "guardian"
    draft.form["account.no"] = "6222"
    seen = view(draft)
    assert seen.ready
    assert "payee" not in seen.answers
    assert "account.no" not in seen.form.values()
    assert draft.form["account.no"] == "6222"  # kept, in case the clerk goes back


def test_emptied_default_stays_empty() -> None:
    draft = allowance()
    draft.form["account.owner"] = ""
    state = view(draft).form.get("account.owner")
    assert state is not None
    assert state.problem is not None
    del draft.form["account.owner"]
    state = view(draft).form.get("account.owner")
    assert state is not None
    assert (state.value, state.source) == (draft.applicant.name, "id_card")
    draft.form["account.owner"] = draft.applicant.name
    draft.form_sources["account.owner"] = "previous"
    state = view(draft).form.get("account.owner")
    assert state is not None
    assert state.source == "previous"
    assert view(draft).form.get("no.such") is None


def test_only_tolerable_papers_and_never_all() -> None:
    draft = allowance()
    for key in ("photo", "bank_card"):
        draft.materials[key] = GivenMaterial(key=key, way="tolerated")
    assert [p.field for p in view(draft).errors] == ["material.bank_card"]
    one = item("food_permit")
    only = one.model_copy(
        update={
            "materials": tuple(
                m for m in one.materials if m.key in {"safety_rules", "health_certs", "entrust"}
            )
        }
    )
    draft = good("food_permit", kind="first")
    draft.materials = {
        k: GivenMaterial(key=k, way="tolerated") for k in ("safety_rules", "health_certs")
    }
    found = problems(draft, only, facts(draft, only, TODAY), calendar(), catalog().code_lists)
    errors = [p for p in found if p.severity == "error"]
    assert [p.code for p in errors] == ["MAT-WAY", "MAT-WAY"]
    assert "至少要有一份" in errors[0].text


def test_tolerance_ends_with_the_promise() -> None:
    draft = good("food_permit", kind="first")
    rows = {m.key: m for m in view(draft).materials}
    assert rows["safety_rules"].due == "2026-11-30"
    one = item("elder_allowance").model_copy(update={"promise_day": 0})
    draft = allowance()
    from_view = view(draft)
    assert from_view.clocks.promise.date.isoformat() > "2026-12-07"
    short = clocks(one, facts(draft, one, TODAY), NOW, calendar())
    assert short.promise.date == short.answer.date


@pytest.mark.parametrize(
    ("change", "code", "severity"),
    [
        ({"way": "scanned", "pages": ()}, "MAT-PAGES", "error"),
        ({"way": "scanned", "original_checked": False}, "MAT-ORIGINAL", "warning"),
        ({"way": "promised"}, "MAT-WAY", "error"),
        ({"way": "library", "checked_at": "2026-11-01"}, "MAT-LIBRARY", "error"),
        ({"way": "original_checked"}, "", ""),
        ({"way": "e_cert"}, "", ""),
        ({"way": "missing"}, "MAT-MISSING", "error"),
    ],
)
def test_ways_of_giving(change: dict[str, object], code: str, severity: str) -> None:
    draft = allowance()
    given = draft.materials["hukou_book"]
    draft.materials["hukou_book"] = given.model_copy(update=change)
    seen = view(draft)
    found = seen.at("material.hukou_book")
    assert (found.code if found else "") == code
    assert (found.severity if found else "") == severity
    row = next(m for m in seen.materials if m.key == "hukou_book")
    assert row.done == (severity != "error")
    assert row.way == change["way"]
    assert seen.ready == (severity != "error")


def test_optional_paper_may_be_left_out() -> None:
    draft = good("pension_enrol", kind="new")
    draft.materials.pop("hukou_book")
    seen = view(draft)
    assert seen.ready
    assert seen.warnings == tuple(p for p in seen.problems if p.severity == "warning")


def test_generated_paper_counts_when_signed_or_scanned() -> None:
    draft = allowance()
    scan = draft.materials["id_card"].pages
    draft.signature = None
    row = {m.key: m for m in view(draft).materials}["entrust"]
    assert not row.done
    draft.materials["entrust"] = GivenMaterial(key="entrust", way="scanned", pages=scan)
    row = {m.key: m for m in view(draft).materials}["entrust"]
    assert row.done


def test_promise_follows_the_situation() -> None:
    draft = good("elder_allowance", kind="account", handler="self")
    one = item("elder_allowance")
    assert promised(one, facts(draft, one, TODAY)) == (5, "G")
    draft.answers["kind"] = "first"
    assert promised(one, facts(draft, one, TODAY)) == (22, "G")


def test_prejudge_never_decides() -> None:
    draft = allowance()
    one = item("elder_allowance")
    known = facts(draft, one, TODAY)
    here = prejudge(one, known)
    assert here.status == "holds"
    assert "中心核对" in here.text
    assert len(here.pending) == 2
    everything = {"alive": True, "not_paid_elsewhere": True}
    centre = prejudge(one, {**known, "platform": everything})
    assert not centre.pending
    assert centre.status == "holds"
    assert prejudge(one, {**known, "platform": {**everything, "alive": False}}).status == "fails"
    draft.form["address.hukou_region"] = ""
    assert prejudge(one, facts(draft, one, TODAY)).status == "unknown"
    assert prejudge(one.model_copy(update={"auto_approve": None}), known).status == "none"
    rule = one.auto_approve
    assert rule is not None
    remote = tuple(f for f in rule.all_of if f.source == "platform")
    only = one.model_copy(update={"auto_approve": rule.model_copy(update={"all_of": remote})})
    assert "没有能核对的" in prejudge(only, known).text
    for found in (here, centre):
        assert found.text.endswith("这是预判，不是决定。")


def test_condition_that_cannot_be_decided_is_a_warning() -> None:
    one = item("elder_allowance")
    rules = (one.conditions[0].model_copy(update={"when": "platform.x", "field": ""}),)
    draft = allowance()
    other = one.model_copy(update={"conditions": rules})
    known = facts(draft, other, TODAY)
    found = problems(draft, other, known, calendar(), catalog().code_lists)
    assert [(p.code, p.severity, p.step) for p in found] == [("COND-AGE", "warning", "situation")]


def test_facts_leave_out_what_is_not_known() -> None:
    draft = Draft(draft_id="d", case_id="c", operator_id="o", started_at="")
    draft.applicant.id_type = "414"
    draft.applicant.birth = "2030-01-01"
    one = item("elder_allowance")
    known = facts(draft, one, TODAY)
    assert "age" not in known["person"]
    assert "region" not in known["person"]
    assert known["agent"] == {}
    assert known["form"]["account"] == {}
    sections = form_state(one, draft, known, catalog().code_lists).sections
    assert any(not s.visible for s in sections)


def test_newborn_person_is_younger_than_a_year() -> None:
    for seed in range(30):
        child = person(Random(seed), TODAY, 0)
        assert child.birth <= TODAY.isoformat()


def test_a_situation_may_have_a_legal_limit_of_its_own() -> None:
    one = item("subsistence").model_copy(
        update={
            "promise_rules": (
                PromiseRule(when="answers.kind == 'x'", promise_day=20, anticipate_day=45),
            )
        }
    )
    begin = date(2026, 11, 30)
    usual = legal_limit(one, {"answers": {"kind": "y"}}, begin, calendar())
    own = legal_limit(one, {"answers": {"kind": "x"}}, begin, calendar())
    assert usual is not None
    assert own is not None
    assert (usual.amount, own.amount) == (one.anticipate_day, 45)
    assert legal_limit(one.model_copy(update={"anticipate_day": 0}), {}, begin, calendar()) is None
