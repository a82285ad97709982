# SPDX-License-Identifier: MulanPSL-2.0
"""Every shipped item can be completed in every situation, and no input makes the engine raise."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter.domain.draft import Draft
from counter.domain.facts import facts
from counter.domain.intake import problems
from counter.domain.materials import GivenMaterial
from counter.domain.materials_list import material_states
from counter.domain.people import Agent, Person
from counter.domain.prejudge import prejudge
from counter.domain.sample import SampleError, generate_valid, paths
from tests.unit.catalog_kit import ITEMS, TODAY, calendar, catalog, good, item, view

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.just("2026-02-30"),
)


@pytest.mark.parametrize("code", ITEMS)
def test_every_path_can_be_completed(code: str) -> None:
    one = item(code)
    rng = Random(20261123)
    every = paths(one)
    assert len(every) >= 8
    for path in every:
        draft = generate_valid(one, rng, TODAY, path=path, code_lists=catalog().code_lists)
        seen = view(draft)
        assert seen.ready, (path, seen.errors)
        assert seen.answers == path
        assert all(step.done for step in seen.steps)


@pytest.mark.parametrize("code", ITEMS)
def test_item_is_complete(code: str) -> None:
    one = item(code)
    assert len(one.aliases) >= 3
    assert len(one.questions) >= 4
    assert len(one.faqs) >= 2
    assert one.task_code.startswith("11990123MB9000001W")
    assert one.task_code.endswith(one.catalog_code)
    assert "[K]" in one.provenance
    if one.auto_approve is not None:  # 公示、入户 items are always decided by people
        sources = {f.source for f in one.auto_approve.all_of}
        assert "platform" in sources
        assert "local" in sources or one.auto_approve.deciding_if


def test_pension_old_word_finds_the_allowance() -> None:
    assert "老年钱" in item("elder_allowance").aliases
    assert item("food_permit").licence_law


def test_resetting_the_password_needs_the_person() -> None:
    draft = good("social_card", kind="password")
    assert view(draft).ready
    draft.agent = good("social_card", kind="first", handler="agent", who="adult").agent
    assert any("不能代办" in p.text for p in view(draft).errors)


def test_relief_with_public_notice_is_never_decided_by_rule() -> None:
    for code in ("subsistence", "destitute", "temp_aid", "elder_care_aid"):
        assert item(code).auto_approve is None
        assert view(good(code)).prejudge.status == "none"


def test_a_rule_speaks_only_of_its_situations() -> None:
    assert view(good("elder_allowance", kind="first")).prejudge.status == "holds"
    other = view(good("elder_allowance", kind="account")).prejudge
    assert (other.status, other.facts) == ("none", ())
    one = item("elder_allowance")
    assert one.auto_approve is not None
    elsewhere = one.auto_approve.all_of[0].model_copy(update={"only_if": "answers.kind == 'death'"})
    rule = one.auto_approve.model_copy(update={"all_of": (elsewhere, *one.auto_approve.all_of[1:])})
    known = facts(good("elder_allowance", kind="first"), one, TODAY)
    judged = prejudge(one.model_copy(update={"auto_approve": rule}), known)
    assert elsewhere.key not in {f.key for f in judged.facts}


def test_every_grown_up_signs_the_consent() -> None:
    draft = good("subsistence", kind="first")
    draft.form["family.size"], draft.form["family.adults"] = "4", "3"
    del draft.materials["check_consent"]
    seen = view(draft)
    row = next(m for m in seen.materials if m.key == "check_consent")
    assert row.signers == 3
    assert row.problem is not None
    assert "共同生活的成年家庭成员 3 个人都要签字" in row.problem.text
    draft.form["family.adults"] = "5"
    assert "COND-ADULTS-IN-FAMILY" in {p.code for p in view(draft).errors}


def test_one_signature_on_the_pad_is_not_three() -> None:
    one = item("subsistence")
    rows = tuple(
        m.model_copy(update={"generated": True}) if m.key == "check_consent" else m
        for m in one.materials
    )
    printed = one.model_copy(update={"materials": rows})
    draft = good("subsistence", kind="first")
    draft.form["family.adults"] = "3"
    del draft.materials["check_consent"]
    states = material_states(printed, draft, facts(draft, printed, TODAY))
    row = next(m for m in states if m.key == "check_consent")
    assert not row.done
    assert row.problem is not None
    assert row.problem.code == "MAT-SIGNERS"


def test_what_comes_again_says_when() -> None:
    """The periodic items of the brief (§10 e) have their cycle."""
    cycles = {code: one.cycle for code in ITEMS if (one := item(code)).cycle}
    assert set(cycles) == {"pension_alive", "elder_allowance", "subsistence", "family_plan_aid"}
    yearly = cycles["family_plan_aid"]
    assert yearly is not None
    assert (yearly.basis, yearly.from_month, yearly.to_month) == ("calendar", 1, 3)


def test_a_gap_may_outlast_the_promise_only_by_law() -> None:
    draft = good("temp_aid", kind="urgent", way="goods", who="stranded", handler="self")
    seen = view(draft)
    row = next(m for m in seen.materials if m.key == "cause_proof_urgent")
    assert row.due == "2026-12-21"  # twenty working days, though ten are promised
    assert row.due > "2026-12-07"


def test_burnt_papers_do_not_keep_urgent_aid_away() -> None:
    draft = good("temp_aid", kind="urgent", way="goods", who="stranded", handler="self")
    draft.materials = {
        "id_card": GivenMaterial(key="id_card", way="promised"),
        "cause_proof_urgent": GivenMaterial(key="cause_proof_urgent", way="tolerated"),
    }
    assert view(draft).ready


def test_the_same_seed_gives_the_same_draft() -> None:
    one = item("elder_card")
    lists = catalog().code_lists
    first = generate_valid(one, Random(3), TODAY, code_lists=lists)
    again = generate_valid(one, Random(3), TODAY, code_lists=lists)
    assert first == again


def test_demo_has_four_papers_and_one_of_them_later() -> None:
    """Agent, first time, 80-89: four papers come from the citizen, the photo may come later."""
    draft = good("elder_allowance", kind="first", handler="agent", age_band="a80")
    seen = view(draft)
    rows = [m for m in seen.needed_materials if not m.material.generated]
    assert [m.key for m in rows] == ["id_card", "hukou_book", "bank_card", "photo"]
    assert [m.key for m in rows if "tolerated" in m.ways_allowed] == ["photo"]
    entrust = next(m for m in seen.needed_materials if m.material.generated)
    assert entrust.key == "entrust"
    assert entrust.done
    photo = next(m for m in rows if m.key == "photo")
    assert photo.due == "2026-12-07"  # ten working days after Monday 23 November
    assert seen.clocks.answer.date.isoformat() == "2026-11-30"
    assert seen.clocks.promise.amount == 22
    assert seen.prejudge.status == "holds"


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_nothing_typed_makes_the_engine_raise(data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(ITEMS))
    one = item(code)
    codes = [f.code for s in one.form for f in s.fields]
    words = st.sampled_from([o.key for q in one.questions for o in q.options] + ["", "zz"])
    person = st.builds(
        Person,
        name=st.text(max_size=5),
        id_no=st.text("0123456789Xx ", max_size=20),
        birth=st.sampled_from(["", "1946-03-08", "2999-01-01", "2000-02-30", "2026-11-01"]),
        id_type=st.sampled_from(["111", "414", "zz"]),
        mobile=st.text("0123456789+", max_size=12),
        id_valid_to=st.sampled_from(["", "长期", "2020-01-01"]),
    )
    agent = st.none() | st.builds(Agent, person=person, relation=st.text(max_size=3))
    draft = Draft(
        draft_id="d",
        case_id="c",
        operator_id="o",
        started_at="2026-11-23T09:00:00+08:00",
        applicant=data.draw(person),
        agent=data.draw(agent),
        answers=data.draw(
            st.dictionaries(st.sampled_from([q.key for q in one.questions] + ["zz"]), words)
        ),
        form=data.draw(st.dictionaries(st.sampled_from(codes), JUNK)),
    )
    seen = view(draft, code)
    assert not seen.ready
    for problem in seen.problems:
        assert problem.text.endswith(("。", "？"))


def test_chance_picks_a_path_and_contradictions_are_said() -> None:
    one = item("elder_card")
    lists = catalog().code_lists
    draft = generate_valid(one, Random(5), TODAY, code_lists=lists)
    assert draft.answers in paths(one)
    rule = one.conditions[0].model_copy(update={"when": "form.address.residence == 'nowhere'"})
    never = one.model_copy(update={"conditions": (rule,)})
    with pytest.raises(SampleError, match="elder_card"):
        generate_valid(never, Random(5), TODAY, code_lists=lists)
    field = one.form[0].fields[0].model_copy(update={"pattern": "[α-ω]{30}", "default": ""})
    section = one.form[0].model_copy(update={"fields": (field,)})
    odd = one.model_copy(update={"form": (section,), "conditions": ()})
    with pytest.raises(SampleError, match=field.code):
        generate_valid(odd, Random(5), TODAY, code_lists=lists)


@pytest.mark.parametrize("day", ["2026-01-02", "2027-12-31", "2028-02-29"])
def test_samples_are_valid_on_other_days(day: str) -> None:
    today = date.fromisoformat(day)
    lists = catalog().code_lists
    for code in ITEMS:
        one = item(code)
        draft = generate_valid(one, Random(1), today, code_lists=lists)
        known = facts(draft, one, today)
        found = problems(draft, one, known, calendar(), lists)
        assert [p for p in found if p.severity == "error"] == []
