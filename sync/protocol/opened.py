# SPDX-License-Identifier: MulanPSL-2.0
"""Signed tokens opened for the line: base64 hides from zstd what repeats; the way back is exact.

A compact JWS (RFC 7515 §3.1) becomes one line ``payload TAB header TAB signature``, payload and
header as the text that was signed. Canonical JSON (RFC 8785) holds no raw control character, and a
token that would not come back byte for byte travels as it is. In a push the hash of the operation
before, which chains the two, is one mark: whoever reads the one knows the other. Nothing is
verified here.
"""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Sequence

from counter.domain.canonical import sha256_hex

PUSH_OPENED = "application/vnd.yc-push"
RESULTS_OPENED = "application/vnd.yc-results"
_TAB = b"\t"
_BEFORE = b"\x01"  # stands for the SHA-256 of the payload of the operation before, hex


def open_token(token: str) -> bytes:
    """Return the line of a token, without its end."""
    plain = token.encode()
    try:
        header, payload, signature = plain.split(b".")
        line = _TAB.join((_unarmoured(payload), _unarmoured(header), signature))
        if b"\n" not in line and _BEFORE not in line and close_line(line) == token:
            return line
    except (ValueError, binascii.Error):
        pass
    return plain


def close_line(line: bytes) -> str:
    """Return the token of a line.

    Raises:
        ValueError: the line has not the form.
    """
    if _TAB not in line:
        return line.decode("ascii")
    payload, header, signature = line.split(_TAB)
    return b".".join((_armoured(header), _armoured(payload), signature)).decode("ascii")


def pack_push(head: dict[str, object], tokens: Sequence[str]) -> bytes:
    """Return a push body: the request without ``ops`` as one line, then a line per operation."""
    first = json.dumps(head, separators=(",", ":")).encode()
    return b"\n".join((first, *_chained(open_token(token) for token in tokens)))


def unpack_push(body: bytes) -> dict[str, object]:
    """Return the request as the JSON form has it, unchecked.

    Raises:
        ValueError: the body has not the form.
    """
    first, *lines = body.split(b"\n")
    head = json.loads(first)
    tokens = [close_line(line) for line in _unchained(lines)]
    return {**head, "ops": tokens} if isinstance(head, dict) else {"ops": tokens}


def _chained(lines: Iterable[bytes]) -> Iterator[bytes]:
    before = b""
    for line in lines:
        yield line.replace(before, _BEFORE, 1) if before and _TAB in line else line
        before = _hash_of(line)


def _unchained(lines: Iterable[bytes]) -> Iterator[bytes]:
    before = b""
    for line in lines:
        # Once a line, as it is written: nobody makes a small body a large one by it.
        whole = line.replace(_BEFORE, before, 1) if _TAB in line else line
        yield whole
        before = _hash_of(whole)


def _hash_of(line: bytes) -> bytes:
    return sha256_hex(line.partition(_TAB)[0]).encode()


def _armoured(text: bytes) -> bytes:
    return urlsafe_b64encode(text).rstrip(b"=")


def _unarmoured(text: bytes) -> bytes:
    return urlsafe_b64decode(text + b"=" * (-len(text) % 4))
