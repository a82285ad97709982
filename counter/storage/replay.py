# SPDX-License-Identifier: MulanPSL-2.0
"""Building cases and outbox again from the operations in the journal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, select

from counter.app.dates import nearest_due
from counter.app.retold import RECORDS, record_of, told_in
from counter.domain.appeals import Appeal
from counter.domain.bodies import CaseReceived
from counter.domain.case import CaseState
from counter.domain.case_life import received_life
from counter.domain.journal_records import Record
from counter.domain.operations import Operation, read_operation, verify_operation
from counter.domain.ratings import RatingGiven
from counter.domain.signing import SignatureError
from counter.domain.tickets import Ticket, TicketEvent, TicketKind, TicketStep
from counter.ports.storage import CaseEventRow, CaseRecord, RatingMark
from counter.storage import tables as t
from counter.storage.acts_again import act_again, own_acts_again
from counter.storage.cases import SqlCases
from counter.storage.journal import Journal, open_record
from counter.storage.meta import get_meta, put_meta
from counter.storage.number_blocks import note_leased
from counter.storage.numbers_seen import note_serial
from counter.storage.outbox import add_row
from counter.storage.repositories import SqlReference
from counter.storage.tickets import SqlTickets


@dataclass
class Rebuilt:
    """What a replay did."""

    applied: int = 0
    unreadable: int = 0


def replay(connection: Connection, journal: Journal, journal_identity: str) -> Rebuilt:
    """Apply every operation of the journal that the database does not have, in its order.

    They are QUEUED again: the centre answers ``already`` for those it knows. Further operations go
    on in the newest epoch found: in an older one the centre would hold them.
    """
    done = Rebuilt()
    epoch = int(get_meta(connection, "epoch") or 0)
    heads = {
        row.epoch: row.seq for row in connection.execute(select(t.heads.c.epoch, t.heads.c.seq))
    }
    found: dict[tuple[int, int], Record] = {
        (r.epoch, r.seq): r
        for r in journal.records()
        if isinstance(r, Record) and r.seq > heads.get(r.epoch, 0)
    }
    public_hex = get_meta(connection, "device_key")
    for position in sorted(found):
        opened = open_record(found[position], journal_identity) if journal_identity else None
        op = _operation(opened[0], public_hex) if opened else None
        if opened is None or op is None:
            done.unreadable += 1
            continue
        _restore(connection, op, *opened)
        done.applied += 1
        epoch = max(epoch, op.epoch)
    if done.applied:
        put_meta(connection, "epoch", str(epoch))
    return done


def _operation(jws: str, public_hex: str) -> Operation | None:
    """Read an operation; with the device's key, only one this device signed."""
    try:
        return verify_operation(jws, public_hex) if public_hex else read_operation(jws)
    except (SignatureError, ValueError):
        return None


def _restore(connection: Connection, op: Operation, jws: str, local: dict[str, Any]) -> None:
    _restore_blobs(connection, op, local)
    if op.kind == "case.received":
        _keep_numbers(connection, op.body)
    # A body of another version of the program must not keep the counter from opening: the
    # operation goes to the centre as it is, only its row for the screen waits for the feed.
    with suppress(ValidationError):
        _restore_case(connection, op)
        _restore_voice(connection, op)
    add_row(
        connection,
        op,
        jws,
        deadline=str(local.get("deadline", "")),
        not_before=str(local.get("not_before", "")),
    )


def _keep_numbers(connection: Connection, body: Mapping[str, Any]) -> None:
    """What was printed is never given again, whether or not the rest can be read."""
    note_serial(connection, str(body.get("receipt_no", "")))
    lease, serial = body.get("lease", ""), body.get("lease_serial", 0)
    if isinstance(lease, str) and isinstance(serial, int):
        note_leased(connection, lease, serial)


def _restore_case(connection: Connection, op: Operation) -> None:
    cases = SqlCases(connection)
    if op.supersedes:
        _correct_again(connection, cases, op)
    elif op.kind == "case.received":
        body = CaseReceived.model_validate(op.body)
        if cases.get(op.entity_id) is None:
            _begin(connection, cases, op, body)
        _event(cases, op, body.received_at, "收件")
    elif op.kind in RECORDS:
        kind, entity_id, event = record_of(op)
        SqlReference(connection).put(kind, entity_id, "", op.body)
        if event is not None:
            _event(cases, op, *event)
    elif (told := told_in(op)) is not None:
        act_again(connection, op.entity_id, told)
        _event(cases, op, told.at, told.word, told.why)


