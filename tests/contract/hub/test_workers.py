# SPDX-License-Identifier: MulanPSL-2.0
"""Several serving processes on one socket: nothing skipped, nothing doubled, none missed (§6, S8)."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from counter.domain.operations import Operation
from sync.hub.__main__ import main
from sync.hub.centre import Limits
from sync.hub.storage import oplog, turns
from sync.hub.storage.engine import Database, parse_url
from sync.hub.storage.nonces import WINDOW_S, SharedNonces
from sync.protocol.http_signing import signed_headers
from tests.fakes.device import FakeDevice, uuid7
from tests.fakes.hub import received_body
from tests.fakes.hub_process import HubProcess
from tests.fakes.postgres import PostgresServer

COUNTERS = 4
ROUNDS = 5


ON_EACH = pytest.mark.parametrize(
    "hub", ["", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture(scope="module")
def hub(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HubProcess]:
    """Two workers, on the embedded database or on PostgreSQL."""
    url = ""
    if request.param:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.new_database()
    running = HubProcess(tmp_path_factory.mktemp("workers"), workers=2, database=url)
    yield running
    assert running.stop() == 0


def push_until_answered(counter: FakeDevice, op: Operation) -> str:
    """Do what a counter does: nothing but a signed result ends the wait."""
    while True:
        try:
            return counter.push([op]).results[0].status
        except (httpx.TransportError, IndexError):
            time.sleep(0.05)


@ON_EACH
@pytest.mark.skipif(sys.platform != "linux", reason="finds the workers in /proc")
def test_two_workers_skip_and_double_nothing_while_one_is_killed(hub: HubProcess) -> None:
    counters = [hub.device() for _ in range(COUNTERS)]
    reader = hub.device()
    ops = {
        c.device_id: [c.operation("case.received", uuid7(), received_body()) for _ in range(ROUNDS)]
        for c in counters
    }
    statuses: list[str] = []
    before = hub.workers()
    assert len(before) == 2

    def work(counter: FakeDevice) -> None:
        statuses.extend(push_until_answered(counter, op) for op in ops[counter.device_id])

    threads = [threading.Thread(target=work, args=(counter,)) for counter in counters]
    for thread in threads:
        thread.start()
    cursor, numbers, seen, last = "", [], set(), False
    killed = False
    while not last:
        last = not any(thread.is_alive() for thread in threads)
        try:
            page = reader.pull(cursor, limit=5)
        except httpx.TransportError:
            continue
        last = last and not page.more
        cursor = page.cursor
        numbers += [record.change_no for record in page.records if record.kind == "case"]
        seen |= {record.entity_id for record in page.records if record.kind == "case"}
        if statuses and not killed:
            os.kill(before[0], signal.SIGKILL)
            killed = True
    assert killed
    assert set(statuses) <= {"applied", "already"}
    assert len(statuses) == COUNTERS * ROUNDS
    assert seen == {op.entity_id for some in ops.values() for op in some}
    assert numbers == sorted(set(numbers))
    with hub.centre.database.read() as tx:
        assert oplog.counts(tx) == {"applied": COUNTERS * ROUNDS}
    end = time.monotonic() + 30
    while before[0] in hub.workers() or len(hub.workers()) < 2:
        assert time.monotonic() < end, "the killed worker was not replaced"
        time.sleep(0.1)


@ON_EACH
@pytest.mark.skipif(sys.platform != "linux", reason="keeps to no core elsewhere")
def test_workers_of_the_embedded_database_have_a_core_each(hub: HubProcess) -> None:
    ours = os.sched_getaffinity(0)
    if hub.centre.database.far:
        # Those of a server beside it go where there is room.
        assert all(os.sched_getaffinity(worker) == ours for worker in hub.workers())
        return
    end = time.monotonic() + 30
    while True:  # a killed one may just be replaced
        found = [os.sched_getaffinity(worker) for worker in hub.workers()]
        if [len(cores) for cores in found] == [1, 1]:
            break
        assert time.monotonic() < end, found
        time.sleep(0.1)
    assert set().union(*found) <= ours
    assert len(ours) == 1 or found[0] != found[1]


@ON_EACH
def test_a_request_is_good_once_whichever_worker_gets_it(hub: HubProcess) -> None:
    device = hub.device()
    url = f"{hub.url}/v1/sync/pull"
    head = signed_headers("GET", url, {}, None, device.key)
    statuses = [httpx.get(url, headers=head, trust_env=False).status_code for _ in range(8)]
    assert statuses == [200] + [401] * 7


@pytest.mark.postgres
def test_one_writer_of_an_upload_among_all_workers(postgres: PostgresServer) -> None:
    url = parse_url(postgres.new_database())
    one, other = Database(url), Database(url)
    try:
        with one.alone("upload a") as first, other.alone("upload a") as second:
            assert (first, second) == (True, False)
            with other.alone("upload b") as third, one.alone("upload a") as again:
                assert (third, again) == (True, False)
        with other.alone("upload a") as free:
            assert free
    finally:
        one.close()
        other.close()


def test_asked_to_end_it_finishes_the_running_push(tmp_path: Path) -> None:
    hub = HubProcess(tmp_path)
    device = hub.device()
    ops = [device.operation("case.received", uuid7(), received_body()) for _ in range(25)]
    tokens = [op.sign(device.key) for op in ops]
    body = json.dumps({"device_id": device.device_id, "epoch": device.epoch, "ops": tokens})
    url = f"{hub.url}/v1/sync/push"
    head = signed_headers("POST", url, {}, body.encode(), device.key)
    client = httpx.Client(trust_env=False, timeout=30)
    with client, client.stream("POST", url, content=body.encode(), headers=head) as reply:
        pieces = reply.iter_raw()
        content = next(pieces)
        assert len(content.splitlines()) < 25
        hub.ask_to_end()
        content += b"".join(pieces)
    read = device.read_push(content)
    assert [result.status for result in read.results] == ["applied"] * 25
    assert read.tail is not None
    assert hub.stop() == 0


def test_where_files_cannot_be_locked_the_embedded_database_has_one_worker(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "SHARED", False)
    assert main(["--data", str(tmp_path), "serve", "--workers", "2"]) == 1
    assert "自带的数据库只能由一个进程使用" in capsys.readouterr().err
    assert main(["--data", str(tmp_path), "serve", "--workers", "0"]) == 1


@pytest.mark.postgres
def test_two_machines_share_what_they_saw(tmp_path: Path, postgres: PostgresServer) -> None:
    """Machines share no folder: only the database knows what was used."""
    url, now = parse_url(postgres.new_database()), [1_000_000.0]
    machines = [Database(url), Database(url)]
    one, two = [SharedNonces(database, clock=lambda: now[0]) for database in machines]
    assert one.fresh("k", "n")
    assert not two.fresh("k", "n")
    assert two.fresh("other", "n")
    now[0] += 4 * WINDOW_S
    three = SharedNonces(machines[0], clock=lambda: now[0])
    assert three.fresh("k", "m")
    assert two.fresh("k", "n"), "pruned: too old to be taken anyway"
    with machines[0].read() as tx:
        assert tx.scalar(text("SELECT relpersistence FROM pg_class WHERE relname='nonces'")) == "u"
    for database in machines:
        database.close()


def test_workers_share_the_limits_of_the_hub() -> None:
    whole, workers = Limits(), 4
    share = whole.share(workers)
    assert share.requests_per_s * workers == whole.requests_per_s
    assert whole.request_burst <= share.request_burst * workers < whole.request_burst + workers
    assert (share.body, Limits(pushes=1).share(8).pushes) == (whole.body, 1)


@pytest.mark.postgres
def test_a_held_name_is_no_open_transaction(postgres: PostgresServer) -> None:
    """An upload over a slow line takes longer than an idle transaction may last."""
    database = Database(parse_url(postgres.new_database()))
    words = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"
    )
    with database.alone("upload u") as mine, database.read() as tx:
        assert (mine, tx.scalar(text(words))) == (True, 0)
    database.close()
