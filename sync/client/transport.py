# SPDX-License-Identifier: MulanPSL-2.0
"""The only place that talks HTTP: signed requests, fair time-outs, typed outcomes.

Each lane opens its own ``Channel``: one session, one TLS connection that is used again.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import SKIP_HEADER

from counter.domain.signing import SigningKey
from sync.client.address import is_address, is_local
from sync.client.meter import Meter
from sync.client.outcomes import Cut, LineError, Offline, Outcome, Portal
from sync.client.proxies import ProxyWish
from sync.client.reading import outcome_of_error, outcome_of_status, unpacked
from sync.client.sockets import Sockets, connected
from sync.client.tls import ResumingContext, trusting
from sync.protocol.dictionaries import Dictionary
from sync.protocol.http_signing import signed_headers
from sync.protocol.wire import PROBLEM_JSON

CONNECT_S = 10.0
_REQUEST_LINE = 12  # "PATCH  HTTP/1.1\r\n" beside the path, roughly
MAX_REPLY = 64 * 1024 * 1024
MAX_LINE = 1024 * 1024
_PIECE = 64 * 1024


class Link:
    """The line's switch; off means that nothing touches the network (training, flight mode)."""

    def __init__(self, *, enabled: bool = True) -> None:
        """Begin switched as told."""
        self._on = threading.Event()
        self._listeners: list[Callable[[bool], None]] = []
        if enabled:
            self._on.set()

    @property
    def enabled(self) -> bool:
        """Whether the line may be used."""
        return self._on.is_set()

    @enabled.setter
    def enabled(self, value: bool) -> None:
        if value:
            self._on.set()
        else:
            self._on.clear()
        for listener in self._listeners:
            listener(value)

    def watch(self, listener: Callable[[bool], None]) -> None:
        """Call ``listener(enabled)`` at every switch, in the switching thread."""
        self._listeners.append(listener)


@dataclass(frozen=True)
class Reply:
    """A whole answer: ``status`` is only for protocols that need it (tus); headers lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Ask:
    """One request. ``ok`` are the statuses that are an answer; everything else is an outcome."""

    method: str
    path: str  # path and query below the hub's address, or an absolute URL of the hub
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    ok: frozenset[int] = frozenset({200})
    signed: bool = True
    probe: bool = False  # this request is itself the proof of the line; no gate before it
    answers: Dictionary | None = None  # what the answer may be packed with


class _Signature(AuthBase):
    """Signs what will really be sent, and keeps requests from reading a .netrc."""

    def __init__(self, key: SigningKey | None, created: datetime) -> None:
        self._key = key
        self._created = created

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._key is not None:
            body = request.body if isinstance(request.body, bytes) else None
            headers = {str(k): str(v) for k, v in request.headers.items()}
            request.headers.update(
                signed_headers(
                    str(request.method),
                    str(request.url),
                    headers,
                    body,
                    self._key,
                    created=self._created,
                )
            )
        return request


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Transport:
    """Address, key and counters shared by the lanes. Thread-safe."""

    def __init__(
        self,
        hub_url: str,
        key: SigningKey,
        *,
        link: Link | None = None,
        meter: Meter | None = None,
        ca_file: str = "",
        proxy: ProxyWish | None = None,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Remember where and as whom; nothing is connected yet.

        Raises:
            ValueError: the address is not https (or http on this machine itself).
            KnownError: ``TLS-CA``: ``ca_file``, believed besides the system's, cannot be read.
        """
        if not is_address(hub_url):
            raise ValueError("the hub's address must be https")
        self.local = is_local(hub_url)
        self.base = hub_url.rstrip("/")
        self.key = key
        self.link = link or Link()
        self.meter = meter or Meter()
        self._proxy = proxy or ProxyWish()
        self._now = now
        self.tls = trusting(requests.utils.DEFAULT_CA_BUNDLE_PATH, ca_file)
        self.ahead: timedelta | None = None  # the centre's clock before ours, once it was heard

    def heard(self, server_time: str) -> None:
        """Note the centre's time from a *signed* answer; requests are dated by it."""
        with contextlib.suppress(ValueError, TypeError):
            self.ahead = datetime.fromisoformat(server_time) - self._now()

    def centre_now(self) -> datetime:
        """Return the time at the centre as far as it is known."""
        return self._now() + (self.ahead or timedelta(0))

    def proxies(self, url: str) -> dict[str, str]:
        """Return the proxies to go through; a proxy is for the way out only."""
        return {} if self.local else self._proxy.to(url, requests.utils.get_environ_proxies)

    def open(self) -> Channel:
        """Return a new channel; one thread uses it and closes it."""
        return Channel(self)


