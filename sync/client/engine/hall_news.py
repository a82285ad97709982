# SPDX-License-Identifier: MulanPSL-2.0
"""What a counter learns of its hall while only the edge host answers: signed by others, all of it.

First the hall's latest snapshot, if that knows more of the centre than this counter: catalogue,
calendars, operators, revocations, cases. Then what the neighbours received since. The host can keep
something back; it cannot make up a word, and nothing older ever replaces something newer.
"""

from __future__ import annotations

from dataclasses import replace

from sync.client.engine.neighbours import Neighbours
from sync.client.engine.shelf import hall_manifest
from sync.client.engine.snapshot import SnapshotEngine
from sync.client.engine.step import Kit, Step
from sync.client.outcomes import AtEdge, Gone, LineError
from sync.client.probe import AT_EDGE
from sync.protocol.snapshot import SnapshotError, SnapshotManifest

PATH = "/v1/edge/snapshot"


class HallNews:
    """One thread uses it."""

    def __init__(self, kit: Kit, device_id: str, hall_code: str) -> None:
        """Take the tools, who this device is, and its hall ('' = neighbours' cases only)."""
        self._kit = kit
        self._hall_code = hall_code
        self._neighbours = Neighbours(kit, device_id)
        self._snapshot: SnapshotEngine | None = None

    def step(self) -> Step:
        """Go on with the hall's snapshot, or take in what the neighbours received.

        Raises:
            LineError: the host does not answer, or gives what the centre did not sign.
        """
        if self._hall_code and (step := self._step_snapshot()) is not None:
            return step
        return Step(ids=self._neighbours.step(), trouble=AtEdge(AT_EDGE))

    def _step_snapshot(self) -> Step | None:
        """Do a step; ``None`` when the host has nothing newer."""
        engine = self._snapshot
        if engine is None:
            known = self._kit.run(self._kit.store.feed_no)
            engine = SnapshotEngine(self._kit, self._believed, f"{PATH}?after={known}")
        try:
            step = engine.step()
        except LineError as error:
            self._snapshot = None
            if isinstance(error.outcome, Gone):
                return None
            raise
        self._snapshot = engine if step.more else None
        if not step.more:
            self._neighbours.again()
        return replace(step, more=True)

    def _believed(self, token: str) -> SnapshotManifest:
        manifest = hall_manifest(self._kit.centre, token, self._hall_code)
        if manifest.feed_no <= self._kit.run(self._kit.store.feed_no):
            raise SnapshotError  # an old one must not bring a revoked key back
        return manifest
