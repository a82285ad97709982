# SPDX-License-Identifier: MulanPSL-2.0
"""Rights as of the act and as of now (sync-protocol §4 step 5, §8)."""

from __future__ import annotations

import pytest

from counter.domain.operations import Operation
from sync.hub import rules
from sync.hub.storage.halls import OperatorState
from tests.fakes.device import FakeDevice


def state(since: str, *roles: str, active: bool = True) -> OperatorState:
    return OperatorState("7K2QM-1", 1, since, "7K2QM", "某某", "1", roles, active)


def act(wall: str, clock: str = "ok") -> Operation:
    device = FakeDevice("http://127.0.0.1", device_id="device-1")
    time = {"wall": wall, "boot_id": "b", "mono_ms": 1, "clock": clock}
    return device.operation("case.received", "case-0001", {}, time=time)


SINCE, THEN, LATER = (f"2026-0{month}-01T09:00:00+08:00" for month in (1, 3, 5))
BETWEEN = "2026-04-01T09:00:00+08:00"


@pytest.mark.parametrize(
    ("history", "op", "allowed"),
    [
        ([], act(BETWEEN), False),
        ([state(SINCE, "clerk")], act(BETWEEN), True),
        ([state(SINCE, "guide")], act(BETWEEN), False),
        ([state(SINCE, "clerk"), state(LATER, "clerk", active=False)], act(BETWEEN), False),
        ([state(SINCE, "clerk", active=False), state(LATER, "clerk")], act(BETWEEN), False),
        ([state(SINCE, "clerk", active=False), state(THEN, "clerk")], act(BETWEEN), True),
        # A clock years behind: nobody can sign in before the centre knows the name.
        ([state(SINCE, "clerk")], act("2001-01-01T00:00:00+08:00"), True),
        # A doubtful clock cannot say when it was.
        ([state(SINCE, "guide"), state(LATER, "clerk")], act(BETWEEN, "doubtful"), True),
        ([state(SINCE, "clerk")], act("yesterday"), True),
    ],
)
def test_rights_then_and_now(history: list[OperatorState], op: Operation, allowed: bool) -> None:
    assert rules.may_act(history, op) is allowed
