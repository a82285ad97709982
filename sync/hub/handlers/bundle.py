# SPDX-License-Identifier: MulanPSL-2.0
"""The centre's end of a bundle (信使, §10): import *is* the push handler.

A bundle is proved whole before anything of it is taken in. Then its pages are stored, each
checked again, and its operations go through ``push.receive_all``, as from the line. So the
same bundle twice, in part, out of order or after the line gives the same end state.
"""

from __future__ import annotations

import io
import secrets
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from counter.domain.canonical import sha256_hex
from counter.domain.errors import CounterError, KnownError
from counter.domain.ids import uuid7
from counter.domain.signing import peek_header, verify_json
from sync.hub.centre import Centre
from sync.hub.handlers import push, snapshot, uploads
from sync.hub.storage import blobs, halls, oplog
from sync.hub.storage.blob_files import WrongContentError
from sync.hub.storage.halls import DeviceKey
from sync.protocol import bundle
from sync.protocol.bundle import BundleError, BundleFile, Manifest
from sync.protocol.bundle_file import Disk, write_checked, write_error
from sync.protocol.bundle_reader import Taker, TokenTaker, read
from sync.protocol.wire import RESULT_TYP, OpResult

_BUFFER = 1024 * 1024


@dataclass(frozen=True)
class Imported:
    """A bundle that was taken in.

    Attributes:
        manifest: What it said it holds.
        key: Key of the device that made it.
        results: Signed results, in the order of the operations.
        statuses: How many operations have which status now.
        new_pages: Pages that the centre did not hold before.
        held_pages: All pages of it that the centre holds now.
    """

    manifest: Manifest
    key: DeviceKey
    results: tuple[str, ...]
    statuses: dict[str, int]
    new_pages: int
    held_pages: tuple[str, ...]


def import_bundle(centre: Centre, path: Path) -> Imported:
    """Take a bundle in.

    Raises:
        BundleError: ``BUNDLE-…``: cut, damaged, foreign or hostile; nothing was taken in.
    """
    tokens: list[str] = []
    signer: list[DeviceKey] = []

    def verify(token: str) -> Manifest:
        key = _key(centre, token)
        signer[:] = [key]
        manifest = bundle.verify_manifest(token, key.public_key, "out")
        if manifest.device_id != key.device_id:
            raise bundle.foreign("清单里的设备和签名的设备不是同一台。")
        if any(file.blob_id and not _fits(centre, file) for file in manifest.files):
            raise bundle.refuse("FORM", "清单里有不认识或不允许的内容。", "请报告管理员。")
        return manifest

    def collect(file: BundleFile) -> Taker | None:
        return None if file.blob_id else TokenTaker(tokens)

    manifest = _read(centre, path, verify, collect)
    new = _store_pages(centre, path, manifest, verify)
    keys = {key.kid: key.public_key for key in signer}
    results = list(push.receive_all(centre, tokens, keys))
    results = [_as_now(centre, result) for result in results]
    statuses: Counter[str] = Counter(_payload(centre, result).status for result in results)
    ids = [file.blob_id for file in manifest.files if file.blob_id]
    marks = uploads.have(centre, ids)
    held = tuple(blob for blob, mark in zip(ids, marks, strict=True) if mark == "1")
    return Imported(manifest, signer[0], tuple(results), dict(statuses), new, held)


def _read(
    centre: Centre,
    path: Path,
    verify: Callable[[str], Manifest],
    taker: Callable[[BundleFile], Taker | None],
) -> Manifest:
    with bundle.opened(path) as file:
        return read(file, [centre.keys.seal], verify, taker)


def _key(centre: Centre, token: str) -> DeviceKey:
    """Find whose bundle it is; one of a revoked device is read too: what it brings is held (§12)."""
    kid = ""
    with suppress(CounterError, RecursionError):
        kid = peek_header(token).get("kid", "")
    key = None
    if len(kid) <= 64 and kid.isascii() and kid.isprintable():  # else nobody can have it
        with centre.database.read() as tx:
            key = halls.key(tx, kid)
    if key is None:
        raise bundle.foreign("中心不认识拷出这个文件的设备。")
    return key


def _fits(centre: Centre, file: BundleFile) -> bool:
    known = uploads.MEDIA_TYPE.fullmatch(file.media_type) is not None
    return known and file.size <= centre.limits.blob


def _payload(centre: Centre, token: str) -> OpResult:
    payload = verify_json(token, centre.keys.signing.public_hex, RESULT_TYP)
    return OpResult.model_validate(payload)


def _as_now(centre: Centre, token: str) -> str:
    """Return the word of now: a held operation may have been released by one behind it."""
    result = _payload(centre, token)
    if result.status != "held":
        return token
    with centre.database.read() as tx:
        stored = oplog.find(tx, result.op_id)
    return stored.result if stored and stored.op_hash == result.op_hash else token


