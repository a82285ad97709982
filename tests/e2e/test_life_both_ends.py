# SPDX-License-Identifier: MulanPSL-2.0
"""The counter's own memory of a case and the centre's: ahead while offline, the same after pull."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from counter.app.case_commands import RefuseReceipt
from counter.app.commands import AcceptCase, RequestSupplement, SupplementCase
from counter.bootstrap.core import Core
from counter.domain.case import CaseState
from counter.domain.case_life import Defect
from counter.domain.errors import NotAllowedError
from counter.domain.materials import GivenMaterial
from counter.ports.storage import CaseRecord
from sync.hub.handlers import backoffice, refusals
from tests.fakes.clock import CHINA
from tests.fakes.hall import item
from tests.fakes.township import Township
from tests.faults import paths
from tests.storage.site import do, receive

FRIDAY = datetime(2026, 9, 18, 10, 0, tzinfo=CHINA)
DAY = 86400
PHOTO = GivenMaterial(key="photo", way="original_checked")
NOTICE = (Defect(key="photo", what="照片太暗"), Defect(key="account.bank", what="开户行写错"))


@pytest.fixture
def town(tmp_path: Path) -> Township:
    """A town that lets the counter accept."""
    made = Township(tmp_path, FRIDAY, item(offline_accept=True))
    calendar = paths.calendar()
    body = calendar.model_dump(mode="json", by_alias=True)
    made.publish(("calendar", "CN", calendar.version, body))
    with made.counter() as core:
        made.pull(core)
    return made


def case(core: Core, case_id: str) -> CaseRecord:
    found = core.execution.run(lambda: core.queries.case(case_id))
    assert found is not None
    return found.case


def steps(core: Core, case_id: str) -> list[tuple[str, str]]:
    """Return what stands in the timeline, with the place."""
    found = core.execution.run(lambda: core.queries.case(case_id))
    assert found is not None
    return [(event.what, event.where) for event in found.events]


def test_offline_acts_are_remembered_and_the_centre_says_the_same(town: Township) -> None:
    with town.counter() as core:
        case_id = receive(core).case_id
        do(core, RequestSupplement(case_id, NOTICE, due="2026-10-16"))
        do(core, SupplementCase(case_id, (PHOTO,)))
        town.site.clock.advance(3 * DAY)
        do(core, SupplementCase(case_id, (), settled=("account.bank",)))
        again = RequestSupplement(case_id, (Defect(key="id_card", what="缺反面"),))
        with pytest.raises(NotAllowedError) as refused:
            do(core, again)
        assert refused.value.code == "CASE-SECOND"
        town.site.clock.advance(DAY)
        do(core, AcceptCase(case_id))
        here = case(core, case_id)
        assert (here.rev, here.state) == (0, CaseState.ACCEPTED)
        assert here.life.accept_day[:10] == "2026-09-21"
        assert {result.status for result in town.push(core)} == {"applied"}
        # The results are here, the row is not: the counter's own memory still counts.
        assert case(core, case_id).life == here.life
        town.pull(core)
        there = case(core, case_id)
        assert there.rev > 0
        assert (there.state, there.promise_due) == (here.state, here.promise_due)
        assert there.life.model_dump() == here.life.model_dump()


def test_the_timeline_has_each_step_once_and_where_it_was_done(town: Township) -> None:
    with town.counter() as core:
        case_id = receive(core).case_id
        do(core, RequestSupplement(case_id, NOTICE, due="2026-10-16"))
        before = steps(core, case_id)
        town.push(core)
        town.pull(core)
        assert steps(core, case_id) == before, "what this counter did is told once"
        town.site.clock.advance(60)
        backoffice.act(town.centre, case_id, "withdraw", reason="本人打电话不办了")
        town.pull(core)
        assert steps(core, case_id) == [*before, ("本人撤回", "中心")]


def test_the_list_of_refusals_is_that_of_the_hall(town: Township) -> None:
    with town.counter() as core:
        receipt = receive(core)
        do(core, RefuseReceipt("allowance_80", "户籍不在本镇", "户籍所在镇", who="王某某"))
        [row] = core.execution.run(core.queries.refusals)
        assert (row.act_word, row.who, row.sent) == ("不予收件", "王*某", False)
        town.push(core)
        town.site.clock.advance(60)
        backoffice.act(town.centre, receipt.receipt_no, "not_accept", reason="不属于本级")
        town.pull(core)
        new, old = core.execution.run(core.queries.refusals)
        assert (new.act_word, new.receipt_no) == ("不予受理", receipt.receipt_no)
        assert (old.act_word, old.sent) == ("不予收件", True)
    told = refusals.refusals(town.centre)
    assert {fact["act"] for fact in told} == {"not_received", "not_accept"}
    assert told[0]["who"] == "王某某"
