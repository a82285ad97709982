# SPDX-License-Identifier: MulanPSL-2.0
"""The face of an edge host towards its counters: the centre's protocol, passed on or stored."""

from __future__ import annotations

import hmac
from contextlib import suppress
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from counter.domain.errors import DomainError
from counter.domain.signing import sign_json
from sync.client.outcomes import LineError, Portal
from sync.client.transport import Reply
from sync.edge import figures
from sync.edge.asked import BODY_MAX, Seen, body_of, down, no_room, signer_of, target_of
from sync.edge.files import StoreFullError
from sync.edge.hall_routes import hall_routes
from sync.edge.host import EdgeHost
from sync.edge.page_routes import page_routes
from sync.edge.passing import as_it_came, attempt, passed
from sync.edge.queue_routes import queue_routes
from sync.edge.store import KeptOp
from sync.hub.api import problems
from sync.hub.api.metrics import CONTENT_TYPE
from sync.protocol import errors
from sync.protocol.compression import CompressionError, decompress
from sync.protocol.dictionaries import DICT_ID_HEADER
from sync.protocol.edge import PING_TYP, STORED_TYP
from sync.protocol.errors import ProblemError
from sync.protocol.opened import PUSH_OPENED, RESULTS_OPENED, unpack_push
from sync.protocol.wire import NDJSON, PingReply, PushLine, PushRequest, PushTail
from sync.protocol.wire import PING_TYP as CENTRE_PING


def create_app(host: EdgeHost, metrics_token: str = "") -> FastAPI:
    """Return the application of an edge host; without a token there are no metrics."""
    app = FastAPI(title="YC-Sync 1 edge", version="1", docs_url=None, redoc_url=None)
    problems.install(app)
    seen = Seen()

    @app.get("/v1/ping")
    async def ping(
        request: Request, nonce: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{8,128}$")]
    ) -> Response:
        return await run_in_threadpool(_ping, host, request, nonce)

    @app.post("/v1/sync/push")
    async def push(request: Request) -> Response:
        body = await body_of(request)
        return await run_in_threadpool(_push, host, seen, request, body)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> dict[str, str]:
        host.store.waiting()
        host.pages.figures()
        return {"status": "ready"}

    @app.get("/metrics")
    def metrics(request: Request) -> Response:
        given = request.headers.get("authorization", "").encode("latin-1", "replace")
        if not metrics_token or not hmac.compare_digest(given, f"Bearer {metrics_token}".encode()):
            raise ProblemError(401, "metrics_token", headers={"WWW-Authenticate": "Bearer"})
        return Response(figures.text(host), media_type=CONTENT_TYPE)

    app.include_router(hall_routes(host, seen))
    app.include_router(queue_routes(host, seen))
    app.include_router(page_routes(host, seen))

    @app.api_route("/{rest:path}", methods=["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"])
    async def other(request: Request, rest: str) -> Response:
        body = await body_of(request)
        return await run_in_threadpool(passed, host, request, body)

    return app


def _ping(host: EdgeHost, request: Request, nonce: str) -> Response:
    """Bring the centre's proof; without one the host answers for itself."""
    with suppress(LineError):
        reply = host.pass_on("GET", target_of(request), dict(request.headers), b"")
        if reply.status == 429 or _of_the_centre(host, reply):
            return as_it_came(reply)
    payload = {"nonce": nonce, "server_time": host.now().isoformat()}
    token = sign_json(dict(payload), host.who.key, PING_TYP)
    mine = PingReply(answer="", edge=token, certificate=host.who.certificate)
    return Response(mine.model_dump_json(), media_type="application/json")


def _of_the_centre(host: EdgeHost, reply: Reply) -> bool:
    """Tell a proof from what a sign-in page on the outside line answers."""
    try:
        answer = PingReply.model_validate_json(reply.body).answer
        host.centre.payload(answer, CENTRE_PING)
    except (ValidationError, DomainError):
        return False
    return True


def _push(host: EdgeHost, seen: Seen, request: Request, body: bytes) -> Response:
    """Keep first, then pass on; what cannot be passed on is answered for what it is: stored here."""
    try:
        wish = _push_request(host, request, body)
    except _UnreadableError as error:
        return _unread(host, request, body, error.dict_id)
    except (ValueError, CompressionError, RecursionError):
        return passed(host, request, body)
    kept, full = _kept(host, wish.ops) if signer_of(host, seen, request, body) else ([], False)
    try:
        reply = host.pass_on(request.method, target_of(request), dict(request.headers), body)
        if not host.note_reply(reply, wish.ops):
            raise LineError(Portal("外线被认证页面或代理拦住了。"))
    except LineError:
        if full:
            raise no_room() from None
        opened = request.headers.get("content-type", "") == PUSH_OPENED
        return _stored(host, kept, RESULTS_OPENED if opened else NDJSON) if kept else down()
    return as_it_came(reply)


def _kept(host: EdgeHost, ops: tuple[str, ...]) -> tuple[list[KeptOp], bool]:
    """Keep operations; whether there was no room for them."""
    try:
        return host.keep(ops), False
    except StoreFullError:
        return [], True


class _UnreadableError(Exception):
    """Packed with a dictionary that is not here."""

    def __init__(self, dict_id: str) -> None:
        super().__init__(dict_id)
        self.dict_id = dict_id


def _unread(host: EdgeHost, request: Request, body: bytes, dict_id: str) -> Response:
    """Pass on what the host cannot read; with the line down ask for words it can read and keep.

    Raises:
        ProblemError: 415.
    """
    answer = attempt(host, request, body)
    if answer is None:
        raise ProblemError(415, errors.DICTIONARY, "本厅主机没有这个压缩字典。")
    if answer.status_code == 200:
        host.learn_soon(dict_id)
    return answer


def _push_request(host: EdgeHost, request: Request, body: bytes) -> PushRequest:
    if request.headers.get("content-encoding", "") == "zstd":
        dict_id = request.headers.get(DICT_ID_HEADER, "")
        dictionary = host.dictionary(dict_id)
        if dict_id and dictionary is None:
            raise _UnreadableError(dict_id)
        body = decompress(body, limit=BODY_MAX, dictionary=dictionary)
    if request.headers.get("content-type", "") != PUSH_OPENED:
        return PushRequest.model_validate_json(body)
    return PushRequest.model_validate(unpack_push(body))


def _stored(host: EdgeHost, kept: list[KeptOp], kind: str) -> Response:
    """Say of each operation what the centre said when it did, else only that it lies here."""
    lines = []
    for op in kept:
        payload = host.stored(op).model_dump(mode="json")
        line = PushLine(
            result=op.result,
            stored=sign_json(payload, host.who.key, STORED_TYP),
            certificate=host.who.certificate,
        )
        lines.append(line)
    lines.append(PushLine(tail=PushTail(ack_through_seq=0, server_time=host.now().isoformat())))
    text = "".join(line.model_dump_json(exclude_defaults=True) + "\n" for line in lines)
    return Response(text, media_type=kind)
