# SPDX-License-Identifier: MulanPSL-2.0
"""Windows of a hall hear each other's 取号 and 叫号 at the host; the outside line plays no part."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from counter.domain.canonical import sha256_hex
from counter.domain.signing import sign_json
from sync.edge.asked import Seen, body_of, device_of, no_room
from sync.edge.files import StoreFullError
from sync.edge.host import EdgeHost
from sync.protocol import errors
from sync.protocol.edge import QUEUE_MOST, QUEUE_TYP, QueueAsk, QueueReply, QueueTold
from sync.protocol.errors import ProblemError


class News:
    """Wakes those who wait for the next event; lives on the event loop alone."""

    def __init__(self) -> None:
        """Nobody waits."""
        self._next = asyncio.Event()

    def told(self) -> None:
        """Something came."""
        came, self._next = self._next, asyncio.Event()
        came.set()

    async def wait(self, seconds: float) -> None:
        """Return when something comes, or the time is over."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._next.wait(), seconds)


def queue_routes(host: EdgeHost, seen: Seen) -> APIRouter:
    """Return the route; it stands before the one that passes everything on."""
    router, news = APIRouter(), News()

    @router.post("/v1/edge/queue")
    async def queue(request: Request) -> Response:
        body = await body_of(request)
        asked = await run_in_threadpool(_taken, host, seen, request, body)
        if asked.events:
            news.told()
        behind = asked.after if asked.line_id == host.queue.line_id else 0
        if host.queue.newest <= behind:
            await news.wait(asked.wait_s)
        return await run_in_threadpool(_told, host, behind, sha256_hex(body))

    return router


def _taken(host: EdgeHost, seen: Seen, request: Request, body: bytes) -> QueueAsk:
    """Take a window's events in."""
    device_id = device_of(host, seen, request, body)
    try:
        asked = QueueAsk.model_validate_json(body)
    except ValidationError as error:
        raise ProblemError(422, errors.BAD_BODY) from error
    window = host.store.window_of(device_id)
    if any(one.window != window for one in asked.events):
        raise ProblemError(403, errors.SCOPE, "一个窗口只能说自己的号。")
    try:
        host.queue.add(asked.events)
    except StoreFullError as error:
        raise no_room() from error
    return asked


def _told(host: EdgeHost, behind: int, asked: str) -> Response:
    """Tell what is new behind a place."""
    found = host.queue.after(behind, QUEUE_MOST)
    told = QueueTold(
        line_id=host.queue.line_id,
        events=tuple(found),
        upto=found[-1][0] if found else behind,
        more=len(found) == QUEUE_MOST,
        asked=asked,
    )
    token = sign_json(told.model_dump(mode="json"), host.who.key, QUEUE_TYP)
    reply = QueueReply(told=token, certificate=host.who.certificate)
    return Response(reply.model_dump_json(), media_type="application/json")
