# SPDX-License-Identifier: MulanPSL-2.0
"""Words and numbers of the line: cost, time-outs, chunk sizes, the lock."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter.domain.errors import KnownError
from counter.ports.sync_store import QueueCounts
from sync.client.engine.chunks import LARGEST, SMALLEST, ChunkSize
from sync.client.lock import SyncLock
from sync.client.meter import Meter
from sync.client.status import cost_words, repairs


def counts(ops: int, pages: int, size: int) -> QueueCounts:
    return QueueCounts(ops, pages, size, 0, 0, 0, "")


@pytest.mark.parametrize(
    ("queue", "speed", "words"),
    [
        (counts(0, 0, 0), 5000.0, "没有要传的"),
        (counts(0, 3, 880_000), 5000.0, "图片 3 页约 3 分钟（0.9 MB）"),
        (counts(2, 5, 400_000), 0.0, "文字 2 件（2 KB），图片 5 页（0.4 MB）"),
        (counts(1, 0, 0), 50_000.0, "文字 1 件不到 1 分钟（1 KB）"),
        (
            counts(14, 900, 90_000_000),
            4000.0,
            "文字 14 件不到 1 分钟（11 KB），图片 900 页约 6.2 小时（90.0 MB）",
        ),
    ],
)
def test_cost_is_said_in_words(queue: QueueCounts, speed: float, words: str) -> None:
    assert cost_words(queue, speed) == words


def test_timeouts_follow_size_and_speed() -> None:
    meter = Meter()
    assert meter.timeout(0) == 25.0
    assert meter.timeout(40_000) == 25.0 + 1.5 * 10
    meter.sent(100_000, 1.0)
    assert meter.timeout(100_000) == pytest.approx(26.5)
    meter.sent(100, 100.0)
    assert meter.traffic().up_speed == 100_000.0, "a small request tells nothing of the speed"


def test_an_accident_does_not_stretch_the_timeout_to_hours() -> None:
    meter = Meter()
    meter.sent(5000, 100_000.0)
    assert meter.timeout(64 * 1024) < 300


@given(
    st.lists(st.one_of(st.just("ok"), st.integers(SMALLEST, LARGEST)), max_size=80),
    st.floats(0, 1e9),
)
def test_chunks_stay_between_16_kib_and_1_mib(story: list[str | int], speed: float) -> None:
    chunk = ChunkSize()
    for what in story:
        if isinstance(what, int):
            chunk.broke(what)
        else:
            chunk.arrived()
        assert SMALLEST <= chunk.size(speed) <= LARGEST


def test_a_good_line_reaches_large_chunks_and_a_slow_one_small_ones() -> None:
    chunk = ChunkSize()
    for _ in range(5):
        chunk.arrived()
    assert chunk.size(10_000_000.0) == LARGEST
    assert chunk.size(4000.0) == 30_000
    assert chunk.size(100.0) == SMALLEST


def test_the_lock_is_one_per_device_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "sync.lock"
    first, second = SyncLock(path), SyncLock(path)
    first.take()
    with pytest.raises(KnownError) as caught:
        second.take()
    assert caught.value.code == "SYNC-TWICE"
    first.release()
    second.take()
    second.release()


def test_what_was_put_right_by_itself_is_told() -> None:
    assert repairs(0, 0) == ()
    (renewed,) = repairs(1, 0)
    assert "凭证有效" in renewed
    assert "复制过" in renewed
    (resent,) = repairs(0, 3)
    assert "缺了已经报过的 3 笔" in resent
    assert "不用重做" in resent
