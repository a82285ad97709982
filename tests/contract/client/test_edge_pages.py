# SPDX-License-Identifier: MulanPSL-2.0
"""Pages over an edge host: kept while the line is down, at the centre by the centre's word alone."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from counter.domain.canonical import sha256_hex
from sync.client.engine.blobs import BlobEngine
from sync.client.outcomes import LineError, ServerBusy
from sync.edge.pages import PageStore
from sync.hub.handlers.enrol import new_code
from sync.hub.handlers.training import HALL
from sync.protocol.edge import EDGE_WINDOW
from tests.contract.client.counter import Counter, wait_until
from tests.contract.client.running import RunningHub
from tests.fakes.edge import RunningEdge
from tests.fakes.proxy import BadLine

pytestmark = pytest.mark.slow


def photo(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.fixture
def edge(hub: RunningHub, counter: Counter, tmp_path: Path) -> Iterator[RunningEdge]:
    """The edge host of the hall, and the counter talks to it."""
    code = new_code(hub.centre, HALL.hall_code, EDGE_WINDOW)
    with RunningEdge(tmp_path / "edge", hub.url, code) as one:
        counter.url = one.url
        yield one


def drive(counter: Counter, engine: BlobEngine | None = None, limit: int = 200) -> BlobEngine:
    """Step until nothing can be done at once, waiting for nothing."""
    mine = engine or BlobEngine(counter.kit())
    for _ in range(limit):
        if not mine.step().more:
            return mine
    raise AssertionError("never came to an end")


def waiting(edge: RunningEdge) -> int:
    return edge.host.pages.figures().waiting


def test_a_page_travels_over_the_host_and_counts_by_the_centres_word(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    blob_id = counter.store.add_blob(photo(300_000, 1))
    drive(counter)
    assert waiting(edge) == 1  # taken on the hall's own network, whatever the line is like
    assert counter.store.jobs[blob_id].offset == 300_000
    assert hub.blob(blob_id) is None
    edge.forward()
    assert hub.blob(blob_id) == counter.store.blobs[blob_id]
    again = drive(counter)
    assert not counter.store.jobs
    assert again.counters.chunks == 0


def test_pages_are_kept_while_the_line_is_down(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    """Line down: kept, never done. Line up for the host alone: its receipt is the centre's."""
    edge.line(up=False)
    ids = [counter.store.add_blob(photo(90_000, 10 + n)) for n in range(3)]
    drive(counter)
    assert waiting(edge) == 3
    assert set(counter.store.jobs) == set(ids)
    drive(counter)
    assert set(counter.store.jobs) == set(ids)
    edge.line(up=True)
    edge.forward()
    assert waiting(edge) == 0
    edge.line(up=False)
    drive(counter)
    assert not counter.store.jobs
    assert [hub.blob(one) for one in ids] == [counter.store.blobs[one] for one in ids]


