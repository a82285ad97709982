# SPDX-License-Identifier: MulanPSL-2.0
"""What the judging of an operation will ask, told before it holds the sequencer.

A store over a network answers all of it in one go. It changes no answer: they are given under the
sequencer, and an ask that was not foreseen is asked when its turn comes.
"""

from __future__ import annotations

from pydantic import ValidationError

from counter.domain.bodies import CaseReceived
from counter.domain.library import papers_of
from counter.domain.operations import Operation
from counter.domain.people import person_key
from sync.hub.centre import Centre
from sync.hub.handlers import case_steps, people
from sync.hub.handlers.opening import Proof
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


def asks(centre: Centre, proof: Proof | None, device: Device | None) -> list[Ask]:
    """Return the queries of an operation whose signature is good, sent by a device."""
    if proof is None or proof.op is None or device is None:
        return []
    op = proof.op
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
    if op.kind == "case.received":
        out += [
            feed.ask_put(hall, "case", op.entity_id),
            *_of_received(centre, op, device.hall_code),
        ]
    return out


def _of_received(centre: Centre, op: Operation, hall_code: str) -> list[Ask]:
    try:
        body = CaseReceived.model_validate(op.body)
    except ValidationError:
        return []  # it is held when its turn comes
    person = person_key(body.applicant)
    out = cases.asks_of_new(op.entity_id, body.receipt_no, person, body.item_code)
    item = case_steps.recalled_item(centre, body.item_code, body.item_version)
    papers = papers_of(op.entity_id, body, item) if item else ()
    if papers:
        ids = [paper.paper_id for paper in papers]
        out.append(persons.ask_all(hall_code, people.MATERIAL, ids))
    return out
