# SPDX-License-Identifier: MulanPSL-2.0
"""The contract of uploads with the blobs in an S3 service (a local one, on loopback)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from counter.domain.errors import DomainError, KnownError
from sync.hub.centre import open_centre
from sync.hub.handlers import uploads
from sync.hub.storage import blobs
from tests.conftest import LogWatch
from tests.contract.hub import test_blobs as same
from tests.contract.hub.test_blobs import create, patch
from tests.contract.hub.test_push import line
from tests.fakes.device import FakeDevice
from tests.fakes.hub import RunningHub

PLACE = "s3://pages/hall"
_TESTS = [name for name in dir(same) if name.startswith("test_")]
globals().update({name: getattr(same, name) for name in _TESTS})
__all__ = ["line"]


@pytest.fixture(scope="module")
def s3() -> Iterator[ThreadedMotoServer]:
    """Run an S3 service with one bucket; the usual variables lead to it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch_env:
        for name, value in {
            "AWS_ENDPOINT_URL_S3": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            patch_env.setenv(name, value)
        boto3.client("s3").create_bucket(Bucket="pages")
        yield server
    server.stop()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, s3: ThreadedMotoServer) -> Iterator[RunningHub]:
    with RunningHub(tmp_path_factory.mktemp("hub"), blobs=PLACE) as running:
        yield running


def test_a_blob_is_an_object_named_by_its_hash(hub: RunningHub, device: FakeDevice) -> None:
    data = os.urandom(70_000)
    blob_id = hashlib.sha256(data).hexdigest()
    place = create(device, data).headers["Location"]
    assert patch(device, place, 0, data[:50_000]) == 204
    assert patch(device, place, 50_000, data[50_000:]) == 204
    found = boto3.client("s3").get_object(Bucket="pages", Key=f"hall/{blob_id[:2]}/{blob_id}")
    assert found["Body"].read() == data
    assert b"".join(hub.centre.files.read(blob_id)) == data
    assert not list((hub.centre.data / "incoming").glob(f"{place.rsplit('/', 1)[-1]}*"))
    with hub.centre.files.local(blob_id) as path:
        assert path.read_bytes() == data
    assert not path.exists()
    with pytest.raises(FileNotFoundError):
        next(hub.centre.files.read("0" * 64))


def test_a_service_that_fails_loses_nothing(
    hub: RunningHub, device: FakeDevice, expected_log: LogWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected_log(r"sync\.hub\.api: PATCH: the store of blobs is not available")
    data = os.urandom(3_000)
    blob_id = hashlib.sha256(data).hexdigest()
    place = create(device, data).headers["Location"]
    bucket = hub.centre.files._bucket  # type: ignore[attr-defined]  # only the S3 place has one
    monkeypatch.setattr(hub.centre.files, "_bucket", "gone-away")
    assert patch(device, place, 0, data) == 503
    assert uploads.have(hub.centre, [blob_id]) == "0", "it does not count yet"
    monkeypatch.setattr(hub.centre.files, "_bucket", bucket)
    assert patch(device, place, len(data), b"") == 204, "no byte is sent again"
    assert uploads.have(hub.centre, [blob_id]) == "1"


def test_a_centre_keeps_its_place(tmp_path: Path, s3: ThreadedMotoServer) -> None:
    centre = open_centre(tmp_path / "a", blobs="s3://pages/other")
    centre.close()
    with pytest.raises(KnownError) as forgotten:
        open_centre(tmp_path / "a")
    assert forgotten.value.code == "HUB-BLOBS-WHERE"
    centre = open_centre(tmp_path / "b")
    with centre.database.write() as tx:
        blobs.add_blob(tx, "0" * 64, 1, "image/png", centre.now())
    centre.close()
    with pytest.raises(KnownError):
        open_centre(tmp_path / "b", blobs=PLACE)
    with pytest.raises(KnownError) as absent:
        open_centre(tmp_path / "c", blobs="s3://no-such-bucket")
    assert absent.value.code == "HUB-BLOBS"
    with pytest.raises(DomainError):
        open_centre(tmp_path / "d", blobs="http://somewhere")
