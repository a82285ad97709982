# SPDX-License-Identifier: MulanPSL-2.0
"""What a handler gets and gives: one unit of work, who acts, and what follows the commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from counter.app.changes import Changes
from counter.app.session import Session
from counter.ports.blobs import BlobFiles
from counter.ports.clock import Clock
from counter.ports.devices import PageCheck
from counter.ports.keys import DeviceIdentity
from counter.ports.receipts import ReceiptSigner
from counter.ports.storage import UnitOfWork


@dataclass(frozen=True)
class Surroundings:
    """What stays the same from command to command."""

    identity: DeviceIdentity
    clock: Clock
    blob_files: BlobFiles
    check_page: PageCheck
    sign_receipt: ReceiptSigner
    seal: Callable[[bytes], bytes]  # to the centre; nobody here can open it again
    shipped: Mapping[str, dict[str, Any]]  # tables of ``resources/service`` until the centre's come


@dataclass(frozen=True)
class Work:
    """One command being handled, inside one transaction on the database thread."""

    uow: UnitOfWork
    session: Session
    now: datetime
    around: Surroundings

    @property
    def at(self) -> str:
        """The time of the act, ISO 8601 with offset."""
        return self.now.isoformat()


@dataclass(frozen=True)
class AuditNote:
    """What the audit row says; ids and codes, never names or numbers of people."""

    action: str
    entity_id: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def _nothing() -> object:
    return None


@dataclass(frozen=True)
class Outcome:
    """What a handler did.

    Attributes:
        changes: What screens must hear of.
        audit: The audit row; ``None`` only for autosaves, of which the last state counts.
        after: Makes the answer's value, called after the commit rule was kept; must not fail.
    """

    changes: Changes
    audit: AuditNote | None
    after: Callable[[], object] = _nothing
