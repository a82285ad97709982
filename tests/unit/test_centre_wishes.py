# SPDX-License-Identifier: MulanPSL-2.0
"""Policies of the centre: an old catalogue and an old program are said, nothing stops."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from counter.app.centre_wishes import centre_wishes
from tests.fakes.clock import CHINA

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=CHINA)
Records = dict[tuple[str, str], dict[str, Any]]


def codes(records: Records, program: str = "0.1.0") -> list[str]:
    found = centre_wishes(lambda kind, name: records.get((kind, name)), "2026.11", NOW, program)
    return [wish.code for wish in found]


def heard(days: float) -> dict[str, Any]:
    return {"centre_time": (NOW - timedelta(days=days)).isoformat()}


def test_the_catalogue_is_called_old_after_the_days_of_the_policy() -> None:
    assert codes({}) == []
    assert codes({("clock", "centre"): heard(30)}) == []
    assert codes({("clock", "centre"): heard(31)}) == ["CATALOG-OLD"]
    shorter: Records = {("policy", "catalogue"): {"age_days": 3}, ("clock", "centre"): heard(4.5)}
    assert codes(shorter) == ["CATALOG-OLD"]
    found = centre_wishes(lambda kind, name: shorter.get((kind, name)), "2026.11", NOW, "0.1.0")
    assert "2026.11" in found[0].words
    assert "4 天" in found[0].words


@pytest.mark.parametrize("value", [0, -1, "3", None, 10**9])
def test_a_policy_that_makes_no_sense_is_passed_over(value: object) -> None:
    odd: Records = {("policy", "catalogue"): {"age_days": value}, ("clock", "centre"): heard(4)}
    assert codes(odd) == []
    assert codes({("clock", "centre"): {"centre_time": "昨天"}}) == []


@pytest.mark.parametrize(
    ("minimum", "program", "old"),
    [("1.2", "1.2.0", False), ("1.10", "1.9.9", True), ("", "0.1", False), ("1.0", "1.0.1", False)],
)
def test_an_old_program_is_told_and_goes_on(minimum: str, program: str, old: bool) -> None:
    said = codes({("policy", "version"): {"minimum": minimum, "words": ""}}, program)
    assert said == (["PROGRAM-OLD"] if old else [])
