# SPDX-License-Identifier: MulanPSL-2.0
"""Sealing to the centre: what this machine can close and never open again."""

from __future__ import annotations

from collections.abc import Callable

import pyrage


def sealer(recipient: str) -> Callable[[bytes], bytes]:
    """Return the function that seals bytes to an age recipient (the centre's)."""

    def seal(data: bytes) -> bytes:
        return pyrage.encrypt(data, [pyrage.x25519.Recipient.from_str(recipient)])

    return seal