def _store_pages(
    centre: Centre, path: Path, manifest: Manifest, verify: Callable[[str], Manifest]
) -> int:
    """Read the proved bundle a second time for the pages the centre does not hold."""
    ids = [file.blob_id for file in manifest.files if file.blob_id]
    marks = uploads.have(centre, ids)
    wanted = {blob for blob, mark in zip(ids, marks, strict=True) if mark == "0"}
    if not wanted:
        return 0
    takers: list[_PageTaker] = []

    def taker(file: BundleFile) -> Taker | None:
        if file.blob_id not in wanted:
            return None
        takers.append(_PageTaker(centre, file))
        return takers[-1]

    try:
        _read(centre, path, verify, taker)
    except OSError as error:
        raise _full() from error
    finally:
        for one in takers:
            one.drop()
    return len(wanted)


def _full() -> KnownError:
    return KnownError(
        code="BUNDLE-STORE",
        what="中心的磁盘写不进去，没有导入完。",
        safe="文件还是好的；已存下的内容都还在。",
        todo="请清理磁盘后用同一个文件再导入一次。",
    )


class _PageTaker:
    """Writes one page beside the others and lets it count when its hash is right."""

    def __init__(self, centre: Centre, file: BundleFile) -> None:
        self._centre, self._file = centre, file
        self._part = secrets.token_hex(16)
        self._buffer = bytearray()
        centre.files.begin(self._part)

    def take(self, piece: bytes) -> None:
        self._buffer += piece
        if len(self._buffer) >= _BUFFER:
            self._flush()

    def _flush(self) -> None:
        self._centre.files.append(self._part, bytes(self._buffer))
        self._buffer.clear()

    def done(self) -> None:
        self._flush()
        centre, file = self._centre, self._file
        try:
            centre.files.finish(self._part, file.blob_id)
        except WrongContentError as error:
            raise bundle.damaged() from error
        with centre.database.write() as tx:
            blobs.add_blob(tx, file.blob_id, file.size, file.media_type, centre.now())

    def drop(self) -> None:
        """Leave no part behind; a finished page has its name already."""
        self._centre.files.discard(self._part)


def write_return(
    centre: Centre, imported: Imported, path: Path, *, disk: Disk | None = None
) -> None:
    """Write the signed results as a return bundle, sealed to the device that made the bundle.

    With them goes what the centre has for this counter, as a snapshot; a revoked device gets the
    answers to what it brought and nothing else (§12).

    The results hold numbers and words of the centre, but what a stick says about a citizen's case
    is nobody else's to read: so it is sealed, to the key the device was enrolled with.

    Raises:
        KnownError: ``BUNDLE-FULL``, ``BUNDLE-WRITE``; what was imported stays imported.
    """
    tokens = {f"{bundle.RESULTS}{n:06d}.jws": t.encode() for n, t in enumerate(imported.results, 1)}
    tokens |= _feed(centre, imported.key.device_id)
    manifest = Manifest(
        kind="return",
        bundle_id=uuid7(),
        answers=imported.manifest.bundle_id,
        device_id=imported.key.device_id,
        created_at=centre.now(),
        part=imported.manifest.part,
        parts=imported.manifest.parts,
        files=tuple(
            BundleFile(path=name, size=len(data), sha256=sha256_hex(data))
            for name, data in tokens.items()
        ),
        held_blobs=imported.held_pages,
    )
    signing = centre.keys.signing
    recipients = (bundle.device_recipient(imported.key.public_key), centre.keys.seal.to_public())
    write_checked(
        path,
        lambda sink: bundle.write(
            sink, manifest.sign(signing), manifest, lambda file: tokens[file.path], recipients
        ),
        lambda file: _check(centre, file, manifest),
        disk or Disk(),
    )


def _feed(centre: Centre, device_id: str) -> dict[str, bytes]:
    with centre.database.read() as tx:
        device = halls.device(tx, device_id)
    if device is None or device.revoked_at:
        return {}
    token, chunks = snapshot.for_bundle(centre, device)
    files = {f"{bundle.FEED}{sha256}": data for sha256, data in chunks.items()}
    return {bundle.FEED_MANIFEST: token.encode(), **files}


def _check(centre: Centre, file: io.BufferedIOBase, meant: Manifest) -> None:
    public = centre.keys.signing.public_hex
    try:
        found = read(
            file,
            [centre.keys.seal],
            lambda token: bundle.verify_manifest(token, public, "return"),
            lambda _: None,
        )
    except BundleError as error:
        raise write_error(OSError()) from error
    if found != meant:
        raise write_error(OSError())
