# SPDX-License-Identifier: MulanPSL-2.0
"""tus 1.0.0 for blobs, with creation (also with upload), checksum, expiration, termination (§5)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from sync.hub.api.described import UPLOAD_PROBLEMS, body_of, headers_of
from sync.hub.api.parsing import parse
from sync.hub.api.sync_routes import SendingRequest, answer
from sync.hub.centre import Centre
from sync.hub.handlers import uploads
from sync.protocol import tus
from sync.protocol.wire import PAGE_SIGNATURE_HEADER, HaveReply, HaveRequest

router = APIRouter(prefix="/v1/blobs", responses=UPLOAD_PROBLEMS)
_TUS = {"Tus-Resumable": tus.VERSION}
_ASKED = {"Tus_Resumable": "1\\.0\\.0"}
_CHUNK = {
    "requestBody": {
        "content": {tus.CHUNK_TYPE: {"schema": {"type": "string", "format": "binary"}}},
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
        "Tus-Version": tus.VERSION,
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
    tus.check_chunk(request.headers, signed.body, signed.centre.limits.chunk)
    metadata = tus.metadata(request.headers.get("upload-metadata", ""))
    progress = uploads.create(
        signed.centre,
        signed.device,
        blob_id=metadata.get("blob_id", ""),
        media_type=metadata.get("media_type", ""),
        length=tus.number(request.headers, "upload-length"),
        chunk=signed.body,
        checksum=tus.checksum(request.headers.get("upload-checksum", "")),
    )
    location = f"/v1/blobs/{progress.upload.upload_id}"
    return Response(
        status_code=201, headers={**_state(signed.centre, progress), "Location": location}
    )


@router.head("/{upload_id}", response_class=Response, openapi_extra=headers_of(**_ASKED))
def head_upload(request: Request, upload_id: str, signed: SendingRequest) -> Response:
    """Say how many bytes are durable."""
    tus.check_version(request.headers)
    progress = uploads.find(signed.centre, signed.device, upload_id)
    length = {"Upload-Length": str(progress.upload.length), "Cache-Control": "no-store"}
    return Response(headers={**_state(signed.centre, progress), **length})


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
    tus.check_chunk(request.headers, signed.body, signed.centre.limits.chunk, always=True)
    progress = uploads.append(
        signed.centre,
        signed.device,
        upload_id,
        offset=tus.number(request.headers, "upload-offset"),
        chunk=signed.body,
        checksum=tus.checksum(request.headers.get("upload-checksum", "")),
    )
    return Response(status_code=204, headers=_state(signed.centre, progress))


@router.delete(
    "/{upload_id}",
    status_code=204,
    response_class=Response,
    openapi_extra=headers_of(**_ASKED),
)
def delete_upload(request: Request, upload_id: str, signed: SendingRequest) -> Response:
    """Give an upload up."""
    tus.check_version(request.headers)
    uploads.terminate(signed.centre, signed.device, upload_id)
    return Response(status_code=204, headers=_TUS)


def _state(centre: Centre, progress: uploads.Progress) -> dict[str, str]:
    """What the protocol asks for, the centre's word at the end, and no more: it travels each time."""
    state = {**_TUS, "Upload-Offset": str(progress.offset)}
    if word := uploads.receipt(centre, progress):
        return {**state, PAGE_SIGNATURE_HEADER: word}
    return {**state, "Upload-Expires": progress.expires}
