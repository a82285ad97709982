# SPDX-License-Identifier: MulanPSL-2.0
"""tus 1.0.0 for blobs, with creation (also with upload), checksum, expiration, termination (§5)."""

from __future__ import annotations

import base64
import binascii

from fastapi import APIRouter, Request, Response

from sync.hub.api.described import UPLOAD_PROBLEMS, body_of, headers_of
from sync.hub.api.parsing import parse
from sync.hub.api.sync_routes import SendingRequest, answer
from sync.hub.handlers import uploads
from sync.protocol import errors
from sync.protocol.errors import ProblemError
from sync.protocol.wire import HaveReply, HaveRequest

router = APIRouter(prefix="/v1/blobs", responses=UPLOAD_PROBLEMS)
VERSION = "1.0.0"
CHUNK_TYPE = "application/offset+octet-stream"
_TUS = {"Tus-Resumable": VERSION}
_ASKED = {"Tus_Resumable": "1\\.0\\.0"}
_CHUNK = {
    "requestBody": {
        "content": {CHUNK_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post(
    "/have",
    openapi_extra=body_of(HaveRequest),
    responses={200: {"model": HaveReply}},
    response_class=Response,
)
def post_have(signed: SendingRequest) -> Response:
    """Say which blobs the centre holds; the answer is signed with the hash of the question."""
    asked = parse(HaveRequest, signed.body)
    return answer(signed, HaveReply(bitmap=uploads.have(signed.centre, asked.blob_ids)))


@router.options("", status_code=204, response_class=Response)
def options(signed: SendingRequest) -> Response:
    """Say what this tus server can do."""
    headers = {
        **_TUS,
        "Tus-Version": VERSION,
        "Tus-Extension": "creation,creation-with-upload,checksum,expiration,termination",
        "Tus-Max-Size": str(signed.centre.limits.blob),
        "Tus-Checksum-Algorithm": "sha256",
    }
    return Response(status_code=204, headers=headers)


@router.post(
    "",
    status_code=201,
    response_class=Response,
    openapi_extra=_CHUNK
    | headers_of(
        **_ASKED,
        Upload_Length="[0-9]{1,10}",
        Upload_Metadata="blob_id [A-Za-z0-9+/]{86}==,media_type aW1hZ2UvcG5n",
        Upload_Checksum="sha256 [A-Za-z0-9+/]{43}=?",
    ),
)
def post_upload(request: Request, signed: SendingRequest) -> Response:
    """Create an upload; metadata ``blob_id`` and ``media_type``. Content is its first chunk."""
    _check_version(request)
    if signed.body and request.headers.get("content-type", "") != CHUNK_TYPE:
        raise ProblemError(415, "content_type")
    if len(signed.body) > signed.centre.limits.chunk:
        raise ProblemError(413, errors.TOO_LARGE)
    metadata = _metadata(request.headers.get("upload-metadata", ""))
    progress = uploads.create(
        signed.centre,
        signed.device,
        blob_id=metadata.get("blob_id", ""),
        media_type=metadata.get("media_type", ""),
        length=_number(request, "upload-length"),
        chunk=signed.body,
        checksum=_checksum(request.headers.get("upload-checksum", "")),
    )
    location = f"/v1/blobs/{progress.upload.upload_id}"
    return Response(status_code=201, headers={**_state(progress), "Location": location})


@router.head("/{upload_id}", response_class=Response, openapi_extra=headers_of(**_ASKED))
def head_upload(request: Request, upload_id: str, signed: SendingRequest) -> Response:
    """Say how many bytes are durable."""
    _check_version(request)
    progress = uploads.find(signed.centre, signed.device, upload_id)
    length = {"Upload-Length": str(progress.upload.length), "Cache-Control": "no-store"}
    return Response(headers={**_state(progress), **length})


@router.patch(
    "/{upload_id}",
    status_code=204,
    response_class=Response,
    openapi_extra=_CHUNK
    | headers_of(
        **_ASKED, Upload_Offset="[0-9]{1,10}", Upload_Checksum="sha256 [A-Za-z0-9+/]{43}=?"
    ),
)
def patch_upload(request: Request, upload_id: str, signed: SendingRequest) -> Response:
    """Append one chunk."""
    _check_version(request)
    if request.headers.get("content-type", "") != CHUNK_TYPE:
        raise ProblemError(415, "content_type")
    if len(signed.body) > signed.centre.limits.chunk:
        raise ProblemError(413, errors.TOO_LARGE)
    progress = uploads.append(
        signed.centre,
        signed.device,
        upload_id,
        offset=_number(request, "upload-offset"),
        chunk=signed.body,
        checksum=_checksum(request.headers.get("upload-checksum", "")),
    )
    return Response(status_code=204, headers=_state(progress))


@router.delete(
    "/{upload_id}",
    status_code=204,
    response_class=Response,
    openapi_extra=headers_of(**_ASKED),
)
def delete_upload(request: Request, upload_id: str, signed: SendingRequest) -> Response:
    """Give an upload up."""
    _check_version(request)
    uploads.terminate(signed.centre, signed.device, upload_id)
    return Response(status_code=204, headers=_TUS)


def _state(progress: uploads.Progress) -> dict[str, str]:
    """What the protocol asks for and no more: these bytes travel with every page."""
    state = {**_TUS, "Upload-Offset": str(progress.offset)}
    if progress.offset < progress.upload.length:
        state["Upload-Expires"] = progress.expires
    return state


def _check_version(request: Request) -> None:
    if request.headers.get("tus-resumable", "") != VERSION:
        raise ProblemError(412, "tus_version", headers={"Tus-Version": VERSION})


def _number(request: Request, name: str) -> int:
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise ProblemError(400, errors.BAD_BODY, f"{name} 不是数。")
    return int(text)


def _metadata(text: str) -> dict[str, str]:
    """Read Upload-Metadata: ``key base64, key base64``."""
    out = {}
    for pair in text.split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            out[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise ProblemError(400, errors.BAD_BODY, "Upload-Metadata 的格式不对。") from error
    return out


def _checksum(text: str) -> str:
    """Return the SHA-256 (hex) of Upload-Checksum; empty without the header."""
    if not text:
        return ""
    algorithm, _, value = text.partition(" ")
    if algorithm != "sha256":
        raise ProblemError(400, errors.BAD_BODY, "只认 sha256 校验值。")
    try:
        return base64.b64decode(value, validate=True).hex()
    except (binascii.Error, ValueError) as error:
        raise ProblemError(400, errors.BAD_BODY, "Upload-Checksum 的格式不对。") from error
