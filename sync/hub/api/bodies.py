# SPDX-License-Identifier: MulanPSL-2.0
"""The content of a request, read within a bound; the centre and an edge host read alike."""

from __future__ import annotations

from fastapi import Request
from starlette.requests import ClientDisconnect

from sync.protocol import errors
from sync.protocol.errors import ProblemError


async def read_body(request: Request, limit: int) -> bytes:
    """Read the content, never holding more than ``limit`` bytes.

    What says itself that it is longer is refused before any of it is read.

    Raises:
        ProblemError: 413 too long, 400 cut off.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise ProblemError(413, errors.TOO_LARGE)
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise ProblemError(413, errors.TOO_LARGE)
            parts.append(part)
    except ClientDisconnect as error:
        raise ProblemError(400, errors.BAD_BODY, "请求没有传完。") from error
    return b"".join(parts)
