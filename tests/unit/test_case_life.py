# SPDX-License-Identifier: MulanPSL-2.0
"""The declared table of the life of a case: what it allows, what it refuses, which dates it gives."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counter.domain.calendar import WorkCalendar
from counter.domain.case import FINAL, STATES, CaseState, Clock
from counter.domain.case_advance import Act, CaseNow, advance, supply_name
from counter.domain.case_clock import case_dates, deemed
from counter.domain.case_guard import move
from counter.domain.case_life import CaseLife, Defect, Delivery
from counter.domain.case_moves import NEED_WORDS, PAPER_WORDS, ROLE_WORDS, TRANSITIONS
from counter.domain.errors import NotAllowedError
from counter.domain.materials import GivenMaterial
from counter.domain.papers import PaperList
from counter.life_cycle_cli import document, main
from tests.fakes.clock import CHINA
from tests.fakes.hall import item
from tests.faults import paths

DOC = Path(__file__).resolve().parents[2] / "docs" / "life-cycle.md"
PAPERS_JSON = (DOC.parents[1] / "resources" / "documents" / "papers.json").read_bytes()
SLICE = int(os.environ.get("COUNTER_PATHS", "300"))
FRIDAY = datetime(2026, 9, 18, 10, 0, tzinfo=CHINA)
EVERYBODY = frozenset(ROLE_WORDS)
CALENDAR: WorkCalendar = paths.calendar()
PAPERS = (GivenMaterial(key="id_card", way="scanned"),)
GAP = GivenMaterial(key="photo", way="tolerated", due="2026-09-22")


def new(**changes: object) -> CaseNow:
    """A licence case received on Friday 2026-09-18."""
    licence = item(licence_law=True, answer_day=5, offline_accept=True, result_type="证照")
    life = CaseLife(received_at=FRIDAY.isoformat())
    case = CaseNow(CaseState.RECEIVED, life, PAPERS, licence, CALENDAR)
    return replace(case, **changes)  # type: ignore[arg-type] # names are checked by the tests


def on(day: str) -> str:
    return datetime.combine(date.fromisoformat(day), FRIDAY.timetz()).isoformat()


def act(name: str, day: str = "2026-09-21", side: str = "centre", **what: object) -> Act:
    base = Act(
        name, on(day), side, EVERYBODY, reason="理由", basis="依据", approver="李", kind="公示"
    )
    return replace(base, **what)  # type: ignore[arg-type] # names are checked by the tests


def after(case: CaseNow, *acts: Act) -> CaseNow:
    for one in acts:
        state, life = advance(case, one)
        case = replace(case, state=state, life=life)
    return case


def refusal(case: CaseNow, one: Act) -> str:
    with pytest.raises(NotAllowedError) as caught:
        advance(case, one)
    assert caught.value.safe == "办件没有改动。"
    return caught.value.code


def due(case: CaseNow) -> tuple[str, str]:
    dates = case_dates(case.state, case.life, case.item, case.materials, CALENDAR)
    return (dates.next.due, dates.next.kind) if dates.next else ("", "")


# -- the table ----------------------------------------------------------------------------------


def test_the_document_is_what_the_table_says() -> None:
    assert DOC.read_text("utf-8") == document()
    assert main(["received"]) == 0
    assert main(["nowhere"]) != 0


def test_every_state_is_described_reached_and_left() -> None:
    assert set(STATES) == set(CaseState)
    reached = {rule.target for rule in TRANSITIONS.values()} - {None}
    assert reached == set(CaseState) - {CaseState.DRAFT}
    left = {state for rule in TRANSITIONS.values() for state in rule.sources}
    assert left == set(CaseState) - {CaseState.ARCHIVED}
    for spec in STATES.values():
        assert spec.word
        assert spec.text.endswith("。")
        assert spec.deletable == (spec.state is CaseState.DRAFT)


def test_every_move_names_what_the_words_know() -> None:
    for rule in TRANSITIONS.values():
        assert rule.roles <= set(ROLE_WORDS)
        assert set(rule.needs) <= set(NEED_WORDS)
        assert rule.paper in {*PAPER_WORDS, ""}
        assert rule.side != "centre" or rule.offline == "no"
    assert {rule.paper for rule in TRANSITIONS.values()} - {""} == set(PAPER_WORDS)


def test_every_paper_of_a_move_can_be_printed_where_it_leads() -> None:
    """The papers themselves are data; a move names them by code."""
    kinds = {kind.code: kind for kind in PaperList.model_validate_json(PAPERS_JSON).papers}
    for rule in TRANSITIONS.values():
        if rule.paper:
            kind = kinds[rule.paper]
            assert kind.title == PAPER_WORDS[rule.paper]
            ends = {rule.target} if rule.target else rule.sources
            assert not kind.states or ends <= set(kind.states), rule.name


@pytest.mark.parametrize("name", TRANSITIONS)
@pytest.mark.parametrize("state", CaseState)
def test_a_move_starts_only_where_the_table_says(state: CaseState, name: str) -> None:
    rule = TRANSITIONS[name]
    side = "counter" if rule.side == "counter" else "centre"
    if state in rule.sources:
        assert move(state, name, side=side, roles=rule.roles) is (rule.target or state)
        with pytest.raises(NotAllowedError, match="CASE-ROLE"):
            move(state, name, side=side, roles=frozenset({"guide"}))
        if rule.side != "both":
            other = "centre" if side == "counter" else "counter"
            with pytest.raises(NotAllowedError, match="CASE-SIDE"):
                move(state, name, side=other, roles=rule.roles)
    else:
        with pytest.raises(NotAllowedError, match="CASE-MOVE"):
            move(state, name, side=side, roles=rule.roles)


@pytest.mark.parametrize("name", [name for name, rule in TRANSITIONS.items() if rule.needs])
def test_what_a_move_needs_must_be_given(name: str) -> None:
    rule = TRANSITIONS[name]
    source = min(rule.sources)
    side = "counter" if rule.side == "counter" else "centre"
    bare = Act(name, on("2026-09-21"), side, EVERYBODY)
    assert refusal(new(state=source), bare) == "CASE-NEED"


# -- 补正, 容缺, 视为受理 --------------------------------------------------------------------------


def test_a_second_notice_needs_the_leaders_reason() -> None:
    asked = act("request_supplement", side="counter", defects=(Defect(key="id_card", what="过期"),))
    case = after(new(), asked)
    assert due(case) == ("", "")
    supplied = replace(asked, name="supplement", keys=("id_card",))
    assert supply_name(case, ()) == "add_papers"
    assert supply_name(case, ("id_card",)) == "supplement"
    case = after(case, supplied)
    assert case.state is CaseState.SUPPLIED
    new_one = replace(asked, defects=(Defect(key="id_card", what="还是看不清"),))
    assert after(case, new_one).state is CaseState.SUPPLEMENT
    earlier = replace(asked, defects=(Defect(key="photo", what="没有照片"),))
    assert refusal(case, earlier) == "CASE-SECOND"
    assert refusal(case, replace(earlier, leader_reason="漏看", roles=frozenset({"clerk"}))) == (
        "CASE-SECOND"
    )
    again = after(case, replace(earlier, leader_reason="漏看了照片"))
    assert [notice.no for notice in again.life.notices] == [1, 2]
    assert again.life.notices[0].defects == asked.defects


def test_the_day_of_acceptance_is_the_day_the_last_piece_came() -> None:
    notice = act("request_supplement", defects=(Defect(what="缺照片"),))
    supply = act("supplement", "2026-10-12", side="counter", keys=("photo",))
    case = after(new(), notice, supply)
    assert due(case) == ("2026-10-19", "answer")
    case = after(case, act("accept", "2026-10-14", promise=(10, "G")))
    assert case.life.accept_day == on("2026-10-12")
    assert case.life.accepted_at == on("2026-10-14")
    assert due(case) == ("2026-10-26", "promise")


def test_gaps_hold_back_every_result() -> None:
    case = new(materials=(*PAPERS, GAP))
    assert refusal(case, act("accept")) == "CASE-GAP"
    assert refusal(new(), act("accept_tolerant")) == "CASE-GAP"
    case = after(case, act("accept_tolerant"))
    assert due(case) == ("2026-09-22", "gap")
    for name in ("approve", "refuse"):
        assert refusal(case, act(name)) == "CASE-GAP"
    assert refusal(case, act("transfer", office="县局")) == "CASE-GAP"
    assert supply_name(case, ("photo",)) == "add_papers"
    case = replace(case, materials=PAPERS)
    assert supply_name(case, ("photo",)) == "close_gaps"
    case = after(case, act("close_gaps", side="counter", keys=("photo",)), act("approve"))
    assert case.state is CaseState.APPROVED


def test_the_counter_accepts_only_by_delegation() -> None:
    own = new(item=new().item.model_copy(update={"offline_accept": False}))
    assert refusal(own, act("accept", side="counter")) == "CASE-OFFLINE"
    assert after(own, act("accept")).state is CaseState.ACCEPTED
    assert after(new(), act("accept", side="counter")).state is CaseState.ACCEPTED


def test_nobody_answered_in_time() -> None:
    """Story 3: received Fri 18 Sep 2026, five working days end on 24 Sep (20 Sep is worked)."""
    case = new()
    assert due(case) == ("2026-09-24", "answer")
    assert case_dates(case.state, case.life, case.item, (), CALENDAR).deemed_on == "2026-09-25"
    assert not deemed(case.state, case.life, case.item, CALENDAR, date(2026, 9, 24))
    assert deemed(case.state, case.life, case.item, CALENDAR, date(2026, 9, 25))
    notice = act("request_supplement", defects=(Defect(what="缺"),))
    assert after(case, replace(notice, at=on("2026-09-24"))).state is CaseState.SUPPLEMENT
    late = "2026-09-25"
    assert refusal(case, replace(notice, at=on(late))) == "CASE-DEEMED"
    assert refusal(case, act("not_accept", late)) == "CASE-DEEMED"
    assert refusal(case, act("return", late)) == "CASE-DEEMED"
    assert refusal(case, act("deem", "2026-09-24")) == "CASE-DEEMED"
    case = after(case, act("deem", late, side="counter"))
    assert case.state is CaseState.DEEMED
    assert case.life.accept_day == FRIDAY.isoformat()
    plain = new(item=item())
    assert refusal(plain, act("deem", "2026-10-30")) == "CASE-DEEMED"


# -- review, special procedures, results --------------------------------------------------------


def test_review_goes_step_by_step() -> None:
    case = after(new(), act("accept"), act("handle"))
    assert case.life.step == "1"
    assert refusal(case, act("approve")) == "CASE-STEP"
    case = after(case, act("review"), act("approve"))
    assert (case.life.step, case.life.outcome) == ("3", "approved")


def test_a_special_procedure_stops_the_clock() -> None:
    case = after(new(), act("accept", promise=(10, "G")), act("handle"))
    before = due(case)
    assert before == ("2026-10-09", "promise")
    case = after(case, act("suspend", "2026-09-22"))
    assert due(case) == ("", "")
    case = after(case, act("resume", "2026-09-24"))
    assert due(case) == ("2026-10-12", "promise")
    case = after(case, act("extend", days=10))
    assert due(case) == ("2026-10-26", "promise")
    assert refusal(case, act("extend", days=5)) == "CASE-EXTENDED"
    again = replace(case, life=case.life.model_copy(update={"extension": None}))
    assert refusal(again, act("extend", days=16)) == "CASE-DAYS"


def test_a_certificate_is_handed_out_within_ten_days_against_a_signature() -> None:
    case = after(new(), act("accept"), act("approve", "2026-10-12"))
    assert due(case) == ("2026-10-26", "delivery")
    receipt = Delivery(receiver="王", relation="女儿", method="agent", documents=("批准书 1号",))
    case = after(case, act("deliver", side="counter", delivery=receipt))
    assert (case.state, due(case)) == (CaseState.DELIVERED, ("", ""))
    case = after(case, act("rate"), act("archive"))
    assert [paper.code for paper in case.life.papers] == ["ACP", "SAL", "RCH", "ARC"]


@pytest.mark.parametrize("state", sorted(FINAL))
def test_what_has_ended_cannot_be_withdrawn(state: CaseState) -> None:
    assert refusal(new(state=state), act("withdraw")) == "CASE-MOVE"


def test_time_runs_only_where_the_table_says() -> None:
    life = CaseLife(received_at=FRIDAY.isoformat(), decided_at=FRIDAY.isoformat())
    for state, spec in STATES.items():
        dates = case_dates(state, life, new().item, (), CALENDAR)
        assert bool(dates.next) == (spec.clock not in {Clock.NONE, Clock.STOPPED})


# -- random paths -------------------------------------------------------------------------------


@settings(
    max_examples=SLICE,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.randoms(use_true_random=False))
def test_random_paths_never_reach_what_must_not_be(random: Random) -> None:
    """The release walks 10,000 (``make faults``, part paths, or COUNTER_PATHS=10000 here)."""
    assert paths.Walk(random, CALENDAR).run().problems == []


def test_the_walks_get_about(tmp_path: Path) -> None:
    found = paths.run(tmp_path, paths=400, seed=20260918)
    assert found["illegal"] == 0
    assert found["states"] == len(CaseState) - 1
    assert found["refusals"] >= 10
