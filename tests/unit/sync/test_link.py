# SPDX-License-Identifier: MulanPSL-2.0
"""Backoff never gives up and never exceeds its cap; only a signed answer is a connection."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from sync.client.link import CAP_S, FIRST_S, Backoff, LanePolicy, LinkMonitor
from sync.client.outcomes import DeviceRefused, Offline, Portal, TlsClock


class Ticks:
    """A clock that stands still unless told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


chances = st.floats(0, 1, exclude_max=True)


@given(st.integers(0, 10**9), chances, st.floats(0, 1e12))
def test_delay_never_above_cap_nor_below_floor(failures: int, chance: float, floor: float) -> None:
    delay = Backoff().delay(failures, chance, floor)
    assert min(floor, CAP_S) <= delay <= CAP_S


@given(st.integers(1, 8), chances)
def test_delay_is_full_jitter_over_a_doubling_ceiling(failures: int, chance: float) -> None:
    assert Backoff().delay(failures, chance) == min(CAP_S, FIRST_S * 2 ** (failures - 1)) * chance


@given(
    st.integers(0, 2**32),
    st.lists(
        st.one_of(
            st.tuples(st.just("failed"), st.floats(0, 1e9)),
            st.tuples(st.just("succeeded"), st.floats(0, 1e9)),
            st.tuples(st.sampled_from(["wake", "press"]), st.just(0.0)),
        ),
        max_size=60,
    ),
)
def test_a_lane_never_stops(seed: int, story: list[tuple[str, float]]) -> None:
    clock = Ticks()
    policy = LanePolicy(random.Random(seed).random)
    for what, value in story:
        match what:
            case "failed":
                policy.failed(clock.now, value)
            case "succeeded":
                policy.succeeded(clock.now, value)
            case other:
                policy.wake(clock.now, person=other == "press")
        assert 0 <= policy.wait(clock.now) <= CAP_S + 1e-6
        clock.now += policy.wait(clock.now)
        assert policy.wait(clock.now) < 1e-6


def test_retry_after_is_a_floor_for_new_operations_but_not_for_a_person() -> None:
    policy = LanePolicy(lambda: 0.0)
    policy.failed(0.0, floor_s=120.0)
    policy.wake(1.0)
    assert policy.wait(1.0) == 119.0
    policy.wake(1.0, person=True)
    assert policy.wait(1.0) == 0.0


def test_success_forgets_failures() -> None:
    policy = LanePolicy(lambda: 0.999)
    for _ in range(40):
        policy.failed(0.0)
    assert policy.wait(0.0) > CAP_S * 0.99
    policy.succeeded(0.0, 0.0)
    policy.failed(0.0)
    assert policy.wait(0.0) < FIRST_S


def test_monitor_tells_the_line_is_back_once_and_keeps_since() -> None:
    clock, back = Ticks(), list[float]()
    monitor = LinkMonitor(clock, lambda: back.append(clock.now))
    monitor.failed(Offline("断"))
    clock.now += 30
    monitor.failed(Offline("断"))
    assert monitor.view().since == 1000.0
    monitor.verified(0.123)
    monitor.verified(0.1)
    assert back == [1030.0]
    assert (monitor.view().state, monitor.fresh()) == ("online", True)
    assert [s.rtt_ms for s in monitor.history()] == [None, None, 123, 100]
    clock.now += 61
    assert not monitor.fresh()


def test_monitor_names_what_is_wrong() -> None:
    monitor = LinkMonitor(Ticks(), lambda: None)
    for outcome, state in (
        (Portal("门户"), "blocked"),
        (DeviceRefused("停用"), "refused"),
        (TlsClock("时间"), "clock"),
        (Offline("断"), "offline"),
    ):
        monitor.failed(outcome)
        assert (monitor.view().state, monitor.view().words) == (state, outcome.words)


def test_doubt_asks_for_a_new_proof_but_says_nothing() -> None:
    monitor = LinkMonitor(Ticks(), lambda: None)
    monitor.verified(0.1)
    monitor.doubt()
    assert (monitor.view().state, monitor.fresh()) == ("online", False)
