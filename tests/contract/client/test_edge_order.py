# SPDX-License-Identifier: MulanPSL-2.0
"""What an edge host sends first over the outside line: text, then pages by the law's clocks (§5)."""

from __future__ import annotations

import random
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from counter.domain.clocks import CaseClock
from counter.domain.ids import uuid7
from counter.domain.operations import Operation
from sync.client.engine.blobs import BlobEngine
from sync.client.transport import Ask, Link, Reply
from sync.edge.forwarder import Forwarder
from sync.edge.host import Way
from sync.edge.lines import Channel
from sync.edge.pages import PageStore
from sync.hub.handlers.enrol import new_code
from sync.hub.handlers.training import HALL
from sync.protocol.edge import EDGE_WINDOW
from tests.contract.client.counter import Counter
from tests.contract.client.running import RunningHub
from tests.fakes.device import CLERK
from tests.fakes.edge import RunningEdge
from tests.fakes.hub import received_body

pytestmark = pytest.mark.slow
TODAY = date(2026, 11, 22)


def day(after: int) -> str:
    return (TODAY + timedelta(days=after)).isoformat()


@dataclass
class Watched:
    """The outside line, and what went over it in order: ``push`` or the id of a page."""

    way: Way
    sent: list[str] = field(default_factory=list)
    text_bytes: int = 0
    before: Callable[[Ask], None] = lambda _ask: None

    @property
    def link(self) -> Link:
        return self.way.link

    def open(self) -> Channel:
        return _Seen(self.way.open(), self)


class _Seen:
    """A channel that tells what it sends."""

    def __init__(self, channel: Channel, line: Watched) -> None:
        self._channel, self._line = channel, line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    def call(self, ask: Ask) -> Reply:
        if not self._line.link.enabled:
            return self._channel.call(ask)
        self._line.before(ask)
        if ask.path == "/v1/sync/push":
            self._line.sent.append("push")
            self._line.text_bytes += len(ask.body or b"")
        if ask.path == "/v1/blobs":
            told = ask.headers["Upload-Metadata"].split(",")[0].split()[1]
            self._line.sent.append(b64decode(told).decode())
        return self._channel.call(ask)


@pytest.fixture
def edge(hub: RunningHub, counter: Counter, tmp_path: Path) -> Iterator[RunningEdge]:
    """The edge host of the hall, and the counter talks to it."""
    code = new_code(hub.centre, HALL.hall_code, EDGE_WINDOW)
    with RunningEdge(tmp_path / "edge", hub.url, code) as one:
        counter.url = one.url
        yield one


@pytest.fixture
def outside(edge: RunningEdge) -> Watched:
    """Nothing has gone over it yet; it is down."""
    watched = edge.host.way = Watched(edge.host.way)
    edge.host.lines.close()  # those that are open are not watched
    edge.line(up=False)
    return watched


class Desk:
    """Commits operations with pages; the names are of the test."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.names: dict[str, str] = {}

    def page(self, name: str, size: int = 20_000) -> str:
        data = random.Random(name).randbytes(size)
        blob_id = self.counter.store.add_blob(data)
        self.names[blob_id] = name
        return blob_id

    def op(
        self, name: str, kind: str = "case.received", *, required: bool = True, **more: Any
    ) -> Operation:
        """Commit one operation; ``due`` and ``case`` as given, its page is called ``name``."""
        due, case, size = more.pop("due", ""), more.pop("case", uuid7()), more.pop("size", 20_000)
        body = {**received_body(), "answer_due": due} if kind == "case.received" else {"note": "x"}
        body = more.pop("body", body)
        blob_id = self.page(name, size)
        role = {"blob_id": blob_id, "size": size, "role": "id_copy", "media_type": "image/jpeg"}
        op = self.counter.device.operation(
            kind, case, body, operator=CLERK, blobs=[{**role, "required": required}], **more
        )
        self.counter.store.add(op, op.sign(self.counter.facts.key))
        return op

    def bring(self) -> None:
        """Text and pages to the hall's host."""
        engine = self.counter.push_engine()
        while engine.step().more:
            pass
        self.pages()

    def pages(self) -> None:
        pages = BlobEngine(self.counter.kit())
        while pages.step().more:
            pass

    def said(self, sent: list[str]) -> list[str]:
        return [self.names.get(one, one) for one in sent]


@pytest.fixture
def desk(counter: Counter) -> Desk:
    return Desk(counter)