def test_a_host_that_says_the_page_is_there_is_not_believed(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    """Receipts of another page, of the host's own key, or none: the page stays to be sent."""
    edge.line(up=True)
    other = counter.store.add_blob(photo(20_000, 20))
    drive(counter)
    edge.forward()
    drive(counter)
    blob_id = counter.store.add_blob(photo(20_000, 21))
    edge.line(up=False)
    drive(counter)
    (held,) = [edge.host.pages.find(counter.facts.device_id, url.rpartition("/")[2])
               for url in (counter.store.jobs[blob_id].upload_url,)]  # fmt: skip
    assert held is not None
    row = (
        sqlite3.connect(edge.host.pages._path)
        .execute("SELECT receipt FROM pages WHERE blob_id = ?", (other,))
        .fetchone()
    )
    for forged in (row[0], "yc", ""):
        edge.host.pages.keep_receipt(blob_id, forged)
        drive(counter)
        assert blob_id in counter.store.jobs


def test_host_and_counter_restarted_in_mid_upload(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    edge.line(up=False)
    data = photo(600_000, 30)
    blob_id = counter.store.add_blob(data)
    first = BlobEngine(counter.kit())
    for _ in range(3):
        first.step()
    done = counter.store.jobs[blob_id].offset
    assert 0 < done < len(data)
    edge.restart()
    second = drive(counter)
    assert second.counters.wasted == 0
    assert counter.store.jobs[blob_id].offset == len(data)
    assert waiting(edge) == 1
    edge.line(up=True)
    edge.forward()
    drive(counter)
    assert not counter.store.jobs
    assert hub.blob(blob_id) == data


def test_the_host_goes_on_where_a_cut_of_the_outside_line_left_it(
    hub: RunningHub, counter: Counter, tmp_path: Path
) -> None:
    """Cut every 60 KB, and restarted now and then: all arrives, at most a chunk is lost a cut."""
    parts = urlsplit(hub.url)
    code = new_code(hub.centre, HALL.hall_code, EDGE_WINDOW)
    with (
        BadLine(str(parts.hostname), int(parts.port or 0)) as outside,
        RunningEdge(tmp_path / "edge", outside.url, code) as edge,
    ):
        counter.url = edge.url
        data = photo(500_000, 40)
        blob_id = counter.store.add_blob(data)
        drive(counter)
        before, cuts = outside.bytes_up, 0
        outside.plan(cut_up=60_000, times=400)
        while waiting(edge) and cuts < 60:
            try:
                edge.forward()
            except LineError:
                cuts += 1
                if cuts % 3 == 0:
                    edge.restart()
        assert cuts > 500_000 // 60_000
        assert hub.blob(blob_id) == data
        assert outside.bytes_up - before < len(data) + (cuts + 2) * (64 * 1024 + 16_000)


def test_a_full_host_says_so_and_the_line_still_carries(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    edge.host.pages._budget = 100_000
    first = counter.store.add_blob(photo(90_000, 50))
    edge.line(up=False)
    drive(counter)
    second = counter.store.add_blob(photo(90_000, 51))
    with pytest.raises(LineError) as told:
        drive(counter)
    assert isinstance(told.value.outcome, ServerBusy)
    assert told.value.outcome.detail == "edge_full"
    assert "磁盘" in told.value.outcome.words
    edge.line(up=True)
    drive(counter)  # what the host cannot keep goes straight on
    assert hub.blob(second) is not None
    assert second not in counter.store.jobs
    edge.forward()  # and what the centre has makes room
    edge.line(up=False)
    third = counter.store.add_blob(photo(90_000, 52))
    drive(counter)
    assert counter.store.jobs[third].offset == 90_000
    assert hub.blob(first) is not None


def test_a_lost_or_replaced_host_loses_no_page(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    edge.line(up=False)
    ids = [counter.store.add_blob(photo(40_000, 60 + n)) for n in range(2)]
    drive(counter)
    counter.url = hub.url  # the machine burnt; the counter goes to the centre itself
    drive(counter)
    assert not counter.store.jobs
    assert [hub.blob(one) for one in ids] == [counter.store.blobs[one] for one in ids]
    edge.line(up=True)
    edge.forward()  # it was not burnt after all
    assert waiting(edge) == 0


def test_the_same_page_of_two_windows_is_kept_and_forwarded_once(
    hub: RunningHub, counter: Counter, edge: RunningEdge, tmp_path: Path
) -> None:
    other = Counter(hub.another_device(), edge.url, tmp_path / "other")
    edge.forward()
    edge.line(up=False)
    data = photo(80_000, 70)
    for one in (counter, other):
        one.store.add_blob(data)
        drive(one)
    figures = edge.host.pages.figures()
    assert (figures.waiting, figures.used) == (1, 80_000)
    edge.line(up=True)
    edge.forward()
    for one in (counter, other):
        drive(one)
        assert not one.store.jobs
    other.close()


def test_the_worker_sends_pages_to_the_host_meanwhile(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    edge.line(up=False)
    blob_id = counter.store.add_blob(photo(50_000, 80))
    worker = counter.start()
    assert wait_until(lambda: waiting(edge) == 1, 20)
    assert blob_id in counter.store.jobs
    edge.line(up=True)
    edge.forward()
    assert wait_until(lambda: not counter.store.jobs, 30), worker.status


def test_what_lies_on_the_host_cannot_be_read_without_its_key(
    counter: Counter, edge: RunningEdge, tmp_path: Path
) -> None:
    edge.line(up=False)
    page = "王秀兰的身份证 990123194603081234".encode() * 200
    counter.store.add_blob(page)
    drive(counter)
    assert edge.host.pages.blob_reader(sha256_hex(page)).read(0, len(page)) == page
    edge.stop()
    for path in (tmp_path / "edge").iterdir():
        assert "王秀兰".encode() not in path.read_bytes(), path.name
    edge.begin()


def test_only_what_the_centre_has_is_swept(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    edge.line(up=False)
    blob_id = counter.store.add_blob(photo(30_000, 90))
    drive(counter)
    pages: PageStore = edge.host.pages
    pages.sweep("9999", "9999")
    assert pages.figures().waiting == 1
    edge.line(up=True)
    edge.forward()
    pages.sweep("9999", "9999")
    assert pages.figures().used == 0
    drive(counter)  # the centre's own word, for the host has nothing any more
    assert blob_id not in counter.store.jobs


def test_a_centre_that_lost_a_page_gets_it_again(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    """A receipt from before the centre was put back from a backup stands for nothing."""
    data = photo(30_000, 95)
    blob_id = counter.store.add_blob(data)
    drive(counter)
    edge.forward()
    drive(counter)
    for dropped in (False, True):
        if dropped:
            edge.host.pages.sweep("9999", "")
        hub.forget_blob(blob_id)
        counter.store.add_blob(data)
        drive(counter)
        assert hub.blob(blob_id) is None
        assert blob_id in counter.store.jobs
        edge.forward()
        drive(counter)
        assert hub.blob(blob_id) == data
        assert not counter.store.jobs
