# SPDX-License-Identifier: MulanPSL-2.0
"""On a slow line a batch goes up while the last answer comes down; the promises are the same."""

from __future__ import annotations

import pytest

from counter.ports.sync_store import SettledResult
from sync.client.outcomes import BadDictionary, Cut, LineError, Offline
from sync.protocol.wire import PUSH_MAX_OPS
from tests.fakes.sync_store import FakeStore
from tests.unit.sync.test_push import Bench


def slow(count: int, *, bytes_a_second: float = 4000.0, store: FakeStore | None = None) -> Bench:
    bench = Bench(count, store)
    for _ in range(3):
        bench.line.meter.sent(40_000, 40_000 / bytes_a_second)
    return bench


def test_several_batches_are_sent_in_order_and_all_is_settled() -> None:
    bench = slow(170)
    step = bench.engine.step()
    assert len(bench.line.asked) == 4
    assert [seq for n in range(4) for seq in bench.sent(n)] == list(range(1, 171))
    assert set(bench.states()) == {"APPLIED"}
    assert len(step.ids) == 170
    assert bench.engine.sending == frozenset()


def test_on_a_quick_line_they_go_one_by_one() -> None:
    bench = slow(170, bytes_a_second=100_000.0)
    bench.engine.step()
    assert len(bench.line.asked) == 1
    assert bench.states().count("APPLIED") == PUSH_MAX_OPS


def test_a_step_ends_before_others_take_it_for_hanging() -> None:
    bench = slow(400)
    assert bench.engine.step().more
    assert len(bench.line.asked) == 5
    while bench.engine.step().more:
        pass
    assert set(bench.states()) == {"APPLIED"}


def test_what_a_cut_answer_left_is_sent_again_and_what_flew_beside_it_counts() -> None:
    bench = slow(150)
    bench.script = [[*bench.lines(list(range(1, 11))), Cut("断了")]]
    step = bench.engine.step()
    assert isinstance(step.trouble, Cut)
    assert set(bench.states()[:10]) == {"APPLIED"}
    while "QUEUED" in bench.states():
        bench.engine.step()
    twice = [seq for n in range(len(bench.line.asked)) for seq in bench.sent(n)]
    assert sorted(set(twice)) == list(range(1, 151))
    assert not set(twice[50:]) & set(range(1, 11)), "what was settled is not sent again"


def test_a_line_that_is_gone_is_said_and_nothing_moves() -> None:
    bench = slow(150)
    bench.script = [Offline("断了")] * 9
    with pytest.raises(LineError):
        bench.engine.step()
    assert len(bench.line.asked) <= 2, "no further batch after the first trouble"
    assert set(bench.states()) == {"QUEUED"}


def test_a_form_the_centre_does_not_read_is_left_once() -> None:
    bench = slow(150)
    bench.script = [BadDictionary("不认")]
    while bench.engine.step().more:
        pass
    assert set(bench.states()) == {"APPLIED"}


class Breaking(FakeStore):
    """Breaks the first time results are to be settled."""

    broke = False

    def settle(self, results: list[SettledResult]) -> None:
        if not self.broke:
            self.broke = True
            raise RuntimeError
        super().settle(results)


def test_a_bug_in_one_leaves_nothing_flying() -> None:
    bench = slow(150, store=Breaking())
    bench.script = [[b"{", *bench.lines(list(range(1, 51))), bench.centre.tail()]]
    with pytest.raises(RuntimeError):
        bench.engine.step()
    assert bench.engine.sending == frozenset()
    while bench.engine.step().more:
        pass
    assert set(bench.states()) == {"APPLIED"}
