# SPDX-License-Identifier: MulanPSL-2.0
"""Steps 2 to 8 of §4: each operation judged for itself, in their exact order, now or once more."""

from __future__ import annotations

import logging
from dataclasses import replace

from counter.domain.operations import Operation
from counter.domain.signing import verify_json
from sync.hub import rules
from sync.hub.centre import Centre
from sync.hub.handlers import assignment, case_acts, effects, supersede
from sync.hub.handlers.effects import Act
from sync.hub.handlers.opening import WORDS_TEXT, Opened, open_op
from sync.hub.handlers.verdict import NotAppliedError, Verdict, fault, held, signed
from sync.hub.storage import epochs, feed, halls, oplog
from sync.hub.storage.columns import UnstorableError
from sync.hub.storage.engine import StoreError, Tx
from sync.hub.storage.oplog import StoredOp
from sync.hub.storage.pending import savepoint
from sync.protocol import errors

_WORDS_REVOKED = "本机已被中心停用，这一笔已收到并留存，由中心工作人员核对后处理。"
_WORDS_FORK = "本机的数据恢复过或被复制过，这一笔和中心已有的编号重复，已留存，由工作人员核对。"
_WORDS_EPOCH = "这一笔是本机换新编号以前的，已留存，由工作人员核对。"
_WORDS_DEP = "要等它依赖的那一笔办成，之后会自动处理；那一笔不办了，请关闭后按最新情况重办。"

# The machine, or the store: what is wrong with a row is found out in a transaction of its own.
_OURS = (StoreError, OSError, MemoryError)
_log = logging.getLogger("sync.hub.judging")


def take(centre: Centre, tx: Tx, opened: Opened) -> tuple[str, bool]:
    """Steps 2 to 8 for a verified operation; returns the result and whether it applied now."""
    stored = oplog.find(tx, opened.op_id, opened.home)
    if stored is not None:
        return _again(centre, tx, opened, stored), False
    opened = _chained(centre, tx, opened)
    verdict = judge(centre, tx, opened)
    _tell_fault(centre, tx, opened, verdict)
    result = _store(centre, tx, opened, verdict, before=None)
    _close_replaced(centre, tx, opened, verdict)
    return result, verdict.status == "applied"


def set_aside(centre: Centre, tx: Tx, opened: Opened, error: Exception) -> str:
    """Keep an operation unjudged, for judging it or writing its effect failed; return its result."""
    stored = oplog.find(tx, opened.op_id, opened.home)
    if stored is not None:
        return _again(centre, tx, opened, stored)
    verdict = fault(error)
    _log.error("operation %s: %s", opened.op_id, verdict.alarm)
    _tell_fault(centre, tx, opened, verdict)
    return _store(centre, tx, opened, verdict, before=None)


def _tell_fault(centre: Centre, tx: Tx, opened: Opened, verdict: Verdict) -> None:
    if verdict.alarm:
        oplog.add_alarm(
            tx,
            at=centre.now(),
            kind="unforeseen",
            device_id=opened.key.device_id,
            op_id=opened.op_id,
            detail=verdict.alarm,
        )


def _chained(centre: Centre, tx: Tx, opened: Opened) -> Opened:
    """Mark an operation that contradicts the chain: a restored backup, or two with one disk."""
    op = opened.op
    if op is None:
        return opened
    place = (op.device_id, op.epoch, op.seq)
    if not epochs.forks(tx, *place, opened.op_hash, op.prev_hash):
        return opened
    if not epochs.has_fork(tx, op.device_id, op.epoch):
        oplog.add_alarm(
            tx,
            at=centre.now(),
            kind="fork",
            device_id=op.device_id,
            op_id=op.op_id,
            detail=f"epoch {op.epoch} seq {op.seq}",
        )
    return replace(opened, forked=True)


