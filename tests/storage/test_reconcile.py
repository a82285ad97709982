# SPDX-License-Identifier: MulanPSL-2.0
"""Start-up: journal behind, ahead or torn; a damaged database; scans without key and keys without file."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from counter.domain.bodies import CaseSupplemented, CaseWithdrawn
from counter.domain.case import CaseState
from counter.domain.journal_records import Record, Tear
from counter.domain.materials import GivenMaterial
from counter.domain.numbers import make_receipt_no, parse_receipt_no
from counter.domain.operations import verify_operation
from counter.storage.journal import Entry, Journal, recipient_of
from counter.storage.store import Store
from tests.storage.kit import IDENTITY, SIGNER, Home, operation, receive


def read_journal(home: Home) -> list[Record | Tear]:
    return list(Journal(home.journal, [], "", home.disk).records())


def seqs(home: Home) -> list[int]:
    return [found.seq for found in read_journal(home) if isinstance(found, Record)]


def last_segment(home: Home) -> Path:
    return max(home.journal.glob("*.ycj"))


def test_a_journal_that_is_behind_is_filled(home: Home) -> None:
    with home.open() as store:
        receive(store)
        receive(store)
    shutil.rmtree(home.journal)
    with home.open() as store:
        assert any("2 个操作" in words and "已补写" in words for words in store.report)
    assert seqs(home) == [1, 2]
    with home.open() as store:
        assert store.report == ()


def test_a_torn_tail_is_reported_kept_and_written_behind(home: Home) -> None:
    with home.open() as store:
        receive(store)
        receive(store)
    path = last_segment(home)
    whole = path.read_bytes()
    path.write_bytes(whole[:-7])
    with home.open() as store:
        assert any("写了一半" in words for words in store.report)
        assert any("1 个操作" in words for words in store.report)
        receive(store)
    assert path.read_bytes() == whole[:-7]
    assert seqs(home) == [1, 2, 3]
    assert [f for f in read_journal(home) if isinstance(f, Tear)] != []
    with home.open() as store:
        assert store.report == ()


def test_damage_in_the_middle_costs_one_record(home: Home) -> None:
    with home.open() as store:
        for _ in range(3):
            receive(store)
    path = last_segment(home)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert seqs(home) == [1, 3]


def test_an_old_database_put_back_is_brought_forward(home: Home, tmp_path: Path) -> None:
    with home.open() as store:
        receive(store)
    shutil.copy(home.db, tmp_path / "old.db")
    with home.open() as store:
        case, op = receive(store)
    shutil.copy(tmp_path / "old.db", home.db)
    with home.open() as store:
        assert any("多 1 个操作" in words for words in store.report)
        found = store.queries(lambda: home.clock.now().date()).case(case.case_id)
        assert found is not None
        assert [row.op_id for row in found.ops] == [op.op_id]
        again, _ = receive(store)
        assert again.receipt_no.split("-")[3] == "0003"


def test_a_foreign_journal_is_kept_and_named(home: Home, tmp_path: Path) -> None:
    with home.open() as store:
        receive(store)
    shutil.copy(home.db, tmp_path / "old.db")
    with home.open() as store:
        receive(store)
    shutil.copy(tmp_path / "old.db", home.db)
    home.identity = ""
    with home.open() as store:
        assert any("只有中心打得开" in words for words in store.report)
    assert seqs(home) == [1, 2]


def fill(home: Home, store: Store) -> dict[str, str]:
    """Receive three cases, one supplemented, one withdrawn; return what must survive."""
    blob = store.blob_files.put(b"first page", "image/jpeg")
    one, _ = receive(store, blobs=(blob,))
    store.copy_if_due()
    late = store.blob_files.put(b"late page", "image/jpeg")
    two, received = receive(store, blobs=(late,))
    three, _ = receive(store)
    added = CaseSupplemented(
        materials=(GivenMaterial(key="photo", way="scanned"),), supplied_at="2026-11-22T10:00:00"
    )
    with store.unit_of_work() as work:
        needs = (received.op_id,)
        body = added.model_dump(mode="json")
        op = operation(work, two.case_id, body, kind="case.supplemented", depends_on=needs)
        work.outbox.append(op, op.sign(SIGNER), deadline="")
        gone = CaseWithdrawn(reason="不办了", withdrawn_at="2026-11-22T11:00:00")
        body = gone.model_dump(mode="json")
        op = operation(work, three.case_id, body, kind="case.withdrawn")
        work.outbox.append(op, op.sign(SIGNER), deadline="")
        work.commit()
    return {
        "one": one.case_id,
        "two": two.case_id,
        "three": three.case_id,
        "late": late.blob_id,
        "first": blob.blob_id,
    }


def check_all_there(home: Home, store: Store, ids: dict[str, str]) -> None:
    queries = store.queries(lambda: home.clock.now().date())
    assert {row.case_id for row in queries.cases().rows} >= {ids["one"], ids["two"], ids["three"]}
    two, three = queries.case(ids["two"]), queries.case(ids["three"])
    assert two is not None
    assert three is not None
    assert two.case.body["materials"][-1]["key"] == "photo"
    assert three.case.state is CaseState.WITHDRAWN
    assert queries.blob(ids["late"]) == b"late page"
    assert queries.blob(ids["first"]) == b"first page"
    ops = store.sync_store().exportable()
    assert [op.seq for op in ops] == [1, 2, 3, 4, 5]
    assert ops[3].state == "WAIT_DEP"
    for op in ops:
        verify_operation(op.jws, SIGNER.public_hex)
    assert {job.blob_id for job in store.sync_store().blob_jobs(9)} == {ids["late"], ids["first"]}


def test_a_damaged_database_is_set_aside_and_rebuilt(home: Home) -> None:
    with home.open() as store:
        ids = fill(home, store)
    data = bytearray(home.db.read_bytes())
    data[100:300] = os.urandom(200)
    home.db.write_bytes(data)
    with home.open() as store:
        assert "损坏" in store.report[0]
        assert any("备份恢复" in words for words in store.report)
        check_all_there(home, store, ids)
        case, op = receive(store)
        assert op.seq == 6
        assert case.receipt_no.split("-")[3] == "0004"
    [aside] = home.root.glob("counter.db.damaged-*")
    assert aside.read_bytes() == bytes(data)
    with home.open() as store:
        assert store.report == ()


def test_damage_after_a_crash_is_found_before_work_begins(home: Home) -> None:
    with home.open() as store:
        ids = fill(home, store)
    data = bytearray(home.db.read_bytes())
    data[-1000:] = os.urandom(1000)
    home.db.write_bytes(data)
    home.db.with_name("counter.db-wal").write_bytes(b"")
    with home.open() as store:
        assert "损坏" in store.report[0]
        check_all_there(home, store, ids)


def test_a_checkpoint_torn_by_a_power_cut_is_no_damage(home: Home) -> None:
    """Found by the power-cut part: the log holds every page that a torn checkpoint was writing."""
    with home.open() as store:
        ids = fill(home, store)
        log = home.db.with_name("counter.db-wal").read_bytes()
        behind = home.db.read_bytes()
    assert len(log) > 0
    written = home.db.read_bytes()
    pages = [n for n in range(0, len(behind), 4096) if behind[n:][:4096] != written[n:][:4096]]
    torn = bytearray(behind)
    for page in pages:  # half of each new page arrived
        torn[page : page + 2048] = written[page : page + 2048]
    assert torn not in (behind, written)
    home.db.write_bytes(torn)
    home.db.with_name("counter.db-wal").write_bytes(log)
    with home.open() as store:
        assert store.report == ()
        rows = store.queries(lambda: home.clock.now().date()).cases().rows
        assert {row.case_id for row in rows} >= {ids["one"], ids["two"], ids["three"]}
        assert [op.seq for op in store.sync_store().exportable()] == [1, 2, 3, 4, 5]
    assert list(home.root.glob("counter.db.damaged-*")) == []


def test_a_body_nobody_can_read_does_not_keep_the_counter_closed(
    home: Home, tmp_path: Path
) -> None:
    """Found by the fault machine: an old database put back behind a body of another version."""
    with home.open() as store:
        receive(store)
    shutil.copy(home.db, tmp_path / "old.db")
    with home.open() as store:
        with store.unit_of_work() as work:
            op = operation(work, "case-x", {"unknown": True}, kind="case.supplemented")
            work.outbox.append(op, op.sign(SIGNER), deadline="")
            work.commit()
        case, _ = receive(store)
    shutil.copy(tmp_path / "old.db", home.db)
    with home.open() as store:
        assert any("已补回 2 个" in words for words in store.report)
        assert [row.seq for row in store.sync_store().exportable()] == [1, 2, 3]
        found = store.queries(lambda: home.clock.now().date()).case(case.case_id)
        assert found is not None


def test_a_number_in_a_body_nobody_can_read_is_not_given_again(home: Home, tmp_path: Path) -> None:
    """Found by the histories, where one tag in 1,024 agreed too: the serial was taken a second time."""
    with home.open() as store:
        case, _ = receive(store)
        given = parse_receipt_no(case.receipt_no)
        day = given.day.isoformat()
    shutil.copy(home.db, tmp_path / "old.db")
    with home.open() as store, store.unit_of_work() as work:
        serial = work.numbers.next_serial(day)
        digest = "0" * 64
        number = make_receipt_no(given.hall_code, given.counter_no, given.day, serial, digest)
        op = operation(work, "case-x", {"receipt_no": number, "new": 1}, kind="case.received")
        work.outbox.append(op, op.sign(SIGNER), deadline="")
        work.commit()
    shutil.copy(tmp_path / "old.db", home.db)
    with home.open() as store, store.unit_of_work() as work:
        assert work.numbers.next_serial(day) == serial + 1


def test_without_any_copy_the_journal_alone_brings_the_receipts_back(home: Home) -> None:
    with home.open() as store:
        ids = fill(home, store)
    (home.root / "counter.copy.db").unlink()
    home.db.unlink()
    with home.open() as store:
        assert "不见了" in store.report[0]
        check_all_there(home, store, ids)


def test_a_forged_journal_record_is_not_taken(home: Home) -> None:
    """Anyone can seal to a public key: only what this device signed comes back."""
    with home.open() as store:
        receive(store)
        store.copy_if_due()
        _, op = receive(store)
    other = type(SIGNER).from_seed("other", b"\x09" * 32)
    path = last_segment(home)
    path.unlink()
    forged = Journal(home.journal, [], recipient_of(IDENTITY), home.disk)
    forged.append([Entry(1, 2, op.sign(other), {})])
    forged.close()
    home.db.write_bytes(b"\0" * 4096)
    with home.open() as store:
        assert [row.seq for row in store.sync_store().exportable()] == [1]


def test_orphan_scans_go_after_a_week_and_missing_ones_are_named(home: Home) -> None:
    home.clock.time = datetime.now(UTC)
    with home.open() as store:
        orphan = store.blob_files.put(b"orphan", "image/jpeg")
        kept = store.blob_files.put(b"kept", "image/jpeg")
        lost = store.blob_files.put(b"lost", "image/jpeg")
        case, _ = receive(store, blobs=(kept, lost))
        store.blob_files.remove(lost.blob_id)
    home.clock.later(days=2)
    with home.open() as store:
        assert any(case.receipt_no in words and "重新扫描" in words for words in store.report)
        assert store.blob_files.read(orphan) == b"orphan"
    home.clock.later(days=8)
    with home.open() as store:
        assert not store.blob_files.has(orphan)
        assert store.blob_files.read(kept) == b"kept"


def test_a_counter_that_was_rebuilt_goes_on_in_its_newest_epoch(home: Home) -> None:
    """It went on in that of the copy: the centre held what came, and acts stood before their receipt."""
    with home.open() as store:
        store.copy_if_due()
        store.use_device("device-1", 2, SIGNER.public_hex)
        receive(store)
    home.db.unlink()
    with home.open() as store:
        device = store.device()
        assert device is not None
        assert device.epoch == 2
        with store.unit_of_work() as work:
            assert (work.outbox.epoch(), work.outbox.next_position()[0]) == (2, 2)


def test_a_new_epoch_makes_the_copy_due(home: Home) -> None:
    with home.open() as store:
        store.copy_if_due()
        assert not store.copy_if_due()
        sync = store.sync_store()
        assert sync.begin_epoch(sync.chain_head(), 2, "certificate")
        assert store.copy_if_due()
    home.db.unlink()
    with home.open() as store:
        device = store.device()
        assert device is not None
        assert device.epoch == 2
