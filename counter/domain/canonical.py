# SPDX-License-Identifier: MulanPSL-2.0
"""One canonical form of JSON (RFC 8785) and its SHA-256, for hashes and signatures."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, TypeAlias, cast

import rfc8785
from pydantic_core import to_json

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


_MOST = 2**53 - 1
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
# UTF-8 of characters above U+FFFF, which RFC 8785 sorts as UTF-16 does and Python does not.
_ASTRAL = re.compile(rb"[\xf0-\xf4]")


def _looked_at(value: object) -> tuple[bool, bool]:
    """Tell whether all numbers are such that RFC 8785 writes them as others do; all keys in order."""
    rest: list[Any] = [value]
    in_order = True
    for one in rest:  # grows while it is walked
        kind = type(one)
        if kind is str or kind is bool or one is None:
            continue
        if kind is dict:
            for key in one:
                if type(key) is not str:
                    return False, False
            in_order = in_order and list(one) == sorted(one)
            rest += one.values()
        elif kind is list or kind is tuple:
            rest += one
        elif kind is not int or not -_MOST <= one <= _MOST:
            return False, False
    return True, in_order


def canonical_bytes(value: object) -> bytes:
    """Return the RFC 8785 bytes of a JSON value (dicts, lists, str, numbers, bool, None).

    Raises:
        rfc8785.CanonicalizationError: the value is not JSON or a number is too large.
    """
    # For most of what is signed here plain JSON, sorted, is the canonical form; ten times faster.
    plain, in_order = _looked_at(value)
    if plain:
        try:
            data = to_json(value) if in_order else _ENCODER.encode(value).encode()
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
