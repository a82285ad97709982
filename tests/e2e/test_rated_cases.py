# SPDX-License-Identifier: MulanPSL-2.0
"""已评价: a delivered case whose result was rated moves on at the centre, and says no more."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from counter.app.commands import (
    DeliverResult,
    GiveRating,
    InviteRating,
    RatingInvite,
    ScanRatingSlip,
)
from counter.bootstrap.core import Core
from counter.domain.calendar import WorkCalendar
from counter.domain.case_life import Delivery
from sync.hub.handlers import backoffice, ratings
from sync.hub.storage import cases
from sync.hub.storage.cases import CaseRow
from tests.fakes.clock import CHINA
from tests.fakes.hall import item
from tests.fakes.township import Township
from tests.storage.site import do, page, receive

SEED = Path(__file__).resolve().parents[2] / "resources" / "calendars" / "cn-2024-2026.json"
DAY = datetime(2026, 11, 23, 10, 0, tzinfo=CHINA)
HANDED = Delivery(receiver="王桂兰", relation="本人", documents=("高龄津贴审批表 1号",))
SAID = "等了两个小时没人管"


@pytest.fixture
def town(tmp_path: Path) -> Township:
    made = Township(tmp_path, DAY, item(duplicate_days=0))
    calendar = WorkCalendar.from_json(SEED.read_bytes())
    body = calendar.model_dump(mode="json", by_alias=True)
    made.publish(("calendar", calendar.region, calendar.version, body))
    return made


def decided(town: Township, core: Core) -> str:
    """A case that the centre has returned, and the counter knows it."""
    case_id = receive(core).case_id
    town.push(core)
    town.site.clock.advance(3600)
    backoffice.act(town.centre, case_id, "return", reason="户籍不在本镇")
    town.pull(core)
    town.site.clock.advance(3600)
    return case_id


def at_centre(town: Township, case_id: str) -> CaseRow:
    with town.centre.database.read() as tx:
        row = cases.find(tx, case_id)
    assert row is not None
    return row


def rate(core: Core, case_id: str, level: int, *reasons: str) -> None:
    invite = do(core, InviteRating(case_id))
    assert isinstance(invite, RatingInvite)
    command = GiveRating(case_id, invite.handling, level, reasons, SAID)
    core.execution.run(lambda: core.bus.handle(command, invite.session))


def test_a_delivered_case_moves_to_rated_and_nobody_reads_how(town: Township) -> None:
    with town.counter() as core:
        town.pull(core)
        case_id = decided(town, core)
        do(core, DeliverResult(case_id, HANDED))
        rate(core, case_id, 5, "407")
        assert {result.status for result in town.push(core)} == {"applied"}
        row = at_centre(town, case_id)
        assert row.state == "rated"
        last = row.view["events"][-1]
        assert (last["what"], last["who"]) == ("评价", "群众本人")
        assert row.view["clocks"] == []  # nothing runs any more
        told = json.dumps(row.view, ensure_ascii=False)
        assert SAID not in told
        assert '"407"' not in told
        town.pull(core)
        case = core.execution.run(lambda: core.queries.case(case_id))
        assert case is not None
        assert case.case.state.value == "rated"
    backoffice.act(town.centre, case_id, "archive")


def test_a_rating_of_the_intake_is_none_of_the_result(town: Township) -> None:
    with town.counter() as core:
        town.pull(core)
        case_id = receive(core).case_id
        rate(core, case_id, 1)
        town.push(core)
        town.site.clock.advance(60)
        backoffice.act(town.centre, case_id, "return", reason="户籍不在本镇")
        town.site.clock.advance(60)
        backoffice.act(town.centre, case_id, "deliver", details=backoffice.Details(delivery=HANDED))
    assert at_centre(town, case_id).state == "delivered"


def test_rated_before_it_was_handed_over_it_moves_with_the_delivery(town: Township) -> None:
    with town.counter() as core:
        town.pull(core)
        case_id = decided(town, core)
        rate(core, case_id, 2)
        town.push(core)
        assert at_centre(town, case_id).state == "returned"
        do(core, DeliverResult(case_id, HANDED))
        assert {result.status for result in town.push(core)} == {"applied"}
    assert at_centre(town, case_id).state == "rated"


def test_a_slip_counts_only_when_the_centre_has_read_it(town: Township) -> None:
    with town.counter() as core:
        town.pull(core)
        case_id = decided(town, core)
        do(core, DeliverResult(case_id, HANDED))
        do(core, ScanRatingSlip(case_id, page(core, "评价单")))
        slip = core.execution.run(core.sync_store.exportable)[-1].op_id
        town.push(core)
    assert at_centre(town, case_id).state == "delivered"
    ratings.read_slip(town.centre, slip, 3)
    assert at_centre(town, case_id).state == "rated"
