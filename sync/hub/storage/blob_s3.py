# SPDX-License-Identifier: MulanPSL-2.0
"""Whole blobs in an S3 service; parts are spooled in the data folder until their hash is right."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from counter.domain.errors import KnownError
from sync.hub.storage.blob_files import BlobFiles, BlobStoreError, check_place

_PIECE = 1024 * 1024
_MISSING = frozenset({"404", "NoSuchKey"})
_UNTOUCHED = "没有改动。"


class S3BlobFiles(BlobFiles):
    """``PREFIX/ab/HASH`` in a bucket. Thread-safe.

    The object is written from a file whose SHA-256 was checked, the service checks the SHA-256 of
    what it received, and only then the caller writes the row that makes the blob count.
    """

    elsewhere = True

    def __init__(self, root: Path, place: str) -> None:
        """Open ``s3://bucket/prefix``; keys and endpoint come from the usual AWS variables.

        Raises:
            DomainError: ``HUB-BLOBS-URL``.
            KnownError: ``HUB-BLOBS``: there is no such bucket, or it cannot be reached.
        """
        super().__init__(root)
        self._bucket, prefix = check_place(place)
        self._prefix = f"{prefix}/" if prefix else ""
        patient = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard"})
        self._transfer = TransferConfig(use_threads=False)
        try:
            self._client = boto3.client("s3", config=patient)
            self._client.head_bucket(Bucket=self._bucket)
        except (BotoCoreError, ClientError, ValueError) as error:
            raise KnownError(
                code="HUB-BLOBS",
                what="打不开存放材料的 S3 服务。",
                safe=_UNTOUCHED,
                todo=f"请核对地址、桶和钥匙：{type(error).__name__}",
            ) from None  # the library's own words may show a key

    def _key(self, blob_id: str) -> str:
        return f"{self._prefix}{blob_id[:2]}/{blob_id}"

    def _keep(self, part: Path, blob_id: str) -> None:
        with _answering():
            self._client.upload_file(
                str(part),
                self._bucket,
                self._key(blob_id),
                ExtraArgs={"ChecksumAlgorithm": "SHA256"},
                Config=self._transfer,
            )
            head = self._client.head_object(Bucket=self._bucket, Key=self._key(blob_id))
        if head["ContentLength"] != part.stat().st_size:
            raise BlobStoreError("an object is shorter than its file")
        part.unlink()

    def read(self, blob_id: str) -> Iterator[bytes]:
        """Yield a whole blob piece by piece.

        Raises:
            FileNotFoundError: it is not there.
            BlobStoreError: the service does not answer.
        """
        with _answering():
            found = self._client.get_object(Bucket=self._bucket, Key=self._key(blob_id))
            yield from found["Body"].iter_chunks(_PIECE)

    @contextmanager
    def local(self, blob_id: str) -> Iterator[Path]:
        """Give a whole blob as a file for the block, fetched into the spool."""
        name = f"local-{secrets.token_hex(16)}"
        try:
            self.begin(name)
            with self._part(name).open("ab") as file:
                file.writelines(self.read(blob_id))
            yield self._part(name)
        finally:
            self.discard(name)


@contextmanager
def _answering() -> Iterator[None]:
    """Turn the errors of the library into ours."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code", "") in _MISSING:
            raise FileNotFoundError from error
        raise BlobStoreError(type(error).__name__) from error
    except (BotoCoreError, S3UploadFailedError) as error:
        raise BlobStoreError(type(error).__name__) from error
