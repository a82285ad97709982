# SPDX-License-Identifier: MulanPSL-2.0
"""A counter that was away too long takes a snapshot, by line or by file; its queue stays."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from counter.domain.errors import KnownError
from sync.client.engine.pull import PullEngine
from sync.client.engine.shelf import import_file
from sync.client.outcomes import LineError
from sync.hub.handlers import backoffice, decisions, snapshot
from tests.contract.client.counter import Counter
from tests.contract.client.running import RunningHub
from tests.fakes.proxy import BadLine
from tests.fakes.sync_store import FakeStore


def follow(engine: PullEngine) -> None:
    while engine.step().more:
        pass


def pulled(counter: Counter) -> FakeStore:
    engine = PullEngine(counter.kit(), counter.facts.device_id)
    follow(engine)
    return counter.store


def same(one: FakeStore, other: FakeStore) -> bool:
    return one.live() == other.live() and one.sums == other.sums


def away_too_long(counter: Counter) -> None:
    """The centre does not know this position any more."""
    counter.store.apply_page([], "bm9uc2Vuc2U")


def test_a_cursor_that_is_too_old_brings_a_snapshot_and_the_queue_stays(
    hub: RunningHub, counter: Counter
) -> None:
    full = copy.deepcopy(pulled(counter))
    op = counter.note()
    away_too_long(counter)
    engine = PullEngine(counter.kit(), counter.facts.device_id)
    follow(engine)
    assert engine.snapshots == 1
    assert same(counter.store, full)
    assert counter.store.parts.held == {}
    assert counter.store.state(op.op_id) == "QUEUED"


def test_a_result_that_was_decided_meanwhile_comes_with_the_snapshot(
    hub: RunningHub, counter: Counter
) -> None:
    op = counter.note(operator="nobody-9999")
    counter.push_engine().step()
    assert counter.store.state(op.op_id) == "HELD"
    away_too_long(counter)
    decisions.release(hub.centre, op.op_id, by="周主任", reason="核对过")
    pulled(counter)
    assert counter.store.state(op.op_id) == "APPLIED"


def test_a_snapshot_goes_on_where_the_line_was_cut(counter: Counter, line: BadLine) -> None:
    full = copy.deepcopy(pulled(counter))
    away_too_long(counter)
    cuts, taken = 0, 0
    while not taken and cuts < 40:
        line.plan(cut_down=24_000)
        engine = PullEngine(counter.kit(), counter.facts.device_id)  # a restart each time
        try:
            follow(engine)
        except LineError:
            cuts += 1
        taken = engine.snapshots
    assert (taken, cuts > 1) == (1, True)
    assert same(counter.store, full)


def test_a_damaged_part_is_fetched_again(counter: Counter) -> None:
    pulled(counter)
    away_too_long(counter)
    engine = PullEngine(counter.kit(), counter.facts.device_id)
    while not counter.store.parts.held:
        engine.step()
    name = next(iter(counter.store.parts.held))
    counter.store.parts.held[name] = bytes(len(counter.store.parts.held[name]))
    with pytest.raises(LineError):
        follow(engine)
    follow(engine)
    assert engine.snapshots == 1


def test_a_snapshot_comes_by_file_to_its_own_counter_only(
    hub: RunningHub, counter: Counter, tmp_path: Path
) -> None:
    path = tmp_path / "one.ycs"
    assert snapshot.write_file(hub.centre, counter.facts.device_id, path) > 0
    run = counter.kit().run
    records, ids = import_file(counter.store, run, counter.identity, path)
    assert records == len(ids - {""})
    fresh = Counter(counter.facts, counter.url, tmp_path)
    try:
        assert same(pulled(counter), pulled(fresh)), "file and tail are a full pull"
    finally:
        fresh.close()
    other = Counter(hub.another_device(), counter.url, tmp_path)
    with pytest.raises(KnownError, match="读不出来"):
        import_file(other.store, run, other.identity, path)
    assert other.store.pages == []
    damaged = path.read_bytes()
    path.write_bytes(damaged[: len(damaged) // 2])
    with pytest.raises(KnownError):
        import_file(counter.store, run, counter.identity, path)


def test_an_old_file_does_not_roll_back_what_is_here(
    hub: RunningHub, counter: Counter, tmp_path: Path
) -> None:
    path = tmp_path / "old.ycs"
    snapshot.write_file(hub.centre, counter.facts.device_id, path)
    backoffice.revoke_device(hub.centre, hub.another_device().device_id)
    pulled(counter)
    with pytest.raises(KnownError, match="比本机已有的数据旧"):
        import_file(counter.store, counter.kit().run, counter.identity, path)
