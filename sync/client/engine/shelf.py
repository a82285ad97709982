# SPDX-License-Identifier: MulanPSL-2.0
"""A snapshot on the counter (§6): parts gather beside the live data, are proved, then swapped in.

Parts lie in the encrypted database, so a restart goes on where it was and a disk shows nothing. The
swap is one transaction; the outbox is no part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyrage
from pydantic import ValidationError

from counter.domain.checksum import checksum
from counter.domain.errors import KnownError
from counter.domain.signing import SignatureError
from counter.ports.keys import DeviceIdentity
from counter.ports.sync_store import SyncStore
from sync.client.centre import Centre
from sync.client.engine.records import plain, results_in
from sync.client.engine.step import Run
from sync.protocol import snapshot
from sync.protocol.bundle import device_identity
from sync.protocol.snapshot import SNAPSHOT_TYP, Chunk, SnapshotError, SnapshotManifest
from sync.protocol.wire import FeedRecord

FILE_MAX = 1024 * 1024 * 1024


class Shelf:
    """The parts of one snapshot in the store. One thread uses it."""

    def __init__(self, store: SyncStore, run: Run, centre: Centre) -> None:
        """Take the store, the way to its thread, and whose signatures count."""
        self._store = store
        self._centre = centre
        self._run = run

    def here(self, chunk: Chunk) -> int:
        """Return how many bytes of a chunk are here."""
        return self._run(lambda: self._store.parts.size(chunk.sha256))

    def add(self, chunk: Chunk, offset: int, data: bytes) -> None:
        """Keep the next bytes of a chunk."""
        self._run(lambda: self._store.parts.add(chunk.sha256, offset, data))

    def put(self, chunk: Chunk, data: bytes) -> None:
        """Keep a whole chunk in place of what is here of it."""
        self._run(lambda: self._store.parts.drop(chunk.sha256))
        self.add(chunk, 0, data)

    def install(self, manifest: SnapshotManifest) -> frozenset[str]:
        """Prove all parts, swap the scopes in one transaction, and clear the shelf.

        Raises:
            SnapshotError: something is not what the manifest says; bad parts were dropped.
        """
        records: list[FeedRecord] = []
        for chunk in manifest.chunks:
            records += self._proved(chunk)
        for scope, told in manifest.checksums.items():
            live = [(r.kind, r.entity_id, r.rev) for r in records if r.scope == scope]
            if checksum(live) != told:
                raise SnapshotError
        # As the feed would bring them: cases last, they take the names of their items.
        records.sort(key=lambda r: (r.kind == "case", r.change_no))
        begin = [_reset(scope, manifest.feed_no) for scope in manifest.scopes]
        ready = begin + plain(records, self._centre)[0]
        results, _ = results_in(records, self._centre)
        if results:
            self._run(lambda: self._store.settle(results))
        cursor = manifest.cursor or self._run(self._store.cursor)
        ids = self._run(lambda: self._store.apply_page(ready, cursor))
        self.clear()
        return ids | {result.op_id for result in results}

    def clear(self, keep: Sequence[Chunk] = ()) -> None:
        """Drop all parts but those of these chunks."""
        names = [chunk.sha256 for chunk in keep]
        self._run(lambda: self._store.parts.drop_all_but(names))

    def _proved(self, chunk: Chunk) -> list[FeedRecord]:
        data = self._run(lambda: self._store.parts.read(chunk.sha256))
        try:
            return snapshot.unpack(chunk, data)
        except SnapshotError:
            self._run(lambda: self._store.parts.drop(chunk.sha256))
            raise


def _reset(scope: str, feed_no: int) -> dict[str, Any]:
    record = FeedRecord(
        change_no=feed_no, action="reset", scope=scope, kind="policy", entity_id="", rev=0
    )
    return record.model_dump(mode="json")


def manifest_of(centre: Centre, token: str, device_id: str) -> SnapshotManifest:
    """Return a manifest the centre signed for this device.

    Raises:
        SnapshotError: another's, or not the centre's.
    """
    manifest = _manifest(centre, token)
    if not device_id or manifest.device_id != device_id:
        raise SnapshotError
    return manifest


def hall_manifest(centre: Centre, token: str, hall_code: str) -> SnapshotManifest:
    """Return a manifest the centre signed for all counters of this hall.

    Raises:
        SnapshotError: another hall's, or not the centre's.
    """
    manifest = _manifest(centre, token)
    if not hall_code or manifest.hall != hall_code or manifest.device_id or manifest.cursor:
        raise SnapshotError
    return manifest


def _manifest(centre: Centre, token: str) -> SnapshotManifest:
    try:
        return SnapshotManifest.model_validate(centre.payload(token, SNAPSHOT_TYP))
    except (SignatureError, ValidationError) as error:
        raise SnapshotError from error


def import_file(
    store: SyncStore, run: Run, identity: DeviceIdentity, path: Path
) -> tuple[int, frozenset[str]]:
    """Take in a snapshot that came as a file; returns its records and the changed entities.

    Raises:
        KnownError: ``SNAPSHOT-FILE``: not for this counter, damaged, or not the centre's; nothing
            was changed. ``SNAPSHOT-OLD``: older than what is here.
    """
    try:
        sealed = path.read_bytes() if path.stat().st_size <= FILE_MAX else b""
        opened = pyrage.decrypt(sealed, [device_identity(identity.key)])
        token, chunks = snapshot.read_file(opened)
        centre = Centre(identity.centre_keys)
        manifest = manifest_of(centre, token, identity.device_id)
        shelf = Shelf(store, run, centre)
        _refuse_old(store, run, manifest)
        for chunk in manifest.chunks:
            shelf.put(chunk, chunks[chunk.sha256])
        ids = shelf.install(manifest)
    except (OSError, pyrage.DecryptError, SnapshotError, KeyError) as error:
        raise KnownError(
            code="SNAPSHOT-FILE",
            what="这个文件读不出来、已损坏，或者不是中心给本机的。",
            safe="没有改动任何数据。",
            todo="请让中心重新制作一份。",
        ) from error
    return sum(chunk.records for chunk in manifest.chunks), ids


def is_old(store: SyncStore, run: Run, manifest: SnapshotManifest) -> bool:
    """Tell whether a file knows less of the centre than this counter (§10); no clock is asked."""
    return manifest.feed_no < run(store.feed_no)


def _refuse_old(store: SyncStore, run: Run, manifest: SnapshotManifest) -> None:
    """A stick from last month must not roll revocations back."""
    if is_old(store, run, manifest):
        raise KnownError(
            code="SNAPSHOT-OLD",
            what="这个文件比本机已有的数据旧。",
            safe="没有改动任何数据。",
            todo="不用导入；需要时请让中心重新制作一份。",
        )
