# SPDX-License-Identifier: MulanPSL-2.0
"""Making snapshots (§6): for a device whose cursor is too old, over the line or as a file.

Chunk files are a cache in ``snapshots/``: named by their hash, written once, made again when lost.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyrage

from counter.domain.errors import DomainError
from counter.domain.signing import sign_json
from sync.hub.centre import Centre
from sync.hub.handlers import leases
from sync.hub.handlers.pull import cursor_at, scopes_of
from sync.hub.storage import feed, halls
from sync.hub.storage.engine import Tx
from sync.hub.storage.halls import Device
from sync.protocol import snapshot
from sync.protocol.bundle import FEED_MAX, device_recipient
from sync.protocol.snapshot import SNAPSHOT_TYP, Chunk, SnapshotManifest
from sync.protocol.wire import FeedRecord

KEEP_S = 14 * 24 * 3600  # a chunk nobody's manifest named for so long is removed


def make(centre: Centre, device: Device, scopes: Sequence[str] = ()) -> SnapshotManifest:
    """Write the chunks that are not there yet and return the manifest for a device.

    ``scopes`` are some of the device's own; without any, all of them, with a cursor behind.
    """
    chunks: list[Chunk] = []
    every = tuple(sorted(scopes_of(device)))
    scopes = tuple(sorted(scopes)) or every
    with centre.database.read() as tx:
        head = feed.head(tx)
        # Items first: a case takes the name of its item when it is put.
        for scope in sorted(scopes, key=lambda s: s != feed.REFERENCE):
            chunks += _chunks(centre, tx, scope)
        sums = {scope: feed.checksum(tx, scope) for scope in scopes}
    _sweep(centre)
    return SnapshotManifest(
        device_id=device.device_id,
        scopes=scopes,
        cursor=cursor_at(centre, head, scopes) if scopes == every else "",
        checksums=sums,
        chunks=tuple(chunks),
        made_at=centre.now(),
        feed_no=head,
    )


def for_bundle(centre: Centre, device: Device) -> tuple[str, dict[str, bytes]]:
    """Return manifest token and chunks by hash that ride along with an answer on a stick (§10).

    Operators, catalogue, lists of holidays, revocations, number blocks and the hall's cases; where
    all of it is too much, the cases stay behind for the line or a file of their own.
    """
    leases.top_up(centre, device)
    manifest = make(centre, device)
    if sum(chunk.size for chunk in manifest.chunks) > FEED_MAX:
        small = set(scopes_of(device)) - {feed.hall_scope(device.hall_code)}
        manifest = make(centre, device, sorted(small))
    return signed(centre, manifest), {c.sha256: _read(centre, c) for c in manifest.chunks}


def for_hall(centre: Centre, device: Device, known: Mapping[str, str]) -> SnapshotManifest | None:
    """Return what all counters of the device's hall share, for its edge host.

    ``None`` when the checksums are the ``known`` ones: nothing changed for that hall.
    """
    scopes = (feed.hall_scope(device.hall_code), feed.REFERENCE)
    with centre.database.read() as tx:
        if known == {scope: feed.checksum(tx, scope) for scope in scopes}:
            return None
    shared = {"device_id": "", "hall": device.hall_code}
    return make(centre, device, scopes).model_copy(update=shared)


def signed(centre: Centre, manifest: SnapshotManifest) -> str:
    """Return a manifest as the centre's token."""
    return sign_json(manifest.model_dump(mode="json"), centre.keys.signing, SNAPSHOT_TYP)


def chunk_file(centre: Centre, device: Device, place: str, sha256: str) -> Path | None:
    """Return the file of a chunk of the device's own scopes, or ``None``."""
    if place not in {snapshot.place_of(scope) for scope in scopes_of(device)}:
        return None
    path = _folder(centre, place) / sha256
    return path if path.is_file() else None


def write_file(centre: Centre, device_id: str, path: Path) -> int:
    """Write a snapshot as a file sealed to its device; return the number of records.

    Raises:
        DomainError: ``OFFICE-DEVICE``: unknown or revoked.
    """
    with centre.database.read() as tx:
        device = halls.device(tx, device_id)
        keys = halls.keys_of(tx, device_id)
    if device is None or not keys or device.revoked_at:
        words = "没有这台设备，或者它已停用。"
        raise DomainError(code="OFFICE-DEVICE", what=words, safe="没有写文件。")
    leases.top_up(centre, device)
    manifest = make(centre, device)
    token = signed(centre, manifest)
    chunks = {chunk.sha256: chunk for chunk in manifest.chunks}
    plain = b"".join(
        snapshot.file_pieces(token, [(c.sha256, _read(centre, c)) for c in chunks.values()])
    )
    sealed = pyrage.encrypt(plain, [device_recipient(keys[-1].public_key)])
    _write(path, sealed)
    return sum(c.records for c in chunks.values())


def _read(centre: Centre, chunk: Chunk) -> bytes:
    return (_folder(centre, chunk.place) / chunk.sha256).read_bytes()


def _chunks(centre: Centre, tx: Tx, scope: str) -> list[Chunk]:
    records = (
        FeedRecord(
            change_no=row.change_no,
            action=row.action,
            scope=row.scope,
            kind=row.kind,
            entity_id=row.entity_id,
            rev=row.rev,
            body=row.body,
        )
        for row in feed.live(tx, scope)
    )
    place, found = snapshot.place_of(scope), []
    for bucket in snapshot.buckets(records):
        data = snapshot.pack(bucket)
        sha256 = hashlib.sha256(data).hexdigest()
        path = _folder(centre, place) / sha256
        if path.exists():
            os.utime(path)
        else:
            _write(path, data)
        found.append(
            Chunk(scope=scope, place=place, sha256=sha256, size=len(data), records=len(bucket))
        )
    return found


def _folder(centre: Centre, place: str) -> Path:
    folder = centre.data / "snapshots" / place
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{secrets.token_hex(8)}")
    with temporary.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _sweep(centre: Centre) -> None:
    limit = time.time() - KEEP_S
    for path in (centre.data / "snapshots").glob("*/*"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
