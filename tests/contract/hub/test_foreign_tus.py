# SPDX-License-Identifier: MulanPSL-2.0
"""Foreign ends of tus 1.0.0: tuspy against our hub, our uploads against a tuspyserver."""

from __future__ import annotations

import io
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import pytest
import requests
import uvicorn
from fastapi import FastAPI, Request, Response
from requests.auth import AuthBase
from tusclient.client import TusClient
from tuspyserver import create_tus_router

from counter.domain.canonical import sha256_hex
from counter.domain.signing import SigningKey, sign_json
from sync.client.centre import Centre
from sync.client.engine.blobs import HAVE_PATH, BlobEngine
from sync.client.engine.step import Kit
from sync.client.transport import Transport
from sync.hub import serve
from sync.protocol.compression import decompress
from sync.protocol.http_signing import signed_headers
from sync.protocol.wire import PAGE_SIGNATURE_HEADER, PAGE_TYP, HaveReply, HaveRequest
from tests.fakes.device import FakeDevice
from tests.fakes.hub import RunningHub
from tests.fakes.sync_store import DirectExecution, FakeStore, WallClock

KEY = SigningKey.generate("device-1")


def photo(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


class Signs(AuthBase):
    """What a foreign client needs beside tus: the device's signature on each request."""

    def __init__(self, device: FakeDevice) -> None:
        self._key = device.key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body if isinstance(request.body, bytes) else None
        known = {str(k): str(v) for k, v in request.headers.items()}
        headers = signed_headers(str(request.method), str(request.url), known, body, self._key)
        request.headers.update(headers)
        return request


def test_a_foreign_client_uploads_to_our_hub(
    hub: RunningHub, device: FakeDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    with requests.Session() as session:
        session.auth = Signs(device)
        # The library calls ``requests.post`` and the like; a session has the same words.
        for method in ("post", "head", "patch"):
            monkeypatch.setattr(requests, method, getattr(session, method))
        data = photo(200_000, 1)
        blob_id = sha256_hex(data)
        uploader = TusClient(f"{hub.url}/v1/blobs").uploader(
            file_stream=io.BytesIO(data),
            chunk_size=64 * 1024,
            metadata={"blob_id": blob_id, "media_type": "image/jpeg"},
        )
        uploader.upload(stop_at=64 * 1024)
        assert uploader.offset == 64 * 1024
        again = TusClient(f"{hub.url}/v1/blobs").uploader(
            file_stream=io.BytesIO(data), chunk_size=64 * 1024, url=uploader.url
        )
        assert again.offset == 64 * 1024, "goes on where it was"
        again.upload()
    assert hub.centre.files.path(blob_id).read_bytes() == data


class ForeignServer:
    """A tuspyserver below /v1/blobs, with nothing of ours but the signed question what is there."""

    def __init__(self, folder: Path, key: SigningKey, done: Callable[[str, object], None]) -> None:
        app = FastAPI()
        self.whole = False  # the page of the test has arrived

        def complete(path: str, about: object) -> None:
            self.whole = True
            done(path, about)

        @app.post(HAVE_PATH)
        async def have(request: Request) -> Response:
            raw = await request.body()
            asked = HaveRequest.model_validate_json(decompress(raw, limit=10**6))
            bit = "1" if self.whole else "0"
            body = HaveReply(bitmap=bit * len(asked.blob_ids)).model_dump_json().encode()
            payload = {"sha256": sha256_hex(body), "cursor": "", "asked": sha256_hex(raw)}
            head = {PAGE_SIGNATURE_HEADER: sign_json(dict(payload), key, PAGE_TYP)}
            return Response(body, headers=head)

        app.include_router(
            create_tus_router(prefix="v1/blobs", files_dir=str(folder), on_upload_complete=complete)
        )
        listener = serve.bind("127.0.0.1", 0)
        self._sockets = [listener]
        self.url = serve.url_of(listener)
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
        self._thread = threading.Thread(
            target=lambda: self._server.run(sockets=self._sockets), daemon=True
        )

    def __enter__(self) -> ForeignServer:
        self._thread.start()
        end = time.monotonic() + 20
        while not self._server.started and time.monotonic() < end:
            time.sleep(0.02)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=20)
        for listener in self._sockets:
            listener.close()


def test_our_client_uploads_to_a_foreign_server(tmp_path: Path) -> None:
    key, arrived = SigningKey.generate("centre-1"), list[str]()
    store, data = FakeStore(), photo(200_000, 2)
    store.add_blob(data)
    with ForeignServer(tmp_path, key, lambda path, _: arrived.append(path)) as server:
        channel = Transport(server.url, KEY).open()
        centre = Centre({key.kid: key.public_hex})
        run = DirectExecution().run
        kit = Kit(store, run, channel, centre, WallClock().now, time.monotonic)
        engine = BlobEngine(kit)
        for _ in range(60):
            if not engine.step().more:
                break
        channel.close()
    assert not store.jobs
    assert [Path(path).read_bytes() for path in arrived] == [data]
