# SPDX-License-Identifier: MulanPSL-2.0
"""A database rebuilt from the journal shows every case as its acts had left it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from counter.app.case_commands import RefuseReceipt
from counter.app.commands import (
    AcceptCase,
    Command,
    DraftRefusal,
    RequestSupplement,
    SupplementCase,
    WithdrawCase,
)
from counter.app.queries import RefusalRow
from counter.bootstrap.core import Core
from counter.domain.case import CaseState
from counter.domain.case_life import Defect
from counter.domain.materials import GivenMaterial
from counter.ports.storage import CaseRecord
from tests.fakes.hall import item
from tests.storage.site import LEADER, Site, do, enrolled, install, receive

GIVEN = GivenMaterial(key="photo", way="original_checked")
ASKED = (Defect(key="photo", what="照片太暗"), Defect(key="account.bank", what="开户行写错"))


def acts(case_id: str) -> dict[str, list[Command]]:
    """The acts of one case by the name of its story."""
    notice = RequestSupplement(case_id, ASKED)
    part, whole = (
        SupplementCase(case_id, (GIVEN,), "照片重拍"),
        SupplementCase(case_id, (), settled=("account.bank",)),
    )
    return {
        "notice": [notice],
        "part": [notice, part],
        "whole": [notice, part, whole],
        "tolerated": [AcceptCase(case_id)],
        "gap closed": [AcceptCase(case_id), SupplementCase(case_id, (GIVEN,))],
        "accepted": [notice, part, whole, AcceptCase(case_id)],
        "drafted": [DraftRefusal(case_id, "不属于本级", "示例依据", "县局窗口")],
        "withdrawn": [WithdrawCase(case_id, "不办了")],
    }


def everything(core: Core) -> tuple[dict[str, CaseRecord], list[RefusalRow]]:
    rows = core.execution.run(lambda: core.queries.cases(limit=50).rows)
    found = [core.execution.run(partial(core.queries.case, row.case_id)) for row in rows]
    cases = {detail.case.case_id: detail.case for detail in found if detail}
    return cases, core.execution.run(core.queries.refusals)


def filled(site: Site, core: Core) -> None:
    core.execution.run(lambda: install(core, item(offline_accept=True, duplicate_days=0)))
    for story in acts(""):
        case_id = receive(core).case_id
        for act in acts(case_id)[story]:
            site.clock.advance(3600)
            do(core, act)
    do(core, RefuseReceipt("allowance_80", "户籍不在本镇", "户籍所在镇便民服务中心", who="王某"))


def test_every_act_is_there_again(tmp_path: Path) -> None:
    site = enrolled(tmp_path / "home")
    site.clock.advance(86400)  # the next day's copy holds item and calendar
    with site.core(LEADER) as core:
        assert core.daily_copy()
        filled(site, core)
        before = everything(core)
    states = {case.state for case in before[0].values()}
    assert {CaseState.SUPPLEMENT, CaseState.SUPPLIED, CaseState.TOLERATED} <= states
    data = bytearray(site.paths.database.read_bytes())
    data[100:300] = b"x" * 200
    site.paths.database.write_bytes(data)
    with site.core(LEADER) as core:
        assert any("损坏" in words for words in core.reconcile_report)
        after = everything(core)
    assert after[1] == before[1]
    assert after[0].keys() == before[0].keys()
    for case_id, case in before[0].items():
        again = after[0][case_id]
        assert (again.state, again.due, again.due_kind) == (case.state, case.due, case.due_kind)
        assert again.life.model_copy(update={"notices": ()}) == case.life.model_copy(
            update={"notices": ()}
        )
        assert [n.defects for n in again.life.notices] == [n.defects for n in case.life.notices]
        assert again.body["materials"] == case.body["materials"]
