# SPDX-License-Identifier: MulanPSL-2.0
"""Story 4: the list of next year is missing; when it comes, open cases' days move and are listed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from counter.app.calendars import CalendarInstalled
from counter.app.commands import ImportCalendar, SeeMovedDates, WithdrawCase
from counter.bootstrap.core import Core
from counter.domain.calendar import WorkCalendar
from counter.domain.errors import DomainError
from sync.hub.handlers import backoffice
from sync.hub.handlers.calendars import signed_file
from tests.fakes.calendars import list_of_2027
from tests.fakes.clock import CHINA
from tests.fakes.hall import item
from tests.fakes.township import Township
from tests.storage.site import do, receive

SEED = Path(__file__).resolve().parents[2] / "resources" / "calendars" / "cn-2024-2026.json"
EARLY = datetime(2026, 12, 15, 9, 0, tzinfo=CHINA)
DAY = datetime(2026, 12, 28, 9, 30, tzinfo=CHINA)
OPEN, ACCEPTED = 31, 3


@pytest.fixture
def town(tmp_path: Path) -> Township:
    made = Township(tmp_path, EARLY, item(promise_day=20, anticipate_day=40, duplicate_days=0))
    publish_list(made, WorkCalendar.from_json(SEED.read_bytes()))
    return made


def publish_list(town: Township, calendar: WorkCalendar) -> None:
    body = calendar.model_dump(mode="json", by_alias=True)
    town.publish(("calendar", calendar.region, calendar.version, body))


def dues(core: Core) -> dict[str, tuple[str, str]]:
    rows = core.execution.run(lambda: core.queries.cases(limit=100)).rows
    return {row.case_id: (row.due_kind, row.due) for row in rows}


def take_cases(town: Township, core: Core) -> tuple[list[str], list[str]]:
    """Two settled cases of 15 December, and 31 open ones of 28 December, three accepted."""
    town.pull(core)
    early = [receive(core).case_id for _ in range(2)]
    town.site.clock.wall = DAY
    accepted = [receive(core) for _ in range(ACCEPTED)]
    results = town.push(core)
    assert [(r.status, r.code) for r in results] == [("applied", "")] * 5
    for receipt in accepted:
        backoffice.act(town.centre, receipt.case_id, "accept")
    town.pull(core)
    late = [receive(core).case_id for _ in range(OPEN - ACCEPTED)]
    gone = receive(core).case_id
    do(core, WithdrawCase(gone, "改日再办"))
    return [*early, gone], [*(receipt.case_id for receipt in accepted), *late]


def test_the_list_of_next_year_moves_the_days_of_31_open_cases(town: Township) -> None:
    with town.counter() as core:
        still, moving = take_cases(town, core)
        first = core.execution.run(lambda: core.queries.case(moving[0]))
        assert first is not None
        clocks = {clock["kind"]: clock for clock in first.case.centre["clocks"]}
        promise, legal = clocks["promise"], clocks["legal"]
        assert (promise["due"], promise["provisional"]) == ("2027-01-25", True)
        assert legal["provisional"]
        last = core.execution.run(lambda: core.queries.case(moving[-1]))
        assert last is not None
        assert (last.case.answer_due, last.case.answer_provisional) == ("2027-01-04", True)
        before = dues(core)

        publish_list(town, list_of_2027())  # the centre has it; the stick is quicker than the line
        token = signed_file(town.centre)
        command = ImportCalendar(token)
        told = core.execution.run(lambda: core.bus.preview(command, core.session))
        assert dues(core) == before
        done = do(core, command)
        assert isinstance(done, CalendarInstalled)
        assert done == told
        assert (done.version, done.known_until, done.cases) == ("cn-2027", "2027-12-31", OPEN)

        check_moved(core, still, moving, before)
        again = dues(core)
        town.push(core)
        town.pull(core)  # the same list by the feed, and the centre's own dates: nothing differs
        assert {k: v for k, v in dues(core).items() if k in moving} == {
            k: v for k, v in again.items() if k in moving
        }
        assert do(core, SeeMovedDates()) == len(done.changes)
        assert core.execution.run(core.queries.moved_dates) == []
        assert len(core.execution.run(lambda: core.queries.moved_dates(seen=True))) == len(
            done.changes
        )


def check_moved(
    core: Core, still: list[str], moving: list[str], before: dict[str, tuple[str, str]]
) -> None:
    after = dues(core)
    assert {case: after[case] for case in still} == {case: before[case] for case in still}
    listed = core.execution.run(core.queries.moved_dates)
    assert {row.case_id for row in listed} == set(moving)
    promise = [row for row in listed if row.kind == "promise"]
    answer = [row for row in listed if row.kind == "answer"]
    assert {(row.old_due, row.new_due) for row in promise} == {("2027-01-25", "2027-01-26")}
    assert {(row.old_due, row.new_due) for row in answer} == {("2027-01-04", "2027-01-05")}
    assert (len(promise), len(answer)) == (ACCEPTED, OPEN - ACCEPTED)
    assert answer[0].why == (
        "答复期限由 暂定2027-01-04 改为 2027-01-05：按新的放假安排（cn-2027）重新计算。"
    )
    detail = core.execution.run(lambda: core.queries.case(moving[0]))
    assert detail is not None
    assert detail.case.promise_due == "2027-01-26"
    assert "期限重新计算" in [event.what for event in detail.events]
    bench = core.execution.run(lambda: core.queries.workbench("op-1"))
    assert bench.moved_cases == OPEN


def test_the_centre_moves_the_days_of_its_cases_and_the_counter_hears_it(town: Township) -> None:
    with town.counter() as core:
        _, moving = take_cases(town, core)
        town.push(core)
        publish_list(town, list_of_2027())
        town.pull(core)
        assert len({row.case_id for row in core.execution.run(core.queries.moved_dates)}) == OPEN
        detail = core.execution.run(lambda: core.queries.case(moving[0]))
        assert detail is not None
        assert detail.case.centre["promise_date"] == detail.case.promise_due == "2027-01-26"
        told = [event["what"] for event in detail.case.centre["events"]]
        assert told.count("期限重新计算") == 1


def test_bad_and_old_lists_change_nothing(town: Township) -> None:
    with town.counter() as core:
        town.pull(core)
        town.site.clock.wall = DAY
        receive(core)
        old = signed_file(town.centre)
        publish_list(town, list_of_2027())
        new = signed_file(town.centre)
        for token, code in ((old, "CAL-SAME"), (new[:-4] + "AAAA", "SIG-BAD"), ("x", "SIG-FORM")):
            with pytest.raises(DomainError, match=code):
                do(core, ImportCalendar(token))
        assert core.execution.run(core.queries.moved_dates) == []
        do(core, ImportCalendar(new))
        with pytest.raises(DomainError, match="CAL-OLD"):
            do(core, ImportCalendar(old))
        assert len(core.execution.run(core.queries.moved_dates)) == 1
