# SPDX-License-Identifier: MulanPSL-2.0
"""Routes of enrolment, ping, push and pull."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import FileResponse, PlainTextResponse, StreamingResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from counter.domain.signing import sign_json
from sync.hub.api import metrics
from sync.hub.api.auth import (
    Signed,
    centre_of,
    limit_pings,
    limit_strangers,
    monitoring,
    sending_request,
    signed_request,
)
from sync.hub.api.bodies import read_body
from sync.hub.api.described import DEVICE_PROBLEMS, OPEN_PROBLEMS, body_of, problems
from sync.hub.api.parsing import parse
from sync.hub.centre import Centre
from sync.hub.handlers import enrol as enrolment
from sync.hub.handlers import snapshot
from sync.hub.handlers.checkin import check_in
from sync.hub.handlers.pull import page_signature, pull
from sync.hub.handlers.push import push
from sync.hub.storage import feed
from sync.protocol import errors
from sync.protocol.compression import compress, compress_lines
from sync.protocol.dictionaries import DICT_ID_HEADER
from sync.protocol.errors import ProblemError
from sync.protocol.expected import ACCEPT_DICT_HEADER, answers_to
from sync.protocol.opened import PUSH_OPENED, RESULTS_OPENED, open_token, unpack_push
from sync.protocol.snapshot import SnapshotReply
from sync.protocol.wire import (
    NDJSON,
    PAGE_SIGNATURE_HEADER,
    PING_TYP,
    CheckIn,
    CheckInReply,
    EnrolReply,
    EnrolRequest,
    PingReply,
    PullPage,
    PushLine,
    PushRequest,
)

router = APIRouter()
SignedRequest = Annotated[Signed, Depends(signed_request)]
SendingRequest = Annotated[Signed, Depends(sending_request)]
_SMALL = 1024


@router.get("/metrics", responses=problems(401, 405, 503), response_class=PlainTextResponse)
def get_metrics(centre: Annotated[Centre, Depends(monitoring)]) -> Response:
    """Figures for the monitoring, in the text format of Prometheus."""
    return Response(metrics.text(centre), media_type=metrics.CONTENT_TYPE)


@router.get("/readyz", responses=problems(405, 503))
def readyz(request: Request) -> dict[str, str]:
    """Tell that the database answers: requests may be sent here."""
    with centre_of(request).database.read() as tx:
        feed.head(tx)
    return {"status": "ready"}


@router.get("/healthz", responses=problems(405))
def healthz() -> dict[str, str]:
    """Tell that the process lives; proves nothing about who answers (that is ping)."""
    return {"status": "ok"}


@router.post(
    "/v1/enrol",
    openapi_extra=body_of(EnrolRequest),
    dependencies=[Depends(limit_strangers)],
    responses=OPEN_PROBLEMS | problems(403, 409),
)
async def post_enrol(request: Request) -> EnrolReply:
    """Enrol a device with a one-time code (§12); repeating it gives the same answer."""
    body = await read_body(request, 64 * 1024)
    return await run_in_threadpool(enrolment.enrol, centre_of(request), parse(EnrolRequest, body))


@router.get("/v1/ping", responses=problems(405, 422, 429), dependencies=[Depends(limit_pings)])
def get_ping(
    request: Request, nonce: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{8,128}$")]
) -> PingReply:
    """Prove that it is the centre that answers (§9)."""
    centre = centre_of(request)
    payload = {"nonce": nonce, "server_time": centre.now()}
    return PingReply(answer=sign_json(dict(payload), centre.keys.signing, PING_TYP))


@router.post(
    "/v1/sync/push",
    openapi_extra=body_of(PushRequest),
    response_class=StreamingResponse,
    responses=DEVICE_PROBLEMS
    | problems(409)
    | {200: {"content": {NDJSON: {}}, "description": "PushLine per line"}},
)
def post_push(request: Request, signed: SendingRequest) -> StreamingResponse:
    """Take operations (§4): one line per operation after its commit, then the tail.

    Compressed when asked for, each line so that it can be read when it arrives. Content of type
    ``application/vnd.yc-push`` (tokens opened, see ``sync.protocol.opened``) is answered alike.
    ``Accept-Dict`` names the dictionary of expected answers that the device made of its question.
    """
    opened = request.headers.get("content-type", "") == PUSH_OPENED
    asked = _opened_push(signed.body) if opened else parse(PushRequest, signed.body)
    answered = push(signed.centre, signed.device, asked)
    lines = _opened_lines(answered) if opened else _ndjson(answered)
    kind = RESULTS_OPENED if opened else NDJSON
    if not _takes_zstd(request):
        return StreamingResponse(lines, media_type=kind)
    headers = {"Content-Encoding": "zstd"}
    wanted = request.headers.get(ACCEPT_DICT_HEADER, "")
    answers = answers_to(asked.ops) if wanted else None
    if answers is not None and answers.dict_id == wanted:
        headers[DICT_ID_HEADER] = wanted
    else:
        answers = None
    return StreamingResponse(compress_lines(lines, answers), media_type=kind, headers=headers)


def _opened_push(body: bytes) -> PushRequest:
    """Parse a push whose tokens travel opened.

    Raises:
        ProblemError: 422, without repeating what was sent.
    """
    try:
        return PushRequest.model_validate(unpack_push(body))
    except (ValueError, RecursionError) as error:
        raise ProblemError(422, errors.BAD_BODY, "请求的内容不是约定的格式。") from error


def _takes_zstd(request: Request) -> bool:
    offered = request.headers.get("accept-encoding", "").split(",")
    return "zstd" in {part.split(";")[0].strip() for part in offered}


def _opened_lines(lines: Iterator[PushLine]) -> Iterator[bytes]:
    for line in lines:
        told = open_token(line.result) if line.result else _line(line)
        yield told + b"\n"


def _line(line: PushLine) -> bytes:
    return line.model_dump_json(exclude_defaults=True).encode()


def _ndjson(lines: Iterator[PushLine]) -> Iterator[bytes]:
    for line in lines:
        yield _line(line) + b"\n"


@router.post(
    "/v1/sync/checkin",
    openapi_extra=body_of(CheckIn),
    responses=DEVICE_PROBLEMS | {200: {"model": CheckInReply}},
    response_class=Response,
)
def post_check_in(signed: SignedRequest) -> Response:
    """Compare a device's head with what the centre has of it; may grant a new epoch (§1)."""
    reply = check_in(signed.centre, signed.device, signed.kid, parse(CheckIn, signed.body))
    return answer(signed, reply)


