# SPDX-License-Identifier: MulanPSL-2.0
"""One canonical form of JSON (RFC 8785) and its SHA-256, for hashes and signatures."""

from __future__ import annotations

import hashlib
from typing import TypeAlias, cast

import rfc8785

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def canonical_bytes(value: object) -> bytes:
    """Return the RFC 8785 bytes of a JSON value (dicts, lists, str, numbers, bool, None).

    Raises:
        rfc8785.CanonicalizationError: the value is not JSON or a number is too large.
    """
    return rfc8785.dumps(cast("dict[str, str]", value))


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of ``data`` as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def canonical_hash(value: object) -> str:
    """Return the SHA-256 over the canonical JSON of ``value``, hex."""
    return sha256_hex(canonical_bytes(value))
