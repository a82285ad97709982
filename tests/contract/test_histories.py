# SPDX-License-Identifier: MulanPSL-2.0
"""The fault machine, steered by hypothesis: what it finds is shrunk to the shortest history."""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.faults.happenings import WEIGHTS
from tests.faults.histories import History, play
from tests.faults.world import Template

_numbers = itertools.count()
_place: list[Path] = []


@cache
def template() -> Template:
    return Template.make(_place[-1] / "template")


@pytest.fixture(autouse=True)
def place(tmp_path_factory: pytest.TempPathFactory) -> None:
    if not _place:
        _place.append(tmp_path_factory.mktemp("histories"))


class Machine(RuleBasedStateMachine):
    """Each rule is one step of ``History``; who is meant follows from the seed."""

    def __init__(self) -> None:
        super().__init__()
        place = _place[-1] / f"history{next(_numbers)}"
        self.history = History(template(), place, "hypothesis")

    @rule(name=st.sampled_from(sorted(WEIGHTS)))
    def one(self, name: str) -> None:
        self.history.step(name)
        assert self.history.violations == []

    @rule(name=st.sampled_from(["take", "push", "blobs", "pull", "supplement"]))
    def usual(self, name: str) -> None:
        self.history.step(name)
        assert self.history.violations == []

    def teardown(self) -> None:
        try:
            self.history.heal()
            assert self.history.violations == []
        finally:
            self.history.close()


@pytest.mark.slow
def test_no_history_breaks_a_promise() -> None:
    quick = settings(
        max_examples=3,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    run_state_machine_as_test(Machine, settings=quick)


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["slice-1", "slice-2", "slice-5"])
def test_a_longer_history_by_chance(seed: str, tmp_path: Path) -> None:
    tally = play(template(), tmp_path / "history", seed, 60)
    assert tally.violations == []
    assert tally.operations > 10
