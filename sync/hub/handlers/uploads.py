# SPDX-License-Identifier: MulanPSL-2.0
"""Resumable uploads of blobs: a blob counts only when its whole SHA-256 is right (§5)."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from counter.domain.signing import sign_json
from sync.hub.centre import Centre
from sync.hub.storage import blobs
from sync.hub.storage.blob_files import WrongContentError
from sync.hub.storage.blobs import Upload
from sync.hub.storage.halls import Device
from sync.protocol import errors, tus
from sync.protocol.errors import ProblemError
from sync.protocol.wire import BLOB_TYP, BlobReceipt

BLOB_ID = re.compile(r"[0-9a-f]{64}")
MEDIA_TYPE = re.compile(r"[A-Za-z0-9.+-]{1,60}/[A-Za-z0-9.+-]{1,60}")


@dataclass(frozen=True)
class Progress:
    """How far an upload is; offset and length in bytes."""

    upload: Upload
    offset: int

    @property
    def expires(self) -> str:
        """Expiry as an HTTP date."""
        moment = datetime.fromisoformat(self.upload.expires_at)
        return format_datetime(moment.astimezone(UTC), usegmt=True)


def receipt(centre: Centre, progress: Progress) -> str:
    """Return the centre's signed word that it holds the page, '' while the upload is under way."""
    upload = progress.upload
    if progress.offset < upload.length:
        return ""
    said = BlobReceipt(blob_id=upload.blob_id, size=upload.length)
    return sign_json(said.model_dump(mode="json"), centre.keys.signing, BLOB_TYP)


def have(centre: Centre, blob_ids: Sequence[str]) -> str:
    """Return one character per id: 1 when the centre holds it, verified."""
    with centre.database.read() as tx:
        there = blobs.present(tx, blob_ids)
    return "".join("1" if blob_id in there else "0" for blob_id in blob_ids)


def create(
    centre: Centre,
    device: Device,
    *,
    blob_id: str,
    media_type: str,
    length: int,
    chunk: bytes = b"",
    checksum: str = "",
) -> Progress:
    """Open an upload; a blob that is already there gives one that is finished.

    Args:
        centre: The centre.
        device: Whose upload it is.
        blob_id: SHA-256 of the whole content.
        media_type: Of the content.
        length: Of the whole content, bytes.
        chunk: The beginning, or all, when it travels with the creation.
        checksum: SHA-256 of ``chunk`` (hex), or ''.

    Raises:
        ProblemError: 400 wrong metadata, 413 too long, 460 wrong checksum; then nothing is open.
    """
    if not BLOB_ID.fullmatch(blob_id) or not MEDIA_TYPE.fullmatch(media_type) or length < 1:
        raise ProblemError(400, errors.BAD_BODY, "上传的说明不对。")
    if length > centre.limits.blob or len(chunk) > length:
        raise ProblemError(413, errors.TOO_LARGE)
    tus.check_hash(chunk, checksum)
    if len(chunk) == length and hashlib.sha256(chunk).hexdigest() != blob_id:
        raise tus.wrong_whole()
    purge_expired(centre)
    until = centre.clock() + timedelta(days=centre.limits.upload_days)
    expires = until.astimezone(UTC).isoformat(timespec="seconds")
    upload_id = secrets.token_hex(16)
    with centre.database.read() as tx:
        done = bool(blobs.present(tx, [blob_id]))
    if not done:
        # Durable before the row says that it exists.
        centre.files.begin(upload_id, chunk)
    upload = Upload(upload_id, blob_id, device.device_id, length, media_type, expires, done)
    with centre.database.write() as tx:
        blobs.add_upload(tx, upload)
    if not done and len(chunk) == length:
        _finish(centre, upload)
        done = True
    return Progress(upload, length if done else len(chunk))


def find(centre: Centre, device: Device, upload_id: str) -> Progress:
    """Return an upload of this device.

    Raises:
        ProblemError: 404 unknown, 410 expired.
    """
    with centre.database.read() as tx:
        upload = blobs.upload(tx, upload_id)
        there = upload is not None and bool(blobs.present(tx, [upload.blob_id]))
    if upload is None or upload.device_id != device.device_id:
        raise ProblemError(404, errors.NOT_FOUND)
    if upload.expires_at < centre.clock().astimezone(UTC).isoformat(timespec="seconds"):
        raise ProblemError(410, "upload_expired", "这次上传已过期，请重新开始。")
    # Another upload may have brought the same blob meanwhile: nothing more is to be sent.
    return Progress(upload, upload.length if there else centre.files.offset(upload_id))


def append(
    centre: Centre, device: Device, upload_id: str, *, offset: int, chunk: bytes, checksum: str
) -> Progress:
    """Append a chunk; after the last one the whole file is checked and counts.

    Raises:
        ProblemError: 404, 410, 409 wrong offset, 413 beyond the length, 423 in use, 460 wrong
            checksum of the chunk (nothing kept) or of the whole file (starts again at 0).
    """
    with _alone(centre, upload_id):
        progress = find(centre, device, upload_id)
        upload = progress.upload
        if progress.offset != offset:
            words = "断点位置不对，请先查询。"
            headers = {"Upload-Offset": str(progress.offset)}
            raise ProblemError(409, "offset", words, headers=headers)
        if offset + len(chunk) > upload.length:
            raise ProblemError(413, errors.TOO_LARGE)
        tus.check_hash(chunk, checksum)
        if chunk:
            offset = centre.files.append(upload_id, chunk)
        if offset == upload.length:
            _finish(centre, upload)
        return Progress(upload, offset)


def _finish(centre: Centre, upload: Upload) -> None:
    with centre.database.read() as tx:
        there = bool(blobs.present(tx, [upload.blob_id]))
    if not there:
        try:
            centre.files.finish(upload.upload_id, upload.blob_id)
        except WrongContentError as error:
            raise tus.wrong_whole() from error
    with centre.database.write() as tx:
        blobs.add_blob(tx, upload.blob_id, upload.length, upload.media_type, centre.now())
        blobs.finish_upload(tx, upload.upload_id)


def terminate(centre: Centre, device: Device, upload_id: str) -> None:
    """Give an upload up; a finished blob stays.

    Raises:
        ProblemError: 404, 410, 423.
    """
    with _alone(centre, upload_id):
        find(centre, device, upload_id)
        with centre.database.write() as tx:
            blobs.drop_upload(tx, upload_id)
        centre.files.discard(upload_id)


def purge_expired(centre: Centre) -> None:
    """Remove uploads whose time is over."""
    now = centre.clock().astimezone(UTC).isoformat(timespec="seconds")
    with centre.database.read() as tx:
        gone = blobs.expired(tx, now)
    for upload_id in gone:
        with centre.database.write() as tx:
            blobs.drop_upload(tx, upload_id)
        centre.files.discard(upload_id)


@contextmanager
def _alone(centre: Centre, upload_id: str) -> Iterator[None]:
    """One writer per upload: the cut request may still be running when its retry comes."""
    with centre.database.alone(f"upload {upload_id}") as mine:
        if not mine:
            raise ProblemError(423, "upload_busy", retry_after_s=1)
        yield
