# SPDX-License-Identifier: MulanPSL-2.0
"""What the counters of a hall may learn from each other at the edge host while the line is down."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from sync.edge.asked import Seen, device_of, signer_of
from sync.edge.host import EdgeHost
from sync.edge.passing import passed
from sync.protocol import errors
from sync.protocol.edge import EdgeCase, EdgeCases
from sync.protocol.errors import ProblemError
from sync.protocol.snapshot import SnapshotReply

_PAGE = 200
_RANGE = re.compile(r"bytes=([0-9]{1,12})-([0-9]{1,12})")


def hall_routes(host: EdgeHost, seen: Seen) -> APIRouter:
    """Return the routes; they stand before the one that passes everything on."""
    router = APIRouter()

    @router.get("/v1/edge/cases")
    async def cases(request: Request, after: Annotated[int, Query(ge=0)] = 0) -> Response:
        return await run_in_threadpool(_cases, host, seen, request, after)

    @router.get("/v1/edge/snapshot")
    async def snapshot(request: Request, after: Annotated[int, Query(ge=0)] = 0) -> Response:
        return await run_in_threadpool(_snapshot, host, seen, request, after)

    @router.get("/v1/sync/snapshot/{place}/{sha256}")
    async def chunk(
        request: Request, place: str, sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
    ) -> Response:
        return await run_in_threadpool(_chunk, host, seen, request, sha256)

    return router


def _cases(host: EdgeHost, seen: Seen, request: Request, after: int) -> Response:
    device_of(host, seen, request, b"")
    kept = host.store.received(after, _PAGE, host.hall.now().heard)
    found = [(op, host.store.certificate(op.device_id)) for op in kept]
    page = EdgeCases(
        cases=tuple(EdgeCase(op=op.token, certificate=token) for op, token in found if token),
        upto=kept[-1].no if kept else after,
    )
    return Response(page.model_dump_json(), media_type="application/json")


def _snapshot(host: EdgeHost, seen: Seen, request: Request, after: int) -> Response:
    """Return the hall's snapshot if it knows of a change behind ``after``."""
    device_of(host, seen, request, b"")
    here = host.hall.now()
    if here.feed_no <= after:
        raise ProblemError(404, errors.NOT_FOUND)
    reply = SnapshotReply(manifest=here.manifest)
    return Response(reply.model_dump_json(), media_type="application/json")


def _chunk(host: EdgeHost, seen: Seen, request: Request, sha256: str) -> Response:
    """Return a chunk that is here, or the part of it that Range asks for (RFC 9110)."""
    data = host.hall.chunk(sha256) if signer_of(host, seen, request, b"") else None
    if data is None:
        return passed(host, request, b"")
    wish = _RANGE.fullmatch(request.headers.get("range", ""))
    kind = "application/octet-stream"
    if wish is None:
        return Response(data, media_type=kind)
    first, last = int(wish[1]), min(int(wish[2]), len(data) - 1)
    if first > last:
        raise ProblemError(416, "range", headers={"Content-Range": f"bytes */{len(data)}"})
    there = {"Content-Range": f"bytes {first}-{last}/{len(data)}"}
    return Response(data[first : last + 1], status_code=206, media_type=kind, headers=there)
