# SPDX-License-Identifier: MulanPSL-2.0
"""一件事: every fact asked once, every item's own requirements met by the union, words of the whole."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter.domain.case import CaseState
from counter.domain.theme import in_order, offered, predecessors
from counter.domain.theme_place import (
    Member,
    ThemePlace,
    WaitsFor,
    theme_status,
    waiting_for,
)
from counter.domain.theme_view import union_item, union_material
from tests.unit import theme_kit as kit
from tests.unit.catalog_kit import TODAY, catalog, item

THEMES = tuple(sorted(kit.AGE))


def test_the_three_themes_of_the_brief_are_there() -> None:
    assert {"newborn", "after_death", "disability"} <= catalog().themes.keys() <= set(THEMES)


@settings(max_examples=12, deadline=None)
@given(
    code=st.sampled_from(THEMES),
    seed=st.integers(0, 10**6),
    data=st.data(),
)
def test_the_union_asks_once_and_satisfies_every_item(
    code: str, seed: int, data: st.DataObject
) -> None:
    steps = [s.item for s in kit.theme(code).steps]
    chosen = data.draw(st.lists(st.sampled_from(steps), min_size=1, unique=True))
    joined, rng, asked = kit.bundle(code, chosen), Random(seed), list[str]()
    draft = kit.fill(kit.empty(joined, rng), joined, rng, asked)
    seen = kit.view(draft, joined)
    assert [p.part.item.item_code for p in seen.parts] == [s for s in steps if s in chosen]
    assert not [n for n, times in Counter(asked).items() if times > 1]
    shown = Counter(f.code for f in seen.joined.form.visible_fields())
    assert set(shown.values()) <= {1}
    assert seen.joined.ready, [p.text for p in seen.joined.errors]
    for one in seen.parts:  # each item's own unchanged rules say so
        assert one.view.ready, [p.text for p in one.view.errors]


@pytest.mark.parametrize("code", THEMES)
def test_an_empty_draft_is_ready_exactly_when_every_item_is(code: str) -> None:
    joined = kit.bundle(code)
    seen = kit.view(kit.empty(joined, Random(3)), joined)
    assert not seen.joined.ready
    wanted = {f.code for p in seen.parts for f in p.view.form.visible_fields() if f.required}
    asked = {f.code for f in seen.joined.form.visible_fields() if f.required}
    mapped = {a for s in kit.theme(code).steps for a in s.form_as}
    assert wanted - mapped <= asked


def test_the_newborn_is_the_applicant_of_its_own_items() -> None:
    joined, rng = kit.bundle("newborn"), Random(5)
    draft = kit.fill(kit.empty(joined, rng), joined, rng)
    parts = {p.part.item.item_code: p.draft for p in kit.view(draft, joined).parts}
    child = parts["medical_enrol"]
    assert child.applicant.name == draft.form["child.name"]
    assert child.applicant.id_no == draft.form["newborn.birth_cert_no"]
    assert child.agent is not None
    assert child.agent.kind == "guardian"
    assert child.agent.person == draft.applicant
    assert child.signature is not None
    assert child.signature.signer == "agent"
    assert parts["birth_register"].applicant == draft.applicant
    assert child.form["address.hukou_region"] == draft.form["child.hukou_region"]
    assert parts["social_card"].materials["guardian_card"].key == "guardian_card"
    # The ID number exists only after 户口: nobody is asked for it before.
    assert "child.id_no" not in draft.form
    alone = kit.bundle("newborn", ["childcare_subsidy"])
    assert kit.view(draft, alone).joined.form.get("child.id_no") is not None


def test_a_missing_name_of_the_child_is_told_once_at_its_field() -> None:
    joined, rng = kit.bundle("newborn"), Random(5)
    draft = kit.fill(kit.empty(joined, rng), joined, rng)
    draft.form = {k: v for k, v in draft.form.items() if k != "child.name"}
    errors = kit.view(draft, joined).joined.errors
    assert [(p.step, p.field) for p in errors] == [("form", "child.name")]


def test_a_theme_offers_only_what_fits() -> None:
    joined, rng = kit.bundle("after_death"), Random(1)
    draft = kit.empty(joined, rng)
    one = joined.theme
    assert len(offered(one, draft, TODAY)) == 3  # nothing known yet: everything is offered
    draft.answers = {"pension": "no", "elder": "yes", "cremated": "fire"}
    assert [s.item for s in offered(one, draft, TODAY)] == ["elder_allowance", "funeral_subsidy"]


def test_papers_join_to_the_strictest() -> None:
    rows = [
        item("hukou_move").materials[1].model_copy(update=changes)
        for changes in (
            {"page_num": 1, "validity_days": 730, "material_type": "复印件", "is_need": "非必要"},
            {"page_num": 2, "validity_days": 180, "material_type": "原件", "is_need": "必要"},
        )
    ]
    joined = union_material("id_card", rows)
    assert (joined.page_num, joined.validity_days, joined.is_need) == (2, 180, "必要")
    assert joined.material_type == "原件和复印件"
    whole = union_item(kit.bundle("newborn"))
    assert sum(m.key == "id_card" for m in whole.materials) == 1


def test_precedence_passes_through_an_item_that_is_left_out() -> None:
    one = kit.theme("newborn")
    assert in_order(one) is not None
    everything = [s.item for s in one.steps]
    assert predecessors(one, "social_card", everything) == {"medical_enrol": "wait"}
    without = [i for i in everything if i != "medical_enrol"]
    assert predecessors(one, "social_card", without) == {"newborn_hukou": "wait"}
    assert predecessors(one, "childcare_subsidy", everything) == {"newborn_hukou": "continue"}
    assert not predecessors(one, "newborn_hukou", everything)


def _member(position: int, state: CaseState, *waits: WaitsFor, released: str = "") -> Member:
    place = ThemePlace(
        theme_no="YJS-1",
        theme_code="newborn",
        theme_version="1",
        theme_name="新生儿出生一件事",
        position=position,
        count=3,
        waits_for=waits,
        released=released,
    )
    return Member(f"c{position}", f"r{position}", f"事项{position}", state, place)


def test_a_partial_failure_is_told_item_by_item() -> None:
    wait = WaitsFor(case_id="c1", if_refused="wait")
    go_on = WaitsFor(case_id="c1", if_refused="continue")
    open_ = [
        _member(1, CaseState.RECEIVED),
        _member(2, CaseState.ACCEPTED, wait),
        _member(3, CaseState.ACCEPTED, go_on),
    ]
    status = theme_status(open_)
    assert not status.closed
    assert status.word == "办理中"
    assert status.lines[1] == "事项2：已受理，等「事项1」办好再决定"
    failed = [_member(1, CaseState.REFUSED), *open_[1:]]
    status = theme_status(failed)
    assert status.word == "办理中，有事项没办成"
    assert status.lines == (
        "事项1：办结·不予",
        "事项2：已受理，「事项1」没办成，等重新办好或由审批人员处理",
        "事项3：已受理",
    )
    ended = [failed[0], _member(2, CaseState.RETURNED, wait), _member(3, CaseState.APPROVED)]
    assert theme_status(ended) == theme_status(reversed(ended))
    assert theme_status(ended).closed
    assert theme_status(ended).word == "部分没办成"
    assert not theme_status(ended[:2]).closed  # the third has not come yet


def test_waiting_ends_with_success_policy_or_release() -> None:
    wait = WaitsFor(case_id="c1", if_refused="wait")
    place = _member(2, CaseState.ACCEPTED, wait).place
    assert waiting_for(place, {}) == (wait,)
    assert waiting_for(place, {"c1": "accepted"}) == (wait,)
    assert waiting_for(place, {"c1": "refused"}) == (wait,)
    assert not waiting_for(place, {"c1": "approved"})
    assert not waiting_for(place.model_copy(update={"released": "改好姓名再办"}), {})
    assert not waiting_for(None, {})