def _correct_again(connection: Connection, cases: SqlCases, op: Operation) -> None:
    """A correction: what it tells of the receipt counts; its act was done by the first one.

    Where nobody here can read the first receipt, the corrected one is where the case begins.
    """
    if op.kind == "case.received":
        body = CaseReceived.model_validate(op.body)
        case = cases.get(op.entity_id)
        if case is None:
            _begin(connection, cases, op, body)
            own_acts_again(connection, op.entity_id, 0)
        else:
            who = body.applicant
            again = replace(case, applicant_name=who.name, applicant_id_no=who.id_no)
            cases.update(replace(again, body=op.body))
    _event(cases, op, op.time.wall, "改正后重报")


def _begin(connection: Connection, cases: SqlCases, op: Operation, body: CaseReceived) -> None:
    cases.add(nearest_due(_received(connection, op, body), body))


def _restore_voice(connection: Connection, op: Operation) -> None:
    """A 诉求 and its steps, and that a handling was rated; what was said stays sealed."""
    tickets = SqlTickets(connection)
    if op.kind == "appeal.registered":
        appeal = Appeal.model_validate(op.body)
        note_serial(connection, appeal.number.removeprefix("SQ-"))
        if tickets.get("appeal", op.entity_id) is None:
            tickets.add(
                Ticket(
                    kind="appeal",
                    ticket_id=op.entity_id,
                    number=appeal.number,
                    opened_at=appeal.taken_at,
                    subject=appeal.model_dump(mode="json"),
                )
            )
    elif op.kind in {"appeal.step", "rating.step"}:
        step = TicketStep.model_validate(op.body)
        event = TicketEvent(
            op_id=op.op_id,
            step=step.step,
            at=step.done_at,
            by=op.actor.operator,
            note=step.note,
            outcome=step.outcome,
        )
        kind: TicketKind = "appeal" if op.kind == "appeal.step" else "rating_task"
        tickets.add_event(kind, op.entity_id, event)
    elif op.kind == "rating.given":
        given = RatingGiven.model_validate(op.body)
        state = "paper" if given.way == "paper" else "given"
        tickets.put_rating(RatingMark(given.case_id, given.handling, "", state, op.time.wall))


def _received(connection: Connection, op: Operation, body: CaseReceived) -> CaseRecord:
    text = SqlReference(connection).item_json(body.item_code, body.item_version)
    name = str(json.loads(text)["task_name"]) if text else body.item_code
    return CaseRecord(
        case_id=op.entity_id,
        receipt_no=body.receipt_no,
        project_no=body.project_no,
        item_code=body.item_code,
        item_version=body.item_version,
        item_name=name,
        applicant_name=body.applicant.name,
        applicant_id_no=body.applicant.id_no,
        operator_id=op.actor.operator,
        state=CaseState.RECEIVED,
        rev=0,
        received_at=body.received_at,
        answer_due=body.answer_due,
        answer_provisional=body.answer_provisional,
        promise_due="",
        due=body.answer_due,
        due_kind="answer" if body.answer_due else "",
        body=body.model_dump(mode="json"),
        life=received_life(body.received_at),
    )


def _restore_blobs(connection: Connection, op: Operation, local: dict[str, Any]) -> None:
    from_journal = [{**blob, "key": bytes.fromhex(blob["key"])} for blob in local.get("blobs", ())]
    if from_journal:
        connection.execute(t.blobs.insert().prefix_with("OR IGNORE"), from_journal)
    known = {blob["blob_id"] for blob in from_journal}
    refs = [
        {
            "owner_id": op.entity_id,
            "blob_id": ref.blob_id,
            "role": ref.role,
            "required": int(ref.required),
        }
        for ref in op.blobs
        if ref.blob_id in known
    ]
    if refs:
        connection.execute(t.blob_refs.insert().prefix_with("OR IGNORE"), refs)


def _event(cases: SqlCases, op: Operation, at: str, what: str, why: str = "") -> None:
    who = op.actor.operator
    cases.add_event(
        CaseEventRow(op.entity_id, at, what, who, "本窗口（由收件流水恢复）", why, "counter")
    )
