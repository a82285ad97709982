# SPDX-License-Identifier: MulanPSL-2.0
"""Whole-request errors (RFC 9457 problem+json) and the stable codes of YC-Sync 1.

A whole-request error changes no operation (sync-protocol §4).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from sync.protocol.wire import Problem

# Whole-request codes.
UNSIGNED: Final = "request_unsigned"
UNKNOWN_DEVICE: Final = "device_unknown"
REVOKED: Final = "device_revoked"
REPLAYED: Final = "nonce_replayed"
STALE: Final = "request_stale"
BAD_BODY: Final = "body_invalid"
TOO_LARGE: Final = "too_large"
TOO_MANY: Final = "too_many_requests"
EPOCH_AHEAD: Final = "epoch_ahead"
DICTIONARY: Final = "dictionary_unknown"
ENCODING: Final = "encoding_unknown"
CURSOR_GONE: Final = "cursor_gone"
SCOPE: Final = "scope_forbidden"
CODE_USED: Final = "enrol_code_used"
CODE_BAD: Final = "enrol_code_invalid"
NOT_FOUND: Final = "not_found"
INTERNAL: Final = "internal"
CROWDED: Final = "crowded"
UNAVAILABLE: Final = "unavailable"
# Codes of results.
KEY_REUSE: Final = "key_reuse"
SIGNATURE: Final = "signature"
HELD_EPOCH: Final = "epoch"
HELD_DEP: Final = "dep"
HELD_AUTHZ: Final = "authz"
HELD_FORM: Final = "form"
HELD_LEASE: Final = "lease"
HELD_REVOKED: Final = "revoked"
CLOSED: Final = "closed"
SUPERSEDED: Final = "superseded"
SUPERSEDES: Final = "supersedes_applied"
CASE_STATE: Final = "case_state"
CASE_EXISTS: Final = "case_exists"


class ProblemError(Exception):
    """Ends a request with a problem document."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str = "",
        *,
        retry_after_s: float = 0,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Keep the parts; ``detail`` must hold no personal data."""
        super().__init__(code)
        self.problem = Problem(
            title=title_of(status),
            status=status,
            code=code,
            detail=detail,
            retry_after_s=retry_after_s,
        )
        self.headers = dict(headers or {})
        if retry_after_s:
            self.headers.setdefault("Retry-After", str(max(1, round(retry_after_s))))


def title_of(status: int) -> str:
    """Return the standard phrase; 460 is tus 'Checksum Mismatch'."""
    if status == 460:
        return "Checksum Mismatch"
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
