# SPDX-License-Identifier: MulanPSL-2.0
"""Every error leaves the hub as problem+json with a code."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from counter.domain.errors import CounterError
from sync.hub.storage.blob_files import BlobStoreError
from sync.hub.storage.columns import UnstorableError
from sync.hub.storage.engine import Busy, Unavailable
from sync.protocol import errors
from sync.protocol.errors import ProblemError
from sync.protocol.wire import PROBLEM_JSON

_log = logging.getLogger("sync.hub.api")
_NO_SUCH = frozenset({"OFFICE-CASE", "OFFICE-DEVICE", "OFFICE-HALL", "RATING-SLIP", "TICKET-NONE"})
_NOT_SO = frozenset({"OFFICE-POLICY", "CAL-HOURS", "DEEDS-SINCE", "HALL-FORM"})


def refusal(error: CounterError) -> ProblemError:
    """Return how an act of the back office that was not done is told.

    404 nothing by that name, 422 a value that cannot be, 409 not as things are now.
    """
    status = 404 if error.code in _NO_SUCH else 422 if error.code in _NOT_SO else 409
    return ProblemError(status, error.code, error.what)


def problem_response(error: ProblemError, request: Request) -> Response:
    """Return the response of a problem; HEAD has no body."""
    body = b"" if request.method == "HEAD" else error.problem.model_dump_json().encode()
    return Response(
        body, status_code=error.problem.status, media_type=PROBLEM_JSON, headers=error.headers
    )


async def _on_problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, ProblemError):
        raise TypeError
    return problem_response(error, request)


async def _on_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise TypeError
    code = errors.NOT_FOUND if error.status_code == 404 else f"http_{error.status_code}"
    headers = dict(error.headers or {})
    return problem_response(ProblemError(error.status_code, code, headers=headers), request)


async def _on_invalid(request: Request, _error: Exception) -> Response:
    # The error's own text would repeat what was sent.
    return problem_response(ProblemError(422, errors.BAD_BODY), request)


async def _on_unavailable(request: Request, _error: Exception) -> Response:
    _log.error("%s: the database is not available", request.method)
    return problem_response(
        ProblemError(503, errors.UNAVAILABLE, "中心暂时忙，稍后会自动再试。", retry_after_s=30),
        request,
    )


async def _on_blob_store(request: Request, _error: Exception) -> Response:
    _log.error("%s: the store of blobs is not available", request.method)
    words = "中心暂时存不了材料，已收到的部分还在，稍后会自动再试。"
    return problem_response(ProblemError(503, errors.UNAVAILABLE, words, retry_after_s=30), request)


async def _on_unstorable(request: Request, _error: Exception) -> Response:
    words = "内容里有不能保存的字符（U+0000），或者有一项太长；没有保存。"
    return problem_response(ProblemError(422, errors.BAD_BODY, words), request)


async def _on_bug(request: Request, error: Exception) -> Response:
    # Type and route only: the message of an exception may hold what was sent.
    route = request.scope.get("route")
    path = getattr(route, "path", "?")
    _log.error("%s %s failed with %s", request.method, path, type(error).__name__)
    return problem_response(ProblemError(500, errors.INTERNAL, retry_after_s=30), request)


def install(app: FastAPI) -> None:
    """Register the handlers of errors."""
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(Unavailable, _on_unavailable)
    app.add_exception_handler(Busy, _on_unavailable)
    app.add_exception_handler(BlobStoreError, _on_blob_store)
    app.add_exception_handler(UnstorableError, _on_unstorable)
    app.add_exception_handler(Exception, _on_bug)


class Quiet:
    """The outermost layer: an error never reaches the server's own log.

    Starlette answers an unexpected error and then raises it again; the server would log its
    message and its frames, which may hold what was sent.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; swallow what was already answered and named in our log."""
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            return  # the line was cut; what was committed stays, the rest comes again
        except Exception as error:  # noqa: BLE001 - the outermost layer of a server
            _log.error("request ended with %s", type(error).__name__)
