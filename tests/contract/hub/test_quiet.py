# SPDX-License-Identifier: MulanPSL-2.0
"""What a bug in the hub leaves behind: a problem document and the name of the error, no more."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from sync.hub.api.app import create_app
from sync.hub.api.problems import Quiet
from sync.hub.centre import open_centre
from sync.protocol import errors
from tests.conftest import LogWatch


def test_a_bug_is_answered_and_not_repeated_in_logs(
    tmp_path: Path, expected_log: LogWatch, caplog: pytest.LogCaptureFixture
) -> None:
    expected_log(r"sync\.hub\.api: GET /broken failed with ValueError")
    expected_log(r"sync\.hub\.api: request ended with ValueError")
    centre = open_centre(tmp_path)
    app = create_app(centre)

    @app.get("/broken")
    def broken() -> None:
        raise ValueError("990123194603080124")

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=Quiet(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
            return await client.get("/broken")

    reply = asyncio.run(ask())
    centre.close()
    assert (reply.status_code, reply.json()["code"]) == (500, errors.INTERNAL)
    assert "990123194603080124" not in reply.text + caplog.text