class _Adapter(HTTPAdapter):
    """Connections that connect fast or not at all, and tell which socket they use."""

    def __init__(self, sockets: Sockets, tls: ResumingContext) -> None:
        self._known = sockets
        self._tls = tls
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **options: Any
    ) -> None:
        super().init_poolmanager(connections, maxsize, block, ssl_context=self._tls, **options)
        sockets = self._known

        class Plain(HTTPConnection):
            def connect(self) -> None:
                # The given time-out is for sending; a connection has its own, shorter one.
                limit, self.timeout = self.timeout, CONNECT_S
                super().connect()
                self.timeout = limit
                connected(self.sock, limit, sockets)

        class Tls(HTTPSConnection):
            def connect(self) -> None:
                limit, self.timeout = self.timeout, CONNECT_S
                super().connect()
                self.timeout = limit
                connected(self.sock, limit, sockets)

        class PlainPool(urllib3.HTTPConnectionPool):
            ConnectionCls = Plain

        class TlsPool(urllib3.HTTPSConnectionPool):
            ConnectionCls = Tls

        self._pools = {"http": PlainPool, "https": TlsPool}
        self.poolmanager.pool_classes_by_scheme = self._pools

    def cert_verify(self, conn: Any, *_: object, **__: object) -> None:
        conn.cert_reqs = "CERT_REQUIRED"  # by the context, which knows whom to believe

    def proxy_manager_for(self, proxy: str, **options: Any) -> urllib3.ProxyManager:
        options["ssl_context"] = self._tls
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager


