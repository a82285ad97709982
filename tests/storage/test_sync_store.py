# SPDX-License-Identifier: MulanPSL-2.0
"""Outbox states, what may be sent when, feed and overlay as the sync worker sees them."""

import ast
import re
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import counter.storage
from counter.domain.bodies import CaseWithdrawn
from counter.domain.case import CaseState
from counter.domain.checksum import entity_hash
from counter.domain.errors import KnownError
from counter.ports.sync_store import SettledResult
from counter.storage.feed import merge_patch
from counter.storage.store import Store
from tests.storage.kit import SIGNER, Home, operation, put_case, receive

NOW = "2026-11-22T10:00:00+00:00"


def result(op_id: str, status: str = "applied", **more: Any) -> SettledResult:
    parts: dict[str, Any] = {
        "code": "",
        "message": "",
        "field": "",
        "rev": 1,
        "human_no": "",
        "missing_blobs": (),
        "token": f"signed {status} {sorted(map(str, more.items()))}",
    }
    return SettledResult(op_id=op_id, status=status, **(parts | more))


def withdraw(store: Store, case_id: str, needs: tuple[str, ...]) -> str:
    with store.unit_of_work() as work:
        body = CaseWithdrawn(reason="不办了", withdrawn_at=NOW).model_dump(mode="json")
        op = operation(work, case_id, body, kind="case.withdrawn", depends_on=needs)
        work.outbox.append(op, op.sign(SIGNER), deadline="")
        case = work.cases.get(case_id)
        assert case is not None
        work.cases.update(type(case)(**(case.__dict__ | {"state": CaseState.WITHDRAWN})))
        work.commit()
    return op.op_id


def view(case_id: str, state: str, rev: int, **more: Any) -> dict[str, Any]:
    body = {
        "case_id": case_id,
        "receipt_no": "R",
        "project_no": "",
        "item_code": "elder_card",
        "item_version": "1",
        "applicant_name": "王桂兰",
        "state": state,
        "events": [{"at": "2026-11-22T12:00:00+00:00", "what": state, "who": "中心", "why": ""}],
    }
    return {
        "change_no": rev,
        "action": "put",
        "scope": "hall:7K2QM",
        "kind": "case",
        "entity_id": case_id,
        "rev": rev,
        "from_rev": 0,
        "body": body | more,
    }


def shown(store: Store, case_id: str) -> tuple[str, str, str]:
    detail = store.queries(lambda: date(2026, 11, 22)).case(case_id)
    assert detail is not None
    return detail.row.state, detail.row.delivery, detail.row.delivery_word


def test_what_may_be_sent_is_chosen_by_deadline_and_goes_in_seq_order(home: Home) -> None:
    with home.open() as store:
        with store.unit_of_work() as work:
            put_case(work, deadline="2026-12-30")
            put_case(work, deadline="")
            put_case(work, deadline="2026-11-23")
            put_case(work, deadline="2026-11-24", not_before="2026-11-22T18:05:00+08:00")
            put_case(work, deadline="2026-11-25")
            work.commit()
        sync = store.sync_store()
        assert [op.seq for op in sync.sendable(NOW, 2)] == [3, 5]
        assert [op.seq for op in sync.sendable("2026-11-22T18:06:00+08:00", 9)] == [1, 2, 3, 4, 5]
        first = sync.sendable(NOW, 9)[0]
        sync.failed_try([first.op_id], "TIMEOUT", "2026-11-22T10:10:00+00:00")
        assert first.seq not in [op.seq for op in sync.sendable(NOW, 9)]
        again = next(op for op in sync.exportable() if op.seq == first.seq)
        assert (again.state, again.attempts, again.last_code) == ("QUEUED", 1, "TIMEOUT")


