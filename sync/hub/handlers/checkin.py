# SPDX-License-Identifier: MulanPSL-2.0
"""Check-in (§1): where does a device stand, and does it need a new epoch.

A restored backup or a copied disk gives numbers a second time. The proof of key is the request's
own signature; the new epoch keeps further numbers apart. Of the old one, what the device vouches
for by its head still takes effect; everything else of it is held for a person, nothing is refused.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from sync.hub.centre import Centre
from sync.hub.handlers import judging
from sync.hub.handlers.enrol import certificate
from sync.hub.storage import epochs, halls, oplog
from sync.hub.storage.engine import Tx
from sync.hub.storage.epochs import Epoch
from sync.hub.storage.halls import Device
from sync.protocol import errors
from sync.protocol.errors import ProblemError
from sync.protocol.wire import CheckIn, CheckInReply

Verdict = Literal["ok", "older", "forked", "closed", "ahead"]


def check_in(centre: Centre, device: Device, kid: str, ask: CheckIn) -> CheckInReply:
    """Compare heads; grant a new epoch when the device cannot go on in the one it has.

    Asked again with the same head it gives the same epoch, for the reply may have been lost.

    Raises:
        ProblemError: 400 another device than the one that signed.
    """
    if ask.device_id != device.device_id:
        raise ProblemError(400, errors.BAD_BODY, "请求里的设备和签名的设备不是同一台。")
    with centre.database.write() as tx:
        now = halls.device(tx, device.device_id) or device
        seen, _ = epochs.head(tx, now.device_id, ask.epoch)
        verdict = _verdict(tx, now, ask, seen)
        if verdict == "ok":
            epochs.acknowledge(tx, now.device_id, ask.epoch, ask.seq)
            lacking = epochs.missing(tx, now.device_id, ask.epoch, ask.seq)
            return CheckInReply(
                verdict="ok",
                epoch=ask.epoch,
                seen_seq=seen,
                missing_seq=lacking,
                server_time=centre.now(),
            )
        granted = _grant(centre, tx, now, ask, verdict)
        key = halls.key(tx, kid)
        token = certificate(centre, replace(now, epoch=granted), key) if key else ""
        waiting = _vouched_for(tx, now, ask)
    for op_id in waiting:
        if judging.rejudge(centre, op_id):
            judging.release_dependents(centre, op_id)
    return CheckInReply(
        verdict=verdict,
        epoch=granted,
        certificate=token,
        seen_seq=seen,
        server_time=centre.now(),
    )


def _verdict(tx: Tx, device: Device, ask: CheckIn, seen: int) -> Verdict:
    if ask.epoch > device.epoch:
        return "ahead"
    place = (device.device_id, ask.epoch)
    if epochs.on_a_fork(tx, *place, ask.seq, ask.op_hash):
        return "forked"
    if ask.doubt and epochs.has_fork(tx, *place):
        return "forked"
    if seen > ask.seq:
        return "older"
    known = epochs.find(tx, *place)
    return "ok" if known is not None and known.last_seq == epochs.OPEN else "closed"


def _grant(centre: Centre, tx: Tx, device: Device, ask: CheckIn, verdict: Verdict) -> int:
    """Return the epoch to go on in: the one granted to this very head before, or a new one."""
    mine = (ask.epoch, ask.seq, ask.op_hash)
    children = [e for e in epochs.of_device(tx, device.device_id) if e.from_epoch == ask.epoch]
    unused = {e.epoch for e in children if not epochs.used(tx, device.device_id, e.epoch)}
    for child in children:
        same = (child.from_epoch, child.from_seq, child.from_hash) == mine
        if same and child.epoch in unused:
            return child.epoch
    number = max(device.epoch, ask.epoch) + 1
    _leave(tx, device, ask, verdict)
    now = centre.now()
    epochs.add(tx, Epoch(device.device_id, number, now, verdict, *mine))
    halls.set_epoch(tx, device.device_id, number)
    # Two that went on from one numbering, and both work: one disk in two machines.
    twice = verdict == "forked" or len(children) > len(unused)
    oplog.add_alarm(
        tx,
        at=now,
        kind="clone" if twice else "epoch",
        device_id=device.device_id,
        op_id="",
        detail=f"{verdict}: epoch {ask.epoch} seq {ask.seq} -> epoch {number}",
    )
    return number


def _leave(tx: Tx, device: Device, ask: CheckIn, verdict: Verdict) -> None:
    """Close the epoch that is left at the head its device vouches for.

    Off a fork nothing is closed: the line that came first may have a device that works on it.
    """
    if verdict == "forked":
        return
    known = epochs.find(tx, device.device_id, ask.epoch)
    if known is None:
        epochs.add(tx, Epoch(device.device_id, ask.epoch, "", "unknown", last_seq=ask.seq))
        return
    epochs.close(tx, device.device_id, ask.epoch, max(known.last_seq, ask.seq))


def _vouched_for(tx: Tx, device: Device, ask: CheckIn) -> list[str]:
    known = epochs.find(tx, device.device_id, ask.epoch)
    if known is None or known.last_seq == epochs.OPEN:
        return []
    place = (device.device_id, ask.epoch, known.last_seq)
    return epochs.held_on_the_line(tx, *place, errors.HELD_EPOCH)
