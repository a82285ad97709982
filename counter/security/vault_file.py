# SPDX-License-Identifier: MulanPSL-2.0
"""The form of ``vault.json``: labels in clear, keys only wrapped. No secret is readable in it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from counter.domain.errors import KnownError
from counter.ports.files import DurableWrite

Mode = Literal["keyring", "passphrase-only"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KdfParams(_Frozen):
    """Argon2id cost (RFC 9106); kept per slot, so that a later version may raise it."""

    memory_kib: int = Field(default=64 * 1024, ge=8 * 1024, le=1024 * 1024)
    time: int = Field(default=3, ge=1, le=20)
    lanes: int = Field(default=1, ge=1, le=8)


class Slot(_Frozen):
    """One operator's wrapped copy of the database key; binary parts in hex."""

    operator_id: str
    name: str
    job_no: str
    kdf: KdfParams
    salt: str
    nonce: str
    wrapped: str


class SealedFacts(_Frozen):
    """What must be known before the database opens, sealed under the database key; hex."""

    nonce: str
    sealed: str


class VaultFile(_Frozen):
    """The whole file."""

    v: Literal[1] = 1
    mode: Mode
    vault_id: str
    hall_label: str
    slots: tuple[Slot, ...] = Field(min_length=1)
    recovery: str  # hex of an age file holding the key, sealed to the hall's recovery recipient
    recovery_recipient: str
    journal: SealedFacts


class VaultStore:
    """Reads and durably replaces ``vault.json``."""

    def __init__(self, path: Path, write: DurableWrite) -> None:
        """Keep the path; nothing is read yet."""
        self._path = path
        self._write = write

    def exists(self) -> bool:
        """Tell whether this home was ever enrolled."""
        return self._path.is_file()

    def load(self) -> VaultFile:
        """Read the file.

        Raises:
            KnownError: ``VAULT-BAD`` if it cannot be read or understood.
        """
        try:
            return VaultFile.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError) as error:
            # The cause is dropped from the chain: its text could quote the file.
            raise bad_vault() from (error if isinstance(error, OSError) else None)

    def save(self, vault: VaultFile) -> None:
        """Replace the file.

        Raises:
            KnownError: ``DISK-FULL``, ``DISK-WRITE``; the old file is untouched.
        """
        self._write(self._path, vault.model_dump_json(indent=1).encode())


def bad_vault() -> KnownError:
    """Say that the key file is damaged and what is safe."""
    return KnownError(
        code="VAULT-BAD",
        what="本机的钥匙文件读不出来，暂时不能登录。",
        safe="数据库和未传的办件没有改动。",
        todo="请不要删除任何文件，请值班长用恢复密钥处理或联系技术支持。",
    )
