# SPDX-License-Identifier: MulanPSL-2.0
"""Fetching a snapshot over the line, in pieces that survive cuts and restarts (§6)."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import ValidationError

from sync.client.engine.shelf import Shelf
from sync.client.engine.step import Kit, Step
from sync.client.outcomes import Cut, Gone, LineError, Portal
from sync.client.transport import Ask
from sync.protocol.snapshot import Chunk, SnapshotError, SnapshotManifest, SnapshotReply

PATH = "/v1/sync/snapshot"
FIRST_PIECE = 16 * 1024  # doubled by success, halved by a cut
SMALLEST, LARGEST = 4 * 1024, 1024 * 1024
_DAMAGED = "收到的整份数据有一块不对，将重新接收这一块。"
_FOREIGN = "对方给的整份数据不是中心签给本机的，没有采用。请报告管理员。"


class SnapshotEngine:
    """Brings one snapshot, a piece a step; done when ``step`` returns ``more=False``."""

    def __init__(
        self, kit: Kit, believed: Callable[[str], SnapshotManifest], path: str = PATH
    ) -> None:
        """Take the tools; ``believed`` reads a manifest's token or raises ``SnapshotError``."""
        self._kit = kit
        self._believed = believed
        self._path = path
        self._shelf = Shelf(kit.store, kit.run, kit.centre)
        self._manifest: SnapshotManifest | None = None
        self._waiting: list[Chunk] = []
        self._piece = FIRST_PIECE
        self.fetched = 0  # bytes of chunks that travelled

    def step(self) -> Step:
        """Fetch the manifest, or a piece of a chunk; at the end swap everything in.

        Raises:
            LineError: nothing came, or what came is not what was signed.
        """
        manifest = self._manifest
        if manifest is None:
            self._begin()
            return Step(more=True, moved=True)
        while self._waiting:
            chunk = self._waiting[0]
            here = self._shelf.here(chunk)
            if here < chunk.size:
                self._fetch(chunk, here)
                return Step(more=True, moved=True)
            self._waiting.pop(0)
        try:
            ids = self._shelf.install(manifest)
        except SnapshotError as error:
            self._manifest = None
            raise LineError(Cut(_DAMAGED, detail="SNAPSHOT")) from error
        return Step(moved=True, ids=ids)

    def _begin(self) -> None:
        reply = self._kit.channel.call(Ask("GET", self._path))
        try:
            token = SnapshotReply.model_validate_json(reply.body).manifest
            manifest = self._believed(token)
        except (ValidationError, SnapshotError) as error:
            raise LineError(Portal(_FOREIGN, detail="SNAPSHOT-FORM")) from error
        self._shelf.clear(keep=manifest.chunks)
        self._waiting = list(manifest.chunks)
        self._manifest = manifest

    def _fetch(self, chunk: Chunk, here: int) -> None:
        last = min(here + self._piece, chunk.size) - 1
        ask = Ask(
            "GET",
            f"{PATH}/{chunk.place}/{chunk.sha256}",
            headers={"Range": f"bytes={here}-{last}"},
            ok=frozenset({200, 206}),
        )
        try:
            reply = self._kit.channel.call(ask)
        except LineError as error:
            self._piece = max(SMALLEST, self._piece // 2)
            if not isinstance(error.outcome, Gone):
                raise
            self._manifest = None  # the centre has swept it: a newer manifest names what is there
            raise LineError(Cut(_DAMAGED, detail="SNAPSHOT-GONE")) from error
        whole = reply.status == 200  # something on the way knows no Range
        data = reply.body[here:] if whole else reply.body
        if not data:
            raise LineError(Cut(_DAMAGED, detail="SNAPSHOT-EMPTY"))
        self.fetched += len(data)
        self._piece = min(LARGEST, self._piece * 2)
        self._shelf.add(chunk, here, data[: chunk.size - here])
