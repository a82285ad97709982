# SPDX-License-Identifier: MulanPSL-2.0
"""Backpressure: so many pushes and pulls at a time in one process; the others come later (§9).

After an outage every counter comes at once. A few wait in the order they came; whoever finds no
place there is told when to come again: ``hash(device) mod window`` on the clock of the centre,
always the same second of the window for a device, another for each. So the herd becomes a stream,
in which each comes once a window. Refused before anything is read or verified, for that is what
an overloaded centre cannot afford; nothing of the operation is changed.
"""

from __future__ import annotations

import asyncio
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


def wait_of(device: str, window_s: int, now: float) -> int:
    """Return after how many seconds, 1 to ``window_s``, this device's second comes.

    Args:
        device: Its name.
        window_s: So long a window is.
        now: Seconds of a clock that all workers share.
    """
    digest = hashlib.sha256(device.encode()).digest()
    turn = int.from_bytes(digest[:8], "big") % window_s
    return (turn - int(now)) % window_s or window_s


class _Lane:
    """Places for one kind of request; whoever waits gets the next free one in the order of coming."""

    def __init__(self, places: int, waiting: int) -> None:
        self.room = places + waiting if places else 0
        self.turn = asyncio.Semaphore(places)


class Crowd:
    """ASGI layer that keeps the number of running pushes and pulls within bounds.

    It counts on the event loop alone, so it needs no lock. The two lanes have places of their
    own: a crowd of pushes never keeps a counter from its results.
    """

    def __init__(
        self, app: ASGIApp, centre: Centre, *, clock: Callable[[], float] = time.time
    ) -> None:
        """Wrap an application; ``clock`` gives seconds, the same to all workers."""
        self._app = app
        self._centre = centre
        self._clock = clock
        limits = centre.limits
        self._lanes = {
            _PUSH: _Lane(limits.pushes, limits.waiting),
            _PULL: _Lane(limits.pulls, limits.waiting),
        }
        # Read before the first crowd: it would get the usual window while ours is being read.
        self._window = self._policy()
        self._looked_at = clock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on when there is room for it, until its answer is sent."""
        path = scope["path"] if scope["type"] == "http" else ""
        lane = self._lanes.get(path)
        if lane is None:
            await self._app(scope, receive, send)
            return
        if not lane.room:
            await self._later(scope, receive, send)
            return
        lane.room -= 1
        try:
            async with lane.turn:
                await self._app(scope, receive, send)
        finally:
            lane.room += 1

    async def _later(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say when to come again; the key is not proved yet, but it only names the caller's turn."""
        now = self._clock()
        if abs(now - self._looked_at) >= _LOOK_S:  # a clock may be set back
            self._looked_at = now
            self._window = await run_in_threadpool(self._policy)
        key = _KEY.search(Headers(scope=scope).get("signature-input", ""))
        wait = wait_of(key.group(1) if key else "", self._window, now)
        problem = ProblemError(503, errors.CROWDED, _WORDS, retry_after_s=wait)
        await problem_response(problem, Request(scope))(scope, receive, send)

    def _policy(self) -> int:
        with self._centre.database.read() as tx:
            wish = checked("spread", feed.body_of(tx, "policy", "spread"))
        return wish.window_s if isinstance(wish, SpreadPolicy) else SpreadPolicy().window_s
