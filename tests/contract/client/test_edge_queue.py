# SPDX-License-Identifier: MulanPSL-2.0
"""Windows of a hall see each other's numbers and calls through the host; alone each goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from counter.domain.ids import uuid7
from counter.domain.queueing import QueueEvent, QueueRow, What, make_number, queue_of
from sync.client.engine.hall_queue import QueueEngine
from sync.client.outcomes import LineError, Portal
from sync.hub.handlers.enrol import new_code
from sync.hub.handlers.training import HALL
from sync.protocol.edge import EDGE_WINDOW
from tests.contract.client.counter import Counter, wait_until
from tests.contract.client.running import RunningHub
from tests.fakes.edge import RunningEdge

pytestmark = pytest.mark.slow
DAY = "2026-11-23"


@pytest.fixture
def edge(hub: RunningHub, counter: Counter, tmp_path: Path) -> Iterator[RunningEdge]:
    """The edge host of the hall, its outside line down, and the counter talks to it."""
    code = new_code(hub.centre, HALL.hall_code, EDGE_WINDOW)
    with RunningEdge(tmp_path / "edge", hub.url, code) as one:
        counter.url = one.url
        one.line(up=False)
        yield one


@pytest.fixture
def other(
    hub: RunningHub, counter: Counter, edge: RunningEdge, tmp_path: Path
) -> Iterator[Counter]:
    """Another window of the hall."""
    (tmp_path / "other").mkdir()
    one = Counter(hub.another_device(), edge.url, tmp_path / "other")
    edge.line(up=True)
    edge.forward()
    edge.line(up=False)
    yield one
    one.close()


def note(counter: Counter, what: What, ticket_id: str = "", minute: int = 0) -> QueueEvent:
    """Do what the use case does: an event of this window, kept here."""
    queue, window = counter.store.queue, counter.identity.hall.counter_no
    number = make_number("A", window, queue.next_serial(DAY, window)) if what == "taken" else ""
    event = QueueEvent(
        event_id=uuid7(), what=what, ticket_id=ticket_id or uuid7(), day=DAY,
        at=f"{DAY}T09:{minute:02}:00+08:00", window=window, number=number, category=number[:1],
    )  # fmt: skip
    queue.add(event)
    return event


def engine_of(counter: Counter) -> QueueEngine:
    return QueueEngine(counter.kit(), counter.identity.hall.counter_no, wait_s=0.0)


def tell(*counters: Counter) -> None:
    """Let each exchange with the host once, twice over, so that all has gone around."""
    for counter in (*counters, *counters):
        engine = engine_of(counter)
        while engine.step().more:
            pass


def rows(counter: Counter) -> tuple[QueueRow, ...]:
    return queue_of(counter.store.queue.events(DAY))


def test_numbers_and_calls_go_around_while_the_line_is_down(
    counter: Counter, other: Counter
) -> None:
    mine = note(counter, "taken")
    theirs = note(other, "taken", minute=1)
    tell(counter, other)
    assert rows(counter) == rows(other)
    assert len({row.number for row in rows(counter)}) == 2
    note(other, "called", mine.ticket_id, 2)
    tell(other, counter)
    assert [row.caller for row in rows(counter)] == [other.identity.hall.counter_no, -1]
    assert rows(counter)[1].ticket_id == theirs.ticket_id


def test_both_call_the_same_number_and_the_host_decides(counter: Counter, other: Counter) -> None:
    mine = note(counter, "taken")
    tell(counter, other)
    note(counter, "called", mine.ticket_id, 1)  # earlier, and later at the host
    note(other, "called", mine.ticket_id, 2)
    tell(other, counter)
    assert rows(counter) == rows(other)
    assert rows(counter)[0].caller == other.identity.hall.counter_no


def test_cut_off_from_the_host_a_window_goes_on_and_is_heard_later(
    counter: Counter, other: Counter, edge: RunningEdge
) -> None:
    note(counter, "taken")
    tell(counter, other)
    edge.stop()
    for counted in (counter, other):
        note(counted, "taken", minute=5)
        with pytest.raises(LineError):
            engine_of(counted).step()
    assert len({r.number for one in (counter, other) for r in rows(one)}) == 3
    edge.begin(up=False)
    tell(counter, other)
    assert rows(counter) == rows(other)
    assert len(rows(counter)) == 3


def test_a_host_put_back_or_replaced_is_told_all_of_today(
    hub: RunningHub, counter: Counter, other: Counter, edge: RunningEdge, tmp_path: Path
) -> None:
    for minute in range(3):
        note(counter, "taken", minute=minute)
    note(other, "taken", minute=9)
    tell(counter, other)
    before = rows(counter)
    edge.stop()
    for path in (tmp_path / "edge").glob("queue.db*"):
        path.unlink()
    edge.begin(up=False)
    tell(counter, other)
    assert rows(counter) == rows(other) == before
    assert len(edge.host.queue.after(0, 100)) == 4


def test_a_window_speaks_for_itself_only(counter: Counter, edge: RunningEdge) -> None:
    edge.line(up=True)
    edge.forward()
    event = note(counter, "taken")
    counter.store.queue.held = {event.event_id: (0, event.model_copy(update={"window": 77}))}
    with pytest.raises(LineError):
        QueueEngine(counter.kit(), 77).step()
    assert edge.host.queue.after(0, 10) == []


def test_only_the_host_of_the_hall_is_believed(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    edge.line(up=True)
    edge.forward()
    stranger = hub.another_device()
    edge.host.who = type(edge.host.who)(
        stranger.device_id, stranger.key, stranger.certificate, 1, edge.host.who.centre_keys
    )
    note(counter, "taken")
    with pytest.raises(LineError) as told:
        engine_of(counter).step()
    assert isinstance(told.value.outcome, Portal)


def test_without_a_host_nobody_is_asked_again(hub: RunningHub, counter: Counter) -> None:
    counter.url = hub.url
    note(counter, "taken")
    engine = engine_of(counter)
    assert engine.step().wait_s > 60
    assert len(rows(counter)) == 1


def test_the_worker_brings_a_call_within_seconds(
    counter: Counter, other: Counter, edge: RunningEdge
) -> None:
    mine = note(counter, "taken")
    for one in (counter, other):
        one.start()
    assert wait_until(lambda: len(rows(other)) == 1, 20)
    note(other, "called", mine.ticket_id)
    assert wait_until(lambda: rows(counter)[0].state == "called", 20)
    assert any("queue" in change.kinds for change in counter.changes)
    names = {lane.name for worker in counter.workers for lane in worker.status.lanes}
    assert names == {"push", "blobs", "pull"}


def test_who_waits_for_news_hears_it_at_once(
    counter: Counter, other: Counter, edge: RunningEdge
) -> None:
    tell(counter, other)
    place = other.store.queue.place()
    heard: list[float] = []
    engine = QueueEngine(other.kit(), other.identity.hall.counter_no, wait_s=2.0)

    def listen() -> None:
        engine.step()
        heard.append(time.monotonic())

    listener = threading.Thread(target=listen)
    listener.start()
    time.sleep(0.3)
    assert other.store.queue.place() == place
    note(counter, "taken")
    engine_of(counter).step()
    began = time.monotonic()
    listener.join(10)
    assert heard[0] - began < 1.0
    assert rows(other) == rows(counter)
