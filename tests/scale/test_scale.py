# SPDX-License-Identifier: MulanPSL-2.0
"""A hundred counters come back within a second: none lost, none doubled, none starved (§9)."""

from __future__ import annotations

import pytest

from tests.scale import sizing
from tests.scale.outage import Outage, run


@pytest.mark.slow
def test_a_hundred_counters_come_back_at_once() -> None:
    # One place, so that a fast machine is crowded too.
    outage = Outage(devices=100, most_ops=8, within_s=0.2, window_s=2, give_up_s=60.0, pushes=1)
    figures = run(outage)
    assert figures["errors"] == {}
    assert figures["starved"] == 0
    assert figures["lost"] == figures["unsent"] == 0
    assert figures["statuses"] == {"applied": figures["ops"]}  # sent again: answered, not applied
    assert figures["told_later"] > 0  # it was a herd


def test_the_document_says_what_the_figures_say() -> None:
    written = sizing.DOCUMENT.read_text("utf-8")
    assert sizing.render(written, sizing.measured()) == written, "python -m tests.scale --render"
