# SPDX-License-Identifier: MulanPSL-2.0
"""The form of ``vault.json``: labels in clear, keys only wrapped. No secret is readable in it.

Plain dataclasses, checked by hand: the sign-in window reads this file, and pydantic would cost it
more than Qt's window does.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from counter.domain.errors import KnownError
from counter.ports.files import DurableWrite

Mode = Literal["keyring", "passphrase-only"]
T = TypeVar("T")
_MODES: tuple[Mode, ...] = ("keyring", "passphrase-only")
# Least and most of each cost: a changed file must neither weaken nor stall the sign-in.
_BOUNDS = {"memory_kib": (8 * 1024, 1024 * 1024), "time": (1, 20), "lanes": (1, 8)}


@dataclass(frozen=True)
class KdfParams:
    """Argon2id cost (RFC 9106); kept per slot, so that a later version may raise it."""

    memory_kib: int = 64 * 1024
    time: int = 3
    lanes: int = 1

    def __post_init__(self) -> None:
        """Refuse costs out of bounds.

        Raises:
            ValueError: with the name of the cost.
        """
        for name, (least, most) in _BOUNDS.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(name)


@dataclass(frozen=True)
class Slot:
    """One operator's wrapped copy of the database key; binary parts in hex."""

    operator_id: str
    name: str
    job_no: str
    kdf: KdfParams
    salt: str
    nonce: str
    wrapped: str


@dataclass(frozen=True)
class SealedFacts:
    """What must be known before the database opens, sealed under the database key; hex."""

    nonce: str
    sealed: str


@dataclass(frozen=True, kw_only=True)
class VaultFile:
    """The whole file."""

    v: Literal[1] = 1
    mode: Mode
    vault_id: str
    hall_label: str
    slots: tuple[Slot, ...]
    recovery: str  # hex of an age file holding the key, sealed to the hall's recovery recipient
    recovery_recipient: str
    journal: SealedFacts

    def __post_init__(self) -> None:
        """Refuse a file of another version, of an unknown mode, or without anybody.

        Raises:
            ValueError: with the name of the field.
        """
        for name, good in (
            ("v", self.v == 1),
            ("mode", self.mode in _MODES),
            ("slots", self.slots),
        ):
            if not good:
                raise ValueError(name)


def _made(kind: type[T], raw: object, **parts: object) -> T:
    """Build ``kind`` from a JSON object: its fields, no others, each of its type.

    Raises:
        ValueError, TypeError: it is something else.
    """
    if not isinstance(raw, Mapping):
        raise TypeError(kind.__name__)
    for name, value in raw.items():
        wanted = int if name in _BOUNDS or name == "v" else str
        if name not in parts and type(value) is not wanted:
            raise TypeError(name)
    values: dict[str, Any] = {**raw, **parts}
    return kind(**values)


def _parsed(data: bytes) -> VaultFile:
    raw = json.loads(data)
    if not isinstance(raw, dict):
        raise TypeError
    slots = tuple(_made(Slot, one, kdf=_made(KdfParams, one["kdf"])) for one in raw["slots"])
    return _made(VaultFile, raw, slots=slots, journal=_made(SealedFacts, raw["journal"]))


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
            return _parsed(self._path.read_bytes())
        except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
            # The cause is dropped from the chain: its text could quote the file.
            raise bad_vault() from (error if isinstance(error, OSError) else None)

    def save(self, vault: VaultFile) -> None:
        """Replace the file.

        Raises:
            KnownError: ``DISK-FULL``, ``DISK-WRITE``; the old file is untouched.
        """
        self._write(self._path, _text(vault).encode())


def _text(vault: VaultFile) -> str:
    return json.dumps(dataclasses.asdict(vault), ensure_ascii=False, indent=1)


def bad_vault() -> KnownError:
    """Say that the key file is damaged and what is safe."""
    return KnownError(
        code="VAULT-BAD",
        what="本机的钥匙文件读不出来，暂时不能登录。",
        safe="数据库和未传的办件没有改动。",
        todo="请不要删除任何文件，请值班长用恢复密钥处理或联系技术支持。",
    )
