# SPDX-License-Identifier: MulanPSL-2.0
"""Three lanes over one slow line: text first, pages between, nothing held up for long."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from functools import partial

from sync.client.engine.blobs import BlobEngine
from sync.client.engine.chunks import SECONDS_A_CHUNK
from sync.client.manners import LineWish
from sync.client.outcomes import LineError
from sync.hub.handlers import policies, training
from tests.contract.client.counter import Counter, wait_until
from tests.contract.client.running import RunningHub
from tests.fakes.proxy import BadLine

RATE = 40_000.0  # ten times 32 kbit/s: the same story in a tenth of the time


def photo(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


def test_waiting_operations_go_before_any_page(
    hub: RunningHub, counter: Counter, line: BadLine
) -> None:
    line.rate, line.round_trip_s = RATE, 0.06
    page = counter.store.add_blob(photo(120_000, 1))
    ops = [counter.note() for _ in range(120)]
    counter.start()
    assert wait_until(lambda: counter.store.jobs[page].offset > 0 or counter.applied(ops), 40)
    assert counter.applied(ops), "a page travelled while operations waited"
    assert wait_until(lambda: not counter.store.jobs, 40)


def test_on_a_slow_line_the_next_batch_does_not_wait_for_the_last_answer(
    hub: RunningHub, counter: Counter, line: BadLine
) -> None:
    """Two connections of one lane; every operation takes effect once, cut or not."""
    line.rate, line.round_trip_s = 12_000.0, 0.1
    engine = counter.push_engine()
    ops = [counter.note() for _ in range(60)]
    engine.step()  # learns how slow it is
    connections = line.connections
    ops += [counter.note() for _ in range(120)]
    while not counter.applied(ops):
        with suppress(LineError):
            engine.step()
        if line.connections > connections:
            line.cut_now()  # once, in mid air or between
            connections = 1 << 30
    assert connections == 1 << 30, "there was a second connection"
    assert {hub.effects(op.op_id) for op in ops} == {1}


def test_a_large_file_delays_an_operation_by_a_chunk_at_most(
    hub: RunningHub, counter: Counter, line: BadLine
) -> None:
    """Bug 13 of protocol §13, the other way round: the file travels and goes on travelling."""
    line.rate, line.round_trip_s = 200_000.0, 0.02
    large = counter.store.add_blob(photo(20_000_000, 2))
    worker = counter.start()
    assert wait_until(lambda: counter.store.jobs[large].offset > 0, 30)
    delays = []
    for _ in range(3):
        began = time.monotonic()
        op = counter.note()
        worker.kick()
        assert wait_until(partial(counter.applied, [op]), 30)
        delays.append(time.monotonic() - began)
    before = counter.store.jobs[large].offset
    assert max(delays) <= SECONDS_A_CHUNK + 2.0, delays
    assert wait_until(lambda: counter.store.jobs[large].offset > before, 30)


def test_a_required_page_overtakes_a_file_under_way(hub: RunningHub, counter: Counter) -> None:
    now = [0.0]
    kit = counter.kit()
    large = counter.store.add_blob(photo(900_000, 3), required=False)
    engine = BlobEngine(type(kit)(**{**vars(kit), "mono": lambda: now[0]}))
    for _ in range(3):
        engine.step()
    assert 0 < counter.store.jobs[large].offset < 900_000
    urgent = counter.store.add_blob(photo(30_000, 4), deadline="2026-11-23")
    now[0] += 6.0
    for _ in range(3):
        engine.step()
    assert hub.blob(urgent) is not None
    assert hub.blob(large) is None
    began_again_at = counter.store.jobs[large].offset
    while engine.step().more:
        pass
    assert began_again_at > 0, "what had arrived of it stayed"
    assert hub.blob(large) == counter.store.blobs[large]


def test_on_a_metered_line_pages_wait_for_the_button(hub: RunningHub, counter: Counter) -> None:
    counter.wish = LineWish(metered=True)
    page, op = counter.store.add_blob(photo(20_000, 5)), counter.note()
    worker = counter.start()
    assert wait_until(lambda: counter.applied([op]))
    held = {lane.name: lane.what for lane in worker.status.lanes}
    assert wait_until(
        lambda: "按流量计费" in {v.name: v.what for v in worker.status.lanes}["blobs"]
    )
    assert counter.store.jobs[page].offset == 0, held
    assert worker.status.profile == "metered"
    worker.kick(person=True)
    note = worker.status.pages_note
    assert note is not None
    assert note.askable
    assert counter.store.jobs[page].offset == 0, "立即发送 alone sends the text"
    worker.kick(person=True, pages=True)
    assert wait_until(lambda: not counter.store.jobs)


def test_the_centre_says_when_pages_travel(hub: RunningHub, counter: Counter) -> None:
    hour = counter.kit().now().hour
    later = {"from_hour": (hour + 2) % 24, "until_hour": (hour + 3) % 24}
    policies.set_policy(hub.centre, "pages", {})
    policies.set_policy(hub.centre, "pages", later, where=training.HALL.hall_code)
    worker = counter.start()
    assert wait_until(lambda: ("policy", "pages@hall") in counter.store.documents)
    page, op = counter.store.add_blob(photo(20_000, 6)), counter.note()
    worker.kick()
    assert wait_until(lambda: counter.applied([op]))
    assert wait_until(lambda: "中心规定" in {v.name: v.what for v in worker.status.lanes}["blobs"])
    assert counter.store.jobs[page].offset == 0
    policies.set_policy(hub.centre, "pages", {}, where=training.HALL.hall_code)
    worker.kick(person=True)
    assert wait_until(lambda: not counter.store.jobs, 30)
