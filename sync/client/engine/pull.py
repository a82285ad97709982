# SPDX-License-Identifier: MulanPSL-2.0
"""The centre's changes come down, page by page, each applied with its cursor (protocol §6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from counter.domain.checksum import EMPTY
from counter.domain.errors import KnownError
from sync.client.engine.hall_news import HallNews
from sync.client.engine.records import plain, results_in
from sync.client.engine.shelf import manifest_of
from sync.client.engine.snapshot import SnapshotEngine
from sync.client.engine.step import Kit, Step
from sync.client.outcomes import Cut, Gone, LineError
from sync.client.transport import MAX_REPLY, Ask, Reply
from sync.protocol import errors
from sync.protocol.compression import CompressionError, decompress
from sync.protocol.edge import LINE_DOWN
from sync.protocol.wire import PAGE_SIGNATURE_HEADER, FeedRecord, PullPage

PATH = "/v1/sync/pull"
LIMIT = 200
_GAP = "SYNC-GAP"

_REPAIR_EVERY_S = 15 * 60.0  # a scope whose checksum stays wrong is not pulled in a circle


class PullEngine:
    """Follows the feed. One thread uses it; push never touches the cursor."""

    def __init__(
        self,
        kit: Kit,
        device_id: str = "",
        hall_code: str = "",
        doubt: Callable[[], None] | None = None,
    ) -> None:
        """Take the tools; with ``device_id`` a cursor that is too old brings a snapshot.

        With ``hall_code`` the hall's edge host is asked for what the hall shares meanwhile.
        ``doubt`` is called when the feed tells that an operation is held for its epoch.
        """
        self._kit = kit
        self._doubt, self._held = doubt, set[str]()
        self._device_id = device_id
        self._snapshot: SnapshotEngine | None = None
        self._hall = HallNews(kit, device_id, hall_code)
        self._store = kit.store
        self._run = kit.run
        self._channel = kit.channel
        self._centre = kit.centre
        self._now = kit.now
        self._mono = kit.mono
        self._from_start = False
        self._repaired: dict[str, float] = {}
        self.pages = 0
        self.repairs = 0
        self.snapshots = 0
        self.ignored = 0  # what the feed brought without the centre's signature

    def step(self) -> Step:
        """Fetch and apply one page; at the end of the feed compare the checksums.

        Raises:
            LineError: no page, or one that is not the centre's.
        """
        if self._snapshot is not None:
            return self._step_snapshot(self._snapshot)
        cursor = "" if self._from_start else self._run(self._store.cursor)
        try:
            page = self._fetch(cursor)
        except LineError as error:
            if isinstance(error.outcome, Gone) and cursor:
                self._begin_again()  # 410; the outbox is untouched
                return Step(more=True)
            if error.outcome.detail == LINE_DOWN:
                return self._hall.step()
            raise
        ids = self._settle(page)
        try:
            ids |= self._apply(self._plain(page), page.cursor)
        except KnownError as error:
            if error.code != _GAP or self._from_start:
                raise
            self._from_start = True  # a patch does not fit what is here: everything again
            return Step(more=True, ids=ids)
        self._from_start = False
        self._note_time(page.server_time)
        if not page.more:
            ids |= self._repair(page)
        return Step(more=page.more, moved=bool(page.records), ids=ids)

    def _begin_again(self) -> None:
        if self._device_id:
            centre, mine = self._centre, self._device_id
            self._snapshot = SnapshotEngine(self._kit, lambda t: manifest_of(centre, t, mine))
        else:
            self._from_start = True

    def _step_snapshot(self, engine: SnapshotEngine) -> Step:
        """Go on with a snapshot; a centre that makes none is asked for the whole feed."""
        try:
            step = engine.step()
        except LineError as error:
            if isinstance(error.outcome, Gone):
                self._snapshot, self._from_start = None, True
                return Step(more=True)
            if error.outcome.detail == LINE_DOWN:
                return self._hall.step()
            raise
        if step.more:
            return step
        self._snapshot = None
        self.snapshots += 1
        return replace(step, more=True)  # the tail of the feed

    def _fetch(self, cursor: str, scope: str = "") -> PullPage:
        query = {"cursor": cursor, "limit": str(LIMIT)}
        if scope:
            query["scopes"] = scope
        ask = Ask("GET", f"{PATH}?{urlencode(query)}", headers={"Accept-Encoding": "zstd"})
        reply = self._channel.call(ask)
        token = reply.headers.get(PAGE_SIGNATURE_HEADER.lower(), "")
        page = self._centre.page(_unpacked(reply), token)
        self.pages += 1
        return page

    def _settle(self, page: PullPage) -> frozenset[str]:
        """Settle results that the feed brings: an operation that was held is released (§4)."""
        good, unsigned = results_in(page.records, self._centre)
        self.ignored += unsigned
        if good:
            self._run(lambda: self._store.settle(good))
        held = {one.op_id for one in good if one.code == errors.HELD_EPOCH} - self._held
        if held and self._doubt is not None:
            self._held |= held  # the feed tells a result again when a scope is pulled anew
            self._doubt()
        return frozenset(result.op_id for result in good)

    def _apply(self, records: list[dict[str, Any]], cursor: str) -> frozenset[str]:
        return self._run(lambda: self._store.apply_page(records, cursor))

    def _repair(self, page: PullPage) -> frozenset[str]:
        """Pull scopes whose checksum differs again from their start; the cursor stays."""
        if not page.checksums:
            return frozenset()
        mine = self._run(self._store.checksums)
        ids: frozenset[str] = frozenset()
        for scope, checksum in page.checksums.items():
            last = self._repaired.get(scope)
            recent = last is not None and self._mono() - last < _REPAIR_EVERY_S
            if mine.get(scope, EMPTY) != checksum and not recent:
                self._repaired[scope] = self._mono()
                ids |= self._pull_scope(scope, page.cursor)
        return ids

    def _pull_scope(self, scope: str, keep_cursor: str) -> frozenset[str]:
        """Replace one scope in one transaction: ``reset``, then all of its records.

        The records may be newer than ``keep_cursor``; the feed brings those again, and a record
        whose ``rev`` is known already changes nothing.
        """
        reset = FeedRecord(
            change_no=0, action="reset", scope=scope, kind="policy", entity_id="", rev=0
        )
        records = [reset.model_dump(mode="json")]
        cursor, more = "", True
        while more:
            page = self._fetch(cursor, scope)
            records += self._plain(page)
            more = page.more and page.cursor != cursor
            cursor = page.cursor
        self.repairs += 1
        return self._apply(records, keep_cursor)

    def _plain(self, page: PullPage) -> list[dict[str, Any]]:
        out, ignored = plain(page.records, self._centre)
        self.ignored += ignored
        return out

    def _note_time(self, server_time: str) -> None:
        """Hand the centre's time over with this machine's error; it is information, no order."""
        try:
            centre = datetime.fromisoformat(server_time)
            skew_ms = round((self._now() - centre).total_seconds() * 1000)
        except (ValueError, TypeError):
            return
        self._run(lambda: self._store.note_centre_time(server_time, skew_ms))


def _unpacked(reply: Reply) -> bytes:
    """Return the page as it was signed, before Content-Encoding."""
    if reply.headers.get("content-encoding", "identity") != "zstd":
        return reply.body
    try:
        return decompress(reply.body, limit=MAX_REPLY)
    except CompressionError as error:
        raise LineError(Cut("收到的内容已损坏，将重新接收。", detail="ZSTD")) from error
