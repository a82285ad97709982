# SPDX-License-Identifier: MulanPSL-2.0
"""Blobs (sync-protocol §5): resumable, verified as a whole, never sent twice."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path

import httpx
import pytest

from counter.domain.errors import NotAllowedError
from sync.hub.handlers import backoffice
from sync.protocol.wire import PAGE_SIGNATURE_HEADER, HaveReply
from tests.fakes.device import FakeDevice, uuid7
from tests.fakes.hub import RunningHub, received_body
from tests.fakes.proxy import BadLine

TUS = {"Tus-Resumable": "1.0.0"}


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def create(device: FakeDevice, data: bytes, blob_id: str = "") -> httpx.Response:
    blob_id = blob_id or hashlib.sha256(data).hexdigest()
    head = {
        **TUS,
        "Upload-Length": str(len(data)),
        "Upload-Metadata": f"blob_id {b64(blob_id)},media_type {b64('image/png')}",
    }
    return device.request("POST", "/v1/blobs", None, head)


def patch(device: FakeDevice, place: str, offset: int, chunk: bytes, hashed: bytes = b"") -> int:
    digest = base64.b64encode(hashlib.sha256(hashed or chunk).digest()).decode()
    head = {
        **TUS,
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": str(offset),
        "Upload-Checksum": f"sha256 {digest}",
    }
    return device.request("PATCH", place, chunk, head).status_code


def offset(device: FakeDevice, place: str) -> int:
    return int(device.request("HEAD", place, None, TUS).headers["Upload-Offset"])


def have(device: FakeDevice, *blob_ids: str) -> str:
    reply = device.request("POST", "/v1/blobs/have", json.dumps({"blob_ids": blob_ids}).encode())
    assert reply.headers[PAGE_SIGNATURE_HEADER]
    return HaveReply.model_validate_json(reply.content).bitmap


def test_upload_resumes_after_a_cut(hub: RunningHub, device: FakeDevice) -> None:
    data = os.urandom(200_000)
    blob_id = hashlib.sha256(data).hexdigest()
    with BadLine("127.0.0.1", hub.port) as line:
        device.url = line.url
        place = create(device, data).headers["Location"]
        assert patch(device, place, 0, data[:100_000]) == 204
        line.plan(cut_up=30_000)
        with pytest.raises(httpx.TransportError):
            patch(device, place, 100_000, data[100_000:])
        assert offset(device, place) == 100_000
        assert have(device, blob_id) == "0"
        line.plan(lose_reply=True)
        with pytest.raises(httpx.TransportError):
            patch(device, place, 100_000, data[100_000:])
        assert offset(device, place) == len(data)
    device.url = hub.url
    assert have(device, "0" * 64, blob_id) == "01"
    assert b"".join(hub.centre.files.read(blob_id)) == data


def test_upload_survives_a_restart_of_the_hub(tmp_path: Path) -> None:
    data = os.urandom(5000)
    with RunningHub(tmp_path) as hub:
        device = hub.new_device()
        place = create(device, data).headers["Location"]
        patch(device, place, 0, data[:2000])
        hub.restart()
        assert offset(device, place) == 2000
        assert patch(device, place, 2000, data[2000:]) == 204


def test_wrong_chunk_is_not_kept_and_wrong_whole_starts_again(
    hub: RunningHub, device: FakeDevice
) -> None:
    data = os.urandom(3000)
    place = create(device, data).headers["Location"]
    assert patch(device, place, 0, data[:1000], hashed=b"other") == 460
    assert offset(device, place) == 0
    assert patch(device, place, 0, data[:1000]) == 204
    assert patch(device, place, 500, data[500:]) == 409
    assert patch(device, place, 1000, data[1000:] + b"x") == 413
    assert patch(device, place, 1000, b"x" * 2000) == 460
    assert offset(device, place) == 0
    assert patch(device, place, 0, data) == 204
    assert have(device, hashlib.sha256(data).hexdigest()) == "1"


def test_a_blob_that_is_there_needs_nothing_more(hub: RunningHub, device: FakeDevice) -> None:
    data = os.urandom(100)
    patch(device, create(device, data).headers["Location"], 0, data)
    again = create(hub.new_device(), data)
    assert (again.status_code, again.headers["Upload-Offset"]) == (201, "100")


def test_a_small_blob_travels_with_its_creation(hub: RunningHub, device: FakeDevice) -> None:
    """Tus creation-with-upload: one request; a wrong content leaves nothing behind."""

    def bring(data: bytes, blob_id: str, length: int) -> httpx.Response:
        head = {
            **TUS,
            "Upload-Length": str(length),
            "Upload-Metadata": f"blob_id {b64(blob_id)},media_type {b64('image/png')}",
            "Content-Type": "application/offset+octet-stream",
        }
        return device.request("POST", "/v1/blobs", data, head)

    data = os.urandom(5000)
    blob_id = hashlib.sha256(data).hexdigest()
    assert bring(data[::-1], blob_id, 5000).status_code == 460
    assert bring(data, blob_id, 4999).status_code == 413
    assert have(device, blob_id) == "0"
    first = bring(data[:3000], blob_id, 5000)
    assert (first.status_code, first.headers["Upload-Offset"]) == (201, "3000")
    assert patch(device, first.headers["Location"], 3000, data[3000:]) == 204
    other = os.urandom(700)
    whole = bring(other, hashlib.sha256(other).hexdigest(), 700)
    assert (whole.status_code, whole.headers["Upload-Offset"]) == (201, "700")
    assert have(device, blob_id, hashlib.sha256(other).hexdigest()) == "11"


def test_uploads_end_and_belong_to_one_device(hub: RunningHub, device: FakeDevice) -> None:
    place = create(device, b"abc").headers["Location"]
    assert device.request("OPTIONS", "/v1/blobs").headers["Tus-Extension"].startswith("creation")
    assert hub.new_device().request("HEAD", place, None, TUS).status_code == 404
    assert device.request("DELETE", place, None, TUS).status_code == 204
    assert device.request("HEAD", place, None, TUS).status_code == 404
    assert create(device, b"abc", blob_id="no hash").status_code == 400
    assert device.request("HEAD", place).status_code == 412


def test_approval_waits_for_required_blobs(hub: RunningHub, device: FakeDevice) -> None:
    data = os.urandom(64)
    blob_id = hashlib.sha256(data).hexdigest()
    ref = {"blob_id": blob_id, "size": 64, "role": "id_copy", "media_type": "image/png"}
    op = device.operation("case.received", uuid7(), received_body(), blobs=(ref,))
    (result,) = device.push([op]).results
    assert (result.status, result.missing_blobs) == ("applied", (blob_id,))
    backoffice.act(hub.centre, op.entity_id, "accept")
    with pytest.raises(NotAllowedError, match="OFFICE-BLOBS"):
        backoffice.act(hub.centre, op.entity_id, "approve")
    patch(device, create(device, data).headers["Location"], 0, data)
    assert device.push([op]).results[0].missing_blobs == ()
    case = backoffice.act(hub.centre, op.entity_id, "approve")
    assert case.state == "approved"
