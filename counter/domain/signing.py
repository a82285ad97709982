# SPDX-License-Identifier: MulanPSL-2.0
"""The one signing format: compact JWS (``Ed25519``, RFC 9864) over RFC 8785 canonical JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from counter.domain.canonical import Json, canonical_bytes
from counter.domain.errors import DomainError

_HEADER_KEPT = 512  # characters


class SignatureError(DomainError):
    """The token is damaged, of another key, or not signed as it says."""


def _bad(code: str, what: str) -> SignatureError:
    return SignatureError(
        code=code, what=what, safe="本机数据没有改动。", todo="请不要采信这份内容。"
    )


@dataclass(frozen=True)
class SigningKey:
    """An Ed25519 private key with its key id (RFC 7515 ``kid``)."""

    kid: str
    private: Ed25519PrivateKey

    @classmethod
    def generate(cls, kid: str) -> SigningKey:
        """Make a new key."""
        return cls(kid, Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, kid: str, seed: bytes) -> SigningKey:
        """Restore a key from its 32 raw bytes."""
        return cls(kid, Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def seed(self) -> bytes:
        """The 32 raw private bytes; keep only inside the vault."""
        return self.private.private_bytes_raw()

    @property
    def public_hex(self) -> str:
        """The public key, 64 hex digits."""
        return self.private.public_key().public_bytes_raw().hex()


def sign_json(payload: dict[str, Json], key: SigningKey, typ: str) -> str:
    """Return the compact JWS of ``payload``; ``typ`` names what is signed (e.g. ``yc-op+jws``)."""
    # By hand (RFC 7515 §5.1): the library looks at header and key anew each time, for more than
    # half of what the signature costs. What is read is left to it.
    signed = _protected(key.kid, typ) + b"." + urlsafe_b64encode(canonical_bytes(payload))
    return (signed + b"." + urlsafe_b64encode(key.private.sign(signed))).decode()


@lru_cache(maxsize=64)
def _protected(kid: str, typ: str) -> bytes:
    header = {"alg": "Ed25519", "kid": kid, "typ": typ}
    return urlsafe_b64encode(json.dumps(header, separators=(",", ":")).encode())


@lru_cache(maxsize=1024)
def _public_jwk(public_hex: str) -> OKPKey:
    point = urlsafe_b64encode(bytes.fromhex(public_hex)).decode()
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": point})


def peek_header(token: str) -> dict[str, str]:
    """Return the unverified header (to choose the key by ``kid``).

    Raises:
        SignatureError: the token has not the form of a compact JWS.
    """
    words, _, _ = token.partition(".")
    # One key writes the same header each time; whoever writes long ones is not remembered.
    read = _header if len(words) <= _HEADER_KEPT else _header.__wrapped__
    try:
        return dict(read(words))
    except (ValueError, TypeError) as error:
        raise _bad("SIG-FORM", "签名格式不对，内容可能被截断或损坏。") from error


@lru_cache(maxsize=1024)
def _header(words: str) -> dict[str, str]:
    header = json.loads(urlsafe_b64decode(words.encode("ascii")))
    if not isinstance(header, dict):
        raise TypeError
    return {str(k): str(v) for k, v in header.items()}


def verify_json(token: str, public_hex: str, typ: str) -> dict[str, Json]:
    """Verify a compact JWS and return its payload.

    Raises:
        SignatureError: see ``open_json``.
    """
    return open_json(token, public_hex, typ)[0]


def open_json(token: str, public_hex: str, typ: str) -> tuple[dict[str, Json], bytes]:
    """Verify a compact JWS and return its payload, and the canonical bytes that were signed.

    Only ``alg=Ed25519`` and the expected ``typ`` pass, and the payload must be in canonical
    form, so that one content has exactly one token per key (RFC 8037, RFC 8785).

    Raises:
        SignatureError: wrong form, algorithm, type, key or signature.
    """
    header = peek_header(token)
    if header.get("alg") != "Ed25519" or header.get("typ") != typ:
        raise _bad("SIG-TYPE", "签名的种类不对。")
    try:
        raw = jws.deserialize_compact(
            token, _public_jwk(public_hex), algorithms=["Ed25519"]
        ).payload
        payload = json.loads(raw)
    except JoseError as error:
        raise _bad("SIG-BAD", "签名不对：内容被改过，或不是这把钥匙签的。") from error
    except ValueError as error:
        raise _bad("SIG-FORM", "签名格式不对，内容可能被截断或损坏。") from error
    if not isinstance(payload, dict) or not _is_canonical(payload, raw):
        raise _bad("SIG-CANON", "签名内容不是规范格式。")
    return payload, raw


def _is_canonical(payload: dict[str, Json], raw: bytes) -> bool:
    try:
        return canonical_bytes(payload) == raw
    except ValueError:  # half a surrogate, a number past 2**53: no canonical form
        return False
