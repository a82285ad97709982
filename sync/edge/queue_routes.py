# SPDX-License-Identifier: MulanPSL-2.0
"""Windows of a hall hear each other's 取号 and 叫号 at the host; the outside line plays no part."""

from __future__ import annotations

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


def queue_routes(host: EdgeHost, seen: Seen) -> APIRouter:
    """Return the route; it stands before the one that passes everything on."""
    router = APIRouter()

    @router.post("/v1/edge/queue")
    async def queue(request: Request) -> Response:
        body = await body_of(request)
        return await run_in_threadpool(_queue, host, seen, request, body)

    return router


def _queue(host: EdgeHost, seen: Seen, request: Request, body: bytes) -> Response:
    """Take a window's events in, tell what is new behind the place it knows."""
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
    behind = asked.after if asked.line_id == host.queue.line_id else 0
    found = host.queue.after(behind, QUEUE_MOST)
    told = QueueTold(
        line_id=host.queue.line_id,
        events=tuple(found),
        upto=found[-1][0] if found else behind,
        more=len(found) == QUEUE_MOST,
        asked=sha256_hex(body),
    )
    token = sign_json(told.model_dump(mode="json"), host.who.key, QUEUE_TYP)
    reply = QueueReply(told=token, certificate=host.who.certificate)
    return Response(reply.model_dump_json(), media_type="application/json")
