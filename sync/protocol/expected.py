# SPDX-License-Identifier: MulanPSL-2.0
"""The answers a push will most likely get, which both ends know: a zstd dictionary for the real ones.

Of a signed result the line then carries little more than the signature and the official number.
Whoever asks names the dictionary it made (``ACCEPT_DICT_HEADER``); an end that made another one, of
another version perhaps, answers without.
"""

from __future__ import annotations

import binascii
import hashlib
import json
from base64 import urlsafe_b64decode
from collections.abc import Iterable

from backports import zstd
from pydantic import ValidationError

from counter.domain.canonical import canonical_bytes, sha256_hex
from sync.protocol.dictionaries import Dictionary
from sync.protocol.wire import RESULT_TYP, OpResult

ACCEPT_DICT_HEADER = "Accept-Dict"
_ID = 16  # hex digits
_HEADER = canonical_bytes({"alg": "Ed25519", "kid": "", "typ": RESULT_TYP})


def answers_to(tokens: Iterable[str]) -> Dictionary | None:
    """Return the dictionary for the results of these operations, ``None`` when none can be read."""
    lines = [line for token in tokens if (line := _answer_to(token))]
    if not lines:
        return None
    content = b"\n".join(lines)
    name = hashlib.sha256(content).hexdigest()[:_ID]
    return Dictionary(name, zstd.ZstdDict(content, is_raw=True))


def _answer_to(token: str) -> bytes:
    """Return the result as it travels opened when all goes well, without the signature."""
    try:
        payload = token.split(".")[1]
        text = urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        op = json.loads(text)
        result = OpResult(
            op_id=op["op_id"],
            op_hash=sha256_hex(text),
            status="applied",
            rev=1,
            missing_blobs=tuple(blob["blob_id"] for blob in op.get("blobs", ())),
        )
        return b"\t".join((canonical_bytes(result.model_dump(mode="json")), _HEADER, b""))
    except (
        *(ValueError, IndexError, KeyError, TypeError, AttributeError),
        *(ValidationError, RecursionError, binascii.Error),
    ):
        return b""  # odd ones are answered at full length
