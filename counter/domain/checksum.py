# SPDX-License-Identifier: MulanPSL-2.0
"""The order-independent checksum of a feed scope (sync-protocol §6), the same on both ends.

XOR of the entity hashes of everything live in the scope, as 64 hex digits. Live is what the last
record said ``put``; a ``del`` or ``leave`` takes it out. Kind ``result`` does not count: results are
answers to one device, which may purge them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

UNCOUNTED = frozenset({"result"})
EMPTY = "0" * 64


def entity_hash(kind: str, entity_id: str, rev: int) -> int:
    """Return the share of one live entity: SHA-256 over kind, id and rev joined by line feeds."""
    if kind in UNCOUNTED:
        return 0
    return int.from_bytes(hashlib.sha256(f"{kind}\n{entity_id}\n{rev}".encode()).digest(), "big")


def toggled(checksum: str, share: int) -> str:
    """Return a checksum after an entity came or went; coming and going is the same operation."""
    return f"{int(checksum, 16) ^ share:064x}"


def checksum(live: Iterable[tuple[str, str, int]]) -> str:
    """Return the checksum of live entities given as (kind, entity_id, rev)."""
    total = EMPTY
    for kind, entity_id, rev in live:
        total = toggled(total, entity_hash(kind, entity_id, rev))
    return total
