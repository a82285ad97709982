# SPDX-License-Identifier: MulanPSL-2.0
"""接手, 交回 at the counter: an operation each, the state of the case untouched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from counter.app.case_commands import GiveBackCase, TakeOverCase
from counter.app.commands import WithdrawCase
from counter.domain.errors import DomainError, NotAllowedError
from tests.unit.test_case_commands import case, received


def test_taking_over_and_giving_back_are_operations_and_later_work_builds_on_them() -> None:
    hall, case_id = received()
    before = case(hall, case_id)
    taken = hall.do(TakeOverCase(case_id, "小王请假")).value
    hall.do(WithdrawCase(case_id, "不办了"))
    ops = [op for op, *_ in hall.store.tables.ops]
    assert [op.kind for op in ops] == ["case.received", "case.taken_over", "case.withdrawn"]
    assert ops[1].op_id == taken
    assert ops[2].depends_on == (taken,)
    assert ops[1].body == {"reason": "小王请假", "done_at": ops[1].body["done_at"]}
    assert before.state == "received"
    hall.do(GiveBackCase(case_id, "小王回来了"))
    assert [e.what for e in hall.store.tables.events][-1] == "交回"


def test_only_the_holder_gives_back_and_a_reason_is_asked() -> None:
    hall, case_id = received()
    with pytest.raises(DomainError, match="REASON"):
        hall.do(TakeOverCase(case_id, " "))
    other = replace(case(hall, case_id), centre={"lease": {"device_id": "another", "fence": 2}})
    hall.store.tables.cases[case_id] = other
    with pytest.raises(NotAllowedError, match="LEASE-OTHER"):
        hall.do(GiveBackCase(case_id, "不办了"))
