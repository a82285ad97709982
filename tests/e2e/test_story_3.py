# SPDX-License-Identifier: MulanPSL-2.0
"""Acceptance story 3: a case nobody answered; the law accepts it, and the leader must act."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from counter.app.commands import ConfirmDeemed, RequestSupplement
from counter.app.queries import CaseDetail, DueRow
from counter.bootstrap.core import Core
from counter.domain.case import CaseState
from counter.domain.case_life import Defect
from counter.domain.catalog import Material
from counter.domain.errors import NotAllowedError
from tests.fakes.clock import CHINA
from tests.fakes.hall import item
from tests.fakes.township import Township
from tests.faults import paths
from tests.storage.site import LEADER, do, receive

FRIDAY = datetime(2026, 9, 18, 10, 0, tzinfo=CHINA)
HOMESTEAD = item(
    task_name="农村村民宅基地审批",
    short_name="宅基地",
    licence_law=True,
    promise_day=20,
    materials=(Material(key="id_card", material_name="身份证"),),
)


@pytest.fixture
def town(tmp_path: Path) -> Township:
    """A town whose counter knows the item and the national calendar."""
    made = Township(tmp_path, FRIDAY, HOMESTEAD)
    calendar = paths.calendar()
    body = calendar.model_dump(mode="json", by_alias=True)
    made.publish(("calendar", "CN", calendar.version, body))
    with made.counter() as core:
        made.pull(core)
    return made


def radar(core: Core) -> DueRow:
    [row] = core.execution.run(lambda: core.queries.workbench("op-1")).radar
    return row


def shown(core: Core, case_id: str) -> CaseDetail:
    found = core.execution.run(lambda: core.queries.case(case_id))
    assert found is not None
    return found


def on(town: Township, day: int) -> None:
    town.site.clock.wall = FRIDAY.replace(day=day)


def test_nobody_answered_the_homestead_case(town: Township) -> None:
    with town.counter() as core:
        case_id = receive(core).case_id
        assert (radar(core).due, radar(core).level) == ("2026-09-24", "none")
        on(town, 22)
        assert (radar(core).level, radar(core).now_word) == ("yellow", "还剩 2 个工作日")
        on(town, 23)
        assert (radar(core).level, radar(core).now_word) == ("red", "还剩 1 个工作日")
        on(town, 24)
        assert (radar(core).level, radar(core).now_word) == ("red", "今天到期")
    on(town, 25)
    with town.counter() as core:
        row = radar(core)
        assert (row.kind, row.level) == ("deemed", "overdue")
        assert "值班长" in row.now_word
        assert "2026-09-18" in row.explain[1]
        assert shown(core, case_id).row.state_word == "视为受理"
        assert shown(core, case_id).row.delivery_word == "只在本机"
        with pytest.raises(NotAllowedError, match="视为受理"):
            do(core, RequestSupplement(case_id, (Defect(what="缺四至图"),)))
        with pytest.raises(NotAllowedError, match="岗位"):
            do(core, ConfirmDeemed(case_id, "断网"))
    leader_acts(town, case_id)


def leader_acts(town: Township, case_id: str) -> None:
    """The leader's act is signed here, takes effect at the centre, and comes back the same."""
    with town.counter(LEADER) as core:
        do(core, ConfirmDeemed(case_id, "断网五天，没有答复，按视为受理办理"))
        here = shown(core, case_id).case
        assert (here.state, here.due_kind) == (CaseState.DEEMED, "promise")
        assert here.life.accept_day[:10] == "2026-09-18", "since the day of receipt"
        on(town, 28)  # the line is back on Monday
        assert [result.status for result in town.push(core)] == ["applied", "applied"]
        town.pull(core)
        there = shown(core, case_id).case
        assert there.rev > 0
        assert (there.state, there.life.accept_day[:10]) == (CaseState.DEEMED, "2026-09-18")
        assert (there.promise_due, there.due_kind) == (here.promise_due, "promise")
