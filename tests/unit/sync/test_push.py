# SPDX-License-Identifier: MulanPSL-2.0
"""Push: only the centre's word moves an operation; what arrived counts, the rest is resent."""

from __future__ import annotations

import pytest

from counter.domain.ids import uuid7
from counter.domain.operations import Operation
from counter.domain.signing import SigningKey
from sync.client.engine.push import BatchSize, PushEngine
from sync.client.engine.step import Kit
from sync.client.outcomes import (
    BadDictionary,
    Cut,
    DeviceRefused,
    LineError,
    Outcome,
    Refused,
    TimedOut,
    WrongKey,
)
from sync.client.transport import Ask, Reply
from sync.protocol.compression import decompress
from sync.protocol.dictionaries import DICT_ID_HEADER, KIND, NAME, document, known, read, train
from sync.protocol.opened import PUSH_OPENED, unpack_push
from sync.protocol.wire import PUSH_MAX_BYTES, PushRequest, Status
from tests.fakes.line import FakeCentre, FakeLine
from tests.fakes.sync_store import DirectExecution, FakeStore, WallClock, make_op

DEVICE = uuid7()
KEY = SigningKey.generate("device-1")
Answer = list[bytes | Outcome] | Outcome


class Bench:
    """A store with ``count`` operations, an engine and a scripted centre."""

    def __init__(self, count: int, store: FakeStore | None = None) -> None:
        self.store = store or FakeStore()
        self.centre = FakeCentre()
        self.ops: list[Operation] = []
        for seq in range(1, count + 1):
            op, jws = make_op(KEY, DEVICE, seq)
            self.ops.append(op)
            self.store.add(op, jws)
        self.script: list[Answer] = []
        self.status: dict[str, Status] = {}
        self.line = FakeLine(self._answer)
        run = DirectExecution().run
        kit = Kit(self.store, run, self.line, self.centre.verifier, WallClock().now, lambda: 0.0)
        self.engine = PushEngine(kit, DEVICE, 1)

    def sent(self, index: int = -1) -> list[int]:
        ask = self.line.asked[index]
        body = ask.body or b""
        if ask.headers.get("Content-Encoding") == "zstd":
            dictionary = known().get(ask.headers.get(DICT_ID_HEADER, ""))
            body = decompress(body, limit=10**7, dictionary=dictionary)
        jws_to_seq = {row.jws: row.seq for row in self.store.rows.values()}
        if ask.headers["Content-Type"] == PUSH_OPENED:
            request = PushRequest.model_validate(unpack_push(body))
        else:
            request = PushRequest.model_validate_json(body)
        return [jws_to_seq[token] for token in request.ops]

    def lines(self, seqs: list[int]) -> list[bytes | Outcome]:
        ops = [self.ops[seq - 1] for seq in seqs]
        return [
            self.centre.result(o.op_id, o.op_hash(), self.status.get(o.op_id, "applied"))
            for o in ops
        ]

    def _answer(self, ask: Ask) -> Reply | Answer:
        if self.script:
            return self.script.pop(0)
        return [*self.lines(self.sent()), self.centre.tail()]

    def states(self) -> list[str]:
        return [self.store.state(op.op_id) for op in self.ops]


def test_sends_in_order_and_settles_each_verified_result() -> None:
    bench = Bench(3)
    step = bench.engine.step()
    assert bench.sent() == [1, 2, 3]
    assert bench.states() == ["APPLIED"] * 3
    assert step.moved
    assert step.ids == {op.entity_id for op in bench.ops}
    assert not bench.engine.step().more


def test_a_cut_reply_counts_as_far_as_it_came() -> None:
    bench = Bench(3)
    bench.script = [[*bench.lines([1]), Cut("断")]]
    step = bench.engine.step()
    assert isinstance(step.trouble, Cut)
    assert bench.states() == ["APPLIED", "QUEUED", "QUEUED"]
    bench.engine.step()
    assert bench.sent() == [2, 3]
    assert bench.states() == ["APPLIED"] * 3


def test_a_reply_without_its_last_line_was_cut() -> None:
    bench = Bench(2)
    cut: Answer = bench.lines([1])
    bench.script = [cut]
    step = bench.engine.step()
    assert isinstance(step.trouble, Cut)


@pytest.mark.parametrize(
    "outcome", [TimedOut("慢"), Cut("断"), DeviceRefused("停用", 5.0), Refused("不收")]
)
def test_no_outcome_of_a_whole_request_changes_a_state(outcome: Outcome) -> None:
    bench = Bench(4)
    bench.script = [outcome]
    with pytest.raises(LineError):
        bench.engine.step()
    assert bench.states() == ["QUEUED"] * 4
    assert bench.engine.sending == frozenset()


def test_results_of_another_key_settle_nothing_and_say_so() -> None:
    bench = Bench(2)
    foreign = FakeCentre("centre-1")
    lines: list[bytes | Outcome] = [foreign.result(o.op_id, o.op_hash()) for o in bench.ops]
    bench.script = [[*lines, foreign.tail()]]
    with pytest.raises(LineError) as caught:
        bench.engine.step()
    assert isinstance(caught.value.outcome, WrongKey)
    assert bench.states() == ["QUEUED"] * 2
    assert bench.engine.counters.ignored == 2


