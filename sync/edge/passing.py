# SPDX-License-Identifier: MulanPSL-2.0
"""A request goes on to the centre as it came, and the answer back; or the outside line is down."""

from __future__ import annotations

from fastapi import Request, Response

from sync.client.outcomes import LineError
from sync.client.transport import Reply
from sync.edge.asked import down, target_of
from sync.edge.host import EdgeHost
from sync.protocol.errors import ProblemError

_DROP = frozenset({"connection", "content-length", "transfer-encoding", "server", "date"})


def attempt(host: EdgeHost, request: Request, body: bytes) -> Response | None:
    """Pass a request on; ``None`` when the outside line is down."""
    try:
        reply = host.pass_on(request.method, target_of(request), dict(request.headers), body)
    except LineError:
        return None
    return as_it_came(reply)


def passed(
    host: EdgeHost, request: Request, body: bytes, otherwise: ProblemError | None = None
) -> Response:
    """Pass a request on, or say that the line is down (or what else is the trouble).

    Raises:
        ProblemError: ``otherwise``.
    """
    answer = attempt(host, request, body)
    if answer is not None:
        return answer
    if otherwise is not None:
        raise otherwise
    return down()


def as_it_came(reply: Reply) -> Response:
    """Return the centre's answer with nothing changed that it signed."""
    headers = {name: value for name, value in reply.headers.items() if name not in _DROP}
    return Response(reply.body, status_code=reply.status, headers=headers)
