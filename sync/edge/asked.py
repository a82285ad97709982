# SPDX-License-Identifier: MulanPSL-2.0
"""Requests as an edge host reads them: who asks, what exactly, and may the hall's host answer."""

from __future__ import annotations

import threading

from fastapi import Request, Response

from sync.edge.host import EdgeHost
from sync.hub.api.bodies import read_body
from sync.protocol import errors
from sync.protocol.edge import LINE_DOWN, NO_ROOM
from sync.protocol.errors import ProblemError
from sync.protocol.http_signing import RequestSignatureError, UnknownKeyError, verify_request
from sync.protocol.wire import PROBLEM_JSON

BODY_MAX = 8 * 1024 * 1024
RETRY_S = 60


class Seen:
    """Nonces of requests answered here, so that a captured one is good once."""

    def __init__(self, most: int = 50_000) -> None:
        """Remember the last ``most``."""
        self._lock = threading.Lock()
        self._most = most
        self._seen: dict[tuple[str, str], None] = {}

    def fresh(self, kid: str, nonce: str) -> bool:
        """Note a nonce; false when it was here before."""
        with self._lock:
            if (kid, nonce) in self._seen:
                return False
            self._seen[kid, nonce] = None
            while len(self._seen) > self._most:
                self._seen.pop(next(iter(self._seen)))
            return True


async def body_of(request: Request) -> bytes:
    """Read the content, ``BODY_MAX`` bytes at most.

    Raises:
        ProblemError: 413 too long, 400 cut off.
    """
    return await read_body(request, BODY_MAX)


def target_of(request: Request) -> str:
    """Return path and query as they came."""
    target = str(request.scope["raw_path"].decode("latin-1"))
    query = request.scope["query_string"].decode("latin-1")
    return f"{target}?{query}" if query else target


def signer_of(host: EdgeHost, seen: Seen, request: Request, body: bytes) -> str:
    """Return the device of the hall that signed this very request, for the first time; '' if none."""
    try:
        signer = verify_request(
            request.method, target_of(request), request.headers, body, host.store.public_key
        )
    except (UnknownKeyError, RequestSignatureError):
        return ""
    return host.store.device_of(signer.kid) if seen.fresh(signer.kid, signer.nonce) else ""


def device_of(host: EdgeHost, seen: Seen, request: Request, body: bytes) -> str:
    """Return the device of the hall that asks.

    Raises:
        ProblemError: 401.
    """
    if device_id := signer_of(host, seen, request, body):
        return device_id
    raise ProblemError(401, errors.UNSIGNED, "请求没有正确的设备签名。")


def down() -> Response:
    """Say that only the host is here."""
    words = "已连到本厅主机，主机到中心的线路断了。"
    problem = ProblemError(503, LINE_DOWN, words, retry_after_s=RETRY_S)
    return Response(
        problem.problem.model_dump_json(),
        status_code=503,
        media_type=PROBLEM_JSON,
        headers=problem.headers,
    )


def no_room() -> ProblemError:
    """Return the problem of a host whose disk or budget is used up (RFC 4918: 507)."""
    words = "本厅主机的磁盘满了，这一份没有存下；窗口本机的还在，外线通了会送到中心。"
    return ProblemError(507, NO_ROOM, words, retry_after_s=RETRY_S)
