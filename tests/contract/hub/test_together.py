# SPDX-License-Identifier: MulanPSL-2.0
"""Operations of one push are committed together (ADR 0014); each is judged for itself all the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from counter.domain.calendar import WorkCalendar
from counter.domain.checksum import EMPTY, entity_hash, toggled
from counter.domain.operations import Operation
from sync.hub.centre import Centre
from sync.hub.handlers import publish, push, thought
from sync.hub.handlers.calendars import recalled_calendar
from sync.hub.handlers.verdict import signed
from sync.hub.storage import feed, halls, oplog
from sync.protocol import errors
from sync.protocol.wire import PushRequest
from tests.contract.hub.test_push import case_of, received, rows_of
from tests.fakes.device import FakeDevice, now
from tests.fakes.hub import RunningHub

_CALENDAR = Path(__file__).resolve().parents[3] / "resources" / "calendars" / "cn-2024-2026.json"


@contextmanager
def _commits() -> Iterator[list[str]]:
    """Note each commit of this process."""
    seen: list[str] = []

    def note(connection: Connection) -> None:
        seen.append(connection.dialect.name)

    event.listen(Engine, "commit", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "commit", note)


def _lines(hub: RunningHub, device: FakeDevice, ops: list[Operation]) -> Iterator[str]:
    """Push without a line, and yield the results as they are given."""
    with hub.centre.database.read() as tx:
        sender = halls.device(tx, device.device_id)
    assert sender is not None
    tokens = tuple(op.sign(device.key) for op in ops)
    asked = PushRequest(device_id=device.device_id, epoch=device.epoch, ops=tokens)
    for line in push.push(hub.centre, sender, asked):
        if line.result:
            yield line.result


def test_a_push_of_many_needs_few_commits(
    hub: RunningHub, device: FakeDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "HOLD_S", 60.0)  # a busy machine counts as any
    device.push([received(device)])
    ops = [received(device) for _ in range(8)]
    with _commits() as seen:
        results = list(_lines(hub, device, ops))
    assert len(results) == len(ops)
    # Reading the device and its keys, the operations, the acknowledgement.
    assert len(seen) <= 4
    assert all(len(rows_of(hub, op.entity_id)) == 1 for op in ops)


def test_one_that_fails_unforeseen_takes_nothing_of_the_others_with_it(
    hub: RunningHub,
    device: FakeDevice,
    monkeypatch: pytest.MonkeyPatch,
    expected_log: Callable[[str], None],
) -> None:
    """Not even kept: the answer cannot be signed."""
    expected_log("sync.hub.judging: operation .*: LookupError ")
    before, bad, behind = received(device), received(device), received(device)

    def broken(centre: Centre, op_id: str, *more: Any) -> str:
        if op_id == bad.op_id:
            raise LookupError("spoilt")
        return signed(centre, op_id, *more)

    monkeypatch.setattr("sync.hub.handlers.judging.signed", broken)
    given = _lines(hub, device, [before, bad, behind])
    assert next(given)
    with pytest.raises(Exception, match="spoilt"):
        next(given)
    with hub.centre.database.read() as tx:
        assert oplog.find(tx, before.op_id) is not None
        assert oplog.find(tx, bad.op_id) is None
    assert case_of(hub, before.entity_id).state == "received"
    monkeypatch.undo()
    statuses = [result.status for result in device.push([before, bad, behind]).results]
    assert statuses == ["already", "applied", "applied"]


def test_what_waited_for_one_is_judged_before_the_next(hub: RunningHub, device: FakeDevice) -> None:
    first = received(device)
    gone = device.operation(
        "case.withdrawn",
        first.entity_id,
        {"reason": "不办了", "withdrawn_at": now()},
        depends_on=(first.op_id,),
        base_rev=0,
    )
    after = received(device, depends_on=(gone.op_id,))
    (held,) = device.push([gone]).results
    assert (held.status, held.code) == ("held", errors.HELD_DEP)
    statuses = [result.status for result in device.push([first, after]).results]
    assert statuses == ["applied", "applied"]
    assert case_of(hub, first.entity_id).state == "withdrawn"


def test_serials_and_sums_go_on_where_one_of_several_is_not_applied(
    hub: RunningHub, device: FakeDevice
) -> None:
    ops = [received(device), received(device, operator="nobody"), received(device)]
    replies = device.push(ops).results
    assert [reply.status for reply in replies] == ["applied", "held", "applied"]
    (later,) = device.push([received(device)]).results
    serials = [int(reply.human_no[-4:]) for reply in (replies[0], replies[2], later)]
    assert serials == list(range(serials[0], serials[0] + 3))
    with hub.centre.database.read() as tx:
        for scope in (feed.hall_scope("7K2QM"), feed.device_scope(device.device_id)):
            told = EMPTY
            for row in feed.live(tx, scope):
                told = toggled(told, entity_hash(row.kind, row.entity_id, row.rev))
            assert feed.checksum(tx, scope) == told


def test_one_thread_of_a_process_gets_ready_and_writes_at_a_time(
    hub: RunningHub, device: FakeDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, most, waiting = [0], [0], push._waiting

    def noted(*asked: Any) -> Any:
        there[0] += 1
        most[0] = max(most[0], there[0])
        time.sleep(0.005)
        found = waiting(*asked)
        there[0] -= 1
        return found

    monkeypatch.setattr(push, "_waiting", noted)
    devices = [device, *(hub.new_device() for _ in range(3))]
    given = [(one, [received(one) for _ in range(3)]) for one in devices]
    with ThreadPoolExecutor(len(given)) as threads:
        told = list(threads.map(lambda one: list(_lines(hub, *one)), given))
    assert [len(results) for results in told] == [3] * len(given)
    assert most[0] == 1
    for _, ops in given:
        assert all(len(rows_of(hub, op.entity_id)) == 1 for op in ops)


def test_dates_foreseen_by_another_calendar_are_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list was published while the operation got ready: the one in force counts."""
    calendar = WorkCalendar.from_json(_CALENDAR.read_bytes())
    body = calendar.model_dump(mode="json")
    listed = publish.Document("calendar", calendar.region, calendar.version, body)
    foreseen: list[WorkCalendar] = []

    def older(centre: Centre, hall_code: str) -> WorkCalendar | None:
        known = recalled_calendar(centre, hall_code)
        if known is not None:
            day = centre.clock().date()
            free = {day + timedelta(days=number): "holiday" for number in range(60)}
            foreseen.append(known.model_copy(update={"days": free}))
        return foreseen[-1] if foreseen else None

    with RunningHub(tmp_path / "hub") as hub:
        publish.publish(hub.centre, [listed])
        device = hub.new_device()
        ops = [received(device) for _ in range(3)]
        device.push(ops[:1])  # from now on item and calendar are remembered
        device.push(ops[1:2])
        monkeypatch.setattr(thought, "recalled_calendar", older)
        device.push(ops[2:])
        asked, told, other = [case_of(hub, op.entity_id).view["clocks"] for op in ops]
    assert foreseen, "no dates were foreseen"
    assert asked[0]["calendar"] == calendar.version
    days = [[one["due"][:10] for one in clocks] for clocks in (asked, told, other)]
    assert days[0] == days[1] == days[2]
