# SPDX-License-Identifier: MulanPSL-2.0
"""What the sync worker needs from storage; every call is one short transaction.

No transaction spans a network call. Only signed results and pages come in here, already
verified by ``sync.client``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from counter.ports.blobs import BlobReader
from counter.ports.hall_queue import QueueExchange

OpState = Literal["QUEUED", "WAIT_DEP", "APPLIED", "HELD", "CONFLICT", "REJECTED"]


PAUSE_MOST_S = 3600
"""The longest an operation may be put off; a moment farther ahead is of a clock set back since."""


@dataclass(frozen=True)
class OutboxRow:
    """One operation waiting (or settled); ``jws`` is what travels."""

    seq: int
    epoch: int
    op_id: str
    op_hash: str
    kind: str
    entity_id: str
    jws: str
    size: int
    deadline: str
    not_before: str
    state: OpState
    attempts: int
    next_try_at: str
    last_code: str
    last_message: str
    blobs_pending: int
    depends_on: tuple[str, ...]
    title: str  # words for the screen: item · masked name
    first: bool = False  # danger to life: passes every other
    last_field: str = ""  # what the centre pointed at: a code of the form, or a name of the body


@dataclass(frozen=True)
class BlobJob:
    """One blob to send; ``upload_url``/``offset`` survive a restart."""

    blob_id: str
    size: int
    media_type: str
    required: bool
    deadline: str
    upload_url: str
    offset: int
    attempts: int


@dataclass(frozen=True)
class SettledResult:
    """A verified result to be stored: the signed token and its parsed parts."""

    op_id: str
    status: str
    code: str
    message: str
    field: str
    rev: int
    human_no: str
    missing_blobs: tuple[str, ...]
    token: str


@dataclass(frozen=True)
class QueueCounts:
    """Numbers for the status bar and the sync screen."""

    local_only: int
    pages_pending: int
    bytes_pending: int
    at_centre: int
    accepted: int
    needs_person: int
    oldest_at: str
    exported: int = 0  # of local_only: a verified bundle carries them; never "sent"
    at_edge: int = 0  # of local_only: the hall's edge host keeps them; not the centre
    pages_at_edge: int = 0  # of pages_pending: whole at the hall's edge host; not the centre


@dataclass(frozen=True)
class ChainHead:
    """The newest operation of the present epoch; ``seq`` 0 before the first."""

    epoch: int
    seq: int
    op_hash: str


class Parts(Protocol):
    """Parts of a snapshot that is being fetched, encrypted like the rest. Database thread only."""

    def read(self, sha256: str) -> bytes:
        """Return what is here of a part."""
        ...

    def size(self, sha256: str) -> int:
        """Return how many bytes of a part are here."""
        ...

    def add(self, sha256: str, offset: int, data: bytes) -> None:
        """Keep bytes of a part; nothing happens unless they follow what is here."""
        ...

    def drop(self, sha256: str) -> None:
        """Forget a part that is not what it should be."""
        ...

    def drop_all_but(self, keep: Sequence[str]) -> None:
        """Forget all parts but these."""
        ...


class SyncStore(Protocol):
    """Outbox, blobs and feed as the worker sees them. Database thread only."""

    @property
    def queue(self) -> QueueExchange:
        """取号 and 叫号 on their way through the hall."""
        ...

    @property
    def parts(self) -> Parts:
        """Room for a snapshot."""
        ...

    def sendable(self, now: str, limit: int) -> list[OutboxRow]:
        """Return operations whose time has come and whose dependencies are applied.

        A danger to life first, the rest in ``seq`` order.
        """
        ...

    def exportable(self, after_seq: tuple[int, int] = (-1, 0), limit: int = 500) -> list[OutboxRow]:
        """Return unsettled operations behind (epoch, seq), for a bundle; waiting ones included."""
        ...

    def numbered(self, epoch: int, seqs: Sequence[int]) -> list[OutboxRow]:
        """Return the operations with these numbers whatever their state; purged ones are left out."""
        ...

    def chain_head(self) -> ChainHead:
        """Return where this device's numbering stands."""
        ...

    def begin_epoch(self, head: ChainHead, epoch: int, certificate: str) -> bool:
        """Number further operations in ``epoch``; the queue stays as it is.

        Returns:
            Whether the head was still the one given; if not, nothing changed and the centre is to
            be asked again.
        """
        ...

    def mark_exported(self, op_ids: Sequence[str], bundle_id: str) -> None:
        """Note that a verified bundle carries these operations; nothing else changes (§10)."""
        ...

    def settle(self, results: list[SettledResult]) -> None:
        """Move operations to the right of SENDING; the only way there (S4)."""
        ...

    def failed_try(self, op_ids: list[str], code: str, next_try_at: str) -> None:
        """Count a try that brought no result."""
        ...

    def reference(self, kind: str, name: str) -> dict[str, Any] | None:
        """Return the reference document in force, ``None`` when there is none."""
        ...

    def blob_jobs(self, limit: int) -> list[BlobJob]:
        """Return blobs the centre still misses, most urgent first."""
        ...

    def blob_reader(self, blob_id: str) -> BlobReader:
        """Return what reads a blob piece by piece, on any thread; nothing is read yet."""
        ...

    def blob_progress(self, blob_id: str, upload_url: str, offset: int) -> None:
        """Remember how far an upload came."""
        ...

    def blob_done(self, blob_id: str) -> None:
        """Note that the centre holds the blob, verified."""
        ...

    def blob_failed(self, blob_id: str, code: str) -> None:
        """Count a failed upload; a second hash mismatch goes to a person."""
        ...

    def cursor(self) -> str:
        """Return the feed cursor, '' at the beginning."""
        ...

    def feed_no(self) -> int:
        """Return the newest change of the centre that reached this counter, 0 before the first."""
        ...

    def apply_page(self, records: list[dict[str, Any]], cursor: str) -> frozenset[str]:
        """Apply a page and its cursor in one transaction; return the changed entity ids."""
        ...

    def checksums(self) -> dict[str, str]:
        """Return the order-independent checksum per scope."""
        ...

    def counts(self) -> QueueCounts:
        """Return the numbers of the queue."""
        ...

    def centre_time(self) -> str:
        """Return the last time the centre told, '' before the first."""
        ...

    def note_centre_time(self, centre_time: str, skew_ms: int) -> None:
        """Remember the centre's time and the skew in milliseconds.

        Kept as the reference record ("clock", "centre") {centre_time, skew_ms}, where the use
        cases find it for time evidence and for the offline lease.
        """
        ...
