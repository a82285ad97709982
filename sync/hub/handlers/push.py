# SPDX-License-Identifier: MulanPSL-2.0
"""The push handler: operations opened, judged in their order, committed together and answered.

Some share a commit and are answered behind it (ADR 0014). Bundles and relays use the same function:
import *is* the push handler (§10).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from counter.domain.canonical import sha256_hex
from counter.domain.operations import Operation
from sync.hub.centre import Centre
from sync.hub.handlers import ahead, judging
from sync.hub.handlers.opening import Opened, Proof, open_op, proved
from sync.hub.handlers.thought import Thought, keep, think
from sync.hub.handlers.verdict import Verdict, signed
from sync.hub.storage import epochs, feed, halls, oplog
from sync.hub.storage.engine import PASSING, Tx
from sync.hub.storage.halls import Device
from sync.hub.storage.pending import turn_to
from sync.hub.storage.prepared import Ask
from sync.protocol import errors
from sync.protocol.errors import ProblemError
from sync.protocol.wire import PushLine, PushRequest, PushTail

TOGETHER = 20  # operations committed together, at most
HOLD_S = 0.05  # then the other devices have their turn


@dataclass(frozen=True)
class _Waiting:
    """An operation before it holds the sequencer: all that needs no turn is done."""

    token: str
    proof: Proof | None
    thought: Thought | None
    asks: Sequence[Ask]

    @property
    def op(self) -> Operation | None:
        """The operation, if its signature is good."""
        return self.proof.op if self.proof else None


def push(centre: Centre, device: Device, request: PushRequest) -> Iterator[PushLine]:
    """Yield one line per operation, each after its commit, then the tail.

    Raises:
        ProblemError: before the first line only; no operation was changed.
    """
    if request.device_id != device.device_id or request.epoch < 0:
        raise ProblemError(400, errors.BAD_BODY, "请求里的设备和签名的设备不是同一台。")
    if request.epoch > device.epoch:
        # The centre itself was restored from a backup: going on would mix two histories.
        raise ProblemError(409, errors.EPOCH_AHEAD, "中心的设备登记比本机旧，请联系管理员。")
    return _lines(centre, device, request)


def _lines(centre: Centre, device: Device, request: PushRequest) -> Iterator[PushLine]:
    with centre.database.at_work(), centre.database.read() as tx:
        keys = {key.kid: key.public_key for key in halls.keys_of(tx, device.device_id)}
    ending = _Ending(centre, request)
    for result in receive_all(centre, request.ops, keys, device, ending):
        yield PushLine(result=result)
    if ending.tail is None:  # there was no operation, or the last one was set aside
        with centre.database.write(ending.asks) as tx:
            ending.write(tx)
    yield PushLine(tail=ending.tail)


@dataclass
class _Ending:
    """The acknowledgement of a push: in one transaction with its last operation."""

    centre: Centre
    request: PushRequest
    tail: PushTail | None = None

    @property
    def asks(self) -> list[Ask]:
        """What it will ask."""
        return ahead.asks_of_tail(self.request) if self.centre.database.far else []

    def write(self, tx: Tx) -> None:
        """Count what has arrived; ``tail`` may be told behind the commit."""
        ask = self.request
        through, missing = epochs.acknowledge(tx, ask.device_id, ask.epoch, ask.head_seq)
        self.tail = PushTail(
            ack_through_seq=through,
            missing_seq=missing,
            server_time=self.centre.now(),
            policy=feed.body_of(tx, "policy", "push"),
        )


def receive_all(
    centre: Centre,
    tokens: Sequence[str],
    keys: Mapping[str, str] | None = None,
    sender: Device | None = None,
    ending: _Ending | None = None,
) -> Iterator[str]:
    """Take signed operations in their order and yield each one's signed result after its commit.

    When one fails in a way nobody foresaw it is kept for a person; those before and behind it are
    taken all the same (S6).

    Args:
        centre: The centre.
        tokens: The operations, by whatever road they came.
        keys: Public keys by their name: spares the sequencer the proof. It counts only for the
            key the centre has then.
        sender: Their device, as it was just now: what they will ask is asked together.
        ending: Written with the last of them.
    """
    left, most, some = list(tokens), TOGETHER, list[_Waiting]()
    while left:
        try:
            with centre.database.at_work():
                some += [
                    _waiting(centre, one, keys or {}, sender) for one in left[len(some) : most]
                ]
                last = ending if len(left) <= most else None
                results, awaited = _commit(centre, some[:most], last)
        except PASSING:
            raise
        except Exception as error:  # noqa: BLE001 - one bad record never stops the others
            if most > 1:
                most = 1  # nothing of these was kept: one by one, up to the one that fails
                continue
            results, awaited, some = [_set_aside(centre, left[0], error)], "", []
        if awaited:
            judging.release_dependents(centre, awaited)
        yield from results
        del left[: len(results)], some[: len(results)]


def receive(centre: Centre, token: str) -> str:
    """Take one signed operation and return the signed result."""
    (result,) = receive_all(centre, [token])
    return result


def _waiting(
    centre: Centre, token: str, keys: Mapping[str, str], sender: Device | None
) -> _Waiting:
    proof = proved(token, keys)
    op = proof.op if proof else None
    thought = think(centre, op, sender)
    return _Waiting(
        token, proof, thought, ahead.asks(op, thought, sender) if centre.database.far else ()
    )


def _commit(
    centre: Centre, some: Sequence[_Waiting], ending: _Ending | None
) -> tuple[list[str], str]:
    """Take the first of these in one transaction; return their results and an op_id.

    The op_id is that of the last one when others waited for it: they are released before the next
    is judged, which may build on them.
    """
    results, awaited = list[str](), ""
    with centre.database.write(some[0].asks) as tx:
        began = time.monotonic()
        for one in some:
            if results:
                turn_to(tx, one.asks)
            keep(tx, one.op, one.thought)
            result, op = _receive(centre, tx, one.token, one.proof)
            results.append(result)
            # Whatever begins to wait after this commit sees that it need not.
            if op is not None and oplog.awaited(tx, ahead.names_of(op)):
                awaited = op.op_id
            if awaited or time.monotonic() - began > HOLD_S:
                break
        if ending is not None and len(results) == len(some):
            turn_to(tx, ending.asks)
            ending.write(tx)
    return results, awaited


def _receive(
    centre: Centre, tx: Tx, token: str, proof: Proof | None
) -> tuple[str, Operation | None]:
    """Return the signed result, and the operation if it applied now."""
    opened = open_op(tx, token, proof)
    if not isinstance(opened, Opened):
        return _refuse_unsigned(centre, tx, token, opened), None
    result, applied = judging.take(centre, tx, opened)
    return result, opened.op if applied else None


def _set_aside(centre: Centre, token: str, error: Exception) -> str:
    """Keep an operation that could not be judged, or written; return the result that says so.

    Raises:
        Exception: it cannot even be kept.
    """
    with centre.database.write() as tx:
        opened = open_op(tx, token)
        if not isinstance(opened, Opened):
            return _refuse_unsigned(centre, tx, token, opened)
        return judging.set_aside(centre, tx, opened, error)


def _refuse_unsigned(centre: Centre, tx: Tx, token: str, words: str) -> str:
    """Refuse without storing: an unproved op_id must not occupy its place."""
    op_hash = sha256_hex(token.encode("utf-8", "surrogatepass"))
    oplog.add_alarm(
        tx, at=centre.now(), kind=errors.SIGNATURE, device_id="", op_id="", detail=op_hash
    )
    return signed(centre, "", op_hash, Verdict("rejected", errors.SIGNATURE, words))
