# SPDX-License-Identifier: MulanPSL-2.0
"""A request's content is read within a bound, by the centre and by an edge host alike."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from fastapi import Request
from starlette.types import Message

from sync.edge.asked import BODY_MAX, body_of
from sync.hub.api.bodies import read_body
from sync.protocol import errors
from sync.protocol.errors import ProblemError


class Sender:
    """Sends pieces as a server hands them on; ``asked`` is how often it was asked for one."""

    def __init__(self, pieces: Sequence[bytes], *, gone: bool = False, declared: str = "") -> None:
        self._pieces = list(pieces)
        self._gone = gone
        headers = [(b"content-length", declared.encode())] if declared else []
        scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
        self.asked = 0
        self.request = Request(scope, self._receive)

    async def _receive(self) -> Message:
        self.asked += 1
        if self._pieces:
            piece = self._pieces.pop(0)
            more = bool(self._pieces) or self._gone
            return {"type": "http.request", "body": piece, "more_body": more}
        return {"type": "http.disconnect"}


def test_it_comes_whole() -> None:
    assert asyncio.run(read_body(Sender([b"ab", b"", b"c"]).request, 3)) == b"abc"
    assert asyncio.run(body_of(Sender([b"abc"], declared="3").request)) == b"abc"


def test_what_says_itself_that_it_is_too_long_is_not_even_read() -> None:
    sender = Sender([b"abcd"], declared="4")
    with pytest.raises(ProblemError) as told:
        asyncio.run(read_body(sender.request, 3))
    assert (told.value.problem.status, sender.asked) == (413, 0)
    sender = Sender([b"x"], declared=str(BODY_MAX + 1))
    with pytest.raises(ProblemError) as told:
        asyncio.run(body_of(sender.request))
    assert (told.value.problem.status, sender.asked) == (413, 0)


@pytest.mark.parametrize("declared", ["", "1", "many"])
def test_what_is_too_long_ends_where_it_is_too_long(declared: str) -> None:
    sender = Sender([b"ab"] * 5, declared=declared)
    with pytest.raises(ProblemError) as told:
        asyncio.run(read_body(sender.request, 3))
    assert (told.value.problem.status, sender.asked) == (413, 2)


def test_what_is_cut_off_is_said() -> None:
    with pytest.raises(ProblemError) as told:
        asyncio.run(read_body(Sender([b"ab"], gone=True).request, 10))
    assert (told.value.problem.status, told.value.problem.code) == (400, errors.BAD_BODY)
