# SPDX-License-Identifier: MulanPSL-2.0
"""Story 9: a 4 on the citizen's screen, offline, sealed; the leader contacts, rectifies, revisits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from counter.app.commands import (
    DeclineRating,
    GiveRating,
    InviteRating,
    RatingInvite,
    ReadTickets,
    ScanRatingSlip,
    StepTicket,
)
from counter.bootstrap.core import Core
from counter.domain.calendar import WorkCalendar
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.operations import read_operation
from counter.domain.ratings import LOOP
from counter.domain.tickets import Ticket, overdue, state_of
from sync.hub.handlers import backoffice, ratings, tickets
from sync.hub.storage import cases
from sync.hub.storage import ratings as store
from tests.fakes.clock import CHINA
from tests.fakes.hall import item
from tests.fakes.township import Township
from tests.storage.site import LEADER, do, page, receive

SEED = Path(__file__).resolve().parents[2] / "resources" / "calendars" / "cn-2024-2026.json"
DAY = datetime(2026, 9, 18, 10, 0, tzinfo=CHINA)  # a Friday; 20 September is a working Sunday


@pytest.fixture
def town(tmp_path: Path) -> Township:
    made = Township(tmp_path, DAY, item(duplicate_days=0))
    calendar = WorkCalendar.from_json(SEED.read_bytes())
    body = calendar.model_dump(mode="json", by_alias=True)
    made.publish(("calendar", calendar.region, calendar.version, body))
    return made


def invited(core: Core, case_id: str) -> RatingInvite:
    value = do(core, InviteRating(case_id))
    assert isinstance(value, RatingInvite)
    return value


def rate(core: Core, case_id: str, level: int, *reasons: str, words: str = "") -> None:
    invite = invited(core, case_id)
    command = GiveRating(case_id, invite.handling, level, reasons, words)
    core.execution.run(lambda: core.bus.handle(command, invite.session))


def tasks(core: Core) -> tuple[Ticket, ...]:
    value = do(core, ReadTickets("rating_task"))
    assert isinstance(value, tuple)
    return value


def test_a_low_rating_given_offline_is_followed_up_to_its_end(town: Township) -> None:
    with town.counter() as core:
        town.pull(core)
        receipt = receive(core)
        rate(core, receipt.case_id, 4, "401", "404", words="等了两个小时")
        ops = core.execution.run(core.sync_store.exportable)
        assert [op.kind for op in ops] == ["case.received", "rating.given"]
        assert ops[1].depends_on == (ops[0].op_id,)
        case = core.execution.run(lambda: core.queries.case(receipt.case_id))
        assert case is not None
        assert "已评价" in [event.what for event in case.events]
        town.push(core)
        town.pull(core)
        with pytest.raises(NotAllowedError, match="ROLE"):
            do(core, ReadTickets("rating_task"))
    with town.counter(LEADER) as core:
        [task] = tasks(core)
        assert (task.subject["level"], task.subject["reasons"]) == (4, ["401", "404"])
        assert {c.kind: c.due for c in task.clocks} == {
            "contact": "2026-09-20",  # the Sunday worked for the holiday
            "rectify": "2026-10-15",
        }
        follow(town, core, task.ticket_id)


def follow(town: Township, core: Core, ticket_id: str) -> None:
    def step(name: str, note: str, **outcome: str) -> None:
        do(core, StepTicket("rating_task", ticket_id, name, note, outcome))

    with pytest.raises(NotAllowedError, match="TICKET-STEP"):
        step("revisit", "先回访", satisfied="1")
    town.site.clock.advance(3 * 86_400)
    assert overdue(tasks(core)[0], LOOP, core.clock.now().isoformat()) == ("contact",)
    step("contact", "电话联系，确实等了两个小时")
    step("dispute", "当天系统故障，不是窗口的责任", ground="mistaken")
    assert state_of(tasks(core)[0], LOOP) == "disputed"
    town.push(core)
    ratings.review(town.centre, ticket_id, uphold=False, reason="情况属实", by="监督科")
    town.pull(core)
    assert state_of(tasks(core)[0], LOOP) == "contacted"
    step("rectify", "增开一个窗口")
    with pytest.raises(DomainError, match="TICKET-NEEDS"):
        step("revisit", "已回访")
    step("revisit", "本人满意", satisfied="1")
    assert state_of(tasks(core)[0], LOOP) == "closed"
    assert {r.status for r in town.push(core)} == {"applied"}
    town.pull(core)
    [task] = tasks(core)
    assert [e.step for e in task.events] == ["contact", "dispute", "dismiss", "rectify", "revisit"]
    [row] = tickets.listed(town.centre, "rating_task")
    assert (row["state"], row["overdue"]) == ("closed", [])


def test_the_clerk_can_neither_give_nor_see_nor_change_a_rating(town: Township) -> None:
    with town.counter() as core:
        town.pull(core)
        case_id = receive(core).case_id
        invite = invited(core, case_id)
        command = GiveRating(case_id, invite.handling, 1)
        forged = replace(core.session, roles=frozenset({"citizen", "clerk"}))
        for session in (core.session, forged, core.session.for_citizen("another")):
            with pytest.raises(NotAllowedError, match="RATING-SURFACE"):
                core.execution.run(partial(core.bus.handle, command, session))
        low = replace(command, level=5, reasons=("407",), words="态度不好")
        core.execution.run(lambda: core.bus.handle(low, invite.session))
        with pytest.raises(NotAllowedError, match="RATING-SURFACE"):  # not twice, not changed
            core.execution.run(lambda: core.bus.handle(command, invite.session))
        with pytest.raises(NotAllowedError, match="RATING-DONE"):
            invited(core, case_id)
        with pytest.raises(NotAllowedError, match="ROLE"):  # the surface can do nothing else
            core.execution.run(lambda: core.bus.handle(InviteRating(case_id), invite.session))
        here = core.execution.run(core.sync_store.exportable)
        body = here[-1].jws
    told = str(read_operation(body))
    assert "态度不好" not in told
    assert "'407'" not in told
    with town.counter() as core:
        op = core.execution.run(core.sync_store.exportable)[-1]
        assert op.jws == body


def test_declining_is_a_choice_and_a_slip_is_read_at_the_centre(town: Township) -> None:
    with town.counter() as core:
        town.pull(core)
        case_id = receive(core).case_id
        invite = invited(core, case_id)
        again = invited(core, case_id)  # asked anew: only the newest invitation counts
        command = DeclineRating(case_id, invite.handling)
        with pytest.raises(NotAllowedError, match="RATING-SURFACE"):
            core.execution.run(lambda: core.bus.handle(command, invite.session))
        core.execution.run(lambda: core.bus.handle(command, again.session))
        with pytest.raises(NotAllowedError, match="不评价"):
            do(core, InviteRating(case_id))
        slip_case = receive(core).case_id
        do(core, ScanRatingSlip(slip_case, page(core, "评价单")))
        slip = core.execution.run(core.sync_store.exportable)[-1].op_id
        assert {r.status for r in town.push(core)} == {"applied"}
    ratings.read_slip(town.centre, slip, 5, ("407",))
    with pytest.raises(DomainError, match="RATING-SLIP"):
        ratings.read_slip(town.centre, slip, 1)
    assert [row["state"] for row in tickets.listed(town.centre, "rating_task")] == ["open"]


def test_ratings_of_the_same_second_are_flagged_and_the_default_rule_counts(town: Township) -> None:
    with town.counter() as core:
        town.pull(core)
        cases_here = [receive(core).case_id for _ in range(3)]
        rate(core, cases_here[0], 4, "401")
        rate(core, cases_here[1], 1)
        town.push(core)
    assert [alarm["kind"] for alarm in _alarms(town)] == ["ratings_batch"]
    with town.centre.database.read() as tx:
        rows = {c: cases.find(tx, c) for c in cases_here}
        levels = []
        for days in (0, 30):
            day = (DAY + timedelta(days=days)).date()
            told = ratings.satisfaction(tx, [row for row in rows.values() if row], day)
            levels.append([told.get(case_id) for case_id in cases_here])
        assert store.levels_of(tx, cases_here) == dict(zip(cases_here, (4, 1), strict=False))
    assert levels == [[(4, False), (1, False), None], [(4, False), (1, False), (2, True)]]
    [task] = tickets.listed(town.centre, "rating_task")
    with town.centre.database.read() as tx:
        ticket = tickets.find(tx, task["hall_code"], "rating_task", task["ticket_id"])
    assert ticket is not None
    assert ticket.subject["batch"]


def test_an_upheld_dispute_takes_the_rating_out_of_the_count(town: Township) -> None:
    with town.counter() as core:
        town.pull(core)
        case_id = receive(core).case_id
        rate(core, case_id, 5, "410")
        town.push(core)
        town.pull(core)
    with town.counter(LEADER) as core:
        ticket_id = tasks(core)[0].ticket_id
        do(core, StepTicket("rating_task", ticket_id, "contact", "联系过"))
        do(core, StepTicket("rating_task", ticket_id, "dispute", "按错了", {"ground": "mistaken"}))
        town.push(core)
        ratings.review(town.centre, ticket_id, uphold=True, reason="本人确认按错", by="监督科")
        town.pull(core)
        assert state_of(tasks(core)[0], LOOP) == "void"
    with town.centre.database.read() as tx:
        assert store.levels_of(tx, [case_id]) == {}


def _alarms(town: Township) -> list[dict[str, object]]:
    return backoffice.list_alarms(town.centre)
