# SPDX-License-Identifier: MulanPSL-2.0
"""The counter's end of a bundle (信使, §10): what is unsettled goes out.

An export changes nothing but ``exported_in[]``. ``bundle_return`` takes in what comes back.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import pyrage
from pydantic import ValidationError

from counter.domain.canonical import sha256_hex
from counter.domain.errors import CounterError, KnownError
from counter.domain.ids import uuid7
from counter.domain.operations import verify_operation
from counter.ports.execution import Execution
from counter.ports.keys import DeviceIdentity
from counter.ports.sync_store import OutboxRow, SyncStore
from sync.protocol import bundle
from sync.protocol.bundle import BundleError, BundleFile, Manifest
from sync.protocol.bundle_file import TEMPORARY, Disk, write_checked, write_error
from sync.protocol.bundle_reader import read

PART_OPS = 500
PART_BYTES = 512 * 1024**2  # one import holds a line of people up no longer than this takes
PART_PAGES = 10_000
PART_TEXT = bundle.TOKENS_MAX // 2
_ALL = 1_000_000
log = logging.getLogger("sync.bundle")


@dataclass(frozen=True)
class Courier:
    """What an export or import needs. Not on the GUI thread, nor on the database thread."""

    store: SyncStore
    execution: Execution
    identity: DeviceIdentity
    now: Callable[[], datetime]
    disk: Disk = field(default_factory=Disk)


@dataclass(frozen=True)
class Exported:
    """A finished export: every file was read back from the medium and is good.

    Attributes:
        files: The parts, in order; empty when there was nothing to carry.
        ops: Operations in them.
        pages: Scans in them.
        unreadable: Scans this machine cannot read any more; their operations are in the parts.
        noted: Whether ``exported_in[]`` says so; the copies are good even where the machine's own
            disk is full (L4).
    """

    files: tuple[Path, ...]
    ops: int
    pages: int
    unreadable: int
    noted: bool


@dataclass
class _Part:
    """One part while it is planned."""

    ops: list[OutboxRow] = field(default_factory=list)
    pages: dict[str, BundleFile] = field(default_factory=dict)
    text: int = 0  # bytes of operations
    size: int = 0  # bytes of all


def export(courier: Courier, folder: Path, *, part_bytes: int = PART_BYTES) -> Exported:
    """Carry everything unsettled into ``folder``; only what was read back counts.

    Each part can be imported alone, in any order, and as often as one likes.

    Raises:
        KnownError: ``BUNDLE-FULL``, ``BUNDLE-WRITE``: parts finished before it are good, the rest
            is not there; or what the store raises.
    """
    planner = _Planner(courier, part_bytes)
    parts = list(planner.parts())
    _clear_unfinished(courier, folder)
    files = []
    noted = True
    for number, part in enumerate(parts, 1):
        path, bundle_id = _write(courier, folder, part, number, len(parts))
        files.append(path)
        noted = _note(courier, part, bundle_id) and noted
    ops = sum(len(part.ops) for part in parts)
    pages = sum(len(part.pages) for part in parts)
    return Exported(tuple(files), ops, pages, len(planner.unreadable), noted)


def _note(courier: Courier, part: _Part, bundle_id: str) -> bool:
    op_ids = [row.op_id for row in part.ops]
    try:
        courier.execution.run(lambda: courier.store.mark_exported(op_ids, bundle_id))
    except KnownError as error:
        log.warning("export not noted: %s", error.code)
        return False
    return True


class _Planner:
    """Deals operations and their pages out to parts, the operation before its pages."""

    def __init__(self, courier: Courier, part_bytes: int) -> None:
        self._courier = courier
        self._limit = min(part_bytes, bundle.PART_MAX)
        self._seen: set[str] = set()
        self.unreadable: set[str] = set()
        self._part = _Part()

    def parts(self) -> Iterator[_Part]:
        for row in exportable(self._courier):
            much = bool(self._part.ops) and self._part.text + len(row.jws) > PART_TEXT
            if len(self._part.ops) >= PART_OPS or much or self._full(len(row.jws)):
                yield self._next()
            self._part.ops.append(row)
            self._part.text += len(row.jws)
            self._part.size += len(row.jws)
            if row.blobs_pending:
                for blob_id, media_type in _blobs_of(self._courier, row):
                    yield from self._page(blob_id, media_type)
        # Pages of operations that went over the line before: the line may never carry them.
        store = self._courier.store
        for job in self._courier.execution.run(lambda: store.blob_jobs(_ALL)):
            yield from self._page(job.blob_id, job.media_type)
        if self._part.size:
            yield self._part

    def _page(self, blob_id: str, media_type: str) -> Iterator[_Part]:
        """Add a page once; one that cannot be read must not stop the others (S6)."""
        if blob_id in self._seen:
            return
        self._seen.add(blob_id)
        try:
            size = len(_blob(self._courier, blob_id))
        except (CounterError, KeyError):
            self.unreadable.add(blob_id)
            return
        if self._full(size) or len(self._part.pages) >= PART_PAGES:
            yield self._next()
        path = f"data/blobs/{blob_id}"
        self._part.pages[blob_id] = BundleFile(
            path=path, size=size, sha256=blob_id, media_type=media_type
        )
        self._part.size += size

    def _full(self, more: int) -> bool:
        return bool(self._part.size) and self._part.size + more > self._limit

    def _next(self) -> _Part:
        done, self._part = self._part, _Part()
        return done


def exportable(courier: Courier) -> Iterator[OutboxRow]:
    """Yield every unsettled operation, in order."""
    behind = (-1, 0)
    while True:
        rows = courier.execution.run(partial(courier.store.exportable, behind))
        if not rows:
            return
        yield from rows
        behind = (rows[-1].epoch, rows[-1].seq)


def _blobs_of(courier: Courier, row: OutboxRow) -> list[tuple[str, str]]:
    """Return (id, media type); of an operation signed by an older key the pages come as jobs."""
    with suppress(CounterError, ValidationError):
        op = verify_operation(row.jws, courier.identity.key.public_hex)
        return [(ref.blob_id, ref.media_type) for ref in op.blobs]
    return []


def _blob(courier: Courier, blob_id: str) -> bytes:
    source = courier.execution.run(lambda: courier.store.blob_reader(blob_id))
    source.check()
    return source.read(0, source.size)


def _write(
    courier: Courier, folder: Path, part: _Part, number: int, count: int
) -> tuple[Path, str]:
    """Write one part and read it back; returns the file and the id it has."""
    tokens = {f"data/ops/{place:06d}.jws": row.jws for place, row in enumerate(part.ops, 1)}
    ops = [
        BundleFile(path=path, size=len(jws.encode()), sha256=sha256_hex(jws.encode()))
        for path, jws in tokens.items()
    ]
    manifest = Manifest(
        kind="out",
        bundle_id=uuid7(),
        device_id=courier.identity.device_id,
        created_at=courier.now().isoformat(timespec="seconds"),
        part=number,
        parts=count,
        files=(*ops, *part.pages.values()),
    )

    def content(file: BundleFile) -> bytes:
        if file.blob_id:
            return _blob(courier, file.blob_id)
        return tokens[file.path].encode()

    path = folder / _name(courier, manifest)
    key = courier.identity.key
    recipients = (
        pyrage.x25519.Recipient.from_str(courier.identity.seal_recipient),
        bundle.device_recipient(key.public_hex),
    )
    token = manifest.sign(key)
    write_checked(
        path,
        lambda sink: bundle.write(sink, token, manifest, content, recipients),
        lambda file: _check(courier, file, manifest),
        courier.disk,
    )
    return path, manifest.bundle_id


def _check(courier: Courier, file: io.BufferedIOBase, meant: Manifest) -> None:
    """Read the copy as the centre will: every hash, and the signature."""
    key = courier.identity.key
    try:
        found = read(
            file,
            [bundle.device_identity(key)],
            lambda token: bundle.verify_manifest(token, key.public_hex, "out"),
            lambda _: None,
        )
    except BundleError as error:
        raise write_error(OSError()) from error
    if found != meant:
        raise write_error(OSError())


def _name(courier: Courier, manifest: Manifest) -> str:
    """Say which window and when; the number of the part makes it unique."""
    stamp = f"{courier.now():%y%m%d-%H%M%S}-{manifest.bundle_id[-6:]}"
    return f"{_prefix(courier)}{stamp}-{manifest.part}of{manifest.parts}{bundle.OUT_SUFFIX}"


def _prefix(courier: Courier) -> str:
    hall = courier.identity.hall
    return f"{hall.hall_code}-{hall.counter_no:02d}-"


def _clear_unfinished(courier: Courier, folder: Path) -> None:
    """Remove what an export of this window left when it was killed; good copies are not touched."""
    with suppress(OSError):
        for left in folder.glob(f"{_prefix(courier)}*{bundle.OUT_SUFFIX}{TEMPORARY}"):
            left.unlink(missing_ok=True)
