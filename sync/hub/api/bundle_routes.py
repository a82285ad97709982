# SPDX-License-Identifier: MulanPSL-2.0
"""Routes for bundles that another counter carries (§10); the upload itself is that of any blob."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import FileResponse

from sync.hub.api.described import DEVICE_PROBLEMS, problems
from sync.hub.api.sync_routes import SendingRequest, SignedRequest, answer
from sync.hub.handlers import relay
from sync.protocol import errors
from sync.protocol.errors import ProblemError
from sync.protocol.wire import RelayReply

router = APIRouter(prefix="/v1/bundles", responses=DEVICE_PROBLEMS | problems(404, 409, 416))
Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


@router.post("/{sha256}", responses={200: {"model": RelayReply}}, response_class=Response)
def post_bundle(signed: SendingRequest, sha256: Sha256) -> Response:
    """Take in an uploaded bundle whoever made it; its operations are signed by their own device."""
    return answer(signed, relay.take_in(signed.centre, sha256))


@router.get(
    "/{sha256}",
    response_class=FileResponse,
    responses={206: {"description": "Partial Content"}},
)
def get_answer(signed: SignedRequest, sha256: Sha256) -> FileResponse:
    """Return the sealed answer to a bundle, or the part that Range asks for (RFC 9110)."""
    path = relay.answer_file(signed.centre, sha256)
    if not path.is_file():
        raise ProblemError(404, errors.NOT_FOUND)
    return FileResponse(path, media_type="application/octet-stream")
