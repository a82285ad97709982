# SPDX-License-Identifier: MulanPSL-2.0
"""A counter whose program is at fault signs odd things: each has an answer, none stops the others."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from counter.domain.calendar import WorkCalendar
from counter.domain.operations import OP_TYP, Operation
from counter.domain.signing import sign_json
from sync.hub.centre import open_centre
from sync.hub.handlers import judging, publish
from sync.hub.storage import cases, oplog
from sync.hub.storage import tables as t
from sync.hub.storage.engine import Tx
from sync.protocol import errors
from tests.contract.hub.test_push import rows_of
from tests.fakes.device import FakeDevice, uuid7
from tests.fakes.hub import RunningHub, received_body, small_item
from tests.fakes.postgres import PostgresServer
from tests.faults.fuzz import spoil_json
from tests.faults.odd_ops import OddOps

CALENDAR = Path(__file__).resolve().parents[3] / "resources" / "calendars" / "cn-2024-2026.json"


def unforeseen(hub: RunningHub, op: Operation) -> list[str]:
    with hub.centre.database.read() as tx:
        told = [row for row in oplog.alarms(tx) if row["op_id"] == op.op_id]
    return [str(row["detail"]) for row in told if row["kind"] == "unforeseen"]


def test_a_day_that_is_none_holds_one_operation_and_stops_no_other(tmp_path: Path) -> None:
    """Once: the counter's pushes broke off at it for ever, and nothing behind it arrived."""
    calendar = WorkCalendar.from_json(CALENDAR.read_bytes())
    body = calendar.model_dump(mode="json")
    with RunningHub(tmp_path / "hub") as hub:
        publish.publish(
            hub.centre,
            [publish.Document("calendar", calendar.region, calendar.version, body)],
        )
        device = hub.new_device()
        odd = {**received_body(), "materials": [{"key": "p", "way": "tolerated", "due": "改天"}]}
        ops = [
            device.operation("case.received", uuid7(), one)
            for one in (received_body(), odd, received_body())
        ]
        reply = device.push(ops)
        assert [result.status for result in reply.results] == ["applied", "held", "applied"]
        assert (reply.results[1].code, reply.results[1].field) == (errors.HELD_FORM, "materials")
        assert reply.tail is not None
        assert reply.tail.ack_through_seq == ops[-1].seq
        assert unforeseen(hub, ops[1]) == []


def test_what_nobody_foresaw_waits_for_a_person_and_is_judged_again(
    hub: RunningHub, device: FakeDevice, expected_log: Callable[[str], None]
) -> None:
    expected_log("sync.hub.judging: operation .*: ValidationError ")
    version = uuid7()[:13]
    hub.publish(small_item(version=version))
    row = (t.documents.c.kind == "item") & (t.documents.c.version == version)
    with hub.centre.database.read() as tx:
        whole = tx.execute(t.documents.select().where(row)).one().body
    with hub.centre.database.write() as tx:
        tx.execute(update(t.documents).where(row).values(body={"spoilt": True}))
    bad = device.operation("case.received", uuid7(), {**received_body(), "item_version": version})
    behind = device.operation("case.received", uuid7(), received_body())
    first, second = device.push([bad, behind]).results
    assert (first.status, first.code, second.status) == ("held", errors.HELD_FORM, "applied")
    assert "原件已完整留下" in first.message
    [told] = unforeseen(hub, bad)
    assert told.startswith("ValidationError ")
    assert "spoilt" not in told, "an error's words may hold what was sent"
    assert rows_of(hub, bad.entity_id) == []
    assert judging.recheck(hub.centre, errors.HELD_FORM) == 0
    assert unforeseen(hub, bad) == [told], "told once"
    with hub.centre.database.write() as tx:
        tx.execute(update(t.documents).where(row).values(body=whole))
    assert judging.recheck(hub.centre, errors.HELD_FORM) == 1
    assert len(rows_of(hub, bad.entity_id)) == 1


def test_what_the_store_refuses_is_kept_and_stops_nothing(
    hub: RunningHub,
    device: FakeDevice,
    monkeypatch: pytest.MonkeyPatch,
    expected_log: Callable[[str], None],
) -> None:
    """S6: also where it is found out when everything is written."""
    expected_log("sync.hub.judging: operation .*: IntegrityError ")
    ops = [device.operation("case.received", uuid7(), received_body()) for _ in range(3)]
    add = cases.add

    def twice(tx: Tx, case: cases.CaseRow) -> None:
        add(tx, case)
        if case.case_id == ops[1].entity_id:
            add(tx, case)

    monkeypatch.setattr(cases, "add", twice)
    reply = device.push(ops)
    assert [result.status for result in reply.results] == ["applied", "held", "applied"]
    [told] = unforeseen(hub, ops[1])
    assert told.startswith("IntegrityError ")
    assert [len(rows_of(hub, op.entity_id)) for op in ops] == [1, 0, 1]
    monkeypatch.undo()
    assert device.push(ops[1:2]).results[0].status == "held", "it has the answer it had"
    assert judging.recheck(hub.centre, errors.HELD_FORM) == 1
    assert len(rows_of(hub, ops[1].entity_id)) == 1


def test_a_number_that_is_true_is_none(hub: RunningHub, device: FakeDevice) -> None:
    """To Python it is an int, to PostgreSQL none; the push failed there."""
    op = device.operation("case.received", uuid7(), received_body())
    payload = {**op.wire(), "seq": True}
    token = sign_json(payload, device.key, OP_TYP)
    after = device.operation("case.received", uuid7(), received_body())
    assert [result.status for result in device.push([token, after]).results][1] == "applied"


@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_odd_operations_have_an_answer_and_those_behind_them_go_on(
    store: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The release run has thousands: the part ``signed`` of ``fuzz``."""
    url = ""
    if store == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.new_database()
    centre = open_centre(tmp_path / "centre", database=url)
    try:
        odd = OddOps(centre)
        for number in range(120):
            odd.play(random.Random(f"odd {number}"), spoil_json)
    finally:
        centre.close()