def _again(centre: Centre, tx: Tx, opened: Opened, stored: StoredOp) -> str:
    """Step 2, before any other rule: the same operation has the answer it had."""
    if stored.op_hash != opened.op_hash:
        oplog.add_alarm(
            tx,
            at=centre.now(),
            kind=errors.KEY_REUSE,
            device_id=opened.key.device_id,
            op_id=opened.op_id,
            detail=f"{stored.op_hash} {opened.op_hash}",
        )
        words = "同一个编号来了两份不同的内容，后来的没有采用。"
        return signed(
            centre, opened.op_id, opened.op_hash, Verdict("rejected", errors.KEY_REUSE, words)
        )
    if stored.status != "applied":
        return stored.result
    blobs = effects.missing(tx, opened.op) if opened.op else ()
    verdict = Verdict(
        "already",
        rev=stored.entity_rev,
        human_no=_human_no(centre, stored),
        missing_blobs=blobs,
    )
    return signed(centre, opened.op_id, opened.op_hash, verdict)


def _human_no(centre: Centre, stored: StoredOp) -> str:
    payload = verify_json(stored.result, centre.keys.signing.public_hex, "yc-result+jws")
    return str(payload.get("human_no", ""))


def judge(centre: Centre, tx: Tx, opened: Opened, waived: frozenset[str] = frozenset()) -> Verdict:
    """Steps 3 to 8: decide, and write the effect when the decision is ``applied``.

    ``waived`` are reasons to hold that a person at the centre has looked at and set aside.
    """
    try:
        with savepoint(tx):
            return _judge(centre, tx, opened, waived)
    except NotAppliedError as outcome:
        return outcome.verdict
    except UnstorableError:
        return Verdict("held", errors.HELD_FORM, WORDS_TEXT)
    except _OURS:
        raise
    except Exception as error:  # noqa: BLE001 - one bad record never stops the others
        # Of what the operation says, or of this program: it waits, the others go on.
        verdict = fault(error)
        _log.error("operation %s: %s", opened.op_id, verdict.alarm)
        return verdict


def _judge(centre: Centre, tx: Tx, opened: Opened, waived: frozenset[str]) -> Verdict:
    device = opened.device
    if device is None or (device.revoked_at and errors.HELD_REVOKED not in waived):
        raise held(errors.HELD_REVOKED, _WORDS_REVOKED)
    op = opened.op
    if op is None:
        raise held(errors.HELD_FORM, opened.why)
    if errors.HELD_EPOCH not in waived:
        _check_epoch(tx, op, forked=opened.forked)
    supersede.check(tx, op, device)
    _check_dependencies(tx, op)
    operator = _check_rights(tx, op, waived=errors.HELD_AUTHZ in waived)
    if errors.HELD_LEASE not in waived:
        assignment.check(centre, tx, op)
    return case_acts.apply(Act(centre, tx, op, device, operator))


def _check_epoch(tx: Tx, op: Operation, *, forked: bool) -> None:
    """Step 3: numbers the device no longer vouches for wait for a person; none is refused."""
    if forked:
        raise held(errors.HELD_EPOCH, _WORDS_FORK)
    if not epochs.takes(tx, op.device_id, op.epoch, op.seq):
        raise held(errors.HELD_EPOCH, _WORDS_EPOCH)


def _check_dependencies(tx: Tx, op: Operation) -> None:
    if not op.depends_on:
        return
    now = {dep: supersede.standing(tx, dep) for dep in op.depends_on}
    known = oplog.statuses(tx, tuple(now.values()))
    waits = tuple(
        dep for dep, by in now.items() if by not in known or known[by].status != "applied"
    )
    if waits:
        raise held(errors.HELD_DEP, _WORDS_DEP, waits_for=waits)


def _check_rights(tx: Tx, op: Operation, *, waived: bool) -> halls.OperatorState | None:
    history = halls.operator_history(tx, op.actor.operator)
    # The log of a counter is welcome whoever was signed in.
    if waived or op.kind == "audit.batch":
        return history[-1] if history else None
    if not rules.may_act(history, op):
        words = "经办人当时或现在没有这项权限，已留下，请值班长处理。"
        raise held(errors.HELD_AUTHZ, words, field="actor.operator")
    return history[-1]


