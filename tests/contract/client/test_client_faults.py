# SPDX-License-Identifier: MulanPSL-2.0
"""When something in a lane itself breaks, or the program ends in mid work."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from counter.ports.sync_store import BlobJob
from tests.contract.client.counter import Counter, wait_until
from tests.contract.client.running import RunningHub
from tests.fakes.proxy import BadLine
from tests.fakes.sync_store import FakeStore


class BrokenBlobs(FakeStore):
    """A store whose blob table cannot be read."""

    def blob_jobs(self, limit: int) -> list[BlobJob]:
        raise RuntimeError("王秀英 110101…")


@pytest.mark.expected_log(r"counter.sync: lane blobs: RuntimeError$")
def test_a_bug_in_one_lane_is_logged_by_class_and_stops_no_other(
    hub: RunningHub, line: BadLine, tmp_path: Path
) -> None:
    one = Counter(hub.another_device(), line.url, tmp_path, store=BrokenBlobs())
    try:
        ops = [one.note()]
        worker = one.start()
        assert wait_until(lambda: one.applied(ops))
        assert wait_until(lambda: any(lane.code == "BUG" for lane in worker.status.lanes))
        more = [one.note()]
        worker.kick()
        assert wait_until(lambda: one.applied(more))
    finally:
        one.close()


def test_stop_ends_a_request_that_hangs(counter: Counter, line: BadLine) -> None:
    """After stop no thread remains, even while the centre is silent."""
    line.always(delay_s=30.0)
    counter.note()
    worker = counter.start()
    assert wait_until(lambda: line.connections > 0)
    time.sleep(0.1)
    started = time.monotonic()
    assert worker.stop()
    assert time.monotonic() - started < 3
    assert not [t.name for t in threading.enumerate() if t.name.startswith("sync-")]


def test_a_worker_killed_in_mid_work_leaves_the_next_one_a_clean_queue(
    hub: RunningHub, counter: Counter, line: BadLine
) -> None:
    ops = [counter.note() for _ in range(40)]
    blob_id = counter.store.add_blob(bytes(range(256)) * 2000)
    for _ in range(6):
        worker = counter.start()
        wait_until(lambda: counter.store.results != [], 0.05)
        line.cut_now()
        assert worker.stop()
    counter.start()
    assert wait_until(lambda: counter.applied(ops) and not counter.store.jobs)
    assert [hub.effects(op.op_id) for op in ops] == [1] * 40
    assert hub.blob(blob_id) is not None


def test_a_line_that_only_lets_pings_pass_is_no_storm(counter: Counter, line: BadLine) -> None:
    """A proxy that answers GET and breaks POST: lanes must not wake each other in a circle."""
    counter.chance = lambda: 0.3
    counter.store.add_blob(bytes(range(200)) * 100)
    counter.note()
    for _ in range(300):
        line.plan(cut_up=900)
    worker = counter.start()
    time.sleep(2.0)
    assert line.connections < 40
    assert worker.status.counts.local_only == 1
