# SPDX-License-Identifier: MulanPSL-2.0
"""Pages over a line that breaks: what arrived is never sent again."""

from __future__ import annotations

import random

from sync.client.engine.blobs import BlobEngine
from sync.client.outcomes import LineError
from tests.contract.client.counter import Counter, wait_until
from tests.contract.client.running import RunningHub
from tests.fakes.proxy import BadLine

HEADS = 1600  # bytes of request line and headers of one signed request, at most


def photo(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


def drive(engine: BlobEngine, limit: int = 400) -> int:
    """Step until nothing is left; return how many steps broke."""
    broken = 0
    for _ in range(limit):
        try:
            if not engine.step().more:
                return broken
        except LineError:
            broken += 1
    raise AssertionError("never came to an end")


def test_pages_arrive_whole(hub: RunningHub, counter: Counter) -> None:
    ids = [counter.store.add_blob(photo(150_000, n)) for n in range(3)]
    worker = counter.start()
    assert wait_until(lambda: not counter.store.jobs), worker.status
    assert [hub.blob(i) for i in ids] == [counter.store.blobs[i] for i in ids]
    assert wait_until(lambda: worker.status.counts.pages_pending == 0)


def test_a_blob_that_is_there_is_not_sent_again(hub: RunningHub, counter: Counter) -> None:
    data = photo(50_000, 77)
    counter.store.add_blob(data)
    drive(BlobEngine(counter.kit()))
    counter.store.add_blob(data)
    again = BlobEngine(counter.kit())
    drive(again)
    assert (again.counters.already_there, again.counters.chunks) == (1, 0)


def test_a_line_cut_every_60_kb_delivers_with_at_most_a_chunk_lost_a_cut(
    hub: RunningHub, counter: Counter, line: BadLine
) -> None:
    """L2, and bugs 5 and 14 of protocol §13."""
    size = 900_000
    blob_id = counter.store.add_blob(photo(size, 5))
    line.plan(cut_up=60_000, times=200)
    engine = BlobEngine(counter.kit())
    cuts = drive(engine)
    assert hub.blob(blob_id) == counter.store.blobs[blob_id]
    requests = engine.counters.chunks + 2 * cuts + 3
    waste = line.bytes_up - size - requests * HEADS
    largest = 64 * 1024
    assert cuts >= 900_000 // 60_000 - 1
    assert waste <= cuts * largest
    assert line.bytes_up <= size * 1.9, (line.bytes_up, cuts)


def test_a_restart_in_mid_upload_goes_on_where_it_was(
    hub: RunningHub, counter: Counter, line: BadLine
) -> None:
    data = photo(600_000, 6)
    blob_id = counter.store.add_blob(data)
    first = BlobEngine(counter.kit())
    for _ in range(3):
        first.step()
    done = counter.store.jobs[blob_id].offset
    assert 0 < done < len(data)
    before = line.bytes_up
    second = BlobEngine(counter.kit())
    drive(second)
    assert hub.blob(blob_id) == data
    sent = line.bytes_up - before
    assert sent <= len(data) - done + (second.counters.chunks + 3) * HEADS


def test_a_lost_page_is_told_and_the_others_go_on(hub: RunningHub, counter: Counter) -> None:
    lost = counter.store.add_blob(photo(20_000, 8))
    good = counter.store.add_blob(photo(20_000, 9))
    del counter.store.blobs[lost]
    drive(BlobEngine(counter.kit()))
    assert counter.store.blob_errors == {lost: "BLOB-LOST"}
    assert hub.blob(good) is not None


def test_a_page_with_other_content_starts_again_once_then_is_shown(
    hub: RunningHub, counter: Counter
) -> None:
    data = photo(40_000, 10)
    blob_id = counter.store.add_blob(data)
    counter.store.blobs[blob_id] = photo(40_000, 11)
    drive(BlobEngine(counter.kit()))
    assert counter.store.blob_errors == {blob_id: "HASH"}
    assert hub.blob(blob_id) is None


def test_required_pages_with_the_nearest_deadline_go_first(
    hub: RunningHub, counter: Counter
) -> None:
    loose = counter.store.add_blob(photo(9_000, 20), required=False)
    late = counter.store.add_blob(photo(9_000, 21), deadline="2026-12-31")
    soon = counter.store.add_blob(photo(9_000, 22), deadline="2026-11-23")
    engine, order = BlobEngine(counter.kit()), []
    while counter.store.jobs:
        before = set(counter.store.jobs)
        engine.step()
        order += sorted(before - set(counter.store.jobs))
    assert order == [soon, late, loose]


def test_a_broken_page_lane_delays_neither_operations_nor_pull(
    hub: RunningHub, counter: Counter
) -> None:
    """Bug 13 of protocol §13: a page that cannot go blocks nothing else."""
    blob_id = counter.store.add_blob(photo(30_000, 30))
    counter.store.blobs[blob_id] = photo(30_000, 31)
    counter.start()
    op = counter.note()
    assert wait_until(lambda: counter.applied([op]))
    assert wait_until(lambda: counter.store.cursor() != "")
