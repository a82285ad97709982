# SPDX-License-Identifier: MulanPSL-2.0
"""How the hub listens."""

from __future__ import annotations

import argparse
import socket
from pathlib import Path

import pytest

from counter.domain.errors import DomainError
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


def test_the_ready_file_may_lie_in_the_data_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    data = tmp_path / "new"
    wish = argparse.Namespace(data=data, host="127.0.0.1", port=0, tls_cert=None, tls_key=None)
    wish.ready_file = data / "ready.json"
    assert serve.proved(wish) is None
    wish.ready_file = tmp_path / "other" / "ready.json"
    with pytest.raises(DomainError, match="HUB-READY-FILE"):
        serve.proved(wish)
    assert not data.exists()