def test_a_result_about_another_content_or_an_unknown_operation_is_ignored() -> None:
    bench = Bench(2)
    first, second = bench.ops
    bench.script = [
        [
            bench.centre.result(first.op_id, "0" * 64),
            bench.centre.result(uuid7(), first.op_hash()),
            b"not json",
            bench.centre.result(second.op_id, second.op_hash()),
            bench.centre.tail(),
        ]
    ]
    bench.engine.step()
    assert bench.states() == ["QUEUED", "APPLIED"]
    assert bench.engine.counters.ignored == 3


def test_later_stays_queued_and_the_rest_goes_on() -> None:
    bench = Bench(2)
    bench.status[bench.ops[0].op_id] = "later"
    bench.engine.step()
    assert bench.states() == ["QUEUED", "APPLIED"]
    assert bench.store.rows[bench.ops[0].op_id].next_try_at > WallClock().now().isoformat()


def test_a_rejected_one_goes_to_a_person_and_others_pass() -> None:
    bench = Bench(3)
    bench.status[bench.ops[1].op_id] = "rejected"
    bench.engine.step()
    assert bench.states() == ["APPLIED", "REJECTED", "APPLIED"]
    assert bench.store.counts().needs_person == 1


def test_a_poisoned_operation_is_isolated_by_halving() -> None:
    """S6: what the centre cannot take at all delays only itself."""
    bench = Bench(4)
    poison = 3

    def answer(ask: Ask) -> Reply | Answer:
        seqs = bench.sent()
        if poison in seqs:
            return Refused("不收")
        return [*bench.lines(seqs), bench.centre.tail()]

    bench.line._answer = answer
    for _ in range(20):
        try:
            bench.engine.step()
        except LineError:
            continue
    assert bench.states() == ["APPLIED", "APPLIED", "QUEUED", "APPLIED"]


def test_batch_halves_after_a_timeout_grows_after_success_and_stays_in_bounds() -> None:
    size = BatchSize()
    for _ in range(10):
        size.shrink()
    assert size.limit == 1
    seen = []
    for _ in range(30):
        size.grow()
        seen.append(size.limit)
    assert seen[:5] == [2, 3, 4, 5, 6]
    assert seen[-1] == 50
    bench = Bench(50)
    bench.script = [TimedOut("慢")]
    with pytest.raises(LineError):
        bench.engine.step()
    bench.engine.step()
    assert len(bench.sent()) == 25


def test_a_batch_fits_into_64_kib() -> None:
    bench = Bench(0)
    for seq in range(1, 30):
        noise = uuid7() * 100 + "".join(chr(0x4E00 + (seq * 7919 * i) % 20000) for i in range(3000))
        op, jws = make_op(KEY, DEVICE, seq, body={"reason": noise, "withdrawn_at": ""})
        bench.ops.append(op)
        bench.store.add(op, jws)
    assert bench.engine.step().more
    assert len(bench.line.asked[0].body or b"") <= PUSH_MAX_BYTES
    assert 1 <= len(bench.sent(0)) < 29


def test_an_unknown_compression_is_answered_by_sending_plain() -> None:
    bench = Bench(1)
    bench.script = [BadDictionary("不认")] * 3
    for _ in range(3):
        assert bench.engine.step().more, "the next form at once, without a pause"
    bench.engine.step()
    heads = [ask.headers for ask in bench.line.asked]
    assert DICT_ID_HEADER in heads[0]
    assert DICT_ID_HEADER not in heads[1]
    assert [head["Content-Type"] for head in heads[1:3]] == [PUSH_OPENED, "application/json"]
    assert "Content-Encoding" not in heads[3]
    assert bench.states() == ["APPLIED"]


def test_a_published_dictionary_is_used_and_a_refusal_of_it_costs_one_answer() -> None:
    bench = Bench(2)
    bench.engine.size.limit = 1
    made = train([f"visit {n} 上门 {n * n}".encode() * 8 for n in range(200)])
    bench.store.documents[KIND, NAME] = document(made)
    bench.script = [BadDictionary("不认")]
    assert bench.engine.step().more
    bench.engine.step()
    bench.engine.step()
    named = [ask.headers[DICT_ID_HEADER] for ask in bench.line.asked]
    assert named[0] == read(made).dict_id
    assert set(named[1:]) <= known().keys(), "the next one is that of the program"
    assert bench.states() == ["APPLIED"] * 2


@pytest.mark.parametrize("content", ["", "!!", "AAAA", "A" * 200_000, 7, None])
def test_a_published_dictionary_that_is_none_is_left_alone(content: object) -> None:
    bench = Bench(1)
    bench.store.documents[KIND, NAME] = {"content": content}
    bench.engine.step()
    assert bench.line.asked[0].headers[DICT_ID_HEADER] in known()
    assert bench.states() == ["APPLIED"]


def test_a_centre_that_reads_no_form_is_not_asked_in_a_circle() -> None:
    bench = Bench(1)
    bench.script = [BadDictionary("不认")] * 4
    for _ in range(3):
        bench.engine.step()
    with pytest.raises(LineError):
        bench.engine.step()


def test_numbers_the_centre_misses_go_first() -> None:
    bench = Bench(4)
    bench.engine.size.limit = 1
    bench.script = [[*bench.lines([1]), bench.centre.tail(1, (3,))]]
    bench.engine.step()
    bench.engine.step()
    assert bench.sent()[0] == 3
