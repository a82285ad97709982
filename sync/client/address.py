# SPDX-License-Identifier: MulanPSL-2.0
"""What can be the address of a centre."""

from __future__ import annotations

from urllib.parse import urlsplit

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_BLANK = frozenset(" \t\r\n")


def is_local(url: str) -> bool:
    """Tell whether an address is on this machine itself."""
    return urlsplit(url).hostname in _LOOPBACK


def is_address(url: str) -> bool:
    """Tell whether this can be a centre: https, a name, perhaps a port; http on this machine only.

    No path: the signature of a request covers it (RFC 9421), so none can be put before it.
    """
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False  # a port that is no number, half an IPv6 address
    more = parts.path.rstrip("/") or parts.query or parts.fragment or parts.username
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_local(url))
    return named and safe and not more and not set(url) & _BLANK
