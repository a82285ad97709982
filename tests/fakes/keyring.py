# SPDX-License-Identifier: MulanPSL-2.0
"""A keyring in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from counter.domain.errors import KnownError


@dataclass
class FakeKeyring:
    """``Keyring`` for tests; ``present=False`` is a machine without one."""

    present: bool = True
    kept: dict[str, bytes] = field(default_factory=dict)

    def available(self) -> bool:
        return self.present

    def get(self, name: str) -> bytes | None:
        return self.kept.get(name) if self.present else None

    def set(self, name: str, value: bytes) -> None:
        if not self.present:
            raise KnownError(code="KEYRING", what="没有钥匙串。")
        self.kept[name] = value
