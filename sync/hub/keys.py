# SPDX-License-Identifier: MulanPSL-2.0
"""The centre's keys in the data folder, readable by their owner only."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from pyrage import x25519

from counter.domain.signing import SigningKey
from sync.hub.storage.blob_files import fsync_dir, make_folder


@dataclass(frozen=True)
class CentreKeys:
    """What the centre signs with, what is sealed to it, and the token of the monitoring.

    Attributes:
        signing: Ed25519 key of certificates, results and pages.
        seal: age identity; journals and bundles are sealed to its recipient.
        recovery: age identity of the hall's recovery slot (design §6).
        metrics_token: Bearer token that reads /metrics and nothing else.
    """

    signing: SigningKey
    seal: x25519.Identity
    recovery: x25519.Identity
    metrics_token: str


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 so that it is whole or absent."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    fsync_dir(path.parent)


def kept(path: Path, fresh: str = "") -> str:
    """Return the content of a key file, writing ``fresh`` (or a new token) when there is none."""
    if not path.exists():
        write_private(path, fresh or secrets.token_urlsafe(32))
    return path.read_text("utf-8").strip()


def load_keys(folder: Path) -> CentreKeys:
    """Read the keys, making those that are missing."""
    make_folder(folder)
    seed = kept(folder / "signing.key", SigningKey.generate("").seed.hex())
    kid = kept(folder / "signing.kid", f"centre-{secrets.token_hex(8)}")
    seal = kept(folder / "seal.age", str(x25519.Identity.generate()))
    recovery = kept(folder / "recovery.age", str(x25519.Identity.generate()))
    token = kept(folder / "metrics.token")
    return CentreKeys(
        SigningKey.from_seed(kid, bytes.fromhex(seed)),
        x25519.Identity.from_str(seal),
        x25519.Identity.from_str(recovery),
        token,
    )