def answer(signed: Signed, reply: BaseModel) -> Response:
    """Return an answer signed together with the SHA-256 of the question it belongs to."""
    body = reply.model_dump_json().encode()
    token = page_signature(signed.centre, body, "", asked=signed.raw)
    return Response(body, media_type="application/json", headers={PAGE_SIGNATURE_HEADER: token})


@router.get("/v1/sync/snapshot", responses=DEVICE_PROBLEMS | {200: {"model": SnapshotReply}})
def get_snapshot(signed: SignedRequest) -> SnapshotReply:
    """Make a snapshot of everything the device may have (§6), for a cursor that is too old."""
    manifest = snapshot.make(signed.centre, signed.device)
    return SnapshotReply(manifest=snapshot.signed(signed.centre, manifest))


@router.get(
    "/v1/sync/snapshot/{place}/{sha256}",
    response_class=FileResponse,
    responses=DEVICE_PROBLEMS | problems(404, 416) | {206: {"description": "Partial Content"}},
)
def get_chunk(
    signed: SignedRequest,
    place: Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")],
    sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
) -> FileResponse:
    """Return a chunk, or the part of it that Range asks for (RFC 9110)."""
    path = snapshot.chunk_file(signed.centre, signed.device, place, sha256)
    if path is None:
        raise ProblemError(404, errors.NOT_FOUND)
    return FileResponse(path, media_type="application/octet-stream")


@router.get(
    "/v1/sync/pull",
    responses=DEVICE_PROBLEMS | problems(409, 410) | {200: {"model": PullPage}},
    response_class=Response,
)
def get_pull(
    request: Request,
    signed: SignedRequest,
    cursor: Annotated[str, Query(max_length=400)] = "",
    scopes: Annotated[str, Query(max_length=1000)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> Response:
    """Return a page of the change feed (§6); ``scopes`` are comma-separated, "" means all own.

    The header Centre-Signature signs the SHA-256 of the page before Content-Encoding.
    """
    centre = signed.centre
    wanted = [scope for scope in scopes.split(",") if scope]
    page = pull(
        centre,
        signed.device,
        cursor=cursor,
        scopes=wanted,
        limit=min(limit, centre.limits.page_records),
    )
    body = page.model_dump_json().encode()
    headers = {PAGE_SIGNATURE_HEADER: page_signature(centre, body, page.cursor)}
    if _takes_zstd(request) and len(body) > _SMALL:
        headers["Content-Encoding"] = "zstd"
        body = compress(body)
    return Response(body, media_type="application/json", headers=headers)
