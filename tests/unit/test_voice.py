# SPDX-License-Identifier: MulanPSL-2.0
"""好差评 and 诉求 as rules: tables, danger, times, loops, 三率."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from counter.domain import appeals, ratings
from counter.domain.appeals import (
    Appeal,
    AppealTables,
    Confirmation,
    DangerCall,
    appeal_clocks,
    check_appeal,
    declared_danger,
    spot_danger,
    three_rates,
)
from counter.domain.calendar import WorkCalendar
from counter.domain.errors import DomainError
from counter.domain.materials import Page
from counter.domain.ratings import SEALED_SIZE, Rating, RatingTables, check_rating, opened, padded
from counter.domain.tickets import (
    Loop,
    Ticket,
    TicketEvent,
    TicketStep,
    check_step,
    joined,
    open_steps,
    overdue,
    state_of,
)
from counter.infra.service_files import shipped_tables
from tests.fakes.clock import CHINA
from tests.fakes.hall import CALENDAR

RATINGS = RatingTables.model_validate(shipped_tables()["ratings"])
APPEALS = AppealTables.model_validate(shipped_tables()["appeals"])
DAYS = WorkCalendar.model_validate(CALENDAR)
MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=CHINA)
PAGE = Page(blob_id="a" * 64, size=1, media_type="image/jpeg")


def appeal(**changes: Any) -> Appeal:
    base: dict[str, Any] = {
        "number": "", "taken_at": MONDAY.isoformat(), "type": "3", "category": "road",
        "urgency": "general", "content": "村口的路灯坏了一个月", "name": "王桂兰",
        "phone": "13900000000", "tables": APPEALS.version,
        "confirmed": Confirmation(method="signature", page=PAGE, read_back=True),
    }  # fmt: skip
    return Appeal.model_validate(base | changes)


def event(step: str, at: str, **outcome: str) -> TicketEvent:
    return TicketEvent(op_id=f"op-{step}-{at}", step=step, at=at, by="op-1", outcome=outcome)


def ticket(*events: TicketEvent, **changes: Any) -> Ticket:
    made = appeal(**changes)
    return Ticket(
        kind="appeal",
        ticket_id="t-1",
        number="SQ-1",
        opened_at=made.taken_at,
        subject=made.model_dump(mode="json"),
        clocks=appeal_clocks(made, MONDAY, APPEALS, DAYS),
        events=events,
    )


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_only_a_low_level_has_reasons_and_needs_one(level: int) -> None:
    low = level > 3
    check_rating(level, ("401",) if low else (), "", RATINGS)
    with pytest.raises(DomainError, match="RATING-REASON"):
        check_rating(level, () if low else ("401",), "", RATINGS)
    with pytest.raises(DomainError, match="RATING-REASON"):
        check_rating(5, ("401", "401"), "", RATINGS)


def test_no_such_level_no_such_reason_and_too_many_words_are_refused() -> None:
    with pytest.raises(DomainError, match="RATING-LEVEL"):
        check_rating(6, (), "", RATINGS)
    with pytest.raises(DomainError, match="RATING-REASON"):
        check_rating(4, ("本地加的",), "", RATINGS)
    with pytest.raises(DomainError, match="RATING-WORDS"):
        check_rating(1, (), "好" * 201, RATINGS)


@given(st.integers(1, 5), st.text(max_size=200))
def test_every_rating_fills_the_same_envelope(level: int, words: str) -> None:
    reasons = tuple(one.code for one in RATINGS.reasons) if level > 3 else ()
    rating = Rating(
        case_id="c" * 36, handling="h" * 36, level=level, reasons=reasons, words=words,
        given_at=MONDAY.isoformat(), channel="4", tables=RATINGS.version,
    )  # fmt: skip
    data = padded(rating)
    assert len(data) == SEALED_SIZE
    assert opened(data) == rating


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("ratings", {"levels": []}),
        ("ratings", {"reasons": [{"code": "1", "name": "慢慢", "about": "nothing"}]}),
        ("ratings", {"reasons": [{"code": "1", "name": "慢慢"}] * 2}),
        ("appeals", {"classes": [{"code": "a", "name": "甲"}] * 2}),
        ("appeals", {"classes": [{"code": "a", "name": "甲", "danger": "flood"}]}),
        ("appeals", {"sla": []}),
        ("appeals", {"local": "加一条"}),
    ],
)
def test_tables_that_make_no_sense_are_not_taken(name: str, change: dict[str, Any]) -> None:
    model = RatingTables if name == "ratings" else AppealTables
    with pytest.raises(ValidationError):
        model.model_validate(json.loads(json.dumps(shipped_tables()[name])) | change)


def test_the_last_row_of_times_fits_everything() -> None:
    rows = shipped_tables()["appeals"]["sla"]
    with pytest.raises(ValidationError, match="last row"):
        AppealTables.model_validate(shipped_tables()["appeals"] | {"sla": rows[:-1]})


@pytest.mark.parametrize(
    ("words", "code"),
    [("厨房有煤气味", "gas"), ("隔壁着火了", "fire"), ("他昏倒了", "life"), ("路灯坏了", None)],
)
def test_words_hint_at_a_danger(words: str, code: str | None) -> None:
    found = spot_danger(words, APPEALS)
    assert (found.code if found else None) == code


def test_a_danger_stops_everything_until_somebody_was_called() -> None:
    smell = appeal(
        content="楼道里有煤气味", type="9", name="", confirmed=Confirmation(method="oral")
    )
    with pytest.raises(DomainError, match="APPEAL-CALL") as told:
        check_appeal(smell, APPEALS)  # before type, name and signature
    assert "119" in told.value.todo
    call = DangerCall(danger="gas", called="119", called_at=MONDAY.isoformat(), by="op-1")
    quick = appeal(
        content="楼道里有煤气味",
        danger=call,
        confirmed=Confirmation(method="oral", read_back=True),
    )
    check_appeal(quick, APPEALS)
    denied = appeal(content="上个月的煤气味已经修好，要求退费", danger_denied="说的是上个月的事")
    check_appeal(denied, APPEALS)
    with pytest.raises(DomainError, match="APPEAL-CALL"):  # a declared danger cannot be denied
        check_appeal(denied.model_copy(update={"category": "gas"}), APPEALS)
    assert declared_danger("road", APPEALS) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "9"}, "APPEAL-TYPE"),
        ({"category": "nothing"}, "APPEAL-CLASS"),
        ({"urgency": "soon"}, "APPEAL-URGENCY"),
        ({"name": ""}, "APPEAL-WHO"),
        ({"phone": ""}, "APPEAL-WHO"),
        ({"confirmed": {"method": "signature", "read_back": True}}, "APPEAL-CONFIRM"),
        ({"confirmed": {"method": "oral", "read_back": True}}, "APPEAL-CONFIRM"),
        ({"confirmed": Confirmation(method="signature", page=PAGE)}, "APPEAL-CONFIRM"),
        (
            {
                "confirmed": Confirmation(
                    method="fingerprint", page=PAGE, read_back=True, witnesses=("甲", "甲")
                )
            },
            "APPEAL-CONFIRM",
        ),
    ],
)
def test_what_is_missing_is_said(change: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError, match=code):
        check_appeal(appeal(**change), APPEALS)


def test_an_anonymous_person_leaves_no_name() -> None:
    check_appeal(appeal(anonymous=True, name="", phone=""), APPEALS)


@pytest.mark.parametrize(
    ("change", "due"),
    [
        ({}, ("2026-11-24T09:30", "2026-11-24", "2026-11-30", "2026-11-30")),
        ({"type": "1"}, ("2026-11-24T09:30", "2026-11-24", "2026-11-26", "2026-11-26")),
        ({"category": "water"}, ("T11:30", "T13:30", "2026-11-24T09:30", "2026-11-24T09:30")),
        ({"category": "gas"}, ("T10:30", "T10:30", "T11:30", "T11:30")),
        ({"urgency": "danger"}, ("T10:30", "T10:30", "T11:30", "T11:30")),
        ({"urgency": "complex"}, ("2026-11-24T09:30", "2026-11-24", "2026-12-08", "2026-12-08")),
    ],
)
def test_times_follow_class_and_urgency(change: dict[str, Any], due: tuple[str, ...]) -> None:
    clocks = appeal_clocks(appeal(**change), MONDAY, APPEALS, DAYS)
    assert [c.kind for c in clocks] == ["dispatch", "contact", "rectify", "answer"]
    for clock, expected in zip(clocks, due, strict=True):
        whole = f"2026-11-23{expected}" if expected.startswith("T") else expected
        assert clock.due.startswith(whole)


def test_the_state_is_what_the_events_lead_to_and_own_steps_count_once() -> None:
    first = event("contact", "2026-11-23T10:00:00+08:00")
    one = ticket(first)
    assert state_of(one, appeals.LOOP) == "contacted"
    assert joined(one, [first]) == one
    more = joined(one, [event("answer", "2026-11-24T10:00:00+08:00")])
    assert state_of(more, appeals.LOOP) == "answered"
    odd = ticket(event("archive", "2026-11-23T10:00:00+08:00"))
    assert state_of(odd, appeals.LOOP) == "registered"


def test_an_overdue_clock_is_named_until_it_is_met_or_the_loop_ends() -> None:
    late = "2026-12-01T09:00:00+08:00"
    assert overdue(ticket(), appeals.LOOP, late) == ("contact", "dispatch", "rectify", "answer")
    done = ticket(event("contact", late), event("answer", late), event("revisit", late))
    assert overdue(done, appeals.LOOP, late) == ()


def test_the_three_rates() -> None:
    soon, late = "2026-11-23T15:00:00+08:00", "2026-11-27T15:00:00+08:00"
    good = ticket(
        event("contact", soon),
        event("answer", soon),
        event("revisit", soon, solved="1", satisfied="1"),
    )
    bad = ticket(
        event("contact", late),
        event("answer", late),
        event("revisit", late, solved="1", satisfied="0"),
    )
    fresh = ticket()
    rates = three_rates([good, bad, fresh], soon)
    assert (rates.response, rates.solved, rates.satisfied) == ((1, 2), (2, 2), (1, 2))
    assert three_rates([fresh], late).response == (0, 1)


@pytest.mark.parametrize("loop", [appeals.LOOP, ratings.LOOP], ids=["appeals", "ratings"])
def test_every_state_of_a_loop_is_reached_and_leads_to_an_end(loop: Loop) -> None:
    after = {state: {s.after or state for s in loop.steps.values() if state in s.before}
             for state in loop.states}  # fmt: skip
    reached = {loop.first}
    while more := {t for s in reached for t in after[s]} - reached:
        reached |= more
    assert reached == set(loop.states)
    ends = set(loop.final)
    while more := {s for s in loop.states if after[s] & ends} - ends:
        ends |= more
    assert ends == set(loop.states)


@given(st.lists(st.sampled_from(sorted(ratings.LOOP.steps)), max_size=12))
def test_no_low_rating_is_closed_without_contact_and_revisit(names: list[str]) -> None:
    one = ticket().model_copy(update={"kind": "rating_task"})
    for number, name in enumerate(names):
        declared = ratings.LOOP.steps[name]
        step = TicketStep(
            step=name,
            done_at="2026-11-24T09:00:00+08:00",
            note="写明",
            outcome={"ground": "x", "satisfied": "1"},
        )
        try:
            check_step(one, ratings.LOOP, step, side=declared.side, roles=frozenset({"leader"}))
        except DomainError:
            continue
        done = TicketEvent(op_id=f"op-{number}", step=name, at=step.done_at, by="op-2")
        one = one.model_copy(update={"events": (*one.events, done)})
    if state_of(one, ratings.LOOP) == "closed":
        assert {"contact", "revisit"} <= {e.step for e in one.events}


def test_a_clerk_is_offered_no_step_of_a_leader() -> None:
    assert open_steps(ticket(), appeals.LOOP, frozenset({"clerk"})) == ("contact",)
    assert "dispatch" in open_steps(ticket(), appeals.LOOP, frozenset({"leader"}))
