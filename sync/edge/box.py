# SPDX-License-Identifier: MulanPSL-2.0
"""What lies on the edge host's disk is encrypted: names and pages are nobody's to read there.

AES-256-GCM (NIST SP 800-38D) under a key derived from the host's own (HKDF, RFC 5869). Whoever has
the folder without the identity file (``--key-file`` puts it elsewhere) has nothing readable.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from counter.domain.errors import KnownError

_INFO = b"yc edge at rest"
_NONCE = 12


class Box:
    """Seals and opens small pieces. Thread-safe."""

    def __init__(self, seed: bytes) -> None:
        """Derive the key from the seed of the host's signing key."""
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO).derive(seed)
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, place: str) -> bytes:
        """Return ``plain`` encrypted; ``place`` says where it lies and must be given again."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Return what was sealed for this place.

        Raises:
            KnownError: ``EDGE-DAMAGED``: spoilt, or of another host's key.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
        except (InvalidTag, ValueError) as error:
            raise KnownError(
                code="EDGE-DAMAGED",
                what="本厅主机里存的一份内容读不出来：坏了，或者不是这把钥匙存的。",
                safe="各窗口本机都还有，会自己送到中心。",
                todo="请核对 --key-file；换了主机就换一个新的数据文件夹。",
            ) from error
