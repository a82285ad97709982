# SPDX-License-Identifier: MulanPSL-2.0
"""Leased official numbers: taken offline, bound at the centre, both find the case, none twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from counter.bootstrap.core import Core
from counter.domain.bodies import CaseReceived
from counter.domain.calendar import WorkCalendar
from counter.domain.leases import HOLD, LEASED_FIRST, REFILL
from counter.domain.numbers import parse_project_no
from counter.ports.storage import CaseRecord
from counter.storage.number_blocks import install_blocks, take_serial
from sync.hub.handlers import backoffice, leases
from sync.hub.storage import blocks, cases, halls
from tests.fakes.clock import CHINA
from tests.fakes.hall import DEVICE_ID, item
from tests.fakes.township import Township
from tests.storage.site import receive

SEED = Path(__file__).resolve().parents[2] / "resources" / "calendars" / "cn-2024-2026.json"
DAY = datetime(2026, 11, 23, 9, 0, tzinfo=CHINA)


@pytest.fixture
def town(tmp_path: Path) -> Township:
    made = Township(tmp_path, DAY, item(duplicate_days=0))
    seed = WorkCalendar.from_json(SEED.read_bytes())
    made.publish(("calendar", "CN", seed.version, seed.model_dump(mode="json", by_alias=True)))
    return made


def case_of(core: Core, number: str) -> CaseRecord:
    """The one case a number finds, on the screen's search and in the store."""
    (row,) = core.execution.run(lambda: core.queries.cases(number)).rows
    detail = core.execution.run(lambda: core.queries.case(row.case_id))
    assert detail is not None
    return detail.case


def test_a_number_is_taken_offline_and_bound_at_the_centre(town: Township) -> None:
    with town.counter() as core:
        town.pull(core)
        case = case_of(core, receive(core).receipt_no)
        number = parse_project_no(case.project_no)
        assert (number.serial, number.day) == (LEASED_FIRST, DAY.date())
        assert len(case.project_no) <= 50
        assert "PNO-FORM" not in {problem.code for problem in number.problems}
        assert case_of(core, case.project_no).case_id == case.case_id
        (result,) = town.push(core)
        assert (result.status, result.human_no) == ("applied", case.project_no)
        town.pull(core)
        assert case_of(core, case.receipt_no).project_no == case.project_no
    with town.counter() as core:  # after a restart the next one, never the same
        again = case_of(core, receive(core).receipt_no)
        assert parse_project_no(again.project_no).serial == LEASED_FIRST + 1


def test_without_a_valid_block_the_work_goes_on_with_the_receipt_number(town: Township) -> None:
    with town.counter() as core:
        town.pull(core)
        first = core.execution.run(core.sync_store.counts)
        assert first.local_only == 0
        town.site.clock.wall += timedelta(days=31)  # the lease ran out
        late = case_of(core, receive(core).receipt_no)
        assert late.project_no == ""
        (result,) = town.push(core)
        assert result.human_no
        bound = case_of(core, result.human_no)
        assert (bound.case_id, bound.receipt_no) == (late.case_id, late.receipt_no)
        town.pull(core)  # a fresh block
        assert case_of(core, receive(core).receipt_no).project_no


def test_a_number_that_cannot_be_bound_finds_the_case_beside_the_new_one(town: Township) -> None:
    with town.counter() as core:
        town.pull(core)
        case = case_of(core, receive(core).receipt_no)
        with town.centre.database.write() as tx:  # a clone of this disk was quicker
            other = clone_of(case)
            cases.add(tx, other)
        (result,) = town.push(core)
        assert (result.status, result.code) == ("applied", "")
        assert result.human_no != case.project_no
        town.pull(core)
        for number in (case.project_no, result.human_no, case.receipt_no):
            assert case_of(core, number).case_id == case.case_id
        shown = case_of(core, case.receipt_no)
        assert shown.project_no == result.human_no
        assert "办件编号改变" in [event["what"] for event in shown.centre["events"]]
    with town.centre.database.read() as tx:
        assert len(cases.find_any(tx, case.project_no)) == 2
    assert "project_no_fenced" in [row["kind"] for row in backoffice.list_alarms(town.centre)]


def clone_of(case: CaseRecord) -> cases.CaseRow:
    body = CaseReceived.model_validate(case.body)
    return cases.CaseRow(
        "another-case", "7K2QM-03-261123-0001-ZZZ", case.project_no, "7K2QM", DEVICE_ID, "op-1",
        body.item_code, body.item_version, "", body.received_at, body.received_at, "received",
        1, 1, case.body, {}, {},
    )  # fmt: skip


def test_the_centre_leases_anew_before_a_block_is_used_up(town: Township) -> None:
    with town.centre.database.read() as tx:
        device = halls.device(tx, DEVICE_ID)
    assert device is not None
    for _ in range(3):
        leases.top_up(town.centre, device)  # nothing used: nothing more
    with town.centre.database.write() as tx:
        (lease,) = blocks.of_device(tx, DEVICE_ID, 1)
        assert lease.left == HOLD
        for _ in range(HOLD - REFILL + 1):
            blocks.count_use(tx, lease.block.block_id)
    leases.top_up(town.centre, device)
    with town.centre.database.read() as tx:
        held = leases.blocks_of(town.centre, tx, device).blocks
    assert [(b.first, b.last) for b in held] == [
        (LEASED_FIRST, LEASED_FIRST + HOLD - 1),
        (LEASED_FIRST + HOLD, LEASED_FIRST + 2 * HOLD - REFILL),
    ]


def test_a_rebuilt_database_skips_what_its_cases_have_used(town: Township) -> None:
    with town.counter() as core:
        town.pull(core)
        used = case_of(core, receive(core).receipt_no)
        store = core._store

        def rebuilt() -> int:
            with store._database.transaction() as connection:
                body = {
                    "blocks": [
                        {
                            "block_id": used.body["lease"],
                            "epoch": 1,
                            "first": LEASED_FIRST,
                            "last": LEASED_FIRST + 9,
                            "expires_at": "2026-12-30T00:00:00+08:00",
                        }
                    ]
                }
                connection.exec_driver_sql("DELETE FROM number_blocks")
                install_blocks(connection, body)
                taken = take_serial(connection, "project", 1, "2026-11-23T10:00:00+08:00")
                assert take_serial(connection, "project", 2, "2026-11-23T10:00:00+08:00") is None
            assert taken is not None
            return taken.serial

        assert core.execution.run(rebuilt) == LEASED_FIRST + 1
