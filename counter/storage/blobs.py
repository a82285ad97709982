# SPDX-License-Identifier: MulanPSL-2.0
"""The folder of encrypted scans: each file with its own key, each name saying nothing."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from counter.domain.canonical import sha256_hex
from counter.ports.blobs import StoredBlob
from counter.storage.blob_reader import NONCE, EncryptedReader, lost
from counter.storage.files import FileLayer, disk_error, make_folder, write_all_durably

_PIECE = 1024 * 1024  # nearly every page is one piece, and one write


def _sealed(blob: StoredBlob, data: bytes) -> Iterator[bytes]:
    """Yield ``nonce | AES-256-GCM ciphertext | tag`` in pieces: no second copy of a large page."""
    nonce, content = os.urandom(NONCE), memoryview(data)
    sealer = Cipher(AES(blob.key), GCM(nonce)).encryptor()
    sealer.authenticate_additional_data(blob.blob_id.encode())
    piece = nonce
    for start in range(0, len(content), _PIECE):
        if start:
            yield piece
            piece = b""
        piece += sealer.update(content[start : start + _PIECE])
    yield piece + sealer.finalize() + sealer.tag


class EncryptedBlobs:
    """``BlobFiles``: AES-256-GCM per file; the key leaves for the database.

    The name is an HMAC of the blob id, so that the folder does not tell which known form it holds.
    Thread-safe: it keeps no state but its keys, and that its folders are there.
    """

    def __init__(self, folder: Path, name_key: bytes, files: FileLayer) -> None:
        self._folder = folder
        self._name_key = name_key
        self._files = files
        self._made = False

    def put(self, data: bytes, media_type: str) -> StoredBlob:
        """Write one page durably, then return.

        Raises:
            KnownError: DISK-FULL, DISK-WRITE.
        """
        return self.put_many([(data, media_type)])[0]

    def put_many(self, pages: Sequence[tuple[bytes, str]]) -> list[StoredBlob]:
        """Write several pages durably, with one sync per folder at the end.

        Raises:
            KnownError: DISK-FULL, DISK-WRITE; pages written before are orphans, found later.
        """
        stored: list[StoredBlob] = []
        writes: list[tuple[Path, Iterable[bytes]]] = []
        for data, media_type in pages:
            blob = StoredBlob(sha256_hex(data), os.urandom(32), len(data), media_type)
            stored.append(blob)
            writes.append((self._path(blob.blob_id, blob.key), _sealed(blob, data)))
        try:
            self._make_folders()
            write_all_durably(self._files, writes)
        except OSError as error:
            raise disk_error(error) from None
        return stored

    def read(self, blob: StoredBlob) -> bytes:
        """Return the plaintext, verified against ``blob_id``.

        Raises:
            KnownError: BLOB-LOST, BLOB-BAD.
        """
        try:
            raw = self._path(blob.blob_id, blob.key).read_bytes()
        except OSError:
            raise lost("BLOB-LOST", "有一页扫描件的文件找不到了。") from None
        try:
            data = AESGCM(blob.key).decrypt(raw[:NONCE], raw[NONCE:], blob.blob_id.encode())
        except (InvalidTag, ValueError):
            raise lost("BLOB-BAD", "有一页扫描件的文件损坏了。") from None
        if sha256_hex(data) != blob.blob_id:
            raise lost("BLOB-BAD", "有一页扫描件的文件损坏了。")
        return data

    def reader(self, blob: StoredBlob) -> EncryptedReader:
        """Return what reads a file piece by piece."""
        return EncryptedReader(self._path(blob.blob_id, blob.key), blob)

    def remove(self, blob_id: str) -> None:
        """Delete every file of a blob; the caller has dropped the key before."""
        for path in self._stem(blob_id).parent.glob(self._stem(blob_id).name + "*"):
            path.unlink(missing_ok=True)

    def name_of(self, blob: StoredBlob) -> str:
        """Return the file's name inside the folder."""
        return self._path(blob.blob_id, blob.key).name

    def has(self, blob: StoredBlob) -> bool:
        """Tell whether the file is there, without reading it."""
        return self._path(blob.blob_id, blob.key).is_file()

    def all_files(self) -> Iterator[Path]:
        """Yield every file of the folder, unfinished ones included."""
        for folder in sorted(self._folder.glob("[0-9a-f][0-9a-f]")):
            yield from (path for path in folder.iterdir() if path.is_file())

    def _make_folders(self) -> None:
        """Make all 256 folders at once, so that no later page waits for a new one.

        Once a start, whatever is there: a cut or kill of an earlier start may have left any of
        them, and none of them certain.
        """
        if self._made:
            return
        make_folder(self._files, self._folder)
        for number in range(256):
            (self._folder / f"{number:02x}").mkdir(mode=0o700, exist_ok=True)
        self._files.fsync_dir(self._folder)
        self._made = True

    def _stem(self, blob_id: str) -> Path:
        digest = hmac.new(self._name_key, blob_id.encode(), hashlib.sha256).hexdigest()
        return self._folder / digest[:2] / digest

    def _path(self, blob_id: str, key: bytes) -> Path:
        # The same page stored twice is two files with two keys: the second must not overwrite the
        # first while only the first key is committed.
        stem = self._stem(blob_id)
        tag = hmac.new(self._name_key, key, hashlib.sha256).hexdigest()[:8]
        return stem.with_name(f"{stem.name}-{tag}")
