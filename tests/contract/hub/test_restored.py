# SPDX-License-Identifier: MulanPSL-2.0
"""The centre's own database comes from yesterday's backup: nothing lost, no number given twice."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sync.hub.__main__ import main
from tests.fakes.device import uuid7
from tests.fakes.hub import RunningHub, received_body


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