def test_what_a_wrong_clock_put_off_is_sent_once_the_clock_is_set_back(home: Home) -> None:
    with home.open() as store:
        with store.unit_of_work() as work:
            put_case(work, deadline="")
            put_case(work, deadline="", not_before="2029-11-22T18:05:00+08:00")
            work.commit()
        sync = store.sync_store()
        first = sync.sendable(NOW, 9)[0]
        sync.failed_try([first.op_id], "TIMEOUT", "2029-11-22T10:10:00+00:00")
        assert [op.seq for op in sync.sendable(NOW, 9)] == [1, 2], "not in three years"


def test_a_new_epoch_numbers_what_comes_and_leaves_the_queue_as_it_is(home: Home) -> None:
    with home.open() as store:
        _, first = receive(store)
        sync = store.sync_store()
        head = sync.chain_head()
        assert (head.epoch, head.seq, head.op_hash) == (1, 1, first.op_hash())
        _, second = receive(store)
        assert not sync.begin_epoch(head, 2, "certificate"), "one was committed meanwhile"
        assert sync.begin_epoch(sync.chain_head(), 2, "certificate")
        _, third = receive(store)
        assert (third.epoch, third.seq, third.prev_hash) == (2, 1, "0" * 64)
        waiting = [row.op_id for row in sync.sendable(NOW, 10)]
        assert waiting == [first.op_id, second.op_id, third.op_id]
        assert [row.op_id for row in sync.numbered(1, [2, 9])] == [second.op_id]
    with home.open() as store:
        assert store.report == ()
        device = store.device()
        assert device is not None
        assert device.epoch == 2


def test_a_scope_that_begins_anew_drops_what_does_not_come_again(home: Home) -> None:
    with home.open() as store:
        sync = store.sync_store()
        mine, _ = receive(store)
        foreign, gone = str(uuid4()), str(uuid4())
        both = [view(foreign, "received", 1), view(gone, "received", 2)]
        sync.apply_page([*both, view(mine.case_id, "received", 3)], "c1")
        reset = view("", "received", 0) | {"action": "reset", "kind": "policy", "entity_id": ""}
        changed = sync.apply_page([reset, view(foreign, "received", 1)], "c2")
        assert gone in changed
        rows = store.queries(lambda: date(2026, 11, 22)).cases().rows
        assert {row.case_id for row in rows} == {mine.case_id, foreign}, (
            "a receipt given here stays"
        )


def test_parts_of_a_snapshot_outlive_a_restart_and_are_readable_nowhere(home: Home) -> None:
    with home.open() as store:
        parts = store.sync_store().parts
        parts.add("a" * 64, 0, b"SNAPSHOT-MARKER")
        parts.add("a" * 64, 3, b"not behind it")
        parts.add("b" * 64, 0, b"old")
    with home.open() as store:
        parts = store.sync_store().parts
        parts.add("a" * 64, 15, b" goes on")
        parts.drop_all_but(["a" * 64])
        assert parts.read("a" * 64) == b"SNAPSHOT-MARKER goes on"
        assert (parts.size("a" * 64), parts.size("b" * 64)) == (23, 0)
        parts.drop("a" * 64)
        assert parts.read("a" * 64) == b""
    assert not any(
        b"SNAPSHOT-MARKER" in p.read_bytes() for p in home.root.rglob("*") if p.is_file()
    )


