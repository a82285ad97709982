# SPDX-License-Identifier: MulanPSL-2.0
"""Fetching the hall's snapshot from the centre while the line is up; only what changed travels."""

from __future__ import annotations

import hashlib
from contextlib import suppress

from pydantic import TypeAdapter, ValidationError

from counter.domain.clocks import CaseClock
from sync.client.outcomes import Cut, LineError
from sync.client.transport import Ask
from sync.edge.host import EdgeHost
from sync.protocol.dictionaries import KIND
from sync.protocol.snapshot import (
    SNAPSHOT_TYP,
    Chunk,
    SnapshotError,
    SnapshotManifest,
    SnapshotReply,
    unpack,
)

_WITH_CLOCKS = frozenset({"case", "appeal"})
_CLOCKS = TypeAdapter(list[CaseClock])
_PATH, _CHUNKS = "/v1/edge/snapshot", "/v1/sync/snapshot"


def refresh(host: EdgeHost) -> bool:
    """Bring the hall's snapshot up to date; false when it was.

    Raises:
        LineError: the line, or an answer that is not the centre's; what was here stays.
        StoreFullError: no room for it; what was here stays.
    """
    heard = host.store.heard()
    reply = SnapshotReply.model_validate_json(host.asked(_PATH, host.hall.checksums()))
    if not reply.manifest:
        return False
    manifest = SnapshotManifest.model_validate(host.centre.token(reply.manifest, SNAPSHOT_TYP))
    if manifest.hall != host.hall_code:
        raise LineError(Cut("给的不是本厅的数据。", detail="HALL-OTHER"))
    for chunk in manifest.chunks:
        if not host.hall.has(chunk.sha256):
            data = _fetched(host, chunk)
            _learn(host, chunk, data)
            host.hall.put(chunk.sha256, data)
    host.hall.install(reply.manifest, manifest, heard)
    return True


def _learn(host: EdgeHost, chunk: Chunk, data: bytes) -> None:
    """Take out of a chunk what the host itself goes by: clocks of cases and 诉求, a dictionary.

    What it cannot read, of a newer centre perhaps, is for the counters alone.
    """
    clocks: dict[str, list[CaseClock]] = {}
    with suppress(SnapshotError):
        for record in unpack(chunk, data):
            if record.kind == KIND:
                host.hall.learn(record.body)
            if record.kind in _WITH_CLOCKS:
                with suppress(ValidationError):
                    clocks[record.entity_id] = _CLOCKS.validate_python(record.body.get("clocks"))
    if clocks:
        host.pages.urgency.told(clocks)


def _fetched(host: EdgeHost, chunk: Chunk) -> bytes:
    data = host.ask(Ask("GET", f"{_CHUNKS}/{chunk.place}/{chunk.sha256}")).body
    if hashlib.sha256(data).hexdigest() != chunk.sha256:
        raise LineError(Cut("收到的一块数据不对，将重新接收。", detail="SNAPSHOT"))
    return data
