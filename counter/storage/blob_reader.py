# SPDX-License-Identifier: MulanPSL-2.0
"""One encrypted file read piece by piece, so that a large one never lies in memory whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR, GCM

from counter.domain.errors import KnownError
from counter.ports.blobs import StoredBlob

NONCE = 12
_TAG = 16
_BLOCK = 16
_PIECE = 256 * 1024


def lost(code: str, what: str) -> KnownError:
    """Return the words for a page that cannot be read any more."""
    return KnownError(
        code=code,
        what=what,
        safe="办件的其他内容都还在。",
        todo="请把这一页原件重新扫一次；原件已还给群众的，请联系值班长。",
    )


class EncryptedReader:
    """``BlobReader``: a file ``nonce | AES-256-GCM ciphertext | tag`` with random access.

    GCM enciphers in counter mode (NIST SP 800-38D §7.1), so a piece can be read without what is
    before it. Only ``check`` proves the content; it reads the whole file once. Any thread.
    """

    def __init__(self, path: Path, blob: StoredBlob) -> None:
        """Take where the file is and what opens it; nothing is read yet."""
        self._path = path
        self._blob = blob
        self.size = blob.size

    def check(self) -> None:
        """Read everything once: the tag and the SHA-256 must be right.

        Raises:
            KnownError: BLOB-LOST, BLOB-BAD.
        """
        digest = hashlib.sha256()
        try:
            for piece in self._proved():
                digest.update(piece)
        except OSError:
            raise _gone() from None
        except (InvalidTag, ValueError):
            raise _damaged() from None
        if digest.hexdigest() != self._blob.blob_id:
            raise _damaged()

    def read(self, offset: int, size: int) -> bytes:
        """Return up to ``size`` bytes of the plaintext from ``offset``.

        Raises:
            KnownError: BLOB-LOST.
        """
        skip = offset % _BLOCK
        wanted = min(size, self.size - offset)
        if wanted <= 0:
            return b""
        try:
            with self._path.open("rb") as file:
                nonce = file.read(NONCE)
                file.seek(NONCE + offset - skip)
                sealed = file.read(wanted + skip)
        except OSError:
            raise _gone() from None
        # Block 1 is the one of the tag; the content begins with block 2.
        block = (2 + offset // _BLOCK).to_bytes(4, "big")
        plain = Cipher(AES(self._blob.key), CTR(nonce + block)).decryptor().update(sealed)
        return plain[skip:]

    def _proved(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            nonce, left = file.read(NONCE), self.size
            opener = Cipher(AES(self._blob.key), GCM(nonce)).decryptor()
            opener.authenticate_additional_data(self._blob.blob_id.encode())
            while left:
                sealed = file.read(min(_PIECE, left))
                if not sealed:
                    raise ValueError
                left -= len(sealed)
                yield opener.update(sealed)
            opener.finalize_with_tag(file.read(_TAG + 1))


def _gone() -> KnownError:
    return lost("BLOB-LOST", "有一页扫描件的文件找不到了。")


def _damaged() -> KnownError:
    return lost("BLOB-BAD", "有一页扫描件的文件损坏了。")
