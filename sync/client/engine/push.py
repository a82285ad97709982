# SPDX-License-Identifier: MulanPSL-2.0
"""Operations go up, signed results come back; nothing else moves an operation (protocol §3–4)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from counter.ports.sync_store import PAUSE_MOST_S, OutboxRow, SettledResult
from sync.client.centre import settled
from sync.client.engine.checkin import EpochKeeper
from sync.client.engine.flight import Answer, Flight
from sync.client.engine.push_form import Forms
from sync.client.engine.step import Kit, Step
from sync.client.link import CAP_S
from sync.client.outcomes import (
    AtEdge,
    BadDictionary,
    Cut,
    EpochOld,
    LineError,
    Outcome,
    Refused,
    ServerBusy,
    TimedOut,
    TooLarge,
    WrongKey,
)
from sync.client.probe import AT_EDGE
from sync.protocol import errors
from sync.protocol.dictionaries import KIND, NAME
from sync.protocol.edge import LINE_DOWN, MARK
from sync.protocol.policy import PushPolicy, checked
from sync.protocol.wire import (
    PUSH_MAX_BYTES,
    PUSH_MAX_OPS,
    OpResult,
    PushRequest,
    PushTail,
)

PATH = "/v1/sync/push"
EXPECTED_S = 20.0
_LATER_S = 30.0  # when the centre says `later` without a time
_EDGE_S = 60.0  # then the centre is asked itself; the edge host forwards meanwhile
_SMALLEST = 4096
_SLOW = 16_000.0  # bytes/s: a full batch takes a second or more
_TURNS = 5  # batches read at once on such a line
_TURNS_S = 20.0  # no new one after that: the lane looks up before others take it for hanging
_UNSENT = frozenset({"QUEUED", "WAIT_DEP"})


@dataclass
class BatchSize:
    """How many operations travel at once: halved after a time-out, +25 % after success."""

    limit: int = PUSH_MAX_OPS
    most: int = PUSH_MAX_OPS  # the centre may wish for less

    def shrink(self) -> None:
        """Take half as many, at least one."""
        self.limit = max(1, self.limit // 2)

    def grow(self) -> None:
        """Take a quarter more, at least one more."""
        self.limit = min(self.most, self.limit + max(1, self.limit // 4))


def _both(one: Step, other: Step) -> Step:
    """Return two steps as one; the first trouble is told."""
    return Step(
        more=(one.more or other.more) and not (one.trouble or other.trouble),
        moved=one.moved or other.moved,
        ids=one.ids | other.ids,
        trouble=one.trouble or other.trouble,
    )


@dataclass
class PushCounters:
    """What happened since start, for the status and for tests."""

    settled: int = 0
    ignored: int = 0  # unknown, unsigned or not ours
    later: int = 0
    batches: int = 0
    resent: int = 0  # settled here, asked for again by the centre


class PushEngine:
    """Sends what is due, in ``seq`` order. One thread uses it."""

    def __init__(
        self, kit: Kit, device_id: str, epoch: int, keeper: EpochKeeper | None = None
    ) -> None:
        """Take the tools and who this device is; ``keeper`` is asked before the first batch."""
        self._store = kit.store
        self._run = kit.run
        self._channel = kit.channel
        self._centre = kit.centre
        self._now = kit.now
        self._mono = kit.mono
        self._device_id = device_id
        self._epoch = epoch
        self._keeper = keeper
        self._forms = Forms()
        self._missing: frozenset[int] = frozenset()
        self._again: list[OutboxRow] = []
        self._resent: set[tuple[int, int]] = set()
        self.size = BatchSize()
        self.counters = PushCounters()
        self.sending: frozenset[str] = frozenset()  # SENDING lives here only (§3)

    @property
    def renewed(self) -> int:
        """New epochs taken since the start."""
        return self._keeper.renewed if self._keeper is not None else 0

    def doubt_epoch(self) -> None:
        """Ask the centre where this device stands before more is sent. Any thread."""
        if self._keeper is not None:
            self._keeper.doubt()

    def step(self) -> Step:
        """Send one batch and settle every result that arrived.

        Raises:
            LineError: no result arrived.
        """
        if self._keeper is not None and self._keeper.due and self._stands(self._keeper):
            return Step(more=True)  # a pause in between is kept
        now = self._now().isoformat()
        most = PUSH_MAX_OPS * (_TURNS if self._slow() else 1)
        due = self._run(lambda: self._store.sendable(now, most))
        rows = self._again + due
        if not rows:
            return Step()
        try:
            return self._send(rows, full=len(due) == most)  # more than was read may wait
        finally:
            self.sending = frozenset()

    def _slow(self) -> bool:
        """Whether a batch takes so long to go up that the next one should not wait for its answer."""
        return 0 < self._channel.meter.traffic().up_speed <= _SLOW

    def _send(self, rows: list[OutboxRow], *, full: bool) -> Step:
        """Send a batch, on a slow line several: each goes up while the last answer comes down.

        Order and idempotency are those of any two batches: an operation waits only for what it
        depends on, and what does is not sendable before that is applied (§4).
        """
        flight, rest = self._pack(self._order(rows))
        if not rest or not self._slow():
            flight.fly(self._channel)
            return self._land(flight, more=full or bool(rest))
        began = self._mono()
        lines = itertools.cycle((self._channel, self._channel.beside()))
        flight.start(next(lines))
        done, following = Step(), None
        try:
            while True:
                flight.wait_for_answer()
                if rest and not done.trouble and self._mono() - began < _TURNS_S:
                    following, rest = self._pack(rest)
                    following.start(next(lines))
                done = _both(done, self._landed(flight, more=full or bool(rest)))
                if following is None:
                    break
                flight, following = following, None
        finally:
            for one in filter(None, (flight, following)):
                one.land()  # whatever went wrong here: nothing flies on behind our back
        if done.trouble is not None and not done.ids:
            raise LineError(done.trouble)
        return done

    def _landed(self, flight: Flight, *, more: bool) -> Step:
        try:
            return self._land(flight, more=more)
        except LineError as error:
            return Step(trouble=error.outcome)

    def _land(self, flight: Flight, *, more: bool) -> Step:
        """Take in what a batch brought."""
        answer = flight.land()
        self.counters.batches += 1
        self.counters.ignored += answer.ignored
        self.sending -= {row.op_id for row in flight.batch}
        if isinstance(answer.trouble, BadDictionary) and self._forms.refuse(flight.form):
            return Step(more=True)  # the same again, in words the centre reads
        return self._close(list(flight.batch), answer, more=more)

    def _stands(self, keeper: EpochKeeper) -> bool:
        """Ask where this device stands; an edge host cut off from the centre cannot say.

        What it keeps then is asked about before the centre itself gets the next batch.
        """
        try:
            standing = keeper.settle()
        except LineError as error:
            if error.outcome.detail == LINE_DOWN:
                return False
            raise
        self._epoch = standing.epoch
        self._ask_again(standing.missing)
        return True

    def _order(self, rows: list[OutboxRow]) -> list[OutboxRow]:
        """Danger to life first, then what the centre says it misses, then ``seq`` order."""
        return sorted(rows, key=lambda r: (not r.first, r.seq not in self._missing, r.epoch, r.seq))

    def _pack(self, rows: list[OutboxRow]) -> tuple[Flight, list[OutboxRow]]:
        """Make the next batch ready; returns it and what it leaves."""
        form = self._forms.best(self._run(lambda: self._store.reference(KIND, NAME)))
        speed = self._channel.meter.traffic().up_speed
        room = PUSH_MAX_BYTES
        if speed:
            room = int(min(room, max(_SMALLEST, speed * EXPECTED_S)))
        batch = rows[: self.size.limit]
        while True:
            request = self._request(batch)
            body = form.body(request)
            if len(body) <= room or len(batch) == 1:
                break
            batch = batch[: max(1, min(len(batch) - 1, len(batch) * room // len(body)))]
        self.sending |= {row.op_id for row in batch}
        flight = Flight(batch, form.ask(PATH, body, request), form, self._centre)
        return flight, rows[len(batch) :]

    def _request(self, batch: list[OutboxRow]) -> PushRequest:
        return PushRequest(
            device_id=self._device_id,
            epoch=self._epoch,
            ops=tuple(row.jws for row in batch),
            head_seq=self._head_seq(),
        )

    def _head_seq(self) -> int:
        """Return the highest number given, so that of a lost counter the centre knows the rest."""
        head = self._run(self._store.chain_head)
        return head.seq if head.epoch == self._epoch else 0

    def _close_stored(self, answer: Answer) -> None:
        waiting = [op_id for op_id in answer.stored if op_id not in answer.good]
        for kid in set(answer.stored.values()):
            mine = [op_id for op_id in waiting if answer.stored[op_id] == kid]
            self._run(partial(self._store.mark_exported, mine, MARK + kid))
        if waiting:
            self._postpone(waiting, AtEdge.code, _EDGE_S)
            answer.trouble = answer.trouble or AtEdge(AT_EDGE)

    def _close(self, batch: list[OutboxRow], answer: Answer, *, more: bool) -> Step:
        """Settle what arrived, plan the rest, and say how it went."""
        final = [r for r in answer.good.values() if r.status != "later"]
        sent = {row.op_id for row in batch}
        self._again = [row for row in self._again if row.op_id not in sent]
        self._doubt_epoch(final, answer.trouble)
        self._close_stored(answer)
        later = [r for r in answer.good.values() if r.status == "later"]
        if final:
            results = [settled(result, answer.tokens[result.op_id]) for result in final]
            self._settle(results)
        for result in later:
            self._postpone([result.op_id], result.code or "LATER", result.retry_after_s or _LATER_S)
        self.counters.later += len(later)
        if answer.good and answer.tail is not None and not answer.stored:
            # A whole reply without a usable word about this one: it steps aside, others pass.
            mute = [row.op_id for row in batch if row.op_id not in answer.good]
            if mute:
                self._postpone(mute, "NO-RESULT", CAP_S)
        self._note_missing(answer.tail)
        trouble = answer.trouble
        if trouble is None and not answer.good:
            words = "对方给的回执不是中心签的，没有采信。请报告管理员。"
            trouble = WrongKey(words) if answer.ignored else Cut("中心没有给出回执。")
        if trouble is None:
            self.size.grow()
        else:
            self._adapt(batch, trouble, moved=bool(final))
            if isinstance(trouble, EpochOld) and self._keeper is not None:
                return Step(more=True)  # the next step asks for the epoch
            if not answer.good and not answer.stored:
                raise LineError(trouble)
        there = answer.good.keys() | answer.stored.keys()
        ids = frozenset(row.entity_id for row in batch if row.op_id in there)
        return Step(more=more and not trouble, moved=bool(final), ids=ids, trouble=trouble)

    def _settle(self, results: list[SettledResult]) -> None:
        self._run(lambda: self._store.settle(results))
        self.counters.settled += len(results)

    def _adapt(self, batch: list[OutboxRow], trouble: Outcome, *, moved: bool) -> None:
        """Send less next time; one that fails alone steps aside, so that others pass (S6)."""
        match trouble:
            case TimedOut() | Cut():
                if not moved:
                    self.size.shrink()
            case TooLarge() | Refused() | ServerBusy(detail="internal"):
                if len(batch) == 1:
                    self._postpone([batch[0].op_id], trouble.code, CAP_S)
                self.size.shrink()
            case _:
                pass

    def _postpone(self, op_ids: list[str], code: str, seconds: float) -> None:
        # No wait is longer than the store believes: see ``sendable``.
        at = (self._now() + timedelta(seconds=min(seconds, PAUSE_MOST_S))).isoformat()
        self._run(lambda: self._store.failed_try(op_ids, code, at))

    def _doubt_epoch(self, results: list[OpResult], trouble: Outcome | None) -> None:
        held = any(r.status == "held" and r.code == errors.HELD_EPOCH for r in results)
        if held or isinstance(trouble, EpochOld):
            self.doubt_epoch()

    def _note_missing(self, tail: PushTail | None) -> None:
        """Remember gaps the centre sees; numbers held back on purpose are simply not due yet."""
        if tail is None:
            return
        wish = checked("push", tail.policy)
        self.size.most = wish.max_ops if isinstance(wish, PushPolicy) else PUSH_MAX_OPS
        self.size.limit = min(self.size.limit, self.size.most)
        self._missing = frozenset(tail.missing_seq)
        self._ask_again(tail.missing_seq)

    def _ask_again(self, seqs: tuple[int, ...]) -> None:
        """Send what is settled here and missing there once more: the centre may have lost it.

        Idempotency makes this harmless; once in a run, so that no disagreement becomes a storm.
        """
        fresh = [seq for seq in seqs if (self._epoch, seq) not in self._resent]
        if not fresh:
            return
        rows = self._run(lambda: self._store.numbered(self._epoch, fresh))
        again = [row for row in rows if row.state not in _UNSENT]
        self._resent.update((row.epoch, row.seq) for row in again)
        self._again += again
        self.counters.resent += len(again)