def test_an_operation_waits_for_what_it_depends_on_and_nothing_else(home: Home) -> None:
    with home.open() as store:
        case, op = receive(store)
        later = withdraw(store, case.case_id, (op.op_id,))
        _, other = receive(store)
        sync = store.sync_store()
        assert [row.op_id for row in sync.sendable(NOW, 9)] == [op.op_id, other.op_id]
        sync.settle([result(op.op_id, "held", code="authz")])
        assert [row.op_id for row in sync.sendable(NOW, 9)] == [other.op_id]
        sync.settle([result(op.op_id)])
        assert [row.op_id for row in sync.sendable(NOW, 9)] == [later, other.op_id]
        assert shown(store, case.case_id) == ("withdrawn", "local", "只在本机")


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("held", "中心暂挂，等人决定"),
        ("conflict", "与中心不一致，等人决定"),
        ("rejected", "中心退回"),
    ],
)
def test_a_refusal_waits_until_a_person_closes_it(home: Home, status: str, word: str) -> None:
    with home.open() as store:
        case, op = receive(store)
        sync = store.sync_store()
        sync.settle([result(op.op_id, status, code="X", message="说明", field="applicant.id_no")])
        assert shown(store, case.case_id) == ("received", "attention", word)
        assert sync.counts().needs_person == 1
        [row] = store.queries(lambda: date(2026, 11, 22)).workbench("u1").attention
        assert (row.state, row.last_message) == (status.upper(), "说明")
        with store.unit_of_work() as work:
            assert work.outbox.open_issue(op.op_id) == (case.case_id, status.upper())
            work.outbox.close_issue(op.op_id, NOW, "u1", "已电话告知")
            assert work.outbox.open_issue(op.op_id) is None
            work.commit()
        assert sync.counts().needs_person == 0
        sync.settle([result(op.op_id)])
        assert shown(store, case.case_id)[1:] == ("sent", "已到中心")


def test_later_and_unknown_operations_change_nothing(home: Home) -> None:
    with home.open() as store:
        _, op = receive(store)
        sync = store.sync_store()
        sync.settle([result(op.op_id, "later", code="BUSY"), result("nobody")])
        assert [row.op_id for row in sync.sendable(NOW, 9)] == [op.op_id]
        sync.settle([result(op.op_id, rev=1)])
        sync.settle([result(op.op_id, "held"), result(op.op_id, "rejected")])
        assert sync.counts().needs_person == 0


def test_the_overlay_stays_until_pull_has_delivered_the_result(home: Home) -> None:
    with home.open() as store:
        case, op = receive(store)
        sync = store.sync_store()
        sync.apply_page([view(case.case_id, "accepted", 1, promise_date="2026-12-01")], "c1")
        assert shown(store, case.case_id)[0] == "received"
        sync.settle([result(op.op_id, rev=2, human_no="PN-1")])
        assert shown(store, case.case_id)[0] == "received"
        page = [view(case.case_id, "accepted", 2, promise_date="2026-12-01")]
        assert sync.apply_page(page, "c2") == {case.case_id}
        assert shown(store, case.case_id) == ("accepted", "centre", "中心已受理")
        assert sync.cursor() == "c2"
        with store.unit_of_work() as work:
            found = work.cases.by_number("PN-1")
            assert found is not None
            assert (found.due, found.due_kind, found.rev) == ("2026-12-01", "promise", 2)
            assert [e.origin for e in work.cases.events(case.case_id)] == ["counter", "centre"]
        withdraw(store, case.case_id, ())
        sync.apply_page([view(case.case_id, "approved", 3)], "c3")
        assert shown(store, case.case_id)[0] == "withdrawn"


def test_results_of_a_page_settle_with_its_cursor(home: Home) -> None:
    with home.open() as store:
        case, op = receive(store)
        sync = store.sync_store()
        changed = sync.apply_page([], "c9", [result(op.op_id, rev=0)])
        assert changed == {case.case_id}
        assert shown(store, case.case_id)[1] == "sent"


def test_a_case_of_another_counter_comes_and_goes(home: Home) -> None:
    with home.open() as store:
        sync = store.sync_store()
        other = str(uuid4())
        sync.apply_page([view(other, "received", 1)], "c1")
        assert shown(store, other) == ("received", "sent", "已到中心")
        own, _ = receive(store)
        leave = [view(i, "received", 2) | {"action": "leave"} for i in (other, own.case_id)]
        sync.apply_page(leave, "c2")
        queries = store.queries(lambda: date(2026, 11, 22))
        assert queries.case(other) is None
        assert queries.case(own.case_id) is not None


