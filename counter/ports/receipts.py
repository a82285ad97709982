# SPDX-License-Identifier: MulanPSL-2.0
"""Making the token of a printed receipt (sync-protocol §11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class ReceiptClaim:
    """What the QR on a receipt says: no name, no ID number."""

    receipt_no: str
    item: str
    claimed_at: str
    op_hash: str


class ReceiptSigner(Protocol):
    """Signs a claim with the device's key and adds its certificate."""

    def __call__(self, claim: ReceiptClaim) -> str:
        """Return the token for the QR."""
        ...
