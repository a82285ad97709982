# SPDX-License-Identifier: MulanPSL-2.0
"""The commit rule: one transaction, gapless numbers, a chain, then the journal."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from counter.domain.errors import KnownError
from counter.domain.journal_records import Record
from counter.domain.operations import verify_operation
from counter.storage import tables as t
from counter.storage.journal import Journal, open_record
from counter.storage.store import Store
from tests.storage.kit import CENTRE_IDENTITY, IDENTITY, SIGNER, Home, put_case, receive


def journal_positions(home: Home) -> list[tuple[int, int]]:
    journal = Journal(home.journal, [], "", home.disk)
    return [(r.epoch, r.seq) for r in journal.records() if isinstance(r, Record)]


def test_a_received_case_is_in_database_outbox_and_journal(home: Home) -> None:
    with home.open() as store:
        case, op = receive(store)
    assert journal_positions(home) == [(1, 1)]
    with home.open() as store:
        assert store.report == ()
        with store.unit_of_work() as work:
            assert work.cases.get(case.case_id) == case
            assert work.cases.by_number(case.receipt_no.replace("-", " ").lower()) == case
            assert work.outbox.last_op_of(case.case_id) == op.op_id
            assert work.cases.similar(case.applicant_id_no, case.item_code, "2026") == [case]
        [row] = store.sync_store().sendable("2026-11-22T10", 10)
        assert verify_operation(row.jws, SIGNER.public_hex) == op
        assert row.title == "老年人优待证办理 · 标***兰"


def test_seq_has_no_gap_and_the_chain_holds_under_rollback(home: Home) -> None:
    with home.open() as store:
        _, first = receive(store)
        with store.unit_of_work() as work:
            put_case(work)
        case, second = receive(store)
        assert (first.seq, second.seq) == (1, 2)
        assert second.prev_hash == first.op_hash()
        assert case.receipt_no.split("-")[3] == "0002"
    assert journal_positions(home) == [(1, 1), (1, 2)]


def _refused_at_commit(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    connection.execute(insert(t.first_ops), {"op_id": "nobody's"})


def _commit_in_vain(store: Store) -> None:
    with store.unit_of_work() as work:
        put_case(work)
        _refused_at_commit(work._connection)
        work.commit()


def _write_in_vain(store: Store) -> None:
    with store._database.transaction() as connection:
        _refused_at_commit(connection)


@pytest.mark.parametrize("in_vain", [_commit_in_vain, _write_in_vain])
def test_after_a_commit_that_failed_the_next_one_is_whole(
    home: Home, in_vain: Callable[[Store], None]
) -> None:
    """SQLite keeps the transaction open when COMMIT itself fails; nothing of it may stay."""
    with home.open() as store:
        with pytest.raises(IntegrityError):
            in_vain(store)
        case, op = receive(store)
        assert op.seq == 1
        with store.unit_of_work() as work:
            assert [row.case_id for row in work.cases.open_cases()] == [case.case_id]


def test_an_operation_out_of_place_is_refused(home: Home) -> None:
    with home.open() as store:
        _, op = receive(store)
        with store.unit_of_work() as work, pytest.raises(RuntimeError, match="next position"):
            work.outbox.append(op, op.sign(SIGNER), deadline="")


def test_a_new_epoch_starts_a_new_chain(home: Home) -> None:
    with home.open() as store:
        receive(store)
        store.use_device("device-1", 2, SIGNER.public_hex)
        with store.unit_of_work() as work:
            assert work.outbox.next_position() == (1, "0" * 64)


def test_the_journal_can_be_opened_by_the_centre_and_by_this_device(home: Home) -> None:
    with home.open() as store:
        _, op = receive(store)
    [record] = Journal(home.journal, [], "", home.disk).records()
    assert isinstance(record, Record)
    own, centre = open_record(record, IDENTITY), open_record(record, CENTRE_IDENTITY)
    assert own is not None
    assert centre is not None
    assert own[0] == centre[0]
    assert verify_operation(own[0], SIGNER.public_hex) == op
    # The keys of the pages are for this device alone.
    assert "blobs" in own[1]
    assert centre[1] == {}


def test_a_failed_journal_is_said_and_can_be_retried(home: Home) -> None:
    with home.open() as store:
        receive(store)
        home.disk.left = 0
        with pytest.raises(KnownError) as caught:
            receive(store)
        assert caught.value.code == "JOURNAL-WRITE"
        assert store.journal_waiting() == 1
        with pytest.raises(KnownError):
            store.retry_journal()
        home.disk.left = -1
        store.retry_journal()
        assert store.journal_waiting() == 0
        receive(store)
    assert journal_positions(home) == [(1, 1), (1, 2), (1, 3)]


def test_the_audit_is_chained(home: Home) -> None:
    with home.open() as store:
        receive(store)
        receive(store)
        with store._database.reading() as connection:
            rows = connection.exec_driver_sql(
                "SELECT row_no, prev_hash, row_hash FROM audit ORDER BY row_no"
            ).all()
    assert [row.row_no for row in rows] == [1, 2]
    assert rows[1].prev_hash == rows[0].row_hash
