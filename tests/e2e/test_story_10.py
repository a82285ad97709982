# SPDX-License-Identifier: MulanPSL-2.0
"""Story 10: a smell of gas: the call first, its time on record, then the 工单, first in the queue."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from counter.app.commands import NoteDangerCall, ReadTickets, RegisterAppeal, StepTicket
from counter.bootstrap.core import Core
from counter.domain.appeals import LOOP, Appeal, Confirmation
from counter.domain.calendar import WorkCalendar
from counter.domain.errors import DomainError
from counter.domain.ids import uuid7
from counter.domain.numbers import parse_receipt_no
from counter.domain.tickets import Ticket, TicketStep, overdue, state_of
from sync.hub.handlers import tickets
from tests.fakes.clock import CHINA
from tests.fakes.hall import item
from tests.fakes.township import Township
from tests.storage.site import LEADER, do, page, receive

SEED = Path(__file__).resolve().parents[2] / "resources" / "calendars" / "cn-2024-2026.json"
DAY = datetime(2026, 11, 23, 9, 30, tzinfo=CHINA)


@pytest.fixture
def town(tmp_path: Path) -> Township:
    made = Township(tmp_path, DAY, item(duplicate_days=0))
    calendar = WorkCalendar.from_json(SEED.read_bytes())
    body = calendar.model_dump(mode="json", by_alias=True)
    made.publish(("calendar", calendar.region, calendar.version, body))
    return made


def appeal(**changes: Any) -> Appeal:
    base: dict[str, Any] = {
        "number": "", "taken_at": "", "type": "2", "category": "gas", "urgency": "danger",
        "content": "三单元楼道里有很重的煤气味", "name": "王桂兰", "phone": "13900000000",
        "region": "990123004001", "place": "某某村三单元", "tables": "",
        "confirmed": Confirmation(method="oral", read_back=True),
    }  # fmt: skip
    return Appeal.model_validate(base | changes)


def seen(core: Core) -> tuple[Ticket, ...]:
    value = do(core, ReadTickets("appeal"))
    assert isinstance(value, tuple)
    return value


def test_a_smell_of_gas_is_called_for_first_and_goes_first(town: Township) -> None:
    with town.counter() as core:
        town.pull(core)
        receive(core)
        receive(core)
        ticket_id = uuid7()
        with pytest.raises(DomainError, match="APPEAL-CALL"):
            do(core, RegisterAppeal(ticket_id, appeal()))
        with pytest.raises(DomainError, match="APPEAL-DANGER"):
            do(core, NoteDangerCall(ticket_id, "gas", "10086"))
        assert seen(core) == ()
        do(core, NoteDangerCall(ticket_id, "gas", "119"))
        town.site.clock.advance(240)
        made = do(core, RegisterAppeal(ticket_id, appeal()))
        assert isinstance(made, Ticket)
        assert made.number.startswith("SQ-")
        assert parse_receipt_no(made.number.removeprefix("SQ-")).day == DAY.date()
        assert made.subject["danger"] == {
            "danger": "gas", "called": "119", "called_at": DAY.isoformat(), "by": "op-1",
        }  # fmt: skip
        with pytest.raises(DomainError, match="APPEAL-TWICE"):
            do(core, RegisterAppeal(ticket_id, appeal()))
        now = core.clock.now().isoformat()
        rows = core.execution.run(lambda: core.sync_store.sendable(now, 50))
        assert [row.kind for row in rows] == ["appeal.registered", "case.received", "case.received"]
        assert [row.seq for row in rows] == [3, 1, 2]
        [only] = core.execution.run(lambda: core.sync_store.sendable(now, 1))
        assert only.kind == "appeal.registered"
        result = town.push_one(core, only.jws)  # alone, before the numbers in front of it
        assert (result.status, result.human_no) == ("applied", made.number)
        assert {r.status for r in town.push(core)} == {"applied"}
        town.pull(core)
        [there] = seen(core)
        assert there.clocks == made.clocks
        assert [c.due for c in there.clocks][:2] == ["2026-11-23T10:34:00+08:00"] * 2
        assert overdue(there, LOOP, "2026-11-23T10:35:00+08:00") == ("dispatch", "contact")


def test_the_loop_of_a_common_wish_and_its_rates(town: Township) -> None:
    common = {"category": "road", "urgency": "general", "content": "路灯坏了", "type": "3"}
    with town.counter() as core:
        town.pull(core)
        signed = Confirmation(method="signature", page=page(core, "签字"), read_back=True)
        wish = appeal(**common, confirmed=signed, confidential=True)
        ticket_id = uuid7()
        do(core, RegisterAppeal(ticket_id, wish))
        [masked] = seen(core)
        assert (masked.subject["name"], masked.subject["phone"]) == ("王*兰", "")
        town.push(core)
    with town.counter(LEADER) as core:

        def step(name: str, note: str = "写明", **outcome: str) -> None:
            do(core, StepTicket("appeal", ticket_id, name, note, outcome))

        assert seen(core)[0].subject["name"] == "王桂兰"
        step("dispatch", unit="镇城建办")
        step("contact", "已电话联系")
        step("extend", "等配件", days="3")
        town.push(core)
        town.pull(core)
        due = {c.kind: c.due for c in seen(core)[0].clocks}
        assert (due["answer"], due["contact"]) == ("2026-12-03", "2026-11-24")
        step("answer", "已换新灯")
        step("revisit", "本人说亮了", solved="1", satisfied="0")
        assert state_of(seen(core)[0], LOOP) == "closed"
        assert {r.status for r in town.push(core)} == {"applied"}
    rates = tickets.rates(town.centre)
    assert (rates.response, rates.solved, rates.satisfied) == ((1, 1), (1, 1), (0, 1))
    [row] = tickets.listed(town.centre, "appeal")
    assert (row["state"], row["overdue"]) == ("closed", [])


def test_a_step_the_centre_refuses_is_not_shown_as_done(town: Township) -> None:
    with town.counter(LEADER) as core:
        town.pull(core)
        ticket_id = uuid7()
        signed = Confirmation(method="signature", page=page(core, "签字"), read_back=True)
        wish = appeal(category="road", urgency="general", content="路灯坏了", confirmed=signed)
        do(core, RegisterAppeal(ticket_id, wish))
        town.push(core)
        with town.centre.database.write() as tx:
            there = tickets.find(tx, "7K2QM", "appeal", ticket_id)
            assert there is not None
            other = tickets.Doer("op-elsewhere", "op-9", frozenset({"leader"}))
            told = TicketStep(step="contact", done_at=DAY.isoformat(), note="别的窗口已联系")
            tickets.put(town.centre, tx, "7K2QM", tickets.stepped(there, told, other))
        do(core, StepTicket("appeal", ticket_id, "contact", "我也联系了"))
        assert [e.note for e in seen(core)[0].events] == ["我也联系了"]
        assert [r.status for r in town.push(core)] == ["conflict"]
        town.pull(core)
        assert [e.note for e in seen(core)[0].events] == ["别的窗口已联系"]


def test_a_rebuilt_database_has_the_record_again_and_skips_its_number(town: Township) -> None:
    with town.counter() as core:
        town.pull(core)
        ticket_id = uuid7()
        do(core, NoteDangerCall(ticket_id, "gas", "119"))
        made = do(core, RegisterAppeal(ticket_id, appeal()))
        do(core, StepTicket("appeal", ticket_id, "contact", "已到现场"))
        assert isinstance(made, Ticket)
    for lost in town.site.root.glob("counter.db*"):
        lost.unlink()  # what is left is a copy of before, and the journal
    with town.counter() as core:
        [there] = seen(core)
        assert (there.number, state_of(there, LOOP)) == (made.number, "contacted")
        now = core.clock.now().isoformat()
        [first, *_] = core.execution.run(lambda: core.sync_store.sendable(now, 1))
        assert (first.kind, first.first) == ("appeal.registered", True)
