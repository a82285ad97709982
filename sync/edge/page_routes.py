# SPDX-License-Identifier: MulanPSL-2.0
"""Pages at the edge host: always taken here first, over the hall's own network, then forwarded.

One rule for a good and a bad outside line: no upload has to change its place in the middle. What
the host cannot keep it passes on as it came. A complete page is answered with the centre's receipt
once that is here, never with a word of the host's own (S4).
"""

from __future__ import annotations

from contextlib import suppress

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from sync.client.outcomes import LineError
from sync.edge.asked import BODY_MAX, Seen, body_of, device_of, no_room, signer_of
from sync.edge.files import StoreFullError
from sync.edge.host import EdgeHost
from sync.edge.pages import MINE, PAGE_MAX, Held, WrongContentError
from sync.edge.passing import passed
from sync.hub.handlers.uploads import BLOB_ID, MEDIA_TYPE
from sync.protocol import errors, tus
from sync.protocol.compression import CompressionError, decompress
from sync.protocol.errors import ProblemError
from sync.protocol.wire import PAGE_SIGNATURE_HEADER, HaveReply, HaveRequest

_TUS = {"Tus-Resumable": tus.VERSION}
_CHUNK_MAX = 4 * 1024 * 1024


def page_routes(host: EdgeHost, seen: Seen) -> APIRouter:
    """Return the routes of uploads; they stand before the one that passes everything on."""
    router = APIRouter()

    @router.post("/v1/blobs/have")
    async def have(request: Request) -> Response:
        body = await body_of(request)
        return await run_in_threadpool(_have, host, request, body)

    @router.post("/v1/blobs")
    async def create(request: Request) -> Response:
        body = await body_of(request)
        return await run_in_threadpool(_create, host, seen, request, body)

    @router.api_route("/v1/blobs/" + MINE + "{upload_id}", methods=["HEAD", "PATCH", "DELETE"])
    async def on(request: Request, upload_id: str) -> Response:
        body = await body_of(request)
        return await run_in_threadpool(_on, host, seen, request, MINE + upload_id, body)

    return router


def _have(host: EdgeHost, request: Request, body: bytes) -> Response:
    """Pass the question on, and learn from the answer what the centre has lost."""
    answer = passed(host, request, body)
    if answer.status_code != 200:
        return answer
    with suppress(ValidationError, CompressionError, LineError):
        packed = request.headers.get("content-encoding", "") == "zstd"
        asked = HaveRequest.model_validate_json(
            decompress(body, limit=BODY_MAX) if packed else body
        )
        token = answer.headers.get(PAGE_SIGNATURE_HEADER, "")
        host.centre.answer(bytes(answer.body), token, body)
        bits = HaveReply.model_validate_json(bytes(answer.body)).bitmap
        lacking = [one for one, bit in zip(asked.blob_ids, bits, strict=False) if bit == "0"]
        host.pages.reopen(lacking)
    return answer


def _create(host: EdgeHost, seen: Seen, request: Request, body: bytes) -> Response:
    head = request.headers
    tus.check_chunk(head, body, _CHUNK_MAX)
    about = tus.metadata(head.get("upload-metadata", ""))
    blob_id, media_type = about.get("blob_id", ""), about.get("media_type", "")
    length = tus.number(head, "upload-length")
    if not BLOB_ID.fullmatch(blob_id) or not MEDIA_TYPE.fullmatch(media_type) or length < 1:
        raise ProblemError(400, errors.BAD_BODY, "上传的说明不对。")
    if len(body) > length:
        raise ProblemError(413, errors.TOO_LARGE)
    tus.check_hash(body, tus.checksum(head.get("upload-checksum", "")))
    device_id = signer_of(host, seen, request, body)
    if length > PAGE_MAX or not device_id:
        return passed(host, request, body)
    try:
        held = host.pages.create(device_id, blob_id, length, media_type, body)
    except StoreFullError:
        return passed(host, request, body, otherwise=no_room())
    except WrongContentError as error:
        raise tus.wrong_whole() from error
    _wake_if_whole(host, held)
    location = {"Location": f"/v1/blobs/{held.upload_id}"}
    return Response(status_code=201, headers={**_state(held), **location})


def _on(host: EdgeHost, seen: Seen, request: Request, upload_id: str, body: bytes) -> Response:
    tus.check_version(request.headers)
    held = host.pages.find(device_of(host, seen, request, body), upload_id)
    if held is None:
        raise ProblemError(404, errors.NOT_FOUND)
    if request.method == "HEAD":
        length = {"Upload-Length": str(held.length), "Cache-Control": "no-store"}
        return Response(headers={**_state(held), **length})
    if request.method == "DELETE":
        host.pages.terminate(upload_id)
        return Response(status_code=204, headers=_TUS)
    return _patch(host, request, held, body)


def _patch(host: EdgeHost, request: Request, held: Held, body: bytes) -> Response:
    head = request.headers
    tus.check_chunk(head, body, _CHUNK_MAX, always=True)
    offset = tus.number(head, "upload-offset")
    if offset != held.offset:
        words = "断点位置不对，请先查询。"
        raise ProblemError(409, "offset", words, headers={"Upload-Offset": str(held.offset)})
    if offset + len(body) > held.length:
        raise ProblemError(413, errors.TOO_LARGE)
    tus.check_hash(body, tus.checksum(head.get("upload-checksum", "")))
    try:
        now = host.pages.append(held.upload_id, offset, body) if body else held
    except StoreFullError as error:
        raise no_room() from error
    except WrongContentError as error:
        raise tus.wrong_whole() from error
    _wake_if_whole(host, now)
    return Response(status_code=204, headers=_state(now))


def _wake_if_whole(host: EdgeHost, held: Held) -> None:
    """A whole page goes on at once where the line carries it."""
    if held.offset == held.length and not held.receipt:
        host.work.set()


def _state(held: Held) -> dict[str, str]:
    state = {**_TUS, "Upload-Offset": str(held.offset)}
    return {**state, PAGE_SIGNATURE_HEADER: held.receipt} if held.receipt else state
