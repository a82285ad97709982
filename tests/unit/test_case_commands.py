# SPDX-License-Identifier: MulanPSL-2.0
"""The counter's own acts on a received case: checked by the table, signed, offline."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from counter.app.case_commands import RefuseReceipt, Supplied, TolerateCase
from counter.app.commands import (
    AcceptCase,
    Command,
    ConfirmDeemed,
    DeliverResult,
    DraftRefusal,
    Receipt,
    ReceiveCase,
    RequestSupplement,
    SupplementCase,
)
from counter.domain.case import CaseState
from counter.domain.case_life import Defect, Delivery
from counter.domain.catalog import Material
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.materials import GivenMaterial
from counter.ports.storage import CaseRecord
from tests.fakes.clock import CHINA, FakeClock
from tests.fakes.hall import FakeHall, item
from tests.faults import paths

GIVEN = Delivery(receiver="王桂兰", relation="本人", documents=("批准书 1号",))


def received(*, tolerate: bool = False, **changes: object) -> tuple[FakeHall, str]:
    """A hall on Friday 2026-09-18 with one received case."""
    hall = FakeHall(clock=FakeClock(datetime(2026, 9, 18, 10, 0, tzinfo=CHINA)))
    hall.session = replace(hall.session, signed_in_at="2026-09-18T09:00:00+08:00")
    hall.give_item(item(**changes))
    body = paths.calendar().model_dump(mode="json", by_alias=True)
    hall.store.tables.reference["calendar", "CN"] = body
    value = hall.do(ReceiveCase(hall.ready(tolerate=tolerate))).value
    assert isinstance(value, Receipt)
    return hall, value.case_id


def case(hall: FakeHall, case_id: str) -> CaseRecord:
    return hall.store.tables.cases[case_id]


def refused(hall: FakeHall, command: Command, *roles: str) -> str:
    before = len(hall.store.tables.ops)
    with pytest.raises(NotAllowedError) as caught:
        hall.do(command, *roles)
    assert len(hall.store.tables.ops) == before
    return caught.value.code


def test_story_3_deemed_acceptance_needs_the_leader() -> None:
    """Received Fri 18 Sep offline, never synced: on 25 Sep accepted by law since 18 Sep."""
    hall, case_id = received(licence_law=True)
    assert case(hall, case_id).answer_due == "2026-09-24"
    act = ConfirmDeemed(case_id, "断网未答复，按视为受理办理")
    hall.clock.advance(6 * 86400)
    assert refused(hall, act, "leader") == "CASE-DEEMED"
    hall.clock.advance(86400)
    late = RequestSupplement(case_id, (Defect(what="缺四至图"),))
    assert refused(hall, late) == "CASE-DEEMED"
    assert refused(hall, act, "clerk") == "CASE-ROLE"
    hall.do(act, "leader")
    after = case(hall, case_id)
    assert (after.state, after.due_kind) == (CaseState.DEEMED, "promise")
    assert hall.store.tables.ops[-1][0].kind == "case.deemed"
    assert hall.store.tables.events[-1].what == "视为受理"


def test_a_notice_stops_the_clock_and_is_signed() -> None:
    hall, case_id = received()
    assert refused(hall, RequestSupplement(case_id, ())) == "CASE-NEED"
    asked = RequestSupplement(case_id, (Defect(key="photo", what="照片太暗"),))
    with pytest.raises(DomainError, match="以后的日期"):
        hall.do(replace(asked, due="2026-09-18"))
    hall.do(replace(asked, due="2026-10-16"))
    assert case(hall, case_id).life.notices[0].due == "2026-10-16"
    assert (case(hall, case_id).state, case(hall, case_id).due) == (CaseState.SUPPLEMENT, "")
    op = hall.store.tables.ops[-1][0]
    assert (op.kind, op.body["defects"][0]["key"]) == ("case.supplement_requested", "photo")
    assert "照片太暗" not in str(hall.store.tables.audit)


def test_only_a_delegated_item_is_accepted_at_the_counter() -> None:
    hall, case_id = received()
    assert refused(hall, AcceptCase(case_id)) == "CASE-OFFLINE"
    hall, case_id = received(offline_accept=True)
    hall.do(AcceptCase(case_id))
    after = case(hall, case_id)
    assert (after.state, after.due_kind) == (CaseState.ACCEPTED, "promise")


def test_the_counter_drafts_a_refusal_and_the_case_stays() -> None:
    hall, case_id = received()
    draft = DraftRefusal(case_id, "不属于本级", "示例依据", "县局窗口")
    assert refused(hall, draft, "clerk") == "CASE-ROLE"
    hall.do(draft, "leader")
    assert case(hall, case_id).state is CaseState.RECEIVED


def test_only_what_was_decided_is_handed_out() -> None:
    hall, case_id = received()
    assert refused(hall, DeliverResult(case_id, GIVEN)) == "CASE-MOVE"
    decided = replace(case(hall, case_id), state=CaseState.APPROVED, rev=5)
    hall.store.tables.cases[case_id] = decided
    hall.do(DeliverResult(case_id, GIVEN))
    assert case(hall, case_id).state is CaseState.DELIVERED
    assert hall.store.tables.ops[-1][0].base_rev == 5


def supply(hall: FakeHall, case_id: str, *keys: str, settled: tuple[str, ...] = ()) -> Supplied:
    rows = tuple(GivenMaterial(key=key, way="original_checked") for key in keys)
    value = hall.do(SupplementCase(case_id, rows, settled=settled)).value
    assert isinstance(value, Supplied)
    return value


def test_a_second_notice_for_what_could_be_seen_is_refused_without_a_line() -> None:
    hall, case_id = received()
    hall.do(RequestSupplement(case_id, (Defect(key="photo", what="照片太暗"),)))
    supply(hall, case_id, "photo")
    seen = RequestSupplement(case_id, (Defect(key="id_card", what="身份证缺反面"),))
    assert refused(hall, seen) == "CASE-SECOND"
    assert refused(hall, replace(seen, leader_reason="漏看")) == "CASE-SECOND", "a leader's word"
    hall.do(RequestSupplement(case_id, (Defect(key="photo", what="新照片不是本人"),)))
    assert [notice.no for notice in case(hall, case_id).life.notices] == [1, 2]
    supply(hall, case_id, "photo")
    hall.do(replace(seen, leader_reason="第一次漏看了反面"), "leader")
    assert len(case(hall, case_id).life.notices) == 3


def test_a_part_of_the_papers_does_not_end_the_waiting() -> None:
    hall, case_id = received(offline_accept=True)
    asked = (Defect(key="photo", what="照片太暗"), Defect(key="account.bank", what="开户行写错"))
    hall.do(RequestSupplement(case_id, asked))
    hall.clock.advance(86400)
    part = supply(hall, case_id, "photo")
    assert (part.state, part.still_missing, part.answer_due) == ("supplement", ("开户行写错",), "")
    assert hall.store.tables.events[-1].why == "还缺：开户行写错"
    assert refused(hall, AcceptCase(case_id)) == "CASE-MOVE"
    hall.clock.advance(2 * 86400)  # Mon 21 Sep: the last piece
    whole = supply(hall, case_id, settled=("account.bank",))
    assert (whole.state, whole.still_missing, whole.answer_due) == ("supplied", (), "2026-09-29")
    hall.clock.advance(86400)
    hall.do(AcceptCase(case_id))
    life = case(hall, case_id).life
    assert life.accept_day[:10] == "2026-09-21", "受理日 is the day of the last piece"
    assert life.accepted_at[:10] == "2026-09-22"


def test_closing_the_gap_accepts_here() -> None:
    hall, case_id = received(tolerate=True, offline_accept=True)
    hall.do(AcceptCase(case_id))
    assert case(hall, case_id).state is CaseState.TOLERATED
    day = case(hall, case_id).life.accept_day
    hall.clock.advance(86400)
    done = supply(hall, case_id, "photo")
    assert (done.state, done.open_gaps) == ("accepted", ())
    assert case(hall, case_id).life.accept_day == day


def test_a_case_of_another_window_can_be_handed_out_but_not_supplied() -> None:
    hall, case_id = received()
    known = case(hall, case_id)
    hall.store.tables.cases[case_id] = replace(known, state=CaseState.APPROVED, body={}, rev=3)
    hall.do(DeliverResult(case_id, GIVEN))
    assert case(hall, case_id).life.delivery == GIVEN
    rows = (GivenMaterial(key="photo", way="original_checked"),)
    assert refused(hall, SupplementCase(case_id, rows)) == "CASE-ELSEWHERE"


def test_a_gap_is_noted_after_the_receipt_with_the_items_day() -> None:
    hall, case_id = received(
        materials=(
            Material(key="id_card", material_name="身份证"),
            Material(
                key="proof",
                material_name="收入证明",
                is_need="非必要",
                tolerable=True,
                tolerate_days=3,
            ),
        )
    )
    with pytest.raises(DomainError, match="不允许容缺"):
        hall.do(TolerateCase(case_id, ("id_card_copy",)))
    with pytest.raises(DomainError, match="已经交来"):
        hall.do(TolerateCase(case_id, ("id_card",)))
    days = hall.do(TolerateCase(case_id, ("proof",))).value
    assert days == {"proof": "2026-09-22"}, "three working days; Sun 20 Sep works"
    after = case(hall, case_id)
    assert (after.state, after.due, after.due_kind) == (CaseState.RECEIVED, "2026-09-22", "gap")
    assert hall.store.tables.ops[-1][0].kind == "case.tolerated"


def test_sending_somebody_away_is_reported_without_a_case() -> None:
    hall, _ = received()
    away = RefuseReceipt("allowance_80", "户籍不在本镇", "户籍所在镇便民服务中心", who="王某某")
    with pytest.raises(DomainError, match="到哪里办"):
        hall.do(replace(away, office=" "))
    op_id = hall.do(away).value
    op = hall.store.tables.ops[-1][0]
    assert (op.op_id, op.kind) == (op_id, "case.refusal_reported")
    kept = hall.store.tables.reference["refusal", str(op_id)]
    assert (kept["act"], kept["item_name"], kept["who"]) == ("not_received", "高龄津贴", "王某某")
    assert "王某某" not in str(hall.store.tables.audit)
