# SPDX-License-Identifier: MulanPSL-2.0
"""One canonical form of JSON (RFC 8785) and its SHA-256, for hashes and signatures."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TypeAlias, cast

import rfc8785

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


_MOST = 2**53 - 1
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
# UTF-8 of characters above U+FFFF, which RFC 8785 sorts as UTF-16 does and Python does not.
_ASTRAL = re.compile(rb"[\xf0-\xf4]")


def _plain(value: object) -> bool:
    """Tell whether a value is without numbers that RFC 8785 writes otherwise than Python does."""
    rest = [value]
    for one in rest:  # grows while it is walked
        kind = type(one)
        if kind is str or kind is bool or one is None:
            continue
        if isinstance(one, dict) and kind is dict:
            if any(type(key) is not str for key in one):
                return False
            rest += one.values()
        elif isinstance(one, list | tuple):
            rest += one
        elif not isinstance(one, int) or kind is not int or not -_MOST <= one <= _MOST:
            return False
    return True


def canonical_bytes(value: object) -> bytes:
    """Return the RFC 8785 bytes of a JSON value (dicts, lists, str, numbers, bool, None).

    Raises:
        rfc8785.CanonicalizationError: the value is not JSON or a number is too large.
    """
    # For most of what is signed here the JSON of Python, sorted, is the canonical form; ten times faster.
    if _plain(value):
        try:
            data = _ENCODER.encode(value).encode()
        except ValueError:  # a lone surrogate, or a loop: the library says what is wrong
            data = b"\xf0"
        if not _ASTRAL.search(data):
            return data
    return rfc8785.dumps(cast("dict[str, str]", value))


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of ``data`` as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def canonical_hash(value: object) -> str:
    """Return the SHA-256 over the canonical JSON of ``value``, hex."""
    return sha256_hex(canonical_bytes(value))
