# SPDX-License-Identifier: MulanPSL-2.0
"""Taking in the centre's answer to a bundle (信使, §10).

It is sealed to this device's own enrolled key and signed by the centre; its results go through the
same ``settle`` as those of the line. Beside results and which pages arrived it brings a snapshot of
what the centre has for this counter: operators, catalogue, lists of holidays, revocations, number
blocks, cases. A stick that knows less of the centre than this counter gives its results only.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from counter.domain.errors import CounterError
from counter.domain.signing import peek_header
from sync.client.bundle import Courier, exportable
from sync.client.centre import Centre, settled
from sync.client.engine.shelf import Shelf, is_old, manifest_of
from sync.protocol import bundle, errors
from sync.protocol.bundle import BundleFile, Manifest
from sync.protocol.bundle_reader import Taker, TokenTaker, read
from sync.protocol.snapshot import SnapshotError
from sync.protocol.wire import OpResult


@dataclass(frozen=True)
class Returned:
    """What a return bundle brought.

    Attributes:
        settled: Results that were taken in (again, perhaps).
        ignored: Results that are not the centre's word about our operations.
        pages: Pages the centre holds now.
        records: What the centre has for this counter, in records; 0 = it brought nothing of it.
        old: It knew less of the centre than this counter (``BUNDLE-OLD``): only its results count.
        device_id: Whose answer it is.
    """

    settled: int
    ignored: int
    pages: int
    records: int = 0
    old: bool = False
    device_id: str = ""


def import_return(courier: Courier, path: Path) -> Returned:
    """Take in the centre's answer to a bundle of this device.

    Raises:
        BundleError: not whole, not the centre's, not for this device; nothing was taken in.
    """
    tokens: list[str] = []
    feed: dict[str, bytearray] = {}
    mine = courier.identity

    def verify(token: str) -> Manifest:
        public = mine.centre_keys.get(_kid(token))
        if public is None:
            raise bundle.foreign("这不是本机登记的中心签发的。")
        manifest = bundle.verify_manifest(token, public, "return")
        if manifest.device_id != mine.device_id:
            raise bundle.foreign("这是给另一台电脑的回执。")
        return manifest

    def taker(file: BundleFile) -> Taker | None:
        if file.path.startswith(bundle.RESULTS):
            return TokenTaker(tokens)
        if file.path.startswith(bundle.FEED):
            return _ChunkTaker(feed.setdefault(file.path.removeprefix(bundle.FEED), bytearray()))
        return None

    with bundle.opened(path) as file:
        manifest = read(file, [bundle.device_identity(mine.key)], verify, taker)
    done = _take_in(courier, tokens, manifest)
    return _take_feed(courier, feed, done)


class _ChunkTaker:
    """Collects one piece of the snapshot; the manifest has limited it."""

    def __init__(self, into: bytearray) -> None:
        self._into = into

    def take(self, piece: bytes) -> None:
        self._into += piece

    def done(self) -> None:
        """The hash was right; nothing more is needed."""


def _take_feed(courier: Courier, feed: dict[str, bytearray], done: Returned) -> Returned:
    """Swap in what the centre has for this counter, unless more of it is known here already."""
    token = bytes(feed.pop("manifest.jws", b"")).decode("ascii", "replace")
    if not token:
        return done
    run, store = courier.execution.run, courier.store
    centre = Centre(courier.identity.centre_keys)
    try:
        manifest = manifest_of(centre, token, courier.identity.device_id)
        if is_old(store, run, manifest):
            return replace(done, old=True)
        shelf = Shelf(store, run, centre)
        for chunk in manifest.chunks:
            shelf.put(chunk, bytes(feed[chunk.sha256]))
        shelf.install(manifest)
    except (SnapshotError, KeyError) as error:
        raise bundle.refuse("FORM", "里面有读不懂的内容。", "结果已取回；请报告管理员。") from error
    return replace(done, records=sum(chunk.records for chunk in manifest.chunks))


def _kid(token: str) -> str:
    with suppress(CounterError, RecursionError):
        return peek_header(token).get("kid", "")
    return ""


def _take_in(courier: Courier, tokens: list[str], manifest: Manifest) -> Returned:
    """Settle what the centre signed about our own operations, as the line would (S4)."""
    centre = Centre(courier.identity.centre_keys)
    hashes = {row.op_id: row.op_hash for row in exportable(courier)}
    good = []
    for token in tokens:
        result = centre.result(token)
        if result is not None and _ours(result, hashes):
            good.append(settled(result, token))
    if good:
        courier.execution.run(lambda: courier.store.settle(good))
    for blob_id in manifest.held_blobs:
        courier.execution.run(partial(courier.store.blob_done, blob_id))
    ignored, pages = len(tokens) - len(good), len(manifest.held_blobs)
    return Returned(len(good), ignored, pages, device_id=manifest.device_id)


def _ours(result: OpResult, hashes: dict[str, str]) -> bool:
    """Pass over the word about another content under our number; it must not move ours (S11)."""
    if result.op_id in hashes:
        return hashes[result.op_id] == result.op_hash
    return bool(result.op_id) and result.code != errors.KEY_REUSE
