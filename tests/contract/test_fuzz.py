# SPDX-License-Identifier: MulanPSL-2.0
"""A short slice of the fuzzing part, and that it can find something."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from pathlib import Path

import pytest

from sync.client.outcomes import LineError
from tests.faults import fuzz, properties
from tests.faults.world import Template, World


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


@pytest.mark.slow
@pytest.mark.parametrize("missing", [[10**30], [-1], list(range(1, 40_000))])
def test_numbers_no_database_can_hold_end_no_sending(tmp_path: Path, missing: list[int]) -> None:
    """Found at 50,000 inputs: one digit more in ``missing_seq``, and the round of sending ended."""
    world = World(Template.make(tmp_path / "template"), tmp_path / "world", "fuzz", plain=True)
    try:
        site = world.sites[0]
        site.keeper.settle()
        world.keep(site.receive(0))
        tails: list[int] = []

        def garble(body: bytes) -> bytes:
            tails.append(body.count(b'"tail":{'))
            told = json.dumps(missing).encode()
            return body.replace(b'"tail":{', b'"tail":{"missing_seq":' + told + b",")

        site.wire.garble = garble
        with suppress(LineError):
            site.push.step()
        site.wire.garble = None
        assert tails == [1]
        first = {row.state for row in properties.outbox(site).values()}
        assert first == {"APPLIED"}, "what the centre signed counts, whatever stands behind it"
        world.keep(site.receive(0))
        site.push.step()
        assert {row.state for row in properties.outbox(site).values()} == {"APPLIED"}
    finally:
        world.close()
