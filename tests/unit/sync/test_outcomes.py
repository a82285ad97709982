# SPDX-License-Identifier: MulanPSL-2.0
"""Every way a request can end has a type and plain words; no status leaks further."""

from __future__ import annotations

import socket
import ssl

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError, ReadTimeoutError

from counter.domain.signing import SigningKey
from sync.client.outcomes import LineError, Outcome, Portal
from sync.client.proxies import ProxyWish
from sync.client.reading import outcome_of_error, outcome_of_status
from sync.client.transport import Ask, Transport
from sync.protocol import errors
from sync.protocol.wire import Problem

KEY = SigningKey.generate("device-1")


def problem(status: int, code: str = "x", wait: float = 0) -> bytes:
    body = Problem(title="t", status=status, code=code, retry_after_s=wait)
    return body.model_dump_json().encode()


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, errors.UNKNOWN_DEVICE, "DEVICE"),
        (401, errors.REPLAYED, "BUSY"),
        (403, errors.REVOKED, "DEVICE"),
        (404, errors.NOT_FOUND, "GONE"),
        (409, errors.EPOCH_AHEAD, "EPOCH"),
        (409, "offset", "OFFSET"),
        (410, errors.CURSOR_GONE, "GONE"),
        (413, errors.TOO_LARGE, "TOO-LARGE"),
        (415, errors.DICTIONARY, "DICT"),
        (422, errors.BAD_BODY, "REFUSED"),
        (423, "upload_busy", "BUSY"),
        (429, errors.TOO_MANY, "BUSY"),
        (460, "chunk_hash", "CHECKSUM"),
        (500, errors.INTERNAL, "BUSY"),
        (503, "", "BUSY"),
    ],
)
def test_what_the_centre_says(status: int, code: str, expected: str) -> None:
    outcome = outcome_of_status(status, {}, problem(status, code))
    assert (outcome.code, outcome.detail) == (expected, code)
    assert str(status) not in outcome.words


@pytest.mark.parametrize("status", [204, 302, 401, 403, 404, 407, 409, 410, 511])
def test_a_status_that_is_not_the_centres_is_a_portal_or_busy(status: int) -> None:
    """A proxy that says 401 or 410 must not look like a revoked device or an old cursor."""
    assert outcome_of_status(status, {}, None).code == ("BUSY" if status >= 500 else "PORTAL")


@pytest.mark.parametrize(
    ("headers", "body", "wait"),
    [
        ({"retry-after": "7"}, None, 7.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None, 0.0),
        ({"retry-after": "-5"}, None, 0.0),
        ({}, problem(503, "busy", 12.5), 12.5),
    ],
)
def test_retry_after(headers: dict[str, str], body: bytes | None, wait: float) -> None:
    assert outcome_of_status(503, headers, body).retry_after_s == wait


def chained(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (requests.ConnectTimeout(), "TIMEOUT"),
        (requests.ReadTimeout(), "TIMEOUT"),
        (requests.ConnectionError(ProtocolError("x", ConnectionResetError())), "CUT"),
        (requests.exceptions.ChunkedEncodingError(), "CUT"),
        (chained(requests.ConnectionError(), socket.gaierror()), "DNS"),
        (requests.ConnectionError(ConnectionRefusedError()), "DOWN"),
        (requests.ConnectionError(OSError(101, "Network is unreachable")), "OFFLINE"),
        (requests.exceptions.ProxyError(), "PROXY"),
        (requests.exceptions.ProxyError(socket.gaierror()), "PROXY"),
        (requests.exceptions.InvalidProxyURL(), "PROXY"),
        (ssl.SSLCertVerificationError("certificate is not yet valid"), "TLS-CLOCK"),
        (requests.exceptions.SSLError("certificate has expired"), "TLS-CLOCK"),
        (requests.exceptions.SSLError("self-signed certificate"), "TLS"),
    ],
)
def test_what_a_broken_connection_means(error: Exception, expected: str) -> None:
    assert outcome_of_error(error).code == expected


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        ("Tunnel connection failed: 407 Proxy Authentication Required", "PROXY-AUTH"),
        ("Tunnel connection failed: 403 Forbidden", "PROXY-DENIED"),
        ("Cannot connect to proxy.", ""),
    ],
)
def test_what_a_proxy_says_is_told_apart(said: str, detail: str) -> None:
    outcome = outcome_of_error(requests.exceptions.ProxyError(OSError(said)))
    assert (outcome.code, outcome.detail) == ("PROXY", detail)
    assert "代理" in outcome.words


def test_every_trouble_of_the_line_says_what_to_do() -> None:
    errors_ = [
        socket.gaierror(),
        requests.ReadTimeout(),
        ConnectionRefusedError(),
        ConnectionResetError(),
        requests.exceptions.ProxyError(),
        ssl.SSLCertVerificationError("certificate is not yet valid"),
        ssl.SSLCertVerificationError("self-signed certificate"),
        OSError("unreachable"),
    ]
    said = [outcome_of_error(error) for error in errors_]
    assert len({outcome.words for outcome in said}) == len(said)
    assert len({outcome.code for outcome in said}) == len(said)
    assert all(any(w in o.words for w in ("请", "自动")) for o in said)


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        (ProxyWish(), {"https": "http://system:8080"}),
        (ProxyWish("none"), {}),
        (ProxyWish("given", " http://10.1.2.3:8080 "), {"https": "http://10.1.2.3:8080"}),
        (ProxyWish("given", ""), {}),
    ],
)
def test_the_proxy_is_the_systems_none_or_the_given_one(
    wish: ProxyWish, found: dict[str, str]
) -> None:
    system = {"http": "http://other:1", "https": "http://system:8080"}
    assert wish.to("https://centre.example/v1/ping", lambda _: system) == found
    assert ProxyWish().to("https://centre.example/v1/ping", lambda _: {}) == {}


def test_no_proxy_stands_before_a_hub_on_this_machine() -> None:
    local = Transport("http://127.0.0.1:1", KEY, proxy=ProxyWish("given", "http://10.1.2.3:8080"))
    assert local.proxies("http://127.0.0.1:1/v1/ping") == {}


def test_library_errors_name_no_address() -> None:
    """The library's text holds the address; the words for the screen must not."""
    reason = NewConnectionError(None, "10.1.2.3 refused")  # type: ignore[arg-type]  # no real pool
    error = requests.ConnectionError(MaxRetryError(None, "/v1/x", reason))  # type: ignore[arg-type]  # no real pool
    outcome = outcome_of_error(error)
    assert outcome.code == "OFFLINE"
    assert "10.1.2.3" not in outcome.words
    assert outcome_of_error(ReadTimeoutError(None, "/v1/x", "t")).code == "TIMEOUT"  # type: ignore[arg-type]  # no real pool


@pytest.mark.parametrize("url", ["http://centre.example", "ftp://127.0.0.1", "centre.example"])
def test_only_https_leaves_this_machine(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        Transport(url, KEY)


@pytest.mark.parametrize(
    "path", ["https://evil.example/v1/blobs/1", "https://centre.example.evil/x", "//evil/x"]
)
def test_nothing_is_sent_to_another_host(path: str) -> None:
    channel = Transport("https://centre.example", KEY).open()
    with pytest.raises(LineError) as caught:
        channel.call(Ask("HEAD", path))
    assert isinstance(caught.value.outcome, Portal)
    channel.close()


def test_an_outcome_tells_only_its_code_to_a_log() -> None:
    assert str(LineError(Outcome("王秀英的办件"))) == "LINE"
