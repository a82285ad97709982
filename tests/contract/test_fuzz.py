# SPDX-License-Identifier: MulanPSL-2.0
"""A short slice of the fuzzing part, and that it can find something."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults import fuzz


@pytest.mark.slow
def test_spoilt_input_is_borne(tmp_path: Path) -> None:
    figures = fuzz.run(tmp_path / "fuzz", inputs=220, seconds=60, seed=4)
    assert figures["what"] == []
    assert figures["inputs"] == 220


def test_a_crash_is_counted_with_its_seed() -> None:
    tally = fuzz.Tally()

    def fragile(rng: random.Random) -> None:
        raise KeyError(rng.random())

    fuzz._one("fragile", fragile, "7", tally)
    assert tally.figures()["crashes"] == 1
    assert tally.crashes[0].startswith("fragile 7: KeyError")
