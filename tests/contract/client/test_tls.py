# SPDX-License-Identifier: MulanPSL-2.0
"""Real TLS on loopback: one connection a lane used again, sessions that outlive a cut, no trust."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from counter.ports.keys import EnrolmentFacts
from sync.client.centre import Centre
from sync.client.enrol import enrol
from sync.client.outcomes import LineError, TlsBad
from sync.client.probe import probe
from sync.client.transport import Ask, Channel, Transport
from tests.contract.client.counter import Counter, wait_until
from tests.contract.client.running import RunningHub
from tests.fakes.tls import Authority, TlsFront


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def front(hub: RunningHub, authority: Authority) -> Iterator[TlsFront]:
    port = urlsplit(hub.url).port or 0
    with TlsFront(port, authority.server_chain()) as one:
        yield one


@pytest.fixture
def facts(hub: RunningHub, front: TlsFront, authority: Authority) -> EnrolmentFacts:
    return enrol(front.url, hub.code(), "练习窗口", ca_file=str(authority.ca_file))


def ask(channel: Channel, facts: EnrolmentFacts, times: int) -> None:
    for _ in range(times):
        probe(channel, Centre(facts.centre_keys))


def test_a_hundred_requests_a_lane_are_one_handshake_a_lane(
    front: TlsFront, authority: Authority, facts: EnrolmentFacts
) -> None:
    before = front.handshakes
    transport = Transport(front.url, facts.key, ca_file=str(authority.ca_file))
    lanes = [transport.open() for _ in range(3)]
    for lane in lanes:
        for _ in range(100):
            assert lane.call(Ask("GET", "/healthz", signed=False)).status == 200
    assert front.handshakes - before == 3
    for lane in lanes:
        lane.close()


def test_after_a_cut_and_on_the_next_lane_the_session_goes_on(
    front: TlsFront, authority: Authority, facts: EnrolmentFacts
) -> None:
    transport = Transport(front.url, facts.key, ca_file=str(authority.ca_file))
    first, second = transport.open(), transport.open()
    ask(first, facts, 1)
    whole = front.handshakes - front.resumed
    ask(second, facts, 1)
    for _ in range(3):
        front.cut()
        for lane in (first, second):
            with suppress(LineError):  # it may notice before it sends
                ask(lane, facts, 1)
            ask(lane, facts, 1)
    assert front.handshakes - front.resumed == whole, "certificates travelled again"
    assert front.resumed >= 7
    first.close()
    second.close()


def test_a_worker_over_tls_delivers_and_keeps_its_connections(
    front: TlsFront, authority: Authority, facts: EnrolmentFacts, tmp_path: Path
) -> None:
    one = Counter(facts, front.url, tmp_path)
    one.ca_file = str(authority.ca_file)
    before = front.handshakes
    try:
        ops = [one.note() for _ in range(5)]
        worker = one.start()
        assert wait_until(lambda: one.applied(ops)), worker.status
        for _ in range(10):
            more = [one.note()]
            worker.kick()
            assert wait_until(partial(one.applied, more))
        assert front.handshakes - before <= 3
    finally:
        one.close()


def test_an_authority_nobody_named_is_not_believed(
    hub: RunningHub, facts: EnrolmentFacts, front: TlsFront, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other", "other")
    for ca_file in (str(other.ca_file), ""):
        channel = Transport(front.url, facts.key, ca_file=ca_file).open()
        with pytest.raises(LineError) as told:
            ask(channel, facts, 1)
        assert isinstance(told.value.outcome, TlsBad)
        channel.close()
