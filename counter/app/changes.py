# SPDX-License-Identifier: MulanPSL-2.0
"""What a command changed, told to every screen once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "draft",
    "case",
    "outbox",
    "reference",
    "operator",
    "settings",
    "device",
    "material",
    "person",
    "ticket",
    "refusal",
    "queue",
]


@dataclass(frozen=True)
class Changes:
    """Kinds and entity ids that changed; screens decide whether it concerns them."""

    kinds: frozenset[Kind]
    ids: frozenset[str] = frozenset()

    def __or__(self, other: Changes) -> Changes:
        """Join two changes."""
        return Changes(self.kinds | other.kinds, self.ids | other.ids)
