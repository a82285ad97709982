# SPDX-License-Identifier: MulanPSL-2.0
"""Backpressure: so many pushes and pulls at a time in one process; the others come later (§9).

After an outage every counter comes at once. Whoever finds no place is told when to come again,
``hash(device) mod window``: always the same place of the window for a device, another for each,
so that the herd becomes a stream. Refused before anything is read or verified, for that is what
an overloaded centre cannot afford; nothing of the operation is changed.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from sync.hub.api.problems import problem_response
from sync.hub.centre import Centre
from sync.hub.storage import feed
from sync.protocol import errors
from sync.protocol.errors import ProblemError
from sync.protocol.policy import SpreadPolicy, checked

_PUSH, _PULL = "/v1/sync/push", "/v1/sync/pull"
_WORDS = "中心一时来的人多，已为本机排好时间，到时会自动再传。"
_KEY = re.compile(r'keyid="([^"]{1,200})"')
_LOOK_S = 10.0  # the window is read at most so often


def place(device: str, window_s: int) -> int:
    """Return the seconds after which this device should come: 1 to ``window_s``, always the same."""
    digest = hashlib.sha256(device.encode()).digest()
    return 1 + int.from_bytes(digest[:8], "big") % window_s


class Crowd:
    """ASGI layer that keeps the number of running pushes and pulls within bounds.

    It counts on the event loop alone, so it needs no lock. The two lanes have places of their
    own: a crowd of pushes never keeps a counter from its results.
    """

    def __init__(
        self, app: ASGIApp, centre: Centre, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Wrap an application."""
        self._app = app
        self._centre = centre
        self._clock = clock
        self._free = {_PUSH: centre.limits.pushes, _PULL: centre.limits.pulls}
        # Read before the first crowd: it would get the usual window while ours is being read.
        self._window = self._policy()
        self._look_at = clock() + _LOOK_S

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on when there is room for it, until its answer is sent."""
        path = scope["path"] if scope["type"] == "http" else ""
        if path not in self._free:
            await self._app(scope, receive, send)
            return
        if not self._free[path]:
            await self._later(scope, receive, send)
            return
        self._free[path] -= 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._free[path] += 1

    async def _later(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say when to come again; the key is not proved yet, but it only names the caller's turn."""
        if self._clock() >= self._look_at:
            self._look_at = self._clock() + _LOOK_S
            self._window = await run_in_threadpool(self._policy)
        key = _KEY.search(Headers(scope=scope).get("signature-input", ""))
        wait = place(key.group(1) if key else "", self._window)
        problem = ProblemError(503, errors.CROWDED, _WORDS, retry_after_s=wait)
        await problem_response(problem, Request(scope))(scope, receive, send)

    def _policy(self) -> int:
        with self._centre.database.read() as tx:
            wish = checked("spread", feed.body_of(tx, "policy", "spread"))
        return wish.window_s if isinstance(wish, SpreadPolicy) else SpreadPolicy().window_s