class Channel:
    """One session of one thread."""

    def __init__(self, transport: Transport, sockets: Sockets | None = None) -> None:
        """Prepare the session; the first request connects. ``sockets`` are ended together."""
        self._transport = transport
        self._session = requests.Session()
        self._session.headers.clear()
        # Nobody asks for our name; what travels with every page must be worth its bytes.
        self._session.headers.update({"User-Agent": SKIP_HEADER, "Accept-Encoding": "identity"})
        self._session.trust_env = False  # proxies are chosen by ``ProxyWish`` alone
        self._sockets = sockets or Sockets()
        self._beside: Channel | None = None
        self._session.mount(transport.base, _Adapter(self._sockets, transport.tls))
        self.gate: Callable[[], None] | None = None

    @property
    def meter(self) -> Meter:
        """The shared counters."""
        return self._transport.meter

    @property
    def base(self) -> str:
        """The hub's address, for comparing upload addresses."""
        return self._transport.base

    def beside(self) -> Channel:
        """Return the one other connection, ended and closed with this one.

        It has no gate: it is for a request beside one that is being answered.
        """
        if self._beside is None:
            self._beside = Channel(self._transport, self._sockets)
        return self._beside

    def close(self) -> None:
        """Close the connection."""
        self._session.close()
        if self._beside is not None:
            self._beside.close()

    def abort(self) -> None:
        """End what is under way and refuse what comes; for another thread, at closing time."""
        self._sockets.shut()

    def call(self, ask: Ask) -> Reply:
        """Send one request and return the whole answer.

        Raises:
            LineError: with what happened instead.
        """
        parts: list[bytes] = []
        status, headers, pieces = self._send(ask)
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > MAX_REPLY:
                pieces.close()
                raise LineError(Portal("收到的内容异常大，已停止接收。", detail="REPLY-SIZE"))
            parts.append(piece)
        return Reply(status, headers, b"".join(parts))

    def lines(self, ask: Ask, media_type: str) -> Iterator[bytes]:
        """Send one request and yield the answer line by line, as the lines arrive.

        Lines that were yielded before a cut count; a half line never is.

        Raises:
            LineError: with what happened, possibly after some lines.
        """
        _, headers, pieces = self._send(ask)
        if headers.get("content-type", "").split(";")[0].strip() != media_type:
            pieces.close()
            raise LineError(Portal(_PORTAL_WORDS, detail="MEDIA-TYPE"))
        pending = b""
        for piece in unpacked(pieces, headers, ask.answers, MAX_REPLY):
            pending += piece
            *whole, pending = pending.split(b"\n")
            yield from (line for line in whole if line.strip())
            if len(pending) > MAX_LINE:
                pieces.close()
                raise LineError(Portal(_PORTAL_WORDS, detail="LINE-SIZE"))

    def _send(self, ask: Ask) -> tuple[int, Mapping[str, str], Pieces]:
        if not self._transport.link.enabled:
            raise LineError(Offline(SWITCHED_OFF, detail="SWITCH"))
        if self.gate is not None and not ask.probe:
            self.gate()
        size = len(ask.body or b"")
        limit = self.meter.timeout(size)
        started = time.monotonic()
        url = ask.path if "://" in ask.path else self._transport.base + ask.path
        if not url.startswith(self._transport.base + "/") or ask.path.startswith("//"):
            raise LineError(Portal("上传地址不属于中心，没有发送。", detail="FOREIGN-URL"))
        try:
            response = self._session.request(
                ask.method,
                url,
                data=ask.body,
                proxies=self._transport.proxies(url),
                headers=_needed(ask.headers),
                auth=_Signature(
                    self._transport.key if ask.signed else None, self._transport.centre_now()
                ),
                timeout=(limit, limit),
                allow_redirects=False,
                stream=True,
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise LineError(outcome_of_error(error)) from error
        sent = size + _head_size(response.request)
        self.meter.sent(sent, time.monotonic() - started)
        headers = {name.lower(): value for name, value in response.headers.items()}
        down = sum(len(n) + len(v) + 4 for n, v in headers.items()) + 17
        pieces = Pieces(response, self.meter, started + 2 * limit, down)
        if response.status_code not in ask.ok:
            raise LineError(_refusal(response.status_code, headers, pieces))
        return response.status_code, headers, pieces


SWITCHED_OFF = "网络已被关闭（练习开关）。"
_PORTAL_WORDS = "网络被认证页面或代理拦住了，请先完成上网认证。"


def _needed(headers: Mapping[str, str]) -> dict[str, str]:
    """Leave out what urllib3 would add: the answers of tus have no content to encode."""
    skip = {"Accept-Encoding": SKIP_HEADER} if "Tus-Resumable" in headers else {}
    return {**headers, **skip}


def _head_size(request: requests.PreparedRequest) -> int:
    sent = ((str(n), str(v)) for n, v in request.headers.items() if v != SKIP_HEADER)
    head = sum(len(n) + len(v) + 4 for n, v in sent)
    return head + len(request.path_url) + _REQUEST_LINE + 2


def _refusal(status: int, headers: Mapping[str, str], pieces: Pieces) -> Outcome:
    body = b""
    try:
        for piece in pieces:
            body += piece
            if len(body) > _PIECE:
                pieces.close()
                break
    except LineError:
        body = b""
    is_problem = headers.get("content-type", "").split(";")[0].strip() == PROBLEM_JSON
    return outcome_of_status(status, headers, body if is_problem else None)


class Pieces:
    """The body as it arrives; reading stops at the deadline even if bytes keep dripping."""

    def __init__(
        self, response: requests.Response, meter: Meter, deadline: float, head: int
    ) -> None:
        """Wrap an opened response."""
        self._response = response
        self._meter = meter
        self._deadline = deadline
        self._head = head

    def close(self) -> None:
        """Drop the connection: what is left of the body will not be read."""
        self._response.close()

    def __iter__(self) -> Iterator[bytes]:
        size, started = self._head, time.monotonic()
        try:
            while piece := self._response.raw.read1(_PIECE):
                size += len(piece)
                yield piece
                if time.monotonic() > self._deadline:
                    self.close()
                    raise LineError(Cut("网络太慢，这次没有收完。", detail="DEADLINE"))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            self.close()
            raise LineError(outcome_of_error(error)) from error
        finally:
            self._meter.received(size, time.monotonic() - started)
