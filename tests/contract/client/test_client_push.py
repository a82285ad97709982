# SPDX-License-Identifier: MulanPSL-2.0
"""Client and hub over a bad line: each operation takes effect once, nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from counter.domain.errors import KnownError
from counter.domain.signing import SigningKey
from sync.client.outcomes import LineError
from sync.protocol import errors
from tests.contract.client.counter import Counter, wait_until
from tests.contract.client.running import RunningHub
from tests.fakes.proxy import BadLine


def test_operations_arrive_and_results_come_back(hub: RunningHub, counter: Counter) -> None:
    ops = [counter.note() for _ in range(3)]
    worker = counter.start()
    assert wait_until(lambda: counter.applied(ops)), worker.status
    assert [hub.effects(op.op_id) for op in ops] == [1, 1, 1]
    assert wait_until(lambda: worker.status.link.state == "online")
    assert wait_until(lambda: worker.status.idle)
    assert worker.status.traffic.up > 0
    assert worker.status.history
    assert any("outbox" in change.kinds for change in counter.changes)


def test_a_lost_reply_after_commit_is_answered_already(
    hub: RunningHub, counter: Counter, line: BadLine
) -> None:
    """Bug 1 of protocol §13: the retry must find its own result."""
    op = counter.note()
    push = counter.push_engine()
    line.plan(lose_reply=True)
    with pytest.raises(LineError):
        push.step()
    assert (hub.effects(op.op_id), counter.store.state(op.op_id)) == (1, "QUEUED")
    push.step()
    assert counter.store.results[-1].status == "already"
    assert (hub.effects(op.op_id), counter.store.state(op.op_id)) == (1, "APPLIED")


@pytest.mark.parametrize("cut", [60, 300, 700, 750, 800, 850])
def test_a_reply_cut_at_any_byte_counts_as_far_as_it_came(
    hub: RunningHub, counter: Counter, line: BadLine, cut: int
) -> None:
    ops = [counter.note() for _ in range(6)]
    push = counter.push_engine()
    line.plan(cut_down=cut)
    try:
        push.step()
    except LineError:
        assert cut < 700, "a whole line had arrived"
    settled = sum(counter.store.state(op.op_id) == "APPLIED" for op in ops)
    assert settled < 6
    assert (settled > 0) == (cut >= 700)
    while not counter.applied(ops):
        push.step()
    assert [hub.effects(op.op_id) for op in ops] == [1] * 6


def test_a_captive_portal_is_offline(counter: Counter, line: BadLine) -> None:
    line.always(portal=True)
    op = counter.note()
    worker = counter.start()
    assert wait_until(lambda: worker.status.link.state == "blocked")
    assert "认证" in worker.status.link.words
    assert counter.store.state(op.op_id) == "QUEUED"
    line.heal()
    worker.kick(person=True)
    assert wait_until(lambda: counter.applied([op])), worker.status


def test_a_hub_with_another_key_settles_nothing_and_is_named(
    hub: RunningHub, counter: Counter
) -> None:
    op = counter.note()
    kid = next(iter(counter.identity.centre_keys))
    wrong = replace(counter.identity, centre_keys={kid: SigningKey.generate(kid).public_hex})
    worker = counter.worker(wrong)
    worker.start()
    assert wait_until(lambda: worker.status.link.code == "SIG-BAD")
    assert "不是本机登记的中心" in worker.status.link.words
    assert (counter.store.state(op.op_id), hub.status(op.op_id)) == ("QUEUED", "")


def test_with_the_hub_down_the_queue_stays_and_the_lanes_back_off(
    counter: Counter, line: BadLine
) -> None:
    line.always(refuse=True)
    op = counter.note()
    counter.chance = lambda: 0.9
    worker = counter.start()
    assert wait_until(lambda: worker.status.link.state == "offline")
    assert wait_until(lambda: worker.status.lanes[0].failures > 0)
    lane = worker.status.lanes[0]
    assert (lane.name, 0 < lane.next_try_s <= 5.0) == ("push", True)
    assert counter.store.state(op.op_id) == "QUEUED"
    assert not wait_until(lambda: line.connections > 3, 1.0), "the lanes should be waiting"
    line.heal()
    worker.kick(person=True)
    assert wait_until(lambda: counter.applied([op]))


def test_two_loops_on_one_device_are_refused(counter: Counter) -> None:
    """Bug 10 of protocol §13."""
    counter.start()
    with pytest.raises(KnownError) as caught:
        counter.worker().start()
    assert caught.value.code == "SYNC-TWICE"


def test_a_refused_operation_goes_to_a_person_and_others_pass(
    hub: RunningHub, counter: Counter
) -> None:
    """S6: what the centre holds or rejects delays nobody else."""
    good = counter.note()
    stranger = counter.note(operator="nobody-9999")
    after = counter.note()
    worker = counter.start()
    assert wait_until(lambda: counter.applied([good, after]))
    assert wait_until(lambda: counter.store.state(stranger.op_id) == "HELD")
    assert wait_until(lambda: worker.status.counts.needs_person == 1)
    assert worker.status.idle


def test_a_switched_off_line_touches_no_network_and_wakes_at_once(
    counter: Counter, line: BadLine
) -> None:
    counter.link.enabled = False
    op = counter.note()
    worker = counter.start()
    assert wait_until(lambda: worker.status.link.code == "SWITCH")
    assert line.connections == 0
    counter.link.enabled = True
    assert wait_until(lambda: counter.applied([op]), 5.0)


def test_a_revoked_device_is_told_so_and_its_queue_is_rescued(
    hub: RunningHub, counter: Counter
) -> None:
    hub.revoke(counter.facts.device_id)
    op = counter.note()
    worker = counter.start()
    assert wait_until(lambda: worker.status.link.state == "refused")
    assert "停用" in worker.status.link.words
    assert wait_until(lambda: counter.store.state(op.op_id) == "HELD")
    assert counter.store.rows[op.op_id].last_code == errors.HELD_REVOKED
    assert hub.status(op.op_id) == "held"


def test_a_clock_years_off_still_reaches_the_centre(counter: Counter) -> None:
    """Requests are dated by the centre's clock, known from a signed ping."""
    counter.now = lambda: datetime.now(UTC) - timedelta(days=7000)
    ops = [counter.note()]
    counter.start()
    assert wait_until(lambda: counter.applied(ops))


def test_paused_lanes_send_nothing_until_they_may(counter: Counter) -> None:
    worker = counter.worker()
    worker.start()
    worker.pause(True)
    op = counter.note()
    worker.kick()
    assert not wait_until(lambda: counter.applied([op]), 0.7)
    assert worker.status.paused
    worker.pause(False)
    assert wait_until(lambda: counter.applied([op]))


def test_dependents_follow_what_they_wait_for(counter: Counter) -> None:
    first = counter.note()
    second = counter.note(depends_on=(first.op_id,))
    counter.start()
    assert wait_until(lambda: counter.applied([first, second]))


def test_each_lane_keeps_one_connection(counter: Counter, line: BadLine) -> None:
    ops = [counter.note() for _ in range(120)]
    worker = counter.start()
    assert wait_until(lambda: counter.applied(ops))
    assert wait_until(lambda: worker.status.idle)
    assert line.connections <= 3
