# SPDX-License-Identifier: MulanPSL-2.0
"""A counter whose disk was put back or copied goes on by itself; nothing of its queue is lost."""

from __future__ import annotations

import copy
from pathlib import Path

from counter.domain.operations import ZERO_HASH, Operation
from counter.ports.sync_store import ChainHead
from sync.client.engine.checkin import EpochKeeper
from sync.client.engine.push import PushEngine
from tests.contract.client.counter import Counter, wait_until
from tests.contract.client.running import RunningHub


def engine_of(counter: Counter) -> PushEngine:
    kit = counter.kit()
    who = counter.identity
    return PushEngine(kit, who.device_id, who.epoch, EpochKeeper(kit, who))


def run(engine: PushEngine, steps: int = 6) -> None:
    for _ in range(steps):
        engine.step()


def follow(counter: Counter) -> None:
    """New operations are numbered where the store now stands, as the commit does it."""
    device, head = counter.device, counter.store.chain_head()
    if device.epoch != head.epoch:
        device.epoch, device.seq, device.prev_hash = head.epoch, 0, ZERO_HASH


def backup_of(counter: Counter, folder: Path) -> Counter:
    """Return the same counter as its disk is now."""
    other = Counter(counter.facts, counter.url, folder, store=copy.deepcopy(counter.store))
    other.device.seq, other.device.prev_hash = counter.device.seq, counter.device.prev_hash
    return other


def effects(hub: RunningHub, ops: list[Operation]) -> list[int]:
    return [hub.effects(op.op_id) for op in ops]


def test_a_restored_backup_takes_a_new_epoch_before_it_sends(
    hub: RunningHub, counter: Counter, tmp_path: Path
) -> None:
    queue = [counter.note() for _ in range(2)]
    restored = backup_of(counter, tmp_path)
    later = [counter.note()]
    run(engine_of(counter))
    engine = engine_of(restored)
    try:
        engine.step()
        assert restored.store.epoch == 2
        follow(restored)
        more = [restored.note()]
        run(engine)
        assert restored.applied(queue + more)
        assert effects(hub, queue + later + more) == [1] * 4
        assert restored.store.certificate
    finally:
        restored.close()


def test_numbers_given_offline_after_a_restore_wait_for_a_person_and_the_rest_goes_on(
    hub: RunningHub, counter: Counter, tmp_path: Path
) -> None:
    restored = backup_of(counter, tmp_path)
    first = [counter.note(), counter.note()]
    engine = engine_of(counter)
    run(engine)
    twice = [restored.note(), restored.note()]
    other = engine_of(restored)
    try:
        run(other)
        assert [restored.store.state(op.op_id) for op in twice] == ["HELD", "HELD"]
        assert restored.store.epoch == 2
        follow(restored)
        more = restored.note()
        run(other)
        assert restored.applied([more])
        still = counter.note()
        run(engine)
        assert counter.applied([*first, still])
        assert effects(hub, [*first, more, still]) == [1] * 4
        assert [hub.status(op.op_id) for op in twice] == ["held", "held"]
    finally:
        restored.close()


def test_two_machines_with_one_disk_both_go_on(
    hub: RunningHub, counter: Counter, tmp_path: Path
) -> None:
    common = [counter.note()]
    run(engine_of(counter))
    clone = backup_of(counter, tmp_path)
    ahead = counter.note()
    engine = engine_of(counter)
    run(engine)
    other = engine_of(clone)
    try:
        run(other)
        follow(clone)
        theirs = [clone.note() for _ in range(3)]
        run(other)
        mine = [counter.note() for _ in range(3)]
        run(engine)
        follow(counter)
        mine.append(counter.note())
        run(engine)
        assert (clone.store.epoch, counter.store.epoch) == (2, 3)
        every = [*common, ahead, *theirs, *mine]
        assert effects(hub, every) == [1] * len(every)
        assert [hub.status(op.op_id) for op in every] == ["applied"] * len(every)
    finally:
        clone.close()


def test_what_the_centre_lost_is_sent_again(hub: RunningHub, counter: Counter) -> None:
    """The centre was put back from a backup of its own: what is settled here is missing there."""
    ops = [counter.note() for _ in range(3)]
    run(engine_of(counter))
    hub.forget(ops[1].op_id, ops[2].op_id)
    engine = engine_of(counter)
    run(engine)
    assert effects(hub, ops) == [1, 1, 1]
    assert engine.counters.resent == 2


def test_the_worker_does_it_by_itself(hub: RunningHub, counter: Counter, tmp_path: Path) -> None:
    restored = backup_of(counter, tmp_path)
    first = [counter.note()]
    run(engine_of(counter))
    held = restored.note()
    try:
        worker = restored.start()
        assert wait_until(lambda: restored.store.epoch == 2)
        assert wait_until(lambda: restored.store.state(held.op_id) == "HELD")
        follow(restored)
        more = [restored.note()]
        worker.kick()
        assert wait_until(lambda: restored.applied(more))
        assert effects(hub, first + more) == [1, 1]
        assert "换了新编号" in worker.status.notes[0]
    finally:
        restored.close()


def test_a_commit_between_question_and_answer_is_not_left_behind(counter: Counter) -> None:
    counter.note()
    head = counter.store.chain_head()
    counter.note()
    assert not counter.store.begin_epoch(head, 2, "x")
    assert counter.store.chain_head() == ChainHead(1, 2, counter.device.prev_hash)
