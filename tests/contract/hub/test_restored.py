# SPDX-License-Identifier: MulanPSL-2.0
"""The centre's own database comes from yesterday's backup: nothing lost, no number given twice."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from base64 import b64encode
from contextlib import closing
from pathlib import Path

import pytest

from counter.domain.operations import Operation
from sync.hub.__main__ import main
from sync.hub.handlers import uploads
from tests.fakes.device import uuid7
from tests.fakes.hub import RunningHub, received_body
from tests.fakes.postgres import PostgresServer


def test_counters_bring_what_the_backup_lacks_and_no_number_comes_twice(tmp_path: Path) -> None:
    data, kept = tmp_path / "hub", tmp_path / "backup.db"
    with RunningHub(data) as hub:
        device = hub.new_device()
        before = device.operation("case.received", uuid7(), received_body())
        numbers = [device.push([before]).results[0].human_no]
        with (
            closing(sqlite3.connect(data / "hub.db")) as live,
            closing(sqlite3.connect(kept)) as copy,
        ):
            live.backup(copy)
        after = device.operation("case.received", uuid7(), received_body())
        numbers.append(device.push([after]).results[0].human_no)
        page = device.pull()
        while page.more:
            page = device.pull(page.cursor)
        hub.stop()
        for part in data.glob("hub.db*"):
            part.unlink()
        kept.rename(data / "hub.db")
        assert main(["--data", str(data), "restored"]) == 0
        hub.reopen()
        stale = device.request("GET", f"/v1/sync/pull?cursor={page.cursor}")
        assert stale.status_code == 410, "a snapshot, not silence about what was forgotten"
        newest = device.operation("case.received", uuid7(), received_body())
        reply = device.push([newest])
        numbers.append(reply.results[0].human_no)
        assert reply.tail is not None
        assert reply.tail.missing_seq == (after.seq,)
        numbers.append(device.push([after]).results[0].human_no)
        assert device.push([before]).results[0].status == "already"
    assert len(set(numbers)) == 4, "the printed one of the lost day is not given to another case"


def test_the_documented_steps_on_sqlite(tmp_path: Path) -> None:
    """docs/hub.md, section 5: the whole machine is lost, the folder of the backup is left."""
    data, kept = tmp_path / "hub", tmp_path / "backup"
    with RunningHub(data) as hub:
        day = Day(hub)
        assert main(["--data", str(data), "backup", str(kept)]) == 0
        assert main(["--data", str(data), "backup", str(kept)]) == 0, "again is as once"
        day.goes_on()
        hub.stop()
        shutil.rmtree(data)
        shutil.copytree(kept, data)
        assert main(["--data", str(data), "restored"]) == 0
        hub.reopen()
        day.is_good()


@pytest.mark.postgres
def test_the_documented_steps_on_postgres(tmp_path: Path, postgres: PostgresServer) -> None:
    """docs/hub.md, section 5, with the server's own tools."""
    data, kept = tmp_path / "hub", tmp_path / "backup"
    url = postgres.new_database()
    with RunningHub(data, database=url) as hub:
        day = Day(hub)
        kept.mkdir()
        postgres.dump(url, kept / "hub.dump")
        place = ["--data", str(data), "--database", url]
        assert main([*place, "backup", str(kept)]) == 0
        day.goes_on()
        hub.stop()
        shutil.rmtree(data)
        fresh = postgres.restore(kept / "hub.dump")
        for part in ("keys", "blobs"):
            shutil.copytree(kept / part, data / part)
        assert main(["--data", str(data), "--database", fresh, "restored"]) == 0
        hub.reopen(fresh)
        day.is_good()


class Day:
    """A counter's day: what it did before the backup, between it and the loss, and afterwards."""

    def __init__(self, hub: RunningHub) -> None:
        """Work before the backup."""
        self._hub = hub
        self._device = hub.new_device()
        self._numbers: list[str] = []
        self._pages: list[bytes] = []
        self._ops: list[Operation] = []
        self._take(b"page of the morning")

    def _take(self, page: bytes) -> None:
        op = self._device.operation("case.received", uuid7(), received_body())
        self._ops.append(op)
        self._numbers.append(self._device.push([op]).results[0].human_no)
        self._pages.append(page)
        self._upload(page)

    def _upload(self, page: bytes) -> None:
        names = {"blob_id": hashlib.sha256(page).hexdigest(), "media_type": "image/jpeg"}
        pairs = (f"{k} {b64encode(v.encode()).decode()}" for k, v in names.items())
        head = {
            "Tus-Resumable": "1.0.0",
            "Content-Type": "application/offset+octet-stream",
            "Upload-Length": str(len(page)),
            "Upload-Metadata": ",".join(pairs),
        }
        assert self._device.request("POST", "/v1/blobs", page, head).status_code == 201

    def goes_on(self) -> None:
        """Work that no backup has, with a number on a printed paper."""
        self._take(b"page of the afternoon")

    def is_good(self) -> None:
        """Keys and pages are those of before, the rest comes again, no number comes twice."""
        ids = [hashlib.sha256(page).hexdigest() for page in self._pages]
        assert uploads.have(self._hub.centre, ids) == "10"
        assert b"".join(self._hub.centre.files.read(ids[0])) == self._pages[0]
        self._take(b"page of the evening")
        tail = self._device.push([self._ops[0]])
        assert tail.results[0].status == "already"
        assert tail.tail is not None
        assert tail.tail.missing_seq == (self._ops[1].seq,)
        again = self._device.push([self._ops[1]]).results[0]
        assert again.status == "applied"
        self._upload(self._pages[1])
        assert uploads.have(self._hub.centre, ids) == "11"
        assert len({*self._numbers, again.human_no}) == 4
