# SPDX-License-Identifier: MulanPSL-2.0
"""Who an edge host is: window 0 of its hall, as the centre enrolled it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from counter.domain.signing import SigningKey
from counter.infra.atomic import write_atomic


@dataclass(frozen=True)
class EdgeIdentity:
    """Window 0 of its hall, as enrolled at the centre."""

    device_id: str
    key: SigningKey
    certificate: str
    epoch: int
    centre_keys: dict[str, str]

    def save(self, path: Path) -> None:
        """Write it where only this account reads it."""
        text = json.dumps(
            {
                "device_id": self.device_id,
                "kid": self.key.kid,
                "seed": self.key.seed.hex(),
                "certificate": self.certificate,
                "epoch": self.epoch,
                "centre_keys": self.centre_keys,
            }
        )
        write_atomic(path, text.encode("ascii"))

    @classmethod
    def load(cls, path: Path) -> EdgeIdentity:
        """Read it back."""
        raw = json.loads(path.read_text("ascii"))
        key = SigningKey.from_seed(raw.pop("kid"), bytes.fromhex(raw.pop("seed")))
        return cls(key=key, **raw)
