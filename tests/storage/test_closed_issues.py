# SPDX-License-Identifier: MulanPSL-2.0
"""What a person closed holds up nothing any more: neither what waited for it nor what comes later."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter.app.case_commands import InformCitizen, TakeOverCase
from counter.app.commands import CloseIssue, WithdrawCase
from counter.bootstrap.core import Core
from counter.domain.operations import verify_operation
from counter.ports.sync_store import OutboxRow
from tests.storage.site import LEADER, Site, do, enrolled, receive
from tests.storage.test_sync_store import result


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return enrolled(tmp_path / "home")


def settle(core: Core, op_id: str, status: str, **more: object) -> None:
    core.execution.run(lambda: core.sync_store.settle([result(op_id, status, **more)]))


def rows(core: Core) -> dict[int, OutboxRow]:
    found = core.execution.run(lambda: core.sync_store.numbered(1, range(1, 20)))
    return {row.seq: row for row in found}


def test_what_waited_for_a_refused_receipt_goes_once_the_leader_closed_it(site: Site) -> None:
    with site.core(LEADER) as core:
        receipt = receive(core)
        do(core, WithdrawCase(receipt.case_id, "不办了"))
        settle(core, receipt.op_id, "rejected", code="closed", message="不予办理")
        assert rows(core)[2].state == "WAIT_DEP"  # the receipt may still be corrected
        do(core, InformCitizen(receipt.op_id, "电话", ""))
        do(core, CloseIssue(receipt.op_id, "已告知本人"))
        assert rows(core)[2].state == "QUEUED"


def test_what_is_done_after_a_closed_conflict_does_not_depend_on_it(site: Site) -> None:
    with site.core() as core:
        receipt = receive(core)
        do(core, WithdrawCase(receipt.case_id, "不办了"))
        settle(core, receipt.op_id, "applied")
        settle(core, rows(core)[2].op_id, "conflict", code="state", message="中心已受理")
        do(core, CloseIssue(rows(core)[2].op_id, "照中心的办"))
        do(core, TakeOverCase(receipt.case_id, "本人来问"))
        row = rows(core)[3]
        op = verify_operation(row.jws, core.identity.key.public_hex)
        assert (row.state, op.depends_on) == ("QUEUED", (receipt.op_id,))
