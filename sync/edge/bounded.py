# SPDX-License-Identifier: MulanPSL-2.0
"""How much the counters of a hall may ask of their host; the others are told when to come again."""

from __future__ import annotations

import logging
import re
import time

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.hub.api.limits import RateLimiter
from sync.hub.api.problems import problem_response
from sync.protocol import errors
from sync.protocol.errors import ProblemError

PER_S, BURST = 50.0, 500  # of one key; a counter with a full queue asks about ten times a second
RUNNING = 64  # at the same time; each may hold a chunk of some MB
_KEY = re.compile(r'keyid="([^"]{1,200})"')
_WORDS = "本厅主机一时忙不过来，稍后会自动再试。"
_log = logging.getLogger("sync.edge.access")


class Bounded:
    """ASGI layer: a token bucket a key, and so many requests at once; one line in the log each.

    The key is not proved yet, but it only names whose turn it is. Counted on the event loop alone.
    """

    def __init__(
        self, app: ASGIApp, limiter: RateLimiter | None = None, running: int = RUNNING
    ) -> None:
        """Wrap an application."""
        self._app = app
        self._limiter = limiter or RateLimiter(PER_S, BURST)
        self._free = running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on when there is room for it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        found = _KEY.search(Headers(scope=scope).get("signature-input", ""))
        client = scope.get("client") or ("",)
        if wait := self._limiter.wait_for(found.group(1) if found else str(client[0])):
            problem = ProblemError(429, errors.TOO_MANY, _WORDS, retry_after_s=wait)
            await problem_response(problem, Request(scope))(scope, receive, send)
            return
        if not self._free:
            problem = ProblemError(503, errors.CROWDED, _WORDS, retry_after_s=2)
            await problem_response(problem, Request(scope))(scope, receive, send)
            return
        await self._run(scope, receive, send)

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = time.perf_counter(), 499

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        self._free -= 1
        try:
            await self._app(scope, receive, noting)
        finally:
            self._free += 1
            # The route's pattern only: a path may name an upload, a query a nonce.
            route = getattr(scope.get("route"), "path", "?")
            ms = round((time.perf_counter() - began) * 1000, 1)
            facts = {"method": scope["method"], "route": route, "status": status, "ms": ms}
            _log.info("request", extra={"facts": facts})