def _store(
    centre: Centre, tx: Tx, opened: Opened, verdict: Verdict, *, before: StoredOp | None
) -> str:
    """Write operation, result and the feed record that carries the result."""
    op = opened.op
    result = signed(centre, opened.op_id, opened.op_hash, verdict)
    waits = verdict.waits_for
    if op and verdict.status == "held" and verdict.code == errors.HELD_DEP and not waits:
        waits = (op.entity_id,)
    received_at = before.received_at if before else centre.now()
    claimed = rules.claimed_between(op.time, received_at) if op else ("", "")
    row = StoredOp(
        op_id=opened.op_id,
        hall_code=opened.home,
        op_hash=opened.op_hash,
        device_id=opened.key.device_id,
        epoch=op.epoch if op else opened.key.epoch,
        seq=opened.seq,
        prev_hash=op.prev_hash if op else "",
        forked=opened.forked,
        kind=op.kind if op else "",
        entity_id=op.entity_id if op else "",
        operator_id=op.actor.operator if op else "",
        token=opened.token,
        status=verdict.status,
        code=verdict.code,
        result=result,
        result_rev=before.result_rev + 1 if before else 1,
        entity_rev=verdict.rev,
        claimed_at=op.time.wall if op else "",
        claimed_from=claimed[0],
        claimed_to=claimed[1],
        clock=op.time.clock if op else "",
        received_at=received_at,
    )
    oplog.save(tx, row, waits, new=before is None)
    feed.put(
        tx,
        feed.Change(
            feed.device_scope(row.device_id),
            "result",
            row.op_id,
            row.result_rev,
            {"result": result},
            centre.now(),
            new=before is None,
        ),
    )
    return result


def _close_replaced(centre: Centre, tx: Tx, opened: Opened, verdict: Verdict) -> None:
    """A correction took effect: the one it stands for gets its end, with the reason."""
    if verdict.status != "applied" or (old := supersede.take_place(tx, opened.op)) is None:
        return
    settle(centre, tx, old, supersede.REPLACED)


def rejudge(centre: Centre, op_id: str, waived: frozenset[str] = frozenset()) -> bool:
    """Judge a held operation again in its own transaction; return whether it applied now."""
    with centre.database.write() as tx:
        stored = oplog.find(tx, op_id)
        if stored is None or stored.status != "held":
            return False
        opened = open_op(tx, stored.token)
        if not isinstance(opened, Opened):
            return False
        opened = replace(opened, forked=stored.forked)
        verdict = judge(centre, tx, opened, waived)
        if (verdict.status, verdict.code) == (stored.status, stored.code):
            oplog.save(tx, stored, verdict.waits_for or _entity_wait(opened, verdict))
            return False
        _store(centre, tx, opened, verdict, before=stored)
        _close_replaced(centre, tx, opened, verdict)
        return verdict.status == "applied"


def _entity_wait(opened: Opened, verdict: Verdict) -> tuple[str, ...]:
    if opened.op is None or verdict.code != errors.HELD_DEP:
        return ()
    return (opened.op.entity_id,)


def release_dependents(centre: Centre, op_id: str) -> None:
    """After an operation applied: judge again what waited for it, and so on."""
    ready = [op_id]
    while ready:
        done = ready.pop(0)
        with centre.database.read() as tx:
            stored = oplog.find(tx, done)
            names = [done, stored.entity_id] if stored else [done]
            names += oplog.superseded(tx, done)
            waiting = [w for name in names for w in oplog.waiting_for(tx, name)]
        ready += [w for w in dict.fromkeys(waiting) if rejudge(centre, w)]


def recheck(centre: Centre, *codes: str) -> int:
    """Judge again everything held for these reasons; return how many applied.

    Called when the reason may be gone: a catalogue was published, an operator was added, or the
    hub starts after having died between an operation and the release of its dependents.
    """
    applied = 0
    for code in codes:
        with centre.database.read() as tx:
            waiting = oplog.held(tx, code)
        for op_id in waiting:
            if rejudge(centre, op_id):
                applied += 1
                release_dependents(centre, op_id)
    return applied


def settle(centre: Centre, tx: Tx, stored: StoredOp, verdict: Verdict) -> None:
    """Give a stored operation another result without judging it again."""
    opened = open_op(tx, stored.token)
    if isinstance(opened, Opened):
        _store(centre, tx, replace(opened, forked=stored.forked), verdict, before=stored)