def test_text_first_then_pages_by_deadline(
    edge: RunningEdge, counter: Counter, outside: Watched, desk: Desk
) -> None:
    """A day without the line; the pages reached the host in the worst order."""
    old = desk.op("of an older visit", "visit.recorded", entity="visit")
    desk.op("may come later", due=day(1), required=False)
    desk.op("due in a month", due=day(30))
    desk.op("of a later visit", "visit.recorded", entity="visit")
    near = desk.op("due tomorrow", due=day(1))
    desk.op("added to the urgent one", "case.supplemented", case=near.entity_id)
    desk.op("added to the older visit", "visit.recorded", entity="visit", case=old.entity_id)
    desk.op(
        "danger to life", "appeal.registered", entity="appeal", body={"danger": {"danger": "fire"}}
    )
    desk.page("nobody spoke of it")
    desk.bring()
    edge.line(up=True)
    Forwarder(edge.host).turn()
    told = desk.said(outside.sent)
    pushes = told.count("push")
    assert told[:pushes] == ["push"] * pushes
    assert told[pushes:] == [
        "danger to life",
        "due tomorrow",
        "added to the urgent one",
        "due in a month",
        "of an older visit",
        "added to the older visit",
        "of a later visit",
        "nobody spoke of it",
        "may come later",
    ]


def test_what_comes_meanwhile_overtakes_a_large_page(
    hub: RunningHub, edge: RunningEdge, counter: Counter, outside: Watched, desk: Desk
) -> None:
    """Between two pieces: text at once, a more urgent page within seconds; no piece is lost."""
    large = desk.op("large", due=day(30), size=3_000_000).blobs[0].blob_id
    desk.bring()
    began = time.monotonic()
    edge.host.mono = lambda: began + 6 * pieces[0]  # each piece takes some seconds
    pieces, late = [0], [True]

    def before(ask: Ask) -> None:
        if ask.method != "PATCH":
            return
        pieces[0] += 1
        if pieces[0] == 2 and late.pop():
            desk.op("urgent", due=day(1))
            edge.line(up=False)
            desk.bring()
            edge.line(up=True)

    outside.before = before
    edge.line(up=True)
    Forwarder(edge.host).turn()
    told = desk.said(outside.sent)
    assert told == ["push", "large", "push", "urgent"]
    assert pieces[0] >= 3
    assert hub.blob(large) == counter.store.blobs[large]


def test_the_centres_word_on_a_clock_counts_more_than_what_was_promised(
    edge: RunningEdge, outside: Watched, desk: Desk
) -> None:
    """A clock that was paused or extended at the centre; its pages give way."""
    first = desk.op("promised for tomorrow", due=day(1))
    second = desk.op("in a week", due=day(7))
    desk.bring()
    pages: PageStore = edge.host.pages
    assert desk.names[pages.blob_jobs(9)[0].blob_id] == "promised for tomorrow"
    clock = CaseClock(kind="promise", start=day(0), amount=20, due=day(20))
    pages.urgency.told({first.entity_id: [clock]})
    jobs = pages.blob_jobs(9)
    assert [(desk.names[job.blob_id], job.deadline) for job in jobs] == [
        ("in a week", day(7)),
        ("promised for tomorrow", day(20)),
    ]
    pages.urgency.refused([second.op_id])  # a counter does not send these at all
    assert [desk.names[job.blob_id] for job in pages.blob_jobs(9)][-1] == "in a week"


def test_danger_to_life_goes_before_all_other_text(
    edge: RunningEdge, counter: Counter, outside: Watched, desk: Desk
) -> None:
    for n in range(3):
        desk.op(f"case {n}", due=day(1))
    danger = desk.op(
        "danger", "appeal.registered", entity="appeal", body={"danger": {"danger": "fire"}}
    )
    desk.bring()
    (told,) = edge.host.store.unsettled(10, first=True)
    assert told.op_id == danger.op_id
    assert len(edge.host.store.unsettled(10, fresh=True)) == 4


def test_text_is_written_as_small_as_a_counter_writes_it(
    edge: RunningEdge, counter: Counter, outside: Watched
) -> None:
    """Fifty cases of an outage: 2 s on 32 kbit/s, not 19."""
    plain = 0
    for _ in range(50):
        op = counter.device.operation("case.received", uuid7(), received_body(), operator=CLERK)
        counter.store.add(op, op.sign(counter.facts.key))
        plain += counter.store.rows[op.op_id].size
    engine = counter.push_engine()
    while engine.step().more:
        pass
    counter.store.rows = {
        key: replace(row, next_try_at="") for key, row in counter.store.rows.items()
    }
    while engine.step().more:
        pass
    assert len(edge.host.store.unsettled(99)) == 50
    edge.line(up=True)
    assert edge.host.forward() == 50
    assert outside.text_bytes < plain / 6
    assert edge.host.store.unsettled(99, fresh=True) == []
