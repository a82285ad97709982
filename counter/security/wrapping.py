# SPDX-License-Identifier: MulanPSL-2.0
"""Wrap and unwrap the database key: Argon2id, HKDF-SHA256, AES-256-GCM, and age for recovery."""

from __future__ import annotations

import json
import secrets
import unicodedata

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pyrage import DecryptError, IdentityError, RecipientError, decrypt, encrypt, x25519

from counter.domain.canonical import canonical_bytes
from counter.security.vault_file import KdfParams, Mode, SealedFacts, Slot

KEY_BYTES = 32
_SALT_BYTES = 16
_NONCE_BYTES = 12


def wrap(
    db_key: bytes,
    *,
    operator_id: str,
    name: str,
    job_no: str,
    password: str,
    device_secret: bytes,
    mode: Mode,
    vault_id: str,
    kdf: KdfParams,
) -> Slot:
    """Return a new slot for an operator; salt and nonce are fresh each time."""
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    kek = _kek(password, salt, device_secret, kdf)
    sealed = AESGCM(kek).encrypt(nonce, db_key, _bound(operator_id, mode, vault_id, kdf))
    return Slot(
        operator_id=operator_id,
        name=name,
        job_no=job_no,
        kdf=kdf,
        salt=salt.hex(),
        nonce=nonce.hex(),
        wrapped=sealed.hex(),
    )


def unwrap(
    slot: Slot, *, password: str, device_secret: bytes, mode: Mode, vault_id: str
) -> bytes | None:
    """Return the database key, or ``None``: which part was wrong is not knowable, nor said."""
    kek = _kek(password, bytes.fromhex(slot.salt), device_secret, slot.kdf)
    bound = _bound(slot.operator_id, mode, vault_id, slot.kdf)
    try:
        return AESGCM(kek).decrypt(bytes.fromhex(slot.nonce), bytes.fromhex(slot.wrapped), bound)
    except (InvalidTag, ValueError):
        return None


def spend(password: str, kdf: KdfParams) -> None:
    """Take as long as a real attempt, so that time does not tell who has a slot here."""
    _kek(password, bytes(_SALT_BYTES), b"", kdf)


def seal_recovery(db_key: bytes, recipient: str) -> str:
    """Return the key sealed to the hall's recovery public key (age), hex.

    Raises:
        ValueError: the recipient is not an age X25519 public key.
    """
    try:
        return encrypt(db_key, [x25519.Recipient.from_str(recipient)]).hex()
    except RecipientError as error:
        raise ValueError("recovery recipient") from error


def seal_facts(db_key: bytes, facts: dict[str, str], vault_id: str) -> SealedFacts:
    """Seal small facts under a key derived from the database key."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(_facts_key(db_key)).encrypt(nonce, canonical_bytes(facts), vault_id.encode())
    return SealedFacts(nonce=nonce.hex(), sealed=sealed.hex())


def open_facts(db_key: bytes, sealed: SealedFacts, vault_id: str) -> dict[str, str] | None:
    """Return the facts, ``None`` if they were changed or belong to another vault."""
    try:
        plain = AESGCM(_facts_key(db_key)).decrypt(
            bytes.fromhex(sealed.nonce), bytes.fromhex(sealed.sealed), vault_id.encode()
        )
        return {str(k): str(v) for k, v in json.loads(plain).items()}
    except (InvalidTag, ValueError):
        return None


def _facts_key(db_key: bytes) -> bytes:
    mixer = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"yc-vault-facts/1")
    return mixer.derive(db_key)


def open_recovery(sealed: str, identity: str) -> bytes | None:
    """Return the key with the hall's recovery secret key, ``None`` if it is another hall's."""
    try:
        return decrypt(bytes.fromhex(sealed), [x25519.Identity.from_str(identity.strip())])
    except DecryptError:
        return None
    except IdentityError as error:
        raise ValueError("recovery identity") from error


def _kek(password: str, salt: bytes, device_secret: bytes, kdf: KdfParams) -> bytes:
    """HKDF over (Argon2id(password) ‖ device secret): neither alone opens anything."""
    stretched = hash_secret_raw(
        unicodedata.normalize("NFKC", password).encode(),
        salt,
        time_cost=kdf.time,
        memory_cost=kdf.memory_kib,
        parallelism=kdf.lanes,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )
    mixer = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=b"yc-vault-slot/1")
    return mixer.derive(stretched + device_secret)


def _bound(operator_id: str, mode: Mode, vault_id: str, kdf: KdfParams) -> bytes:
    """What a slot is valid for; a slot moved to another vault, mode or person does not open."""
    return canonical_bytes(
        {
            "operator": operator_id,
            "mode": mode,
            "vault": vault_id,
            "kdf": [kdf.memory_kib, kdf.time, kdf.lanes],
        }
    )