def test_checksums_are_those_of_the_hub_and_a_reset_clears_them(home: Home) -> None:
    with home.open() as store:
        sync = store.sync_store()
        one, two = view(str(uuid4()), "received", 1), view(str(uuid4()), "received", 4)
        sync.apply_page([one, two], "c1")
        hashes = [entity_hash("case", r["entity_id"], r["rev"]) for r in (one, two)]
        assert sync.checksums() == {"hall:7K2QM": f"{hashes[0] ^ hashes[1]:064x}"}
        sync.apply_page([two | {"rev": 3}, one | {"action": "del", "rev": 2}], "c2")
        assert sync.checksums() == {"hall:7K2QM": f"{hashes[1]:064x}"}
        sync.apply_page([{"action": "reset", "scope": "hall:7K2QM"}], "c3")
        assert sync.checksums() == {}


def test_a_patch_is_merged_and_one_that_does_not_fit_is_refused_whole(home: Home) -> None:
    with home.open() as store:
        sync = store.sync_store()
        body = {"operator_id": "u1", "name": "李", "job_no": "1", "roles": ["clerk"]}
        put = view("u1", "", 1) | {"kind": "operator", "body": body}
        patch = put | {"action": "patch", "rev": 2, "from_rev": 1, "body": {"active": False}}
        sync.apply_page([put, patch], "c1")
        [row] = store.queries(lambda: date(2026, 11, 22)).operators()
        assert (row.active, row.roles) == (False, frozenset({"clerk"}))
        with pytest.raises(KnownError) as caught:
            sync.apply_page([patch | {"rev": 9, "from_rev": 8}], "c2")
        assert caught.value.code == "SYNC-GAP"
        assert sync.cursor() == "c1"
    assert merge_patch({"a": {"b": 1, "c": 2}}, {"a": {"b": None}, "d": 3}) == {
        "a": {"c": 2},
        "d": 3,
    }


def test_an_export_changes_the_word_and_nothing_else(home: Home) -> None:
    with home.open() as store:
        case, op = receive(store)
        sync = store.sync_store()
        sync.mark_exported([op.op_id], "bundle-1")
        assert shown(store, case.case_id) == ("received", "exported", "已拷U盘")
        assert [row.op_id for row in sync.sendable(NOW, 9)] == [op.op_id]
        assert [row.op_id for row in sync.exportable()] == [op.op_id]


def test_an_operation_goes_only_when_all_four_conditions_hold(home: Home) -> None:
    """Applied, scans confirmed, pull delivered, retention over (S13)."""
    with home.open() as store:
        blob = store.blob_files.put(b"page", "image/jpeg")
        case, op = receive(store, blobs=(blob,))
        sync = store.sync_store()

        def after(days: int) -> int:
            home.clock.later(days=days)
            return sync.purge()

        assert after(1000) == 0
        sync.settle([result(op.op_id, rev=1)])
        assert after(1000) == 0
        sync.blob_done(blob.blob_id)
        assert after(0) == 0
        sync.apply_page([view(case.case_id, "accepted", 1)], "c1")
        home.clock.later(days=-1900)
        assert after(0) == 0
        assert after(1900) == 1
        assert sync.exportable() == []
        _, follower = receive(store)
        assert follower.seq == 2


def test_no_other_code_deletes_operations() -> None:
    """Only ``outbox.purge_settled`` may name the outbox in a delete."""
    folder = Path(counter.storage.__file__).parent
    found = []
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for function in ast.walk(ast.parse(text)):
            if isinstance(function, ast.FunctionDef):
                source = ast.get_source_segment(text, function) or ""
                deletes = "delete(" in source or "DELETE" in source
                # A table itself, not a column of it in a condition.
                if deletes and re.search(r"\bt\.outbox\b(?!\.c)", source):
                    found.append((path.name, function.name))
        assert "DELETE FROM outbox" not in text
    assert found == [("outbox.py", "purge_settled")]
