# SPDX-License-Identifier: MulanPSL-2.0
"""``counter hub tickets | rates | rating-slip | rating-review`` on a centre with a day's work."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from counter.app.commands import (
    GiveRating,
    InviteRating,
    RatingInvite,
    ReadTickets,
    RegisterAppeal,
    ScanRatingSlip,
    StepTicket,
)
from counter.bootstrap.core import Core
from counter.domain.appeals import Appeal, Confirmation
from counter.domain.calendar import WorkCalendar
from counter.domain.ids import uuid7
from sync.hub.__main__ import main
from tests.fakes.clock import CHINA
from tests.fakes.hall import item
from tests.fakes.township import Township
from tests.storage.site import LEADER, do, page, receive

SEED = Path(__file__).resolve().parents[3] / "resources" / "calendars" / "cn-2024-2026.json"
DAY = datetime(2025, 3, 3, 10, 0, tzinfo=CHINA)  # the commands go by the real clock: long ago
NAME, SAID = "王桂兰", "村口的路灯坏了一个月"


class Office:
    """A township and the command line of its centre."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.town = Township(folder, DAY, item(duplicate_days=0))
        calendar = WorkCalendar.from_json(SEED.read_bytes())
        body = calendar.model_dump(mode="json", by_alias=True)
        self.town.publish(("calendar", calendar.region, calendar.version, body))
        self._data, self._capsys = folder / "hub", capsys

    def run(self, *words: str, expect: int = 0) -> str:
        self._capsys.readouterr()
        assert main(["--data", str(self._data), *words]) == expect
        out, err = self._capsys.readouterr()
        return out if expect == 0 else err

    def tickets(self, kind: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run("tickets", kind, "--json").splitlines()]


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return Office(tmp_path, capsys)


def low_rating(core: Core) -> None:
    case_id = receive(core).case_id
    invite = do(core, InviteRating(case_id))
    assert isinstance(invite, RatingInvite)
    command = GiveRating(case_id, invite.handling, 5, ("407",), "态度不好")
    core.execution.run(lambda: core.bus.handle(command, invite.session))


def test_a_slip_is_read_once_and_a_dispute_is_decided(office: Office) -> None:
    town = office.town
    with town.counter() as core:
        town.pull(core)
        low_rating(core)
        do(core, ScanRatingSlip(receive(core).case_id, page(core, "评价单")))
        slip = core.execution.run(core.sync_store.exportable)[-1].op_id
        town.push(core)
        town.pull(core)
    assert len(office.tickets("rating_task")) == 1
    assert "RATING-REASON" in office.run("rating-slip", slip, "4", expect=1)
    assert "已读成一份评价" in office.run("rating-slip", slip, "4", "--reason", "401")
    assert "RATING-SLIP" in office.run("rating-slip", slip, "1", expect=1)  # never changed
    assert {row["state"] for row in office.tickets("rating_task")} == {"open"}
    with town.counter(LEADER) as core:
        found = do(core, ReadTickets("rating_task"))
        assert isinstance(found, tuple)
        ticket = str(found[0].ticket_id)
        early = ("rating-review", ticket, "uphold", "--reason", "按错了")
        assert "TICKET-STEP" in office.run(*early, expect=1)  # nobody disputed it
        do(core, StepTicket("rating_task", ticket, "contact", "已联系"))
        do(core, StepTicket("rating_task", ticket, "dispute", "按错了", {"ground": "mistaken"}))
        town.push(core)
    assert "申诉成立" in office.run("rating-review", ticket, "uphold", "--reason", "本人确认按错")
    states = {row["ticket_id"]: row["state"] for row in office.tickets("rating_task")}
    assert states[ticket] == "void"
    assert "TICKET-NONE" in office.run(
        "rating-review", uuid7(), "dismiss", "--reason", "查不到", expect=1
    )


def test_lists_name_what_is_late_and_nobody_and_the_rates_count(office: Office) -> None:
    town = office.town
    assert office.run("rates") == "响应率 0/0\n解决率 0/0\n满意率 0/0\n"
    with town.counter(LEADER) as core:
        town.pull(core)
        tickets = [uuid7(), uuid7()]
        for ticket_id in tickets:
            signed = Confirmation(method="signature", page=page(core, "签字"), read_back=True)
            appeal = Appeal(
                number="", taken_at="", type="3", category="road", urgency="general",
                content=SAID, name=NAME, phone="13900000000", tables="", confirmed=signed,
            )  # fmt: skip
            do(core, RegisterAppeal(ticket_id, appeal))
        do(core, StepTicket("appeal", tickets[0], "contact", "已电话联系"))
        do(core, StepTicket("appeal", tickets[0], "answer", "路灯已修好"))
        outcome = {"solved": "1", "satisfied": "0"}
        do(core, StepTicket("appeal", tickets[0], "revisit", "回访：修得慢", outcome))
        town.push(core)
    # The other one was never contacted: its time is over, so it counts against the hall.
    assert office.run("rates") == "响应率 1/2 50.0%\n解决率 1/1 100.0%\n满意率 0/1 0.0%\n"
    plain = office.run("tickets", "appeal")
    assert "已回访，办结" in plain
    assert "首次联系已超期" in plain
    assert NAME not in plain
    assert SAID not in plain
    late = {row["ticket_id"]: row["overdue"] for row in office.tickets("appeal")}
    assert late[tickets[0]] == []
    assert "contact" in late[tickets[1]]
