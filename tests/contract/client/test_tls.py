# SPDX-License-Identifier: MulanPSL-2.0
"""Real TLS on loopback: one connection a lane used again, sessions that outlive a cut, no trust."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from counter.domain.errors import KnownError
from counter.domain.signing import SigningKey
from counter.infra.paths import Paths
from counter.ports.keys import EnrolmentFacts
from sync.client import enrol_cli
from sync.client.centre import Centre
from sync.client.enrol import enrol
from sync.client.outcomes import AtEdge, LineError, TlsBad
from sync.client.probe import probe
from sync.client.proxies import ProxyWish
from sync.client.tls import believed
from sync.client.transport import Ask, Channel, Transport
from sync.hub.handlers.enrol import new_code
from sync.hub.handlers.training import HALL
from sync.hub.tls import TlsFiles
from sync.protocol.edge import EDGE_WINDOW
from tests.contract.client.counter import Counter, wait_until
from tests.contract.client.running import RunningHub
from tests.fakes.edge import RunningEdge
from tests.fakes.hub import RunningHub as OwnHub
from tests.fakes.tls import Authority, ConnectProxy, TlsFront


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


@pytest.mark.parametrize(
    ("host", "days", "told"),
    [
        ("hub.example", (-1, 1), ("TLS", "TLS-NAME", "不是给这个中心地址的")),
        ("127.0.0.1", (-9, -1), ("TLS-CLOCK", "TLS-EXPIRED", "证书已过期")),
        ("127.0.0.1", (1, 9), ("TLS-CLOCK", "", "日期和时间")),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said_in_words(
    authority: Authority,
    facts: EnrolmentFacts,
    host: str,
    days: tuple[int, int],
    told: tuple[str, str, str],
) -> None:
    with TlsFront(9, authority.server_chain(host, days, "wrong")) as wrong:
        channel = Transport(wrong.url, facts.key, ca_file=str(authority.ca_file)).open()
        with pytest.raises(LineError) as raised:
            ask(channel, facts, 1)
        channel.close()
    outcome = raised.value.outcome
    assert (outcome.code, outcome.detail) == told[:2]
    assert told[2] in outcome.words


def test_an_unknown_authority_is_said_in_words(authority: Authority, facts: EnrolmentFacts) -> None:
    with TlsFront(9, authority.server_chain()) as front:
        channel = Transport(front.url, facts.key).open()
        with pytest.raises(LineError) as told:
            ask(channel, facts, 1)
        channel.close()
    assert told.value.outcome.detail == "TLS-ISSUER"
    assert "本机不认识" in told.value.outcome.words


@pytest.mark.skipif(sys.platform == "win32", reason="OpenSSL's own list; Windows has its stores")
def test_an_authority_the_machine_trusts_is_believed(
    front: TlsFront, authority: Authority, facts: EnrolmentFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an administrator installs in the system is enough, while the program runs."""
    channel = Transport(front.url, facts.key).open()
    with pytest.raises(LineError):
        ask(channel, facts, 1)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
    ask(channel, facts, 2)
    channel.close()


def test_through_a_proxy_the_same_authorities_count(
    hub: RunningHub, authority: Authority, facts: EnrolmentFacts
) -> None:
    """The tunnel is checked from end to end, by the centre's name, not the proxy's."""
    port = urlsplit(hub.url).port or 0
    with (
        TlsFront(port, authority.server_chain("hub.example")) as front,
        ConnectProxy(urlsplit(front.url).port or 0) as proxy,
    ):
        given = ProxyWish("given", proxy.url)
        for url, ca_file, good in (
            ("https://hub.example", str(authority.ca_file), True),
            ("https://other.example", str(authority.ca_file), False),
            ("https://hub.example", "", False),
        ):
            channel = Transport(url, facts.key, ca_file=ca_file, proxy=given).open()
            if good:
                ask(channel, facts, 2)
            else:
                with pytest.raises(LineError) as told:
                    ask(channel, facts, 1)
                assert isinstance(told.value.outcome, TlsBad)
            channel.close()
        assert proxy.asked == ["hub.example:443", "other.example:443", "hub.example:443"]


def test_a_file_of_an_authority_that_is_none_is_said(tmp_path: Path, facts: EnrolmentFacts) -> None:
    wrong = tmp_path / "ca.pem"
    wrong.write_text("no certificate")
    for path in (wrong, tmp_path / "none.pem"):
        with pytest.raises(KnownError, match="TLS-CA"):
            Transport("https://hub.example", facts.key, ca_file=str(path))
        assert believed(path) == ""


def test_the_centre_with_a_certificate_of_its_own(
    authority: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``counter enrol --ca-file`` remembers the authority: the program needs it every day."""
    path = authority.server_chain()
    with OwnHub(tmp_path / "hub", tls=TlsFiles(path, path)) as hub:
        assert hub.url.startswith("https://")
        home = tmp_path / "home"
        words = ["--hub", hub.url, "--code", hub.code(), "--home", str(home), "--job-no", "1"]
        words += ["--name", "甲", "--passphrase-only"]
        assert enrol_cli.main(words, ask_password=lambda _: "Long-enough-990123") == 1
        assert "本机不认识" in capsys.readouterr().err
        words += ["--ca-file", str(authority.ca_file)]
        assert enrol_cli.main(words, ask_password=lambda _: "Long-enough-990123") == 0
        kept = believed(Paths(home).centre_ca)
        assert kept
        channel = Transport(hub.url, SigningKey.generate("x"), ca_file=kept).open()
        assert channel.call(Ask("GET", "/healthz", signed=False)).status == 200
        channel.close()


def test_a_hall_behind_a_host_with_a_certificate_of_its_own(
    hub: RunningHub, authority: Authority, tmp_path: Path
) -> None:
    """No proxy anywhere: counter and host, TLS between them, a day without the outside line."""
    path = authority.server_chain()
    code = new_code(hub.centre, HALL.hall_code, EDGE_WINDOW)
    with RunningEdge(tmp_path / "edge", hub.url, code, TlsFiles(path, path)) as edge:
        counter = Counter(hub.another_device(), edge.url, tmp_path)
        counter.ca_file = str(authority.ca_file)
        edge.forward()
        edge.line(up=False)
        op = counter.note()
        step = counter.push_engine().step()
        assert isinstance(step.trouble, AtEdge)
        edge.line(up=True)
        edge.forward()
        counter.store.rows[op.op_id] = replace(counter.store.rows[op.op_id], next_try_at="")
        counter.push_engine().step()
        assert counter.applied([op])
        counter.close()


def test_a_host_uses_its_connections_to_the_centre_again(
    hub: RunningHub, front: TlsFront, authority: Authority, tmp_path: Path
) -> None:
    """A handshake a request would cost the outside line more than most requests; a cut is survived."""
    code = new_code(hub.centre, HALL.hall_code, EDGE_WINDOW)
    ca_file = str(authority.ca_file)
    with RunningEdge(tmp_path / "edge", front.url, code, ca_file=ca_file) as edge:
        counter = Counter(hub.another_device(), edge.url, tmp_path)
        edge.forward()
        before = front.handshakes
        for _ in range(2):
            ops = [counter.note() for _ in range(3)]
            for _ in ops:
                counter.push_engine().step()
                probe(counter.channels[-1], Centre(counter.identity.centre_keys))
            assert counter.applied(ops)
            edge.forward()
            assert front.handshakes - before <= 1
            front.cut()
            assert wait_until(lambda: front.live == 0)
            before = front.handshakes
        counter.close()
