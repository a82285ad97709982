# SPDX-License-Identifier: MulanPSL-2.0
"""What the judging of an operation will ask, told before it holds the sequencer.

A store over a network answers all of it in one go. It changes no answer: they are given under the
sequencer, and an ask that was not foreseen is asked when its turn comes.
"""

from __future__ import annotations

from counter.domain.operations import Operation
from counter.domain.people import person_key
from sync.hub.handlers import people
from sync.hub.handlers.thought import Thought
from sync.hub.storage import blobs, cases, epochs, feed, oplog
from sync.hub.storage import people as persons
from sync.hub.storage.halls import Device
from sync.hub.storage.pending import ask_sum
from sync.hub.storage.prepared import Ask
from sync.protocol.wire import PushRequest


def names_of(op: Operation) -> list[str]:
    """Return what others may wait for that comes with an operation."""
    return [name for name in (op.op_id, op.entity_id, op.supersedes) if name]


def asks_of_tail(request: PushRequest) -> list[Ask]:
    """Return the queries behind the last operation of a push."""
    of_numbers = epochs.asks_of_acknowledge(request.device_id, request.epoch)
    return [*of_numbers, feed.ask_body("policy", "push")]


def asks(op: Operation | None, told: Thought | None, device: Device | None) -> list[Ask]:
    """Return the queries of an operation whose signature is good, sent by a device."""
    if op is None or device is None:
        return []
    hall = feed.hall_scope(device.hall_code)
    out = [
        oplog.ask_find(op.op_id, device.home),
        epochs.ask_forks(op.device_id, op.epoch, op.seq),
        oplog.ask_superseded(op.op_id),
        oplog.ask_awaited(names_of(op)),
        ask_sum(hall),
        ask_sum(feed.device_scope(op.device_id)),
        feed.ask_put(feed.device_scope(op.device_id), "result", op.op_id),
    ]
    if op.blobs:
        out.append(blobs.ask_present(list(dict.fromkeys(ref.blob_id for ref in op.blobs))))
    if told is not None:
        out += [
            feed.ask_put(hall, "case", op.entity_id),
            *_of_received(op.entity_id, told, device.hall_code),
        ]
    return out


def _of_received(case_id: str, told: Thought, hall_code: str) -> list[Ask]:
    body = told.body
    person = person_key(body.applicant)
    out = cases.asks_of_new(case_id, body.receipt_no, person, body.item_code)
    if told.papers:
        ids = [paper.paper_id for paper in told.papers]
        out.append(persons.ask_all(hall_code, people.MATERIAL, ids))
    return out
