# SPDX-License-Identifier: MulanPSL-2.0
"""Commands over fakes of the ports: what is kept, what is refused, what is never half done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from counter.app.case_commands import InformCitizen
from counter.app.commands import (
    CloseIssue,
    Command,
    DiscardDraft,
    EndRegret,
    NotePrint,
    Receipt,
    ReceiveCase,
    RevealCase,
    SaveDraft,
    StartDraft,
    StorePage,
    SupplementCase,
    WithdrawCase,
)
from counter.app.handlers.registry import all_handlers
from counter.domain.case import CaseState
from counter.domain.errors import DomainError, KnownError, NotAllowedError
from counter.domain.materials import GivenMaterial
from counter.domain.numbers import parse_receipt_no, tag_source
from counter.domain.operations import verify_operation
from counter.domain.papers import Print
from counter.security.receipts import Trust, verify_receipt
from tests.fakes.hall import CENTRE_KEY, DEVICE_KEY, FakeHall, item, session


@pytest.fixture
def hall() -> FakeHall:
    return FakeHall()


def receive(hall: FakeHall, regret_minutes: int = 0) -> Receipt:
    done = hall.do(ReceiveCase(hall.ready(), regret_minutes))
    assert isinstance(done.value, Receipt)
    return done.value


def code(error: pytest.ExceptionInfo[DomainError]) -> str:
    return error.value.code


def test_every_command_has_its_handler() -> None:
    assert all_handlers().commands() == frozenset(Command.__args__)


def test_a_draft_comes_back_as_it_was_left(hall: FakeHall) -> None:
    draft = hall.started()
    draft.step, draft.focus = "form", "account.bank"
    hall.do(SaveDraft(draft))
    kept = hall.store.tables.drafts[draft.draft_id]
    assert (kept.step, kept.focus, kept.queue_no) == ("form", "account.bank", "Q12")


def test_receiving_writes_everything_in_one_transaction(hall: FakeHall) -> None:
    draft = hall.ready()
    before = hall.store.commits
    done = hall.do(ReceiveCase(draft))
    receipt, t = done.value, hall.store.tables
    assert isinstance(receipt, Receipt)
    assert hall.store.commits == before + 1
    assert draft.draft_id not in t.drafts
    case = t.cases[draft.case_id]
    assert (case.state, case.receipt_no) == (CaseState.RECEIVED, receipt.receipt_no)
    assert receipt.answer_due == "2026-11-30"
    assert (case.due, case.due_kind) == ("2026-11-26", "gap")
    op, token, deadline, not_before = t.ops[-1]
    assert verify_operation(token, DEVICE_KEY.public_hex) == op
    assert (op.kind, op.entity_id, deadline, not_before) == (
        "case.received",
        draft.case_id,
        "2026-11-30",
        "",
    )
    assert op.op_hash() == receipt.op_hash
    assert {ref.role for ref in op.blobs} == {"material.id_card", "signature"}
    assert {(role, required) for owner, _, role, required in t.refs if owner == draft.case_id} == {
        ("material.id_card", True),
        ("signature", True),
    }
    assert [row[2] for row in t.audit][-1] == "case.received"
    assert "王桂兰" not in str(t.audit)
    assert [e.what for e in t.events] == ["收件"]
    assert done.changes.kinds == {"draft", "case", "outbox"}


def test_the_receipt_number_carries_the_tag_of_its_operation(hall: FakeHall) -> None:
    receipt = receive(hall)
    number = parse_receipt_no(receipt.receipt_no)
    op = hall.store.tables.ops[-1][0]
    source = tag_source(op.op_id, op.device_id, op.prev_hash, op.seq)
    assert (number.hall_code, number.counter_no, number.serial) == ("7K2QM", 3, 1)
    again = parse_receipt_no(receive_second(hall).receipt_no)
    assert again.serial == 2
    assert source
    assert len(receipt.query_code) == 6


def receive_second(hall: FakeHall) -> Receipt:
    draft = hall.ready()
    draft.applicant.id_no, draft.applicant.birth = "990123195111200032", "1951-11-20"
    draft.applicant.sex = "1"
    value = hall.do(ReceiveCase(draft)).value
    assert isinstance(value, Receipt)
    return value


def test_the_printed_token_verifies_without_name_or_number(hall: FakeHall) -> None:
    receipt = receive(hall)
    trust = Trust(centre_keys={CENTRE_KEY.kid: CENTRE_KEY.public_hex})
    assert verify_receipt(receipt.qr_token, trust).verdict == "valid"


def test_a_failing_commit_shows_no_receipt_and_keeps_the_draft(hall: FakeHall) -> None:
    draft = hall.ready()
    hall.do(SaveDraft(draft))

    def full() -> None:
        raise KnownError(code="DISK-FULL", what="满。")

    hall.store.at_commit = full
    with pytest.raises(KnownError):
        hall.do(ReceiveCase(draft))
    t = hall.store.tables
    assert draft.draft_id in t.drafts
    assert (t.cases, t.ops, t.serials) == ({}, [], {})


def test_an_autosave_that_comes_late_does_not_revive_the_draft(hall: FakeHall) -> None:
    draft = hall.ready()
    hall.do(ReceiveCase(draft))
    for late in (SaveDraft(draft), ReceiveCase(draft), DiscardDraft(draft.draft_id)):
        with pytest.raises(NotAllowedError) as error:
            hall.do(late)
        assert code(error) == "DRAFT-GONE"
    assert len(hall.store.tables.ops) == 1


def test_what_is_missing_is_listed(hall: FakeHall) -> None:
    draft = hall.ready()
    draft.form, draft.signature = {}, None
    with pytest.raises(DomainError) as error:
        hall.do(ReceiveCase(draft))
    assert code(error) == "INTAKE"
    assert "开户行" in error.value.what
    assert "签字" in error.value.what
    assert hall.store.tables.ops == []


def test_the_same_person_and_item_need_a_reason(hall: FakeHall) -> None:
    first = receive(hall)
    again = hall.ready()
    with pytest.raises(DomainError) as error:
        hall.do(ReceiveCase(again))
    assert code(error) == "DUPLICATE"
    assert first.receipt_no in error.value.what
    again.duplicate_reason = "上次材料遗失，本人要求重收"
    hall.do(ReceiveCase(again))
    assert hall.body_of_last_op()["duplicate_reason"] == "上次材料遗失，本人要求重收"


def test_after_the_items_days_it_is_no_duplicate(hall: FakeHall) -> None:
    receive(hall)
    hall.clock.advance(31 * 86400)
    receive(hall)


def test_an_elder_may_undo_while_the_operation_waits(hall: FakeHall) -> None:
    receipt = receive(hall, regret_minutes=10)
    assert hall.store.tables.ops[-1][3] == "2026-11-23T09:40:00+08:00"
    hall.do(WithdrawCase(receipt.case_id, "老人改变主意"))
    first, second = (row[0] for row in hall.store.tables.ops)
    assert second.depends_on == (first.op_id,)
    assert second.prev_hash == first.op_hash()
    case = hall.store.tables.cases[receipt.case_id]
    assert (case.state, case.due) == (CaseState.WITHDRAWN, "")
    with pytest.raises(NotAllowedError) as error:
        hall.do(WithdrawCase(receipt.case_id, "再撤一次"))
    assert code(error) == "CASE-MOVE"


def test_a_suspended_item_is_not_received(hall: FakeHall) -> None:
    draft = hall.ready()
    hall.give_item(item(task_state="暂停"))
    with pytest.raises(NotAllowedError) as error:
        hall.do(ReceiveCase(draft))
    assert code(error) == "ITEM-STATE"


def test_an_old_version_is_received_until_the_item_is_stopped(hall: FakeHall) -> None:
    draft = hall.ready()
    hall.give_item(item(task_version="2", task_state="取消", link_way="咨询台 0990-1"))
    with pytest.raises(NotAllowedError) as error:
        hall.do(ReceiveCase(draft))
    assert code(error) == "ITEM-STATE"
    assert "已经取消，不能收件" in error.value.what
    assert "咨询台 0990-1" in error.value.todo
    assert draft.draft_id in hall.store.tables.drafts
    hall.give_item(item(task_version="3"))
    assert hall.do(ReceiveCase(draft)).value is not None


def test_a_page_whose_key_is_lost_is_said(hall: FakeHall) -> None:
    draft = hall.ready()
    hall.store.tables.blobs.clear()
    with pytest.raises(DomainError) as error:
        hall.do(ReceiveCase(draft))
    assert code(error) == "PAGE-GONE"


def test_a_gap_is_closed_by_its_paper(hall: FakeHall) -> None:
    receipt = receive(hall)
    paper = GivenMaterial(key="photo", way="scanned", pages=(hall.page("照片"),))
    hall.do(SupplementCase(receipt.case_id, (paper,), "本人补交"))
    case = hall.store.tables.cases[receipt.case_id]
    assert (case.state, case.due_kind, case.due) == (CaseState.RECEIVED, "answer", "2026-11-30")
    assert hall.store.tables.ops[-1][0].kind == "case.supplemented"
    assert [row["way"] for row in case.body["materials"]] == ["scanned", "scanned"]


def test_supplementing_after_a_notice_starts_the_answer_days_anew(hall: FakeHall) -> None:
    receipt = receive(hall)
    t = hall.store.tables
    t.cases[receipt.case_id] = replace(t.cases[receipt.case_id], state=CaseState.SUPPLEMENT, rev=4)
    hall.clock.advance(2 * 86400)
    paper = GivenMaterial(key="photo", way="original_checked", original_checked=True)
    hall.do(SupplementCase(receipt.case_id, (paper,)))
    case = hall.store.tables.cases[receipt.case_id]
    assert (case.state, case.answer_due) == (CaseState.SUPPLIED, "2026-12-02")
    assert hall.store.tables.ops[-1][0].base_rev == 4


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (GivenMaterial(key="nothing", way="original_checked"), "MATERIAL-NONE"),
        (GivenMaterial(key="photo", way="tolerated"), "SUPPLEMENT-NONE"),
        (GivenMaterial(key="photo", way="scanned"), "SUPPLEMENT-NONE"),
    ],
)
def test_a_supplement_must_be_a_paper(hall: FakeHall, row: GivenMaterial, expected: str) -> None:
    receipt = receive(hall)
    with pytest.raises(DomainError) as error:
        hall.do(SupplementCase(receipt.case_id, (row,)))
    assert code(error) == expected


def test_storing_a_page_twice_keeps_one_key(hall: FakeHall) -> None:
    page = hall.page()
    hall.do(StorePage(hall.blob_files.kept[page.blob_id], "file"))
    assert list(hall.store.tables.blobs) == [page.blob_id]


def test_a_bad_picture_reaches_no_disk(hall: FakeHall) -> None:
    with pytest.raises(DomainError) as error:
        hall.do(StorePage(b"", "file"))
    assert code(error) == "IMG-EMPTY"
    assert hall.blob_files.kept == {}


def test_roles_are_checked_in_the_use_case(hall: FakeHall) -> None:
    for command in (StartDraft(), StorePage(b"x", "file"), WithdrawCase("c", "r")):
        with pytest.raises(NotAllowedError) as error:
            hall.do(command, "approver")
        assert code(error) == "ROLE"


def test_a_draft_belongs_to_its_operator(hall: FakeHall) -> None:
    draft = hall.started()
    other = session(operator_id="op-2")
    with pytest.raises(NotAllowedError) as error:
        hall.bus.handle(SaveDraft(draft), other)
    assert code(error) == "DRAFT-OTHER"
    hall.bus.handle(DiscardDraft(draft.draft_id), session("leader", operator_id="op-2"))


def test_an_expired_lease_captures_but_does_not_show(hall: FakeHall) -> None:
    hall.session = session(reading=False)
    receipt = receive(hall)
    hall.do(NotePrint(receipt.case_id, Print("REC", "收件凭证")))
    with pytest.raises(NotAllowedError) as error:
        hall.do(NotePrint(receipt.case_id, Print("REC", "收件凭证", again=1)))
    assert code(error) == "LEASE"


def test_looking_at_full_data_is_on_record(hall: FakeHall) -> None:
    receipt = receive(hall)
    hall.do(RevealCase(receipt.case_id))
    assert hall.store.tables.audit[-1][2] == "case.revealed"
    hall.session = session(reading=False)
    with pytest.raises(NotAllowedError) as error:
        hall.do(RevealCase(receipt.case_id))
    assert code(error) == "LEASE"


def test_a_refused_case_is_closed_by_the_leader_with_a_reason(hall: FakeHall) -> None:
    receipt = receive(hall)
    hall.store.tables.issues[receipt.op_id] = (receipt.case_id, "REJECTED")
    with pytest.raises(NotAllowedError):
        hall.do(CloseIssue(receipt.op_id, "已电话告知本人"))
    with pytest.raises(DomainError) as error:
        hall.do(CloseIssue(receipt.op_id, "  "), "leader")
    assert code(error) == "REASON"
    with pytest.raises(NotAllowedError) as caught:
        hall.do(CloseIssue(receipt.op_id, "已处理"), "leader")
    assert caught.value.code == "INFORM-FIRST"
    late = (hall.clock.now() + timedelta(hours=1)).isoformat()
    with pytest.raises(DomainError, match="不能晚于现在"):
        hall.do(InformCitizen(receipt.op_id, "电话", late))
    hall.do(InformCitizen(receipt.op_id, "打本人电话，她女儿接的"))
    assert hall.store.tables.ops[-1][0].kind == "case.informed"
    assert hall.store.tables.events[-1].what == "告知本人"
    assert "她女儿" not in str(hall.store.tables.audit)
    hall.do(CloseIssue(receipt.op_id, "已电话告知本人"), "leader")
    assert [e.what for e in hall.store.tables.events] == [
        "收件",
        "告知本人",
        "关闭待处理事项",
    ]
    with pytest.raises(NotAllowedError) as gone:
        hall.do(CloseIssue(receipt.op_id, "再来"), "leader")
    assert code(gone) == "ISSUE-NONE"


def test_all_but_autosaves_leave_an_audit_row(hall: FakeHall) -> None:
    receipt = receive(hall)
    hall.do(NotePrint(receipt.case_id, Print("REC", "收件凭证", "large")))
    t = hall.store.tables
    assert len(t.audit) == hall.store.commits
    assert t.events[-1].what == "打印收件凭证（大字）"


def test_a_clock_set_back_is_doubtful_but_work_goes_on(hall: FakeHall) -> None:
    receive(hall)
    hall.clock.wall = hall.clock.wall.replace(hour=8)
    receive_second(hall)
    first, second = (row[0] for row in hall.store.tables.ops)
    assert (first.time.clock, second.time.clock) == ("ok", "doubtful")
    assert second.seq == first.seq + 1


def test_the_audit_travels_once_a_day_or_each_200_rows(hall: FakeHall) -> None:
    receipt = receive(hall)
    assert hall.bus.send_audit(hall.session) == 0
    hall.clock.advance(86400)
    first = hall.bus.send_audit(hall.session)
    assert first == len(hall.store.tables.audit)
    assert hall.bus.send_audit(hall.session) == 0
    op = hall.store.tables.ops[-1][0]
    assert (op.kind, op.entity, op.depends_on) == ("audit.batch", "audit", ())
    for _ in range(201):
        hall.do(NotePrint(receipt.case_id, Print("REC", "收件凭证")))
    assert hall.bus.send_audit(hall.session) == 200
    assert hall.bus.send_audit(hall.session) == 0
    assert hall.body_of_last_op()["first_no"] == first + 1


def test_an_elder_who_leaves_content_lets_it_go(hall: FakeHall) -> None:
    receipt = receive(hall, 10)
    assert hall.store.tables.ops[-1][3], "held back"
    assert hall.do(EndRegret((receipt.case_id,))).value == 1
    assert hall.store.tables.ops[-1][3] == ""
    assert hall.do(EndRegret((receipt.case_id,))).value == 0, "nothing is held any more"
