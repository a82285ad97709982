# SPDX-License-Identifier: MulanPSL-2.0
"""Reading the headers of tus 1.0.0 (https://tus.io), as the centre and an edge host do (§5)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping

from sync.protocol import errors
from sync.protocol.errors import ProblemError

VERSION = "1.0.0"
CHUNK_TYPE = "application/offset+octet-stream"
CHUNK_HASH = "chunk_hash"
BLOB_HASH = "blob_hash"


def check_version(headers: Mapping[str, str]) -> None:
    """Refuse a client of another version.

    Raises:
        ProblemError: 412.
    """
    if headers.get("tus-resumable", "") != VERSION:
        raise ProblemError(412, "tus_version", headers={"Tus-Version": VERSION})


def check_chunk(
    headers: Mapping[str, str], chunk: bytes, most: int, *, always: bool = False
) -> None:
    """Check version, type and size of what came; without ``always`` there may be no content.

    Raises:
        ProblemError: 412, 413, 415.
    """
    check_version(headers)
    if (chunk or always) and headers.get("content-type", "") != CHUNK_TYPE:
        raise ProblemError(415, "content_type")
    if len(chunk) > most:
        raise ProblemError(413, errors.TOO_LARGE)


def number(headers: Mapping[str, str], name: str) -> int:
    """Return a header that is a number.

    Raises:
        ProblemError: 400.
    """
    text = headers.get(name, "")
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise ProblemError(400, errors.BAD_BODY, f"{name} 不是数。")
    return int(text)


def metadata(text: str) -> dict[str, str]:
    """Read Upload-Metadata: ``key base64, key base64``.

    Raises:
        ProblemError: 400.
    """
    out = {}
    for pair in text.split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            out[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise ProblemError(400, errors.BAD_BODY, "Upload-Metadata 的格式不对。") from error
    return out


def checksum(text: str) -> str:
    """Return the SHA-256 (hex) of Upload-Checksum; '' of an absent one.

    Raises:
        ProblemError: 400.
    """
    if not text:
        return ""
    algorithm, _, value = text.partition(" ")
    if algorithm != "sha256":
        raise ProblemError(400, errors.BAD_BODY, "只认 sha256 校验值。")
    try:
        return base64.b64decode(value, validate=True).hex()
    except (binascii.Error, ValueError) as error:
        raise ProblemError(400, errors.BAD_BODY, "Upload-Checksum 的格式不对。") from error


def check_hash(chunk: bytes, told: str) -> None:
    """Compare a chunk with its checksum, when one was told.

    Raises:
        ProblemError: 460 (tus: Checksum Mismatch); nothing of the chunk is kept.
    """
    if told and hashlib.sha256(chunk).hexdigest() != told:
        raise ProblemError(460, CHUNK_HASH, "这一段在路上坏了，请重传这一段。")


def wrong_whole() -> ProblemError:
    """Return the problem of a file that is whole and not what was said."""
    words = "整份文件的校验值不对，没有采用，请从头再传一次。"
    return ProblemError(460, BLOB_HASH, words, headers={"Upload-Offset": "0"})
