# SPDX-License-Identifier: MulanPSL-2.0
"""The face of an edge host towards its counters: the centre's protocol, passed on or stored."""

from __future__ import annotations

import threading
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from counter.domain.signing import sign_json
from sync.client.outcomes import LineError
from sync.client.transport import Reply
from sync.edge.host import EdgeHost
from sync.edge.store import KeptOp
from sync.protocol import errors
from sync.protocol.compression import CompressionError, decompress
from sync.protocol.dictionaries import DICT_ID_HEADER, known
from sync.protocol.edge import LINE_DOWN, PING_TYP, STORED_TYP, EdgeCase, EdgeCases
from sync.protocol.errors import ProblemError
from sync.protocol.http_signing import RequestSignatureError, UnknownKeyError, verify_request
from sync.protocol.opened import PUSH_OPENED, RESULTS_OPENED, unpack_push
from sync.protocol.wire import (
    NDJSON,
    PROBLEM_JSON,
    PingReply,
    PushLine,
    PushRequest,
    PushTail,
)

BODY_MAX = 8 * 1024 * 1024
_RETRY_S = 60
_PAGE = 200
_DROP = frozenset({"connection", "content-length", "transfer-encoding", "server", "date"})


class Seen:
    """Nonces of requests answered here, so that a captured one is good once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], None] = {}

    def fresh(self, kid: str, nonce: str) -> bool:
        """Note a nonce; false when it was here before."""
        with self._lock:
            if (kid, nonce) in self._seen:
                return False
            self._seen[kid, nonce] = None
            while len(self._seen) > 50_000:
                self._seen.pop(next(iter(self._seen)))
            return True


def create_app(host: EdgeHost) -> FastAPI:
    """Return the application of an edge host."""
    app = FastAPI(title="YC-Sync 1 edge", version="1", docs_url=None, redoc_url=None)
    seen = Seen()

    @app.get("/v1/ping")
    async def ping(
        request: Request, nonce: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{8,128}$")]
    ) -> Response:
        passed = await run_in_threadpool(_try, host, request, b"")
        if passed is not None:
            return passed
        payload = {"nonce": nonce, "server_time": host.now().isoformat()}
        token = sign_json(dict(payload), host.who.key, PING_TYP)
        reply = PingReply(answer="", edge=token, certificate=host.who.certificate)
        return Response(reply.model_dump_json(), media_type="application/json")

    @app.post("/v1/sync/push")
    async def push(request: Request) -> Response:
        body = await _body(request)
        return await run_in_threadpool(_push, host, seen, request, body)

    @app.get("/v1/edge/cases")
    async def cases(request: Request, after: Annotated[int, Query(ge=0)] = 0) -> Response:
        return await run_in_threadpool(_cases, host, seen, request, after)

    @app.api_route("/{rest:path}", methods=["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"])
    async def other(request: Request, rest: str) -> Response:
        body = await _body(request)
        passed = await run_in_threadpool(_try, host, request, body)
        return passed if passed is not None else _down()

    return app


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_MAX:
            raise ProblemError(413, errors.TOO_LARGE)
        parts.append(part)
    return b"".join(parts)


def _target(request: Request) -> str:
    target = str(request.scope["raw_path"].decode("latin-1"))
    query = request.scope["query_string"].decode("latin-1")
    return f"{target}?{query}" if query else target


def _try(host: EdgeHost, request: Request, body: bytes) -> Response | None:
    """Pass a request on; ``None`` when the outside line is down."""
    try:
        reply = host.pass_on(request.method, _target(request), dict(request.headers), body)
    except LineError:
        return None
    return _as_it_came(reply)


def _as_it_came(reply: Reply) -> Response:
    headers = {name: value for name, value in reply.headers.items() if name not in _DROP}
    return Response(reply.body, status_code=reply.status, headers=headers)


def _push(host: EdgeHost, seen: Seen, request: Request, body: bytes) -> Response:
    """Keep first, then pass on; what cannot be passed on is answered for what it is: stored here."""
    try:
        wish = _push_request(request, body)
    except (ValueError, CompressionError, RecursionError):
        return _try(host, request, body) or _down()
    known = _signed(host, seen, request, body)
    kept = host.keep(wish.ops) if known else []
    try:
        reply = host.pass_on(request.method, _target(request), dict(request.headers), body)
    except LineError:
        opened = request.headers.get("content-type", "") == PUSH_OPENED
        return _stored(host, kept, RESULTS_OPENED if opened else NDJSON) if kept else _down()
    host.note_reply(reply, wish.ops)
    return _as_it_came(reply)


def _push_request(request: Request, body: bytes) -> PushRequest:
    if request.headers.get("content-encoding", "") == "zstd":
        dictionary = known().get(request.headers.get(DICT_ID_HEADER, ""))
        body = decompress(body, limit=BODY_MAX, dictionary=dictionary)
    if request.headers.get("content-type", "") != PUSH_OPENED:
        return PushRequest.model_validate_json(body)
    return PushRequest.model_validate(unpack_push(body))


def _signed(host: EdgeHost, seen: Seen, request: Request, body: bytes) -> bool:
    """Tell whether a device of the hall signed this very request, for the first time."""
    try:
        signer = verify_request(
            request.method, _target(request), request.headers, body, host.store.public_key
        )
    except (UnknownKeyError, RequestSignatureError):
        return False
    return seen.fresh(signer.kid, signer.nonce)


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


def _cases(host: EdgeHost, seen: Seen, request: Request, after: int) -> Response:
    if not _signed(host, seen, request, b""):
        problem = ProblemError(401, errors.UNSIGNED, "请求没有正确的设备签名。").problem
        return Response(problem.model_dump_json(), status_code=401, media_type=PROBLEM_JSON)
    kept = host.store.received(after, _PAGE)
    found = [(op, host.store.certificate(op.device_id)) for op in kept]
    page = EdgeCases(
        cases=tuple(EdgeCase(op=op.token, certificate=token) for op, token in found if token),
        upto=kept[-1].no if kept else after,
    )
    return Response(page.model_dump_json(), media_type="application/json")


def _down() -> Response:
    words = "已连到本厅主机，主机到中心的线路断了。"
    problem = ProblemError(503, LINE_DOWN, words, retry_after_s=_RETRY_S).problem
    headers = {"Retry-After": str(_RETRY_S)}
    return Response(
        problem.model_dump_json(), status_code=503, media_type=PROBLEM_JSON, headers=headers
    )
