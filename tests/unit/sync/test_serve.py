# SPDX-License-Identifier: MulanPSL-2.0
"""How the hub listens."""

from __future__ import annotations

import socket

from sync.hub import serve


def test_answers_do_not_wait_for_acknowledgements() -> None:
    """Without the protocol asyncio leaves Nagle's algorithm on: 40 ms an answer, measured."""
    with (
        serve.bind("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
    ):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP
